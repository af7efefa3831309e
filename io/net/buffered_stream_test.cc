// Tests lines and pieces, and what happens at their limits.
#include "io/net/buffered_stream.h"

#include <gtest/gtest.h>

#include <string>

#include "io/conformance/testing_sockets.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

class BufferedStream : public testing::TestWithParam<Ground> {
 protected:
  template <class Body>
  void run(Body body) {
    run_on(GetParam(), std::move(body));
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, BufferedStream, testing::ValuesIn(kGrounds), ground_name);

Task<void> write_text(Stream* stream, std::string text, bool end) {
  BufferedWriter writer(*stream, 1 << 20);
  EXPECT_TRUE(writer.append(text).ok());
  const Status flushed = co_await writer.flush();
  EXPECT_TRUE(flushed.ok());
  EXPECT_EQ(writer.buffered(), 0u);
  if (end) {
    EXPECT_TRUE(stream->shutdown_send().ok());
  }
}

TEST_P(BufferedStream, GivesLinesAndPieces) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const std::string line(10'000, 'x');
    co_await write_text(&pair.far, "one\r\n\n" + line + "\nABCDEFlast\n", true);
    BufferedReader reader(pair.near, 10'001);
    for (const std::string& expected : {std::string("one"), std::string(), line}) {
      auto got = co_await reader.read_line();
      EXPECT_EQ(got.value().value(), expected);
    }
    auto piece = co_await reader.read_exactly(6);
    EXPECT_EQ(std::to_integer<char>(piece.value().value()[5]), 'F');
    auto last = co_await reader.read_line();
    EXPECT_EQ(last.value().value(), "last");
    auto end = co_await reader.read_line();
    EXPECT_FALSE(end.value().has_value());
    auto no_piece = co_await reader.read_exactly(1);
    EXPECT_FALSE(no_piece.value().has_value());
  });
}

TEST_P(BufferedStream, KeepsItsLimits) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    BufferedReader reader(pair.near, 100);
    co_await write_text(&pair.far, std::string(99, 'a') + "\n", false);
    auto line = co_await reader.read_line();
    EXPECT_EQ(line.value().value().size(), 99u);
    co_await write_text(&pair.far, std::string(100, 'b') + "\n", true);
    auto too_long = co_await reader.read_line();
    EXPECT_TRUE(too_long.error().is(Code::kTooLarge));
    EXPECT_EQ(too_long.error().detail(), 100u);
    auto piece = co_await reader.read_exactly(101);
    EXPECT_TRUE(piece.error().is(Code::kTooLarge));
    BufferedWriter writer(pair.near, 10);
    EXPECT_TRUE(writer.append("0123456789").ok());
    EXPECT_TRUE(writer.append("0").error().is(Code::kTooLarge));
    EXPECT_EQ(writer.buffered(), 10u);
  });
}

TEST_P(BufferedStream, MayBeAskedAgainAfterADeadline) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    BufferedReader reader(pair.near);
    co_await write_text(&pair.far, "begun, ", false);
    auto late = co_await reader.read_line(within(1ms));
    EXPECT_TRUE(late.error().is(Code::kDeadlineExceeded));
    co_await write_text(&pair.far, "ended\nrest", true);
    auto line = co_await reader.read_line();
    EXPECT_EQ(line.value().value(), "begun, ended");
    auto cut = co_await reader.read_line();
    EXPECT_TRUE(cut.error().is(Code::kMalformed));
    EXPECT_EQ(cut.error().detail(), 4u);
  });
}

}  // namespace
}  // namespace troupe::io
