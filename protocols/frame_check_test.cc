// Tests each reason to refuse a frame from outside.
#include "protocols/frame_check.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/key_hash.h"
#include "protocols/validator.h"
#include "protocols/wire_pointer.h"
#include "protocols/wire_shapes.h"

namespace troupe::protocols {
namespace {

constexpr std::uint64_t kType = 0x0123456789abcdef;
constexpr std::size_t kHeaderWords = 3;

bool is_stop(FrameType type) {
  return type == FrameType::kStop || type == FrameType::kStopAfterQueued;
}
bool has_payload(FrameType type) {
  return !is_stop(type) && type != FrameType::kKill && type != FrameType::kAwaitEnd;
}

/// A frame written field by field. What it says of itself is right until a test changes it.
class TestFrame {
 public:
  explicit TestFrame(FrameType type, std::uint8_t flags = 0, std::string_view key = "alice") {
    header.type = type;
    header.flags = flags;
    header.version = kWireVersion;
    if (type == FrameType::kAsk || type == FrameType::kAwaitEnd) parts.resize(3, 77);
    if (type >= FrameType::kReply && type <= FrameType::kFailure) parts.resize(1, 77);
    if ((flags & frame_flag::kKeyed) != 0) add_key(key);
    if ((flags & frame_flag::kTraced) != 0) parts.resize(parts.size() + kTracePartWords, 5);
    if (has_payload(type)) payload = {0};
    header.part_words = static_cast<std::uint8_t>(parts.size());
    header.bytes = static_cast<std::uint32_t>(sizeof(Word) * words().size());
  }

  std::vector<Word> words() const {
    std::vector<Word> all(kHeaderWords);
    std::memcpy(all.data(), &header, sizeof(header));
    all.insert(all.end(), parts.begin(), parts.end());
    all.insert(all.end(), payload.begin(), payload.end());
    return all;
  }

  FrameHeader header{};
  std::vector<Word> parts;
  std::vector<Word> payload;
  std::size_t key_at = 0;  // the key part's first word among the parts

  KeyPart key() const {
    KeyPart part;
    std::memcpy(&part, &parts[key_at], sizeof(part));
    return part;
  }
  void set_key(const KeyPart& part) { std::memcpy(&parts[key_at], &part, sizeof(part)); }

