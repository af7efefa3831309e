// Frame: one message as it lies in memory, in a lane and on a link. docs/adr/0001-frame-header.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace troupe::protocols {

using Word = std::uint64_t;

inline constexpr std::uint8_t kWireVersion = 1;
/// Limit of a whole frame, header included: the default, and what no option may exceed.
inline constexpr std::uint32_t kFrameBytesDefault = 1 << 20;
inline constexpr std::uint32_t kFrameBytesMax = 16 << 20;
/// Limit of the encoded key of a keyed actor.
inline constexpr std::size_t kKeyBytesMax = 1024;

/// What a frame is for. Values travel: append only.
enum class FrameType : std::uint8_t {
  kTell = 0,
  kAsk = 1,
  // Answers to an ask; slot and nonce name the asker's table entry.
  kReply = 2,    ///< Payload: the results of the contract.
  kDenial = 3,   ///< Payload: troupe.capnp Denial.
  kFailure = 4,  ///< Payload: troupe.capnp Failure.
  // Control of actors.
  kStop = 5,
  kStopAfterQueued = 6,
  kWatch = 7,    ///< Payload: control.capnp Watch.
  kUnwatch = 8,  ///< Payload: control.capnp Watch.
  kDown = 9,     ///< Payload: control.capnp Down.
  kKill = 10,
  kAwaitEnd = 11,  ///< With an ask part, answered with control.capnp Down.
};

/// True for the frames that must arrive and never wait behind user messages.
constexpr bool is_control(FrameType type) { return type >= FrameType::kReply; }

namespace frame_flag {
inline constexpr std::uint8_t kNative = 1 << 0;   ///< Written in this process with this schema.
inline constexpr std::uint8_t kKeyed = 1 << 1;    ///< A key part follows; slot is unused.
inline constexpr std::uint8_t kTraced = 1 << 2;   ///< A trace part follows.
inline constexpr std::uint8_t kHandles = 1 << 3;  ///< The payload holds reply-to handles.
inline constexpr std::uint8_t kAnswered =
    1 << 4;  ///< The ask in it was answered or its handle taken.
inline constexpr std::uint8_t kHandedOver = 1 << 5;  ///< The block belongs to source_core's heap.
/// With kKeyed: the key names a topic, and the frame is for all its subscribers on the core.
inline constexpr std::uint8_t kTopic = 1 << 6;
/// In a mailbox: a health check has found it there. Does not travel.
inline constexpr std::uint8_t kSeen = 1 << 7;
}  // namespace frame_flag

/// The fixed part of every frame; little endian on the wire. What follows: the parts that flags and
/// type announce (ask, key, trace, in this order), then the payload, a Cap'n Proto message of one
/// segment that starts with its root pointer.
struct FrameHeader {
  std::uint32_t bytes;  ///< Of the whole frame from here on; a multiple of 8.
  std::uint16_t kind;   ///< Which message of the protocol: its ordinal.
  FrameType type;
  std::uint8_t flags;
  std::uint8_t version;
  std::uint8_t part_words;    ///< Words between the header and the payload.
  std::uint16_t source_core;  ///< The core that wrote the frame.
  std::uint32_t protocol;     ///< Low half of the actor type's id: catches a frame gone astray.
  std::uint32_t slot;         ///< Of the target on its core: actor table, or ask table for answers.
  std::uint32_t incarnation;  ///< Of the target: a successor in the same slot has another.
};
static_assert(sizeof(FrameHeader) == 24);

/// First part of an ask: to whom the answer goes, and until when it is wanted.
struct AskPart {
  std::uint16_t node;
  std::uint16_t core;
  std::uint32_t slot;     ///< In the asker's ask table.
  std::uint64_t nonce;    ///< Makes the right to answer single use.
  std::int64_t deadline;  ///< Absolute nanoseconds of the node's clock; links send what remains.
};
static_assert(sizeof(AskPart) == 24);

/// Second part, for keyed targets; the key's bytes follow, padded with zeroes to a word.
struct KeyPart {
  std::uint64_t type;         ///< Id of the actor type.
  std::uint32_t shard_epoch;  ///< Of the shard's owner when the frame was sent.
  std::uint16_t shard;
  std::uint16_t key_bytes;
};
static_assert(sizeof(KeyPart) == 16);

/// Words that a trace part takes: 25 bytes of W3C trace context, padded.
inline constexpr std::size_t kTracePartWords = 4;

constexpr std::size_t words_for(std::size_t bytes) { return (bytes + 7) / 8; }

/// A frame in the memory of one core. `next` links it into a queue and does not travel.
struct Frame {
  Frame* next;
  FrameHeader header;

  Word* words() { return reinterpret_cast<Word*>(this + 1); }
  const Word* words() const { return reinterpret_cast<const Word*>(this + 1); }
  Word* payload() { return words() + header.part_words; }
  const Word* payload() const { return words() + header.part_words; }
  std::size_t payload_words() const {
    return (header.bytes - sizeof(FrameHeader)) / sizeof(Word) - header.part_words;
  }
  /// Bytes of the block that holds the frame.
  std::size_t block_bytes() const { return sizeof(Frame*) + header.bytes; }

  bool has(std::uint8_t flag) const { return (header.flags & flag) != 0; }
  AskPart& ask() { return *reinterpret_cast<AskPart*>(words()); }
  const AskPart& ask() const { return *reinterpret_cast<const AskPart*>(words()); }
  /// The nonce of an answer (its only part).
  Word& nonce() { return words()[0]; }
  Word nonce() const { return words()[0]; }
  const KeyPart& key() const { return *reinterpret_cast<const KeyPart*>(key_words()); }
  KeyPart& key() { return *const_cast<KeyPart*>(static_cast<const Frame*>(this)->key_address()); }
  const char* key_text() const { return reinterpret_cast<const char*>(key_words() + 2); }

 private:
  const Word* key_words() const {
    return words() + (header.type == FrameType::kAsk ? sizeof(AskPart) / sizeof(Word) : 0);
  }
  const KeyPart* key_address() const { return reinterpret_cast<const KeyPart*>(key_words()); }
};
static_assert(sizeof(Frame) == 32);

}  // namespace troupe::protocols
