// Tests Scope on a simulated core: cancellation, deadlines, what children inherit.
#include <gtest/gtest.h>

#include "io/concurrency/testing_scope.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using io::run_simulated;

TEST(Scope, CancelIsNoFailure) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Trace child;
    Scope scope;
    co_await scope.start(after(1h, &child));
    scope.cancel(Code::kStopping);
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(child.reason, Code::kStopping);
  }));
}

Task<void> cancel_after(Strand* strand, Duration duration, Code reason) {
  const Status slept = co_await sleep_for(duration);
  EXPECT_TRUE(slept.ok());
  strand->cancel(reason);
}

Task<Status> with_grandchildren(Trace* first, Trace* second) {
  Scope scope;
  co_await scope.start(after(1h, first));
  co_await scope.start(after(2h, second));
  const Status ended = co_await scope.join();
  co_return ended;
}

TEST(Scope, CancellationOfTheParentReachesEveryGenerationAndIsAwaited) {
  for (const Code reason : {Code::kCancelled, Code::kStopping}) {
    expect_run(run_simulated([=](Strand& strand) -> Task<void> {
      Trace traces[3];
      const Time before = now();
      Scope scope;
      co_await scope.start(with_grandchildren(&traces[0], &traces[1]));
      co_await scope.start(after(3h, &traces[2]));
      co_await scope.start(cancel_after(&strand, 1ms, reason));
      const ScopeEnd ended = co_await scope.join();
      EXPECT_EQ(ended.error().code(), reason);
      EXPECT_EQ(ended.failures(), 0u);
      for (const Trace& trace : traces) EXPECT_EQ(trace.reason, reason);
      EXPECT_LT(now() - before, 2ms);
    }));
  }
}

TEST(Scope, JoinOnACancelledStrandCancelsAtOnce) {
  expect_run(run_simulated([](Strand& strand) -> Task<void> {
    Trace child;
    Scope scope;
    co_await scope.start(after(1h, &child));
    strand.cancel(Code::kStopping);
    const bool started = co_await scope.start(sleep_for(1h));
    EXPECT_FALSE(started);
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.error().is(Code::kStopping));
    EXPECT_EQ(child.reason, Code::kStopping);
  }));
}

TEST(Scope, AChildThatWasNotStartedIsReported) {
  expect_run(run_simulated([](Strand& strand) -> Task<void> {
    int count = 0;
    Scope scope;
    co_await scope.start(count_at_once(&count));
    strand.cancel(Code::kCancelled);
    co_await scope.start(count_at_once(&count));
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.error().is(Code::kCancelled));
    EXPECT_EQ(count, 1);
  }));
}

TEST(Scope, JoinEndsTheChildrenAtItsDeadline) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Trace child;
    Scope scope;
    co_await scope.start(after(1h, &child));
    const Time before = now();
    const ScopeEnd ended = co_await scope.join(within(5ms));
    EXPECT_TRUE(ended.error().is(Code::kDeadlineExceeded));
    EXPECT_EQ(ended.failures(), 0u);
    EXPECT_EQ(child.reason, Code::kDeadlineExceeded);
    EXPECT_GE(now() - before, 5ms);
    EXPECT_LT(now() - before, 6ms);

    Scope quick;
    co_await quick.start(sleep_for(1ms));
    const ScopeEnd in_time = co_await quick.join(within(5ms));
    EXPECT_TRUE(in_time.ok());
    EXPECT_EQ(io::Reactor::current().timers().armed(), 0u);
  }));
}

/// A child's view of its call.
class LookAtCall {
 public:
  explicit LookAtCall(CallContext* seen) : seen_(seen) {}
  void bind(PromiseBase& promise) { *seen_ = promise.context(); }
  bool await_ready() const { return true; }
  void await_suspend(std::coroutine_handle<>) const {}
  void await_resume() const {}

 private:
  CallContext* seen_;
};

Task<Status> look(CallContext* seen, unsigned char* traced) {
  co_await LookAtCall(seen);
  const Status slept = co_await sleep_for(1ms);
  *traced = seen->trace->bytes[7];
  co_return slept;
}

/// Sets deadline and trace of the awaiting coroutine, as receiving a message does.
class SetCall {
 public:
  SetCall(Time deadline, const TraceContext* trace) : deadline_(deadline), trace_(trace) {}
  void bind(PromiseBase& promise) {
    promise.context().deadline = deadline_;
    promise.context().trace = trace_;
  }
  bool await_ready() const { return true; }
  void await_suspend(std::coroutine_handle<>) const {}
  void await_resume() const {}

 private:
  Time deadline_;
  const TraceContext* trace_;
};

TEST(Scope, ChildrenInheritDeadlineAndTraceOfTheStarter) {
  expect_run(run_simulated([](Strand& strand) -> Task<void> {
    CallContext seen;
    unsigned char traced = 0;
    Scope scope;
    TraceContext trace{};
    trace.bytes[7] = 42;
    co_await SetCall(now() + 1min, &trace);
    co_await scope.start(look(&seen, &traced));
    co_await SetCall(Time::max(), nullptr);
    trace.bytes[7] = 0;  // the next message's; the child keeps that of its own
    EXPECT_EQ(seen.deadline, now() + 1min);
    EXPECT_NE(seen.strand, &strand);
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(traced, 42);
    EXPECT_EQ(trace.bytes[7], 0);
  }));
}

TEST(Scope, WaitsEndWithTheDeadlineOfTheCall) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Trace child;
    Scope scope;
    co_await scope.start(after(1h, &child));
    const Time before = now();
    co_await SetCall(now() + 3ms, nullptr);
    const ScopeEnd ended = co_await scope.join(within(1min));
    EXPECT_TRUE(ended.error().is(Code::kDeadlineExceeded));
    EXPECT_LT(now() - before, 4ms);
  }));
}

}  // namespace
}  // namespace troupe
