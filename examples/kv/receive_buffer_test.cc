// A receive buffer gives back what came in, whatever the pieces, and grows and shrinks with need.
#include "examples/kv/receive_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/random.h"
#include "examples/kv/duplex_stream.h"

namespace kv {
namespace {

/// Fills as much of the room as `text` has; returns how much.
std::size_t fill(ReceiveBuffer& buffer, std::string_view text) {
  const auto room = buffer.room();
  const std::size_t bytes = std::min(room.size(), text.size());
  std::memcpy(room.data(), text.data(), bytes);
  buffer.received(bytes);
  return bytes;
}

TEST(ReceiveBuffer, GivesBackWhatCame) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    troupe::Random random(seed);
    ReceiveBuffer buffer;
    std::string expected;
    for (int step = 0; step < 300; ++step) {
      std::string text(random.below(3000), '\0');
      for (char& c : text) c = static_cast<char>(random.below(256));
      expected.append(text, 0, fill(buffer, text));
      ASSERT_EQ(buffer.unread(), expected) << "seed " << seed;
      if (random.one_in(10)) buffer.shrink();
      const std::size_t read =
          random.one_in(3) ? expected.size() : random.below(expected.size() + 1);
      buffer.consume(read);
      expected.erase(0, read);
      ASSERT_EQ(buffer.unread(), expected) << "seed " << seed;
    }
  }
}

TEST(ReceiveBuffer, IsSmallForSmallCommands) {
  ReceiveBuffer buffer;
  EXPECT_EQ(buffer.capacity(), 0u);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(fill(buffer, "GET key\r\n"), 9u);
    buffer.consume(9);
  }
  EXPECT_EQ(buffer.capacity(), ReceiveBuffer::kBytesMin);
}

TEST(ReceiveBuffer, GrowsForThoseWhoFillItAndNotWithoutEnd) {
  ReceiveBuffer buffer;
  const std::string much(1 << 20, 'x');
  for (int i = 0; i < 20; ++i) buffer.consume(fill(buffer, much));
  // Read at once, more room would only be more to read at once.
  EXPECT_GE(buffer.capacity(), 16 * 1024u);
  EXPECT_LE(buffer.capacity(), 4 * ReceiveBuffer::kBytesKept);
}

TEST(ReceiveBuffer, HoldsTheLargestRequestAndGivesTheMemoryBack) {
  ReceiveBuffer buffer;
  std::string request(kRequestBytesMax, 'r');
  std::size_t sent = 0;
  while (sent < request.size()) sent += fill(buffer, std::string_view(request).substr(sent));
  EXPECT_EQ(buffer.unread(), request);
  EXPECT_LE(buffer.capacity(), ReceiveBuffer::kBytesMax);
  // Unread bytes are never given back.
  buffer.consume(request.size() - 10);
  buffer.shrink();
  EXPECT_EQ(buffer.unread(), std::string(10, 'r'));
  EXPECT_EQ(buffer.capacity(), ReceiveBuffer::kBytesMin);
  buffer.consume(10);
  buffer.shrink();
  EXPECT_EQ(buffer.capacity(), 0u);
}

TEST(ReceiveBuffer, IsSmallAgainAfterOneLargeRequest) {
  ReceiveBuffer buffer;
  const std::string request(500'000, 'r');
  std::size_t sent = 0;
  while (sent < request.size()) sent += fill(buffer, std::string_view(request).substr(sent));
  buffer.consume(sent);
  fill(buffer, "GET key\r\n");
  buffer.consume(9);
  EXPECT_LE(buffer.room().size(), ReceiveBuffer::kBytesKept);
}

TEST(HeardNumbers, SeeAGapOfEachShard) {
  HeardNumbers heard;
  EXPECT_TRUE(heard.note(2, 0));
  EXPECT_TRUE(heard.note(0, 0));
  EXPECT_TRUE(heard.note(2, 1));
  EXPECT_FALSE(heard.note(2, 3));
  EXPECT_FALSE(heard.note(1, 1));
  EXPECT_TRUE(heard.note(0, 1));
}

}  // namespace
}  // namespace kv
