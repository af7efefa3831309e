// Tests where the parts of a frame lie: other nodes and older journals count on these offsets.
#include "protocols/frame.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace troupe::protocols {
namespace {

static_assert(std::is_trivially_copyable_v<FrameHeader> && std::is_standard_layout_v<FrameHeader>);
static_assert(std::is_trivially_copyable_v<AskPart> && std::is_trivially_copyable_v<KeyPart>);

TEST(FrameHeader, FieldsLieWhereTheWireHasThem) {
  EXPECT_EQ(sizeof(FrameHeader), 24u);
  EXPECT_EQ(offsetof(FrameHeader, bytes), 0u);
  EXPECT_EQ(offsetof(FrameHeader, kind), 4u);
  EXPECT_EQ(offsetof(FrameHeader, type), 6u);
  EXPECT_EQ(offsetof(FrameHeader, flags), 7u);
  EXPECT_EQ(offsetof(FrameHeader, version), 8u);
  EXPECT_EQ(offsetof(FrameHeader, part_words), 9u);
  EXPECT_EQ(offsetof(FrameHeader, source_core), 10u);
  EXPECT_EQ(offsetof(FrameHeader, protocol), 12u);
  EXPECT_EQ(offsetof(FrameHeader, slot), 16u);
  EXPECT_EQ(offsetof(FrameHeader, incarnation), 20u);
}

TEST(AskPart, FieldsLieWhereTheWireHasThem) {
  EXPECT_EQ(sizeof(AskPart), 24u);
  EXPECT_EQ(offsetof(AskPart, node), 0u);
  EXPECT_EQ(offsetof(AskPart, core), 2u);
  EXPECT_EQ(offsetof(AskPart, slot), 4u);
  EXPECT_EQ(offsetof(AskPart, nonce), 8u);
  EXPECT_EQ(offsetof(AskPart, deadline), 16u);
}

TEST(KeyPart, FieldsLieWhereTheWireHasThem) {
  EXPECT_EQ(sizeof(KeyPart), 16u);
  EXPECT_EQ(offsetof(KeyPart, type), 0u);
  EXPECT_EQ(offsetof(KeyPart, shard_epoch), 8u);
  EXPECT_EQ(offsetof(KeyPart, shard), 12u);
  EXPECT_EQ(offsetof(KeyPart, key_bytes), 14u);
}

TEST(FrameType, ValuesStay) {
  EXPECT_EQ(static_cast<int>(FrameType::kTell), 0);
  EXPECT_EQ(static_cast<int>(FrameType::kAsk), 1);
  EXPECT_EQ(static_cast<int>(FrameType::kReply), 2);
  EXPECT_EQ(static_cast<int>(FrameType::kDenial), 3);
  EXPECT_EQ(static_cast<int>(FrameType::kFailure), 4);
  EXPECT_EQ(static_cast<int>(FrameType::kStop), 5);
  EXPECT_EQ(static_cast<int>(FrameType::kStopAfterQueued), 6);
  EXPECT_EQ(static_cast<int>(FrameType::kWatch), 7);
  EXPECT_EQ(static_cast<int>(FrameType::kUnwatch), 8);
  EXPECT_EQ(static_cast<int>(FrameType::kDown), 9);
  EXPECT_EQ(static_cast<int>(FrameType::kKill), 10);
  EXPECT_EQ(static_cast<int>(FrameType::kAwaitEnd), 11);
}

TEST(FrameType, FlagsStay) {
  EXPECT_EQ(frame_flag::kNative, 1);
  EXPECT_EQ(frame_flag::kKeyed, 2);
  EXPECT_EQ(frame_flag::kTraced, 4);
  EXPECT_EQ(frame_flag::kHandles, 8);
  EXPECT_EQ(frame_flag::kAnswered, 16);
  EXPECT_EQ(frame_flag::kHandedOver, 32);
  EXPECT_EQ(frame_flag::kTopic, 64);
}

TEST(FrameType, AnswersAreControlAndMessagesAreNot) {
  EXPECT_FALSE(is_control(FrameType::kTell));
  EXPECT_FALSE(is_control(FrameType::kAsk));
  for (FrameType type : {FrameType::kReply, FrameType::kDenial, FrameType::kFailure,
                         FrameType::kStop, FrameType::kWatch, FrameType::kUnwatch, FrameType::kDown,
                         FrameType::kKill, FrameType::kAwaitEnd}) {
    EXPECT_TRUE(is_control(type));
  }
}

TEST(WordsFor, RoundsUp) {
  EXPECT_EQ(words_for(0), 0u);
  EXPECT_EQ(words_for(1), 1u);
  EXPECT_EQ(words_for(8), 1u);
  EXPECT_EQ(words_for(9), 2u);
  EXPECT_EQ(words_for(kKeyBytesMax), 128u);
}

TEST(Frame, TheSmallestTellFitsOneCacheLine) {
  // The queue link, the header, a root pointer and one integer.
  EXPECT_EQ(sizeof(Frame) + 2 * sizeof(Word), 48u);
}

/// A frame with room for all parts and a payload of two words.
class FrameParts : public testing::Test {
 protected:
  static constexpr std::size_t kPayloadWords = 2;
  static constexpr std::string_view kKey = "alice-of-zurich";  // two words, one byte short

