// ActorType: what the runtime knows of a protocol declared in a .actor file.
#pragma once

#include <cstddef>
#include <cstdint>

#include "protocols/frame.h"
#include "protocols/shape.h"

namespace troupe {

/// What a full mailbox does with the next message.
enum class Overflow : std::uint8_t {
  kReject,      ///< Refuses the new one: a tell is dropped, an ask is answered mailbox_full.
  kDropOldest,  ///< Drops the oldest queued one (an ask is answered mailbox_full) and takes the
                ///< new.
};

/// What may be handled while an actor awaits inside a handler. Declared in the contract.
enum class Reentrancy : std::uint8_t {
  kNone,       ///< Nothing: one message at a time.
  kCallChain,  ///< Asks that the awaited ask led to, which would otherwise wait for it in a circle.
  kInterleave,  ///< Every message.
};

/// What a single message may be handled beside.
enum class Interleaving : std::uint8_t {
  kNone,      ///< Nothing that has not finished.
  kReadonly,  ///< Other readonly ones.
  kAlways,    ///< Whatever is being handled.
};

/// Default limits of a mailbox. The first warning comes at kMailboxWarnMessages, then at each
/// doubling.
inline constexpr std::uint32_t kMailboxMessagesDefault = 1 << 20;
inline constexpr std::uint64_t kMailboxBytesDefault = 64 << 20;
inline constexpr std::uint32_t kMailboxWarnMessages = 10'000;

/// One per protocol, made by generated code, lives as long as the program.
struct ActorType {
  const char* name;  ///< With its package: "bank.Account".
  std::uint64_t id;
  bool keyed;
  bool watches;
  std::uint32_t mailbox_messages;
  std::uint64_t mailbox_bytes;
  Overflow overflow;
  Reentrancy reentrancy = Reentrancy::kNone;
  /// Null: no message says anything.
  Interleaving (*interleaving)(std::uint16_t ordinal) = nullptr;
  /// The contract's name of a message, or null for an unknown ordinal.
  const char* (*kind_name)(std::uint16_t ordinal);
  /// Answers no_reply on every reply-to handle in a message; null if no message holds any.
  void (*release_handles)(protocols::Frame& frame);
  /// What the payload of a message of the contract, or of its answer, may point at; null for an
  /// unknown ordinal. For payloads that another program wrote: protocols/validator.h.
  const protocols::StructShape* (*shape_of)(std::uint16_t ordinal, bool is_reply);
  /// Protocols that it says it asks; null: it says nothing.
  const std::uint32_t* asks = nullptr;
  std::size_t asks_count = 0;

  std::uint32_t protocol() const { return static_cast<std::uint32_t>(id); }
};

/// Makes a type findable by its id, for the paths that have only a frame. Construct before main().
class ActorTypeRegistration {
 public:
  explicit ActorTypeRegistration(const ActorType& type) : type_(type), next_(first_) {
    first_ = this;
  }
  /// The type whose id has this low half, or null.
  static const ActorType* find(std::uint32_t protocol) {
    for (const ActorTypeRegistration* entry = first_; entry != nullptr; entry = entry->next_) {
      if (entry->type_.protocol() == protocol) return &entry->type_;
    }
    return nullptr;
  }

 private:
  static inline constinit const ActorTypeRegistration* first_ = nullptr;
  const ActorType& type_;
  const ActorTypeRegistration* next_;
};

}  // namespace troupe
