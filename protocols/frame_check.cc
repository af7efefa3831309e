#include "protocols/frame_check.h"

#include <cstring>
#include <optional>

#include "protocols/key_hash.h"
#include "protocols/validator.h"
#include "protocols/wire_shapes.h"

namespace troupe::protocols {

namespace {

constexpr std::size_t kHeaderWords = sizeof(FrameHeader) / sizeof(Word);
constexpr std::size_t kAskPartWords = sizeof(AskPart) / sizeof(Word);
constexpr std::size_t kKeyPartWords = sizeof(KeyPart) / sizeof(Word);
constexpr std::size_t kNonceWords = 1;

// A foreign frame must not claim that it was written here, was answered, that its block may be
// given back to another core, or that it is for a topic.
constexpr std::uint8_t kLocalFlags =
    frame_flag::kNative | frame_flag::kAnswered | frame_flag::kHandedOver | frame_flag::kTopic;
constexpr std::uint8_t kMessageFlags =
    frame_flag::kKeyed | frame_flag::kTraced | frame_flag::kHandles;

Error error_of(FrameFlaw flaw, std::size_t detail) {
  const Code code = flaw == FrameFlaw::kTooLarge ? Code::kTooLarge : Code::kMalformed;
  return Error(code, detail, to_string(flaw).data());
}

/// What there may be and must be in a frame of a type.
struct TypeRules {
  std::uint8_t flags;            // that it may have besides kLocalFlags
  std::size_t part_words;        // that its type alone announces
  const StructShape* own_shape;  // null: the contract's
  bool has_payload = true;
};

std::optional<TypeRules> rules_of(FrameType type) {
  switch (type) {
    case FrameType::kTell:
      return TypeRules{kMessageFlags, 0, nullptr};
    case FrameType::kAsk:
      return TypeRules{kMessageFlags, kAskPartWords, nullptr};
    case FrameType::kReply:
      return TypeRules{0, kNonceWords, nullptr};
    case FrameType::kDenial:
      return TypeRules{0, kNonceWords, &kDenialShape};
    case FrameType::kFailure:
      return TypeRules{0, kNonceWords, &kFailureShape};
    case FrameType::kStop:
    case FrameType::kStopAfterQueued:
      return TypeRules{frame_flag::kKeyed, 0, nullptr, false};
    case FrameType::kWatch:
    case FrameType::kUnwatch:
      return TypeRules{0, 0, &kWatchShape};
    case FrameType::kDown:
      return TypeRules{0, 0, &kDownShape};
    case FrameType::kKill:
      return TypeRules{0, 0, nullptr, false};
    case FrameType::kAwaitEnd:
      return TypeRules{0, kAskPartWords, nullptr, false};
  }
  return std::nullopt;
}

FrameHeader header_of(std::span<const Word> frame) {
  FrameHeader header;
  std::memcpy(&header, frame.data(), sizeof(header));
  return header;
}

Status check_header(std::span<const Word> frame, std::uint32_t bytes_max) {
  if (frame.size() < kHeaderWords) return error_of(FrameFlaw::kHeader, frame.size());
  const FrameHeader header = header_of(frame);
  if (header.bytes % sizeof(Word) != 0) return error_of(FrameFlaw::kLength, header.bytes);
  if (header.bytes > bytes_max) return error_of(FrameFlaw::kTooLarge, header.bytes);
  if (header.bytes != frame.size_bytes()) return error_of(FrameFlaw::kOtherLength, header.bytes);
  if (header.version != kWireVersion) return error_of(FrameFlaw::kVersion, header.version);
  const std::optional<TypeRules> rules = rules_of(header.type);
  if (!rules) return error_of(FrameFlaw::kType, static_cast<std::size_t>(header.type));
  if ((header.flags & ~(kLocalFlags | kMessageFlags)) != 0) {
    return error_of(FrameFlaw::kUnknownFlags, header.flags);
  }
  if ((header.flags & kLocalFlags) != 0) return error_of(FrameFlaw::kLocalFlags, header.flags);
  if ((header.flags & ~rules->flags) != 0) return error_of(FrameFlaw::kFlagsOfType, header.flags);
  return ok();
}

/// The key part, which starts at `words[0]`; how many words it takes with the key itself.
Result<std::size_t> check_key(std::span<const Word> words) {
  if (words.size() < kKeyPartWords) return error_of(FrameFlaw::kParts, kKeyPartWords);
  KeyPart part;
  std::memcpy(&part, words.data(), sizeof(part));
  if (part.key_bytes > kKeyBytesMax) return error_of(FrameFlaw::kKeyBytes, part.key_bytes);
  const std::size_t key_words = words_for(part.key_bytes);
  if (words.size() - kKeyPartWords < key_words) {
    return error_of(FrameFlaw::kParts, kKeyPartWords + key_words);
  }
  const auto* key = reinterpret_cast<const char*>(words.data() + kKeyPartWords);
  for (std::size_t i = part.key_bytes; i < key_words * sizeof(Word); ++i) {
    if (key[i] != 0) return error_of(FrameFlaw::kKeyPadding, i);
  }
  // A wrong one would wake a second actor under the same key.
  if (part.shard != shard_of(part.type, key, part.key_bytes)) {
    return error_of(FrameFlaw::kShard, part.shard);
  }
  return kKeyPartWords + key_words;
}

/// How many words the announced parts take.
Result<std::size_t> check_parts(const FrameHeader& header, std::size_t type_words,
                                std::span<const Word> behind_header) {
  std::size_t words = type_words;
  if (words > behind_header.size()) return error_of(FrameFlaw::kParts, words);
  if ((header.flags & frame_flag::kKeyed) != 0) {
    TROUPE_TRY(const std::size_t key_words, check_key(behind_header.subspan(words)));
    words += key_words;
  }
  if ((header.flags & frame_flag::kTraced) != 0) words += kTracePartWords;
  if (words > behind_header.size()) return error_of(FrameFlaw::kParts, words);
  if (words != header.part_words) return error_of(FrameFlaw::kPartWords, header.part_words);
  return words;
}

}  // namespace

std::string_view to_string(FrameFlaw flaw) {
  switch (flaw) {
    case FrameFlaw::kHeader:
      return "frame_header";
    case FrameFlaw::kLength:
      return "frame_length";
    case FrameFlaw::kTooLarge:
      return "frame_too_large";
    case FrameFlaw::kOtherLength:
      return "frame_other_length";
    case FrameFlaw::kVersion:
      return "frame_version";
    case FrameFlaw::kType:
      return "frame_type";
    case FrameFlaw::kUnknownFlags:
      return "frame_unknown_flags";
    case FrameFlaw::kLocalFlags:
      return "frame_local_flags";
    case FrameFlaw::kFlagsOfType:
      return "frame_flags_of_type";
    case FrameFlaw::kParts:
      return "frame_parts";
    case FrameFlaw::kPartWords:
      return "frame_part_words";
    case FrameFlaw::kKeyBytes:
      return "frame_key_bytes";
    case FrameFlaw::kKeyPadding:
      return "frame_key_padding";
    case FrameFlaw::kShard:
      return "frame_shard";
    case FrameFlaw::kPayload:
      return "frame_payload";
  }
  return "unknown_flaw";
}

Result<std::span<const Word>> check_frame(std::span<const Word> frame, std::uint32_t bytes_max) {
  TROUPE_TRY(check_header(frame, bytes_max));
  const FrameHeader header = header_of(frame);
  const std::optional<TypeRules> rules = rules_of(header.type);
  const std::span<const Word> behind_header = frame.subspan(kHeaderWords);
  TROUPE_TRY(const std::size_t part_words, check_parts(header, rules->part_words, behind_header));
  const std::span<const Word> payload = behind_header.subspan(part_words);
  if (payload.empty() == rules->has_payload) return error_of(FrameFlaw::kPayload, payload.size());
  return payload;
}

Status validate_frame(std::span<const Word> frame, const StructShape& shape,
                      std::uint32_t bytes_max) {
  TROUPE_TRY(const std::span<const Word> payload, check_frame(frame, bytes_max));
  const std::optional<TypeRules> rules = rules_of(header_of(frame).type);
  if (!rules->has_payload) return ok();
  return validate(payload, rules->own_shape != nullptr ? *rules->own_shape : shape);
}

}  // namespace troupe::protocols
