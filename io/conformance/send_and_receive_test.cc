// What every backend does alike when a stream sends and receives at once, and when it receives no
// more.
#include <gtest/gtest.h>

#include <cerrno>
#include <vector>

#include "io/conformance/testing_sockets.h"
#include "io/sleep.h"

namespace troupe::io {
namespace {

using SendsAndReceives = OnEveryGround;
INSTANTIATE_TEST_SUITE_P(Backends, SendsAndReceives, testing::ValuesIn(kGrounds), ground_name);

TEST_P(SendsAndReceives, OneWhoNoLongerReceivesGetsWhatHasComeAndThenTheEnd) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const auto end_soon = [](Stream* stream) -> Task<Status> {
      const Status yielded = co_await yield();
      EXPECT_TRUE(yielded.ok());
      co_return stream->shutdown_receive();
    };
    std::vector<std::byte> buffer(10);
    // While somebody waits for bytes.
    auto both = co_await troupe::all_of(pair.far.receive(buffer), end_soon(&pair.far));
    EXPECT_EQ(std::get<0>(both).value(), 0u);
    EXPECT_TRUE(std::get<1>(both).ok());
    // The other direction goes on.
    const Status answered = co_await pair.far.send(pattern(5, 2));
    EXPECT_TRUE(answered.ok());
    const Result<std::size_t> answer = co_await pair.near.receive(buffer);
    EXPECT_EQ(answer.value(), 5u);

    Pair other = co_await connected();
    const Status sent = co_await other.near.send(pattern(5, 1));
    EXPECT_TRUE(sent.ok());
    const Status arrived = co_await sleep_for(std::chrono::milliseconds(100));
    EXPECT_TRUE(arrived.ok());
    EXPECT_TRUE(other.far.shutdown_receive().ok());
    const Result<std::size_t> received = co_await other.far.receive(buffer);
    EXPECT_EQ(received.value(), 5u);
    const Result<std::size_t> ended = co_await other.far.receive(buffer);
    EXPECT_EQ(ended.value(), 0u);
    EXPECT_FALSE(Stream().shutdown_receive().ok());
  });
}

constexpr SendReceiveDeadlines kNoEnd{kContextDeadline, kContextDeadline};

TEST_P(SendsAndReceives, SendsAndReceivesAtOnce) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    // More than any buffer of the kernel takes, both ways: neither may wait for the other.
    const std::vector<std::byte> text = pattern(8 << 20, 3);
    const auto receive_and_answer = [](Stream* stream, std::size_t bytes) -> Task<Status> {
      std::vector<std::byte> buffer(64 * 1024);
      for (std::size_t done = 0; done < bytes;) {
        const Result<std::size_t> received = co_await stream->receive(buffer);
        if (!received) co_return received.error();
        done += *received;
      }
      co_return co_await stream->send(std::span(buffer).first(5));
    };
    std::vector<std::byte> answer(100);
    auto both = co_await troupe::all_of(pair.near.send_and_receive(text, answer, kNoEnd),
                                        receive_and_answer(&pair.far, text.size()));
    EXPECT_TRUE(std::get<0>(both).sent.ok());
    EXPECT_EQ(std::get<0>(both).received.value(), 5u);
    EXPECT_TRUE(std::get<1>(both).ok());
    // What is there already is received, though it is not expected; and so is the end.
    const Status sent = co_await pair.far.send(std::span(text).first(7));
    EXPECT_TRUE(sent.ok());
    auto third = co_await pair.near.send_and_receive(std::span(text).first(3), answer, kNoEnd);
    EXPECT_EQ(third.received.value(), 7u);
    EXPECT_TRUE(pair.far.shutdown_send().ok());
    auto last = co_await pair.near.send_and_receive(std::span(text).first(3), answer, kNoEnd);
    EXPECT_TRUE(last.sent.ok());
    EXPECT_EQ(last.received.value(), 0u);
  });
}

TEST_P(SendsAndReceives, ASendAndReceiveEndsInTime) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const std::vector<std::byte> text = pattern(16 << 20, 4);
    std::vector<std::byte> answer(100);
    // The receive alone: the connection is as before.
    auto quiet = co_await pair.near.send_and_receive(
        std::span(text).first(3), answer, {kContextDeadline, within(std::chrono::milliseconds(1))});
    EXPECT_TRUE(quiet.sent.ok());
    EXPECT_TRUE(error_of(quiet.received).is(Code::kDeadlineExceeded));
    const Status sent = co_await pair.far.send(std::span(text).first(2));
    EXPECT_TRUE(sent.ok());
    const Result<std::size_t> received = co_await pair.near.receive(answer);
    EXPECT_EQ(received.value(), 2u);
    // Both, since the peer takes nothing; and at once, when the time is over.
    auto stuck = co_await pair.near.send_and_receive(
        text, answer,
        {within(std::chrono::milliseconds(20)), within(std::chrono::milliseconds(5))});
    EXPECT_TRUE(error_of(stuck.sent).is(Code::kDeadlineExceeded));
    EXPECT_TRUE(error_of(stuck.received).is(Code::kDeadlineExceeded));
    auto late = co_await pair.near.send_and_receive(text, answer,
                                                    {within(Duration(0)), within(Duration(0))});
    EXPECT_TRUE(error_of(late.sent).is(Code::kDeadlineExceeded));
    // Nothing to be had of a closed stream.
    auto closed = co_await Stream().send_and_receive(text, answer, kNoEnd);
    EXPECT_EQ(error_of(closed.sent).detail(), static_cast<std::uint64_t>(EBADF));
    EXPECT_FALSE(closed.received.ok());
  });
}

TEST_P(SendsAndReceives, ASendThatFailsEndsTheReceive) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    EXPECT_TRUE(pair.near.shutdown_send().ok());
    std::vector<std::byte> answer(100);
    // Without that, the receive would wait for a peer that is not asked.
    auto both = co_await pair.near.send_and_receive(pattern(3, 1), answer, kNoEnd);
    EXPECT_EQ(error_of(both.sent).detail(), static_cast<std::uint64_t>(EPIPE));
    EXPECT_TRUE(error_of(both.received).is(Code::kCancelled));
  });
}

TEST_P(SendsAndReceives, ASendAndReceiveIsCancelled) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const std::vector<std::byte> text = pattern(16 << 20, 4);
    std::vector<std::byte> answer(100);
    auto first = co_await troupe::first_of(pair.near.send_and_receive(text, answer, kNoEnd),
                                           sleep_for(std::chrono::milliseconds(100)));
    EXPECT_EQ(first.index(), 1u);
  });
}

}  // namespace
}  // namespace troupe::io
