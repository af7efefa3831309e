// What every backend does alike when an operation is out of time, or its strand is cancelled.

#include <gtest/gtest.h>

#include <coroutine>
#include <optional>

#include "io/conformance/testing_sockets.h"
#include "io/sleep.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

class Deadlines : public OnEveryGround {};

INSTANTIATE_TEST_SUITE_P(Backends, Deadlines, testing::ValuesIn(kGrounds), ground_name);

TEST_P(Deadlines, DeadlinesEndReceiveAndAccept) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    std::vector<std::byte> buffer(100);
    for (Duration wait : {Duration(-1ms), Duration(0), Duration(1ns), Duration(2ms)}) {
      const Deadline deadline = within(wait);
      const Result<std::size_t> received = co_await pair.near.receive(buffer, deadline);
      EXPECT_EQ(code_of(received), Code::kDeadlineExceeded);
      EXPECT_TRUE(deadline.reached(CoreContext::current().now()));
      Listener listener = listen_somewhere();
      const Result<Stream> accepted = co_await listener.accept(within(wait));
      EXPECT_EQ(code_of(accepted), Code::kDeadlineExceeded);
    }
    // The stream is as before.
    const Status sent = co_await pair.far.send(pattern(10, 1));
    EXPECT_TRUE(sent.ok());
    const Result<std::size_t> received = co_await pair.near.receive(buffer, within(10s));
    EXPECT_EQ(received.value(), 10u);
    EXPECT_EQ(Reactor::current().timers().armed(), 0u);
  });
}

TEST_P(Deadlines, ADeadlineEndsASendThatNobodyReceives) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const std::vector<std::byte> much(64u << 20);
    const Status sent = co_await pair.near.send(much, within(5ms));
    EXPECT_EQ(code_of(sent), Code::kDeadlineExceeded);
  });
}

TEST_P(Deadlines, ADeadlineEndsAConnect) {
  run([](Strand&) -> Task<void> {
    ListenOptions options;
    options.backlog = 0;
    const Listener listener = listen_somewhere(options);
    // Nobody accepts: once the backlog is full the kernel lets connections wait.
    std::vector<Stream> waiting;
    std::optional<Code> ended;
    for (int i = 0; i < 10 && !ended; ++i) {
      Result<Stream> connected =
          co_await Stream::connect(listener.local_address().value(), within(20ms));
      if (connected) {
        waiting.push_back(std::move(*connected));
      } else {
        ended = connected.error().code();
      }
    }
    EXPECT_EQ(ended, Code::kDeadlineExceeded);
  });
}

/// Sets the deadline of the awaiting coroutine's calls, as receiving a message does.
class SetDeadline {
 public:
  explicit SetDeadline(Time at) : at_(at) {}
  void bind(PromiseBase& promise) { promise.context().deadline = at_; }
  bool await_ready() const { return true; }
  void await_suspend(std::coroutine_handle<>) const {}
  void await_resume() const {}

 private:
  Time at_;
};

/// Some calls deep: nobody there knows of the deadline.
Task<Status> receive_deep(Stream* stream, int depth) {
  if (depth > 0) co_return co_await receive_deep(stream, depth - 1);
  std::vector<std::byte> buffer(100);
  const Result<std::size_t> received = co_await stream->receive(buffer, within(10s));
  if (!received) co_return received.error();
  co_return ok();
}

Task<Time> wait_within(Stream* stream, Duration wait) {
  const Time at = Reactor::current().now() + wait;
  co_await SetDeadline(at);
  const Status received = co_await receive_deep(stream, 3);
  EXPECT_EQ(code_of(received), Code::kDeadlineExceeded);
  EXPECT_GE(Reactor::current().now(), at);
  // What is begun after it ends at once, and is not begun.
  const std::vector<std::byte> bytes(10);
  const Status sent = co_await stream->send(bytes);
  EXPECT_EQ(code_of(sent), Code::kDeadlineExceeded);
  co_return at;
}

TEST_P(Deadlines, AreInheritedFromTheCallContext) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const Time begun = Reactor::current().now();
    const Time at = co_await wait_within(&pair.near, 2ms);
    // Its own was 10 s away.
    EXPECT_LT(Reactor::current().now() - begun, 5s);
    EXPECT_LT(at - begun, 5s);
    EXPECT_EQ(Reactor::current().timers().armed(), 0u);
    // Outside the deadline is another one, and the stream is as before.
    const Status sent = co_await pair.far.send(pattern(10, 1));
    EXPECT_TRUE(sent.ok());
    const Result<std::size_t> received = co_await receive_some(&pair.near);
    EXPECT_EQ(received.value(), 10u);
  });
}

TEST_P(Deadlines, TheStrandsReasonIsGiven) {
  run([](Strand& strand) -> Task<void> {
    Pair pair = co_await connected();
    auto first = co_await troupe::first_of(receive_some(&pair.near), sleep_for(1ms));
    EXPECT_EQ(first.index(), 1u);
    strand.cancel(Code::kStopping);
    const Result<std::size_t> received = co_await receive_some(&pair.near);
    EXPECT_EQ(code_of(received), Code::kStopping);
    strand.clear_cancellation();
    const Status sent = co_await pair.far.send(pattern(5, 1));
    EXPECT_TRUE(sent.ok());
    const Result<std::size_t> later = co_await receive_some(&pair.near);
    EXPECT_EQ(later.value(), 5u);
  });
}

}  // namespace
}  // namespace troupe::io