 private:
  void add_key(std::string_view key) {
    key_at = parts.size();
    parts.resize(parts.size() + 2 + words_for(key.size()), 0);
    set_key({kType, 1, shard_of(kType, key.data(), key.size()),
             static_cast<std::uint16_t>(key.size())});
    if (!key.empty()) std::memcpy(&parts[key_at + 2], key.data(), key.size());
  }
};

std::string outcome(const std::vector<Word>& words, std::uint32_t bytes_max = kFrameBytesMax) {
  const std::vector<Word> exact(words);  // a copy has no room behind its end
  const auto payload = check_frame(exact, bytes_max);
  if (!payload.ok()) return payload.error().describe();
  return "payload of " + std::to_string(payload->size());
}
std::string outcome(const TestFrame& frame) { return outcome(frame.words()); }

constexpr FrameType kTypes[] = {FrameType::kTell,
                                FrameType::kAsk,
                                FrameType::kReply,
                                FrameType::kDenial,
                                FrameType::kFailure,
                                FrameType::kStop,
                                FrameType::kStopAfterQueued,
                                FrameType::kWatch,
                                FrameType::kUnwatch,
                                FrameType::kDown,
                                FrameType::kKill,
                                FrameType::kAwaitEnd};

bool is_message(FrameType type) { return type == FrameType::kTell || type == FrameType::kAsk; }

TEST(FrameCheck, TakesEveryTypeWithTheFlagsItMayHave) {
  using namespace frame_flag;  // NOLINT(google-build-using-namespace): only names of flags
  for (FrameType type : kTypes) {
    const std::string taken = has_payload(type) ? "payload of 1" : "payload of 0";
    EXPECT_EQ(outcome(TestFrame(type)), taken);
    for (unsigned flags = 1; flags < 16; ++flags) {
      if ((flags & kNative) != 0) continue;
      const bool fine = is_message(type) || (is_stop(type) && flags == kKeyed);
      const TestFrame frame(type, static_cast<std::uint8_t>(flags));
      EXPECT_EQ(outcome(frame),
                fine ? taken : "malformed (" + std::to_string(flags) + "): frame_flags_of_type");
    }
  }
}

TEST(FrameCheck, LeavesThePayload) {
  TestFrame frame(FrameType::kAsk, frame_flag::kKeyed | frame_flag::kTraced);
  frame.payload = {11, 12, 13};
  frame.header.bytes += 16;
  const std::vector<Word> words = frame.words();
  const auto payload = check_frame(words);
  ASSERT_TRUE(payload.ok());
  EXPECT_EQ(payload->data(), words.data() + words.size() - 3);
  EXPECT_EQ(payload->size(), 3u);
}

TEST(FrameCheck, Header) {
  EXPECT_EQ(outcome(std::vector<Word>()), "malformed: frame_header");
  EXPECT_EQ(outcome(std::vector<Word>(2)), "malformed (2): frame_header");
}

TEST(FrameCheck, Lengths) {
  TestFrame frame(FrameType::kTell);
  const std::uint32_t bytes = frame.header.bytes;
  for (std::uint32_t other : {bytes + 1, bytes + 4, bytes - 1}) {
    frame.header.bytes = other;
    EXPECT_EQ(outcome(frame), "malformed (" + std::to_string(other) + "): frame_length");
  }
  for (std::uint32_t other : {bytes + 8, bytes - 8}) {
    frame.header.bytes = other;
    EXPECT_EQ(outcome(frame), "malformed (" + std::to_string(other) + "): frame_other_length");
  }
  frame.header.bytes = 0;
  EXPECT_EQ(outcome(frame), "malformed: frame_other_length");
  frame.header.bytes = bytes;
  EXPECT_EQ(outcome(frame.words(), bytes), "payload of 1");
  EXPECT_EQ(outcome(frame.words(), bytes - 8), "too_large (32): frame_too_large");
  frame.header.bytes = kFrameBytesMax + 8;
  EXPECT_EQ(outcome(frame), "too_large (16777224): frame_too_large");
}

TEST(FrameCheck, VersionAndType) {
  TestFrame frame(FrameType::kTell);
  frame.header.version = kWireVersion + 1;
  EXPECT_EQ(outcome(frame), "malformed (2): frame_version");
  frame.header.version = 0;
  EXPECT_EQ(outcome(frame), "malformed: frame_version");
  frame.header.version = kWireVersion;
  frame.header.type = static_cast<FrameType>(12);
  EXPECT_EQ(outcome(frame), "malformed (12): frame_type");
  frame.header.type = static_cast<FrameType>(255);
  EXPECT_EQ(outcome(frame), "malformed (255): frame_type");
}

TEST(FrameCheck, FlagsThatDoNotTravel) {
  for (FrameType type : kTypes) {
    for (std::uint8_t flag : {frame_flag::kNative, frame_flag::kAnswered, frame_flag::kHandedOver,
                              frame_flag::kTopic}) {
      EXPECT_EQ(outcome(TestFrame(type, flag)),
                "malformed (" + std::to_string(flag) + "): frame_local_flags");
    }
    EXPECT_EQ(outcome(TestFrame(type, 128)), "malformed (128): frame_unknown_flags");
  }
}

/// `frame` without its last `words` words, its length corrected.
std::string outcome_without(TestFrame frame, std::size_t words) {
  frame.header.bytes -= static_cast<std::uint32_t>(words * sizeof(Word));
  std::vector<Word> all = frame.words();
  all.resize(all.size() - words);
  return outcome(all);
}

TEST(FrameCheck, PartsMustFit) {
  const TestFrame ask(FrameType::kAsk);
  EXPECT_EQ(outcome_without(ask, 1), "malformed: frame_payload");
  for (std::size_t cut : {2u, 3u, 4u}) {
    EXPECT_EQ(outcome_without(ask, cut), "malformed (3): frame_parts");
  }
  EXPECT_EQ(outcome_without(TestFrame(FrameType::kReply), 2), "malformed (1): frame_parts");
  // The key part alone, then with a key of a word.
  const TestFrame keyed(FrameType::kTell, frame_flag::kKeyed);
  EXPECT_EQ(outcome_without(keyed, 1), "malformed: frame_payload");
  EXPECT_EQ(outcome_without(keyed, 2), "malformed (3): frame_parts");
  EXPECT_EQ(outcome_without(keyed, 3), "malformed (2): frame_parts");
  EXPECT_EQ(outcome_without(keyed, 4), "malformed (2): frame_parts");
  const TestFrame traced(FrameType::kTell, frame_flag::kTraced);
  EXPECT_EQ(outcome_without(traced, 1), "malformed: frame_payload");
  EXPECT_EQ(outcome_without(traced, 2), "malformed (4): frame_parts");
}

TEST(FrameCheck, PartWordsAreThoseOfTheParts) {
  for (FrameType type : kTypes) {
    TestFrame frame(type);
    const unsigned right = frame.header.part_words;
    for (unsigned words = 0; words < 256; ++words) {
      if (words == right) continue;
      frame.header.part_words = static_cast<std::uint8_t>(words);
      const std::string detail = words == 0 ? "" : " (" + std::to_string(words) + ")";
      EXPECT_EQ(outcome(frame), "malformed" + detail + ": frame_part_words");
    }
  }
}

TEST(FrameCheck, Keys) {
  EXPECT_EQ(outcome(TestFrame(FrameType::kTell, frame_flag::kKeyed, "")), "payload of 1");
  const std::string longest(kKeyBytesMax, 'k');
  const std::uint8_t all = frame_flag::kKeyed | frame_flag::kTraced | frame_flag::kHandles;
  EXPECT_EQ(outcome(TestFrame(FrameType::kAsk, all, longest)), "payload of 1");
  EXPECT_EQ(outcome(TestFrame(FrameType::kAsk, all, longest + "k")),
            "malformed (1025): frame_key_bytes");

  TestFrame frame(FrameType::kTell, frame_flag::kKeyed);
  KeyPart key = frame.key();
  key.key_bytes = 0xffff;
  frame.set_key(key);
  EXPECT_EQ(outcome(frame), "malformed (65535): frame_key_bytes");
  key.key_bytes = 17;  // the payload's word would be part of the key
  frame.set_key(key);
  EXPECT_EQ(outcome(frame), "malformed (5): frame_parts");
  key.key_bytes = 4;  // the fifth byte is not zero
  frame.set_key(key);
  EXPECT_EQ(outcome(frame), "malformed (4): frame_key_padding");
}

TEST(FrameCheck, KeysNameTheirShard) {
  TestFrame frame(FrameType::kAsk, frame_flag::kKeyed);
  KeyPart key = frame.key();
  for (std::uint16_t wrong : {std::uint16_t(key.shard ^ 1), kShards, std::uint16_t{0xffff}}) {
    KeyPart other = key;
    other.shard = wrong;
    frame.set_key(other);
    EXPECT_EQ(outcome(frame), "malformed (" + std::to_string(wrong) + "): frame_shard");
  }
  key.type ^= 1;  // another type has it elsewhere
  frame.set_key(key);
  EXPECT_EQ(outcome(frame), "malformed (" + std::to_string(key.shard) + "): frame_shard");
}

TEST(FrameCheck, StopsHaveNoPayload) {
  TestFrame frame(FrameType::kStop);
  frame.payload = {0};
  frame.header.bytes += 8;
  EXPECT_EQ(outcome(frame), "malformed (1): frame_payload");
}

constexpr PointerShape kTextPointer[] = {{.index = 0, .kind = PointerKind::kText}};
constexpr StructShape kTextShape{kTextPointer};

TEST(ValidateFrame, HoldsThePayloadAgainstItsShape) {
  for (FrameType type : kTypes) {
    EXPECT_TRUE(validate_frame(TestFrame(type).words(), kTextShape).ok());
    if (!has_payload(type)) continue;
    TestFrame frame(type);
    frame.payload = {struct_pointer(0, {0, 1}), struct_pointer(-1, {0, 0})};
    frame.header.bytes += 8;
    const Status status = validate_frame(frame.words(), kTextShape);
    // The contract's messages have the contract's shape, and kDown a text there too; others know
    // nothing of that pointer.
    const bool by_contract =
        is_message(type) || type == FrameType::kReply || type == FrameType::kDown;
    EXPECT_EQ(status.ok(), !by_contract);
    if (by_contract) {
      EXPECT_EQ(status.error().describe(), "malformed (1): struct_for_list");
    }
    frame.payload = {2, 0};
    EXPECT_EQ(validate_frame(frame.words(), kTextShape).error().describe(),
              "malformed: far_pointer");
  }
}

TEST(ValidateFrame, ChecksTheFrameFirst) {
  EXPECT_EQ(validate_frame({}, kTextShape).error().describe(), "malformed: frame_header");
  const std::vector<Word> words = TestFrame(FrameType::kTell).words();
  EXPECT_EQ(validate_frame(words, kTextShape, 24).error().describe(),
            "too_large (32): frame_too_large");
}

TEST(FrameCheck, EachFlawHasAName) {
  std::set<std::string> names;
  const unsigned flaws = static_cast<unsigned>(FrameFlaw::kPayload) + 1;
  for (unsigned flaw = 0; flaw < flaws; ++flaw) {
    names.insert(std::string(to_string(static_cast<FrameFlaw>(flaw))));
  }
  EXPECT_EQ(names.size(), flaws);
  EXPECT_EQ(names.count("unknown_flaw"), 0u);
}

}  // namespace
}  // namespace troupe::protocols
