// Targets: how a frame is addressed to a spawned actor and to a keyed one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "actor/address.h"
#include "actor/core.h"
#include "base/check.h"
#include "protocols/frame.h"
#include "protocols/key_hash.h"

namespace troupe {

/// What generated code says of a message.
struct MessageSpec {
  std::uint32_t protocol;
  std::uint16_t kind;
  std::uint8_t flags = 0;  ///< frame_flag::kHandles, if the message has reply-to fields.
};

/// Type and key of a keyed actor: valid for ever, whoever lives under it now.
class KeyedTarget {
 public:
  KeyedTarget() = default;
  /// Keys are limited to protocols::kKeyBytesMax bytes.
  KeyedTarget(std::uint64_t type, std::string_view key)
      : type_(type), shard_(protocols::shard_of(type, key.data(), key.size())), key_(key) {
    TROUPE_CHECK(key.size() <= protocols::kKeyBytesMax,
                 "a key of %zu bytes exceeds the limit of %zu", key.size(),
                 protocols::kKeyBytesMax);
  }

  std::uint64_t type() const { return type_; }
  std::uint16_t shard() const { return shard_; }
  std::string_view key() const { return key_; }
  friend bool operator==(const KeyedTarget&, const KeyedTarget&) = default;

 private:
  std::uint64_t type_ = 0;
  std::uint16_t shard_ = 0;
  std::string key_;
};

// The same words for both kinds of target.

inline unsigned core_of(const Core&, const Address& target) { return target.core; }
inline unsigned core_of(const Core& core, const KeyedTarget& target) {
  return core.node().owner(target.shard());
}

inline Address address_of(const Core&, const Address& target) { return target; }
inline Address address_of(const Core& core, const KeyedTarget& target) {
  return Address{core.node().number(), static_cast<std::uint16_t>(core_of(core, target)),
                 Address::kNobody, 0};
}

inline constexpr std::size_t kAskPartWords = sizeof(protocols::AskPart) / sizeof(protocols::Word);

inline std::size_t part_words(const Address&, protocols::FrameType type) {
  return type == protocols::FrameType::kAsk ? kAskPartWords : 0;
}
inline std::size_t part_words(const KeyedTarget& target, protocols::FrameType type) {
  return (type == protocols::FrameType::kAsk ? kAskPartWords : 0) +
         sizeof(protocols::KeyPart) / sizeof(protocols::Word) +
         protocols::words_for(target.key().size());
}

/// Fills header and parts; an ask's part is filled when it is sent.
inline void write_head(protocols::FrameHeader* header, const Core& core, const Address& target,
                       const MessageSpec& spec, protocols::FrameType type, std::size_t bytes) {
  // Three words, put together in registers. A store for each field would fill the store buffer, and
  // a lane's cache lines would no longer come over from the reading core several at a time.
  using protocols::Word;
  const auto flags = static_cast<std::uint8_t>(protocols::frame_flag::kNative | spec.flags);
  const Word words[3] = {
      Word{static_cast<std::uint32_t>(bytes)} | Word{spec.kind} << 32 |
          static_cast<Word>(type) << 48 | Word{flags} << 56,
      Word{protocols::kWireVersion} | Word{part_words(target, type)} << 8 |
          Word{core.index()} << 16 | Word{spec.protocol} << 32,
      Word{target.slot} | Word{target.incarnation} << 32,
  };
  static_assert(offsetof(protocols::FrameHeader, kind) == 4 &&
                offsetof(protocols::FrameHeader, type) == 6 &&
                offsetof(protocols::FrameHeader, flags) == 7 &&
                offsetof(protocols::FrameHeader, version) == 8 &&
                offsetof(protocols::FrameHeader, part_words) == 9 &&
                offsetof(protocols::FrameHeader, source_core) == 10 &&
                offsetof(protocols::FrameHeader, protocol) == 12 &&
                offsetof(protocols::FrameHeader, slot) == 16 &&
                offsetof(protocols::FrameHeader, incarnation) == 20);
  std::memcpy(header, words, sizeof(words));
}
inline void write_head(protocols::FrameHeader* header, const Core& core, const KeyedTarget& target,
                       const MessageSpec& spec, protocols::FrameType type, std::size_t bytes) {
  write_head(header, core, Address{}, spec, type, bytes);
  header->flags |= protocols::frame_flag::kKeyed;
  header->part_words = static_cast<std::uint8_t>(part_words(target, type));
  auto* words = reinterpret_cast<protocols::Word*>(header + 1) +
                (type == protocols::FrameType::kAsk ? kAskPartWords : 0);
  const protocols::KeyPart part{target.type(), core.node().epoch(target.shard()), target.shard(),
                                static_cast<std::uint16_t>(target.key().size())};
  std::memcpy(words, &part, sizeof(part));
  words += sizeof(part) / sizeof(protocols::Word);
  if (target.key().empty()) return;
  words[protocols::words_for(target.key().size()) - 1] = 0;
  std::memcpy(words, target.key().data(), target.key().size());
}

/// A frame in a block of this core, with room for `payload_words`; null if it exceeds the limit, or
/// if it is a user message and there is no memory: why_no_frame() says which.
template <class Target>
protocols::Frame* new_frame_for(Core& core, const Target& target, const MessageSpec& spec,
                                protocols::FrameType type, std::size_t payload_words) {
  const std::size_t bytes = sizeof(protocols::FrameHeader) +
                            (part_words(target, type) + payload_words) * sizeof(protocols::Word);
  if (bytes > core.frame_bytes_max()) [[unlikely]]
    return nullptr;
  protocols::Frame* frame =
      protocols::is_control(type) ? core.new_frame(bytes) : core.new_message(bytes);
  if (frame == nullptr) [[unlikely]]
    return nullptr;
  write_head(&frame->header, core, target, spec, type, bytes);
  return frame;
}

template <class Target>
[[gnu::cold, gnu::noinline]] Code why_no_frame(const Core& core, const Target& target,
                                               protocols::FrameType type,
                                               std::size_t payload_words) {
  const std::size_t bytes = sizeof(protocols::FrameHeader) +
                            (part_words(target, type) + payload_words) * sizeof(protocols::Word);
  return bytes > core.frame_bytes_max() ? Code::kTooLarge : Code::kOutOfMemory;
}

}  // namespace troupe