  Frame& make(FrameType type, std::uint8_t flags, std::size_t part_words) {
    std::memset(memory_, 0xee, sizeof(memory_));
    auto* frame = reinterpret_cast<Frame*>(memory_);
    frame->next = nullptr;
    frame->header = FrameHeader{};
    frame->header.type = type;
    frame->header.flags = flags;
    frame->header.version = kWireVersion;
    frame->header.part_words = static_cast<std::uint8_t>(part_words);
    frame->header.bytes = static_cast<std::uint32_t>(sizeof(FrameHeader) +
                                                     (part_words + kPayloadWords) * sizeof(Word));
    return *frame;
  }
  /// Bytes from the start of the header, which is where a frame on the wire starts.
  template <class T>
  std::ptrdiff_t at(const T& part) {
    return reinterpret_cast<const unsigned char*>(&part) - (memory_ + sizeof(Frame*));
  }

  alignas(64) unsigned char memory_[256];
};

TEST_F(FrameParts, HeaderComesBehindTheLink) {
  Frame& frame = make(FrameType::kTell, 0, 0);
  EXPECT_EQ(offsetof(Frame, header), sizeof(Frame*));
  EXPECT_EQ(at(frame.header), 0);
  EXPECT_EQ(at(*frame.words()), 24);
  EXPECT_EQ(frame.block_bytes(), 48u);
}

TEST_F(FrameParts, TellToASpawnedActor) {
  Frame& frame = make(FrameType::kTell, 0, 0);
  EXPECT_EQ(at(*frame.payload()), 24);
  EXPECT_EQ(frame.payload_words(), kPayloadWords);
  EXPECT_FALSE(frame.has(frame_flag::kKeyed));
}

TEST_F(FrameParts, AskOfASpawnedActor) {
  Frame& frame = make(FrameType::kAsk, 0, 3);
  EXPECT_EQ(at(frame.ask()), 24);
  EXPECT_EQ(at(*frame.payload()), 48);
  EXPECT_EQ(frame.payload_words(), kPayloadWords);
  frame.ask() = AskPart{1, 2, 3, 4, -5};
  const Frame& sent = frame;
  EXPECT_EQ(sent.ask().node, 1u);
  EXPECT_EQ(sent.ask().core, 2u);
  EXPECT_EQ(sent.ask().slot, 3u);
  EXPECT_EQ(sent.ask().nonce, 4u);
  EXPECT_EQ(sent.ask().deadline, -5);
}

TEST_F(FrameParts, TellToAKeyedActor) {
  Frame& frame = make(FrameType::kTell, frame_flag::kKeyed, 4);
  EXPECT_TRUE(frame.has(frame_flag::kKeyed));
  EXPECT_EQ(at(frame.key()), 24);
  EXPECT_EQ(at(*frame.key_text()), 40);
  EXPECT_EQ(at(*frame.payload()), 56);
  EXPECT_EQ(frame.payload_words(), kPayloadWords);
}

TEST_F(FrameParts, AskOfAKeyedActor) {
  Frame& frame = make(FrameType::kAsk, frame_flag::kKeyed | frame_flag::kNative, 3 + 4);
  EXPECT_EQ(at(frame.ask()), 24);
  EXPECT_EQ(at(frame.key()), 48);
  EXPECT_EQ(at(*frame.key_text()), 64);
  EXPECT_EQ(at(*frame.payload()), 80);

  frame.key() = KeyPart{7, 8, 9, static_cast<std::uint16_t>(kKey.size())};
  std::memcpy(const_cast<char*>(frame.key_text()), kKey.data(), kKey.size());
  const Frame& sent = frame;
  EXPECT_EQ(sent.key().type, 7u);
  EXPECT_EQ(sent.key().shard_epoch, 8u);
  EXPECT_EQ(sent.key().shard, 9u);
  EXPECT_EQ(std::string_view(sent.key_text(), sent.key().key_bytes), kKey);
  EXPECT_LE(reinterpret_cast<const char*>(sent.payload()) - sent.key_text(), 16);
}

TEST_F(FrameParts, ATraceStandsBehindTheOtherParts) {
  Frame& frame =
      make(FrameType::kAsk, frame_flag::kKeyed | frame_flag::kTraced, 3 + 4 + kTracePartWords);
  EXPECT_EQ(at(frame.key()), 48);
  EXPECT_EQ(at(*frame.payload()), 80 + 32);
  EXPECT_EQ(frame.payload_words(), kPayloadWords);
}

TEST_F(FrameParts, AnAnswerStartsWithItsNonce) {
  Frame& frame = make(FrameType::kReply, 0, 1);
  frame.nonce() = 0x1122334455667788;
  const Frame& sent = frame;
  EXPECT_EQ(sent.nonce(), 0x1122334455667788u);
  EXPECT_EQ(sent.words()[0], 0x1122334455667788u);
  EXPECT_EQ(at(*frame.payload()), 32);
}

TEST_F(FrameParts, BytesAreLittleEndian) {
  Frame& frame = make(FrameType::kDown, frame_flag::kNative, 0);
  frame.header.bytes = 0x00a1b2c8;
  frame.header.slot = 0x01020304;
  const unsigned char* wire = memory_ + sizeof(Frame*);
  EXPECT_EQ(wire[0], 0xc8);
  EXPECT_EQ(wire[2], 0xa1);
  EXPECT_EQ(wire[6], 9);
  EXPECT_EQ(wire[7], 1);
  EXPECT_EQ(wire[16], 4);
}

}  // namespace
}  // namespace troupe::protocols
