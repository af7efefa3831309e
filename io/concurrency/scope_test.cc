// Tests Scope on a simulated core: results, failures, cancellation, limits, misuse.
#include "base/scope.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using io::run_simulated;

#if defined(TROUPE_SANITIZED)
constexpr bool kPooled = false;  // Each block is a heap block there.
#else
constexpr bool kPooled = true;
#endif

Time now() { return CoreContext::current().now(); }

/// What became of a child: written by it, read by the test after the scope has ended.
struct Trace {
  std::optional<Code> reason;
  std::optional<Time> ended;
};

/// Sleeps for `duration`; if cancelled, tidies up over a few turns first.
Task<Status> after(Duration duration, Trace* trace) {
  const Status slept = co_await sleep_for(duration);
  if (!slept) trace->reason = slept.error().code();
  trace->ended = now();
  co_return slept;
}

Task<Status> fail_after(Duration duration, std::uint64_t detail) {
  const Status slept = co_await sleep_for(duration);
  if (!slept) co_return slept;
  co_return Error(Code::kFailed, detail);
}

Task<void> throw_after(Duration duration) {
  const Status slept = co_await sleep_for(duration);
  if (slept) throw std::runtime_error("boom");
}

Task<void> count_at_once(int* count) {
  ++*count;
  co_return;
}

void expect_run(const Status& ended) {
  EXPECT_TRUE(ended.ok()) << (ended.ok() ? "" : ended.error().describe());
}

TEST(Scope, JoinAwaitsAllChildren) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Trace slow;
    Trace fast;
    int count = 0;
    const Time before = now();
    Scope scope;
    co_await scope.start(after(20ms, &slow));
    co_await scope.start(after(5ms, &fast));
    co_await scope.start(sleep_for(10ms));
    co_await scope.start(count_at_once(&count));
    EXPECT_EQ(scope.running(), 3u);
    EXPECT_EQ(count, 1);
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(ended.failures(), 0u);
    EXPECT_EQ(scope.running(), 0u);
    EXPECT_TRUE(slow.ended && fast.ended);
    EXPECT_GE(now() - before, 20ms);
    EXPECT_LT(now() - before, 21ms);
    // And once more.
    co_await scope.start(count_at_once(&count));
    const ScopeEnd again = co_await scope.join();
    EXPECT_TRUE(again.ok());
    EXPECT_EQ(count, 2);
  }));
}

TEST(Scope, TheFirstFailureCancelsTheSiblings) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Trace sibling;
    const Time before = now();
    Scope scope;
    co_await scope.start(after(1h, &sibling));
    co_await scope.start(fail_after(1ms, 7));
    co_await scope.start(fail_after(2ms, 8));
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.error().is(Code::kFailed));
    EXPECT_EQ(ended.error().detail(), 7u);
    EXPECT_EQ(ended.failures(), 1u);
    EXPECT_EQ(sibling.reason, Code::kCancelled);
    EXPECT_LT(now() - before, 2ms);
    EXPECT_TRUE(scope.cancelled());
    int count = 0;
    const bool started = co_await scope.start(count_at_once(&count));
    EXPECT_FALSE(started);
    EXPECT_EQ(count, 0);
    // The cancellation was the children's: this strand goes on.
    const Status slept = co_await sleep_for(1ms);
    EXPECT_TRUE(slept.ok());
    EXPECT_EQ(io::Reactor::current().timers().armed(), 0u);
  }));
}

TEST(Scope, AFailureBeforeTheFirstSuspensionCounts) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Trace sibling;
    Scope scope;
    co_await scope.start(after(1h, &sibling));
    co_await scope.start([]() -> Task<Status> { co_return Error(Code::kFailed, 3); }());
    EXPECT_TRUE(scope.cancelled());
    const ScopeEnd ended = co_await scope.join();
    EXPECT_EQ(ended.error().detail(), 3u);
    EXPECT_EQ(sibling.reason, Code::kCancelled);
  }));
}

TEST(Scope, CollectsFailuresIfToldTo) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Trace sibling;
    Scope scope({.on_failure = OnFailure::kCollect});
    co_await scope.start(after(50ms, &sibling));
    co_await scope.start(fail_after(2ms, 8));
    co_await scope.start(fail_after(1ms, 7));
    const ScopeEnd ended = co_await scope.join();
    EXPECT_EQ(ended.error().detail(), 7u);
    EXPECT_EQ(ended.failures(), 2u);
    EXPECT_FALSE(sibling.reason.has_value());
    EXPECT_TRUE(sibling.ended.has_value());
  }));
}

TEST(Scope, AnExceptionCancelsEvenIfCollectingAndComesOutOfJoin) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Trace sibling;
    Scope scope({.on_failure = OnFailure::kCollect});
    co_await scope.start(after(1h, &sibling));
    co_await scope.start(throw_after(1ms));
    bool caught = false;
    try {
      const ScopeEnd ended = co_await scope.join();
      ADD_FAILURE() << ended.failures();
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
    EXPECT_EQ(sibling.reason, Code::kCancelled);
    EXPECT_EQ(scope.running(), 0u);
  }));
}

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

TEST(Scope, StartAwaitsRoom) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    const Time before = now();
    Trace waited;
    Scope scope({.children_max = 2});
    co_await scope.start(sleep_for(10ms));
    co_await scope.start(sleep_for(20ms));
    EXPECT_LT(now() - before, 1ms);
    co_await scope.start(after(1ms, &waited));
    EXPECT_GE(now() - before, 10ms);
    EXPECT_EQ(scope.running(), 2u);
    const bool third = co_await scope.start(sleep_for(1ms), within(100us));
    EXPECT_FALSE(third);
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.error().is(Code::kDeadlineExceeded));
    EXPECT_TRUE(waited.ended.has_value());
    EXPECT_LT(now() - before, 21ms);
  }));
}

Task<Status> start_one(Scope* scope, bool* started) {
  *started = co_await scope->start(sleep_for(1h));
  co_return ok();
}

TEST(Scope, AFailureEndsTheWaitForRoom) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    bool started = true;
    Scope outer;
    Scope scope({.children_max = 1});
    co_await scope.start(fail_after(1ms, 1));
    co_await outer.start(start_one(&scope, &started));
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.error().is(Code::kFailed));
    const ScopeEnd outer_ended = co_await outer.join();
    EXPECT_TRUE(outer_ended.ok());
    EXPECT_FALSE(started);
  }));
}

TEST(Scope, AStartThatIsCancelledInTheTurnItGetsRoomDoesNotHappen) {
  for (const bool whole_scope : {false, true}) {
    expect_run(run_simulated([=](Strand&) -> Task<void> {
      bool started = true;
      Trace child;
      Scope outer;
      Scope scope({.children_max = 1});
      co_await scope.start(after(1ms, &child));
      co_await outer.start(start_one(&scope, &started));
      // In the same turn as the child, and after it.
      const Status slept = co_await sleep_for(1ms);
      EXPECT_TRUE(slept.ok() && child.ended);
      EXPECT_EQ(scope.running(), 0u);
      (whole_scope ? scope : outer).cancel();
      const ScopeEnd ended = co_await scope.join();
      EXPECT_EQ(ended.ok(), whole_scope);
      EXPECT_FALSE(started);
      outer.cancel();
      const ScopeEnd outer_ended = co_await outer.join();
      EXPECT_TRUE(outer_ended.ok());
    }));
  }
}

TEST(Scope, JoinAwaitsWhatIsStartedMeanwhile) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    bool started = false;
    Scope outer;
    Scope scope({.children_max = 1});
    const Time before = now();
    co_await scope.start(sleep_for(1ms));
    // Gets its room when the only child ends, which would also end the join.
    co_await outer.start(start_one(&scope, &started));
    const ScopeEnd ended = co_await scope.join(within(1min));
    EXPECT_TRUE(started);
    EXPECT_TRUE(ended.error().is(Code::kDeadlineExceeded));
    EXPECT_GE(now() - before, 1min);
    const ScopeEnd outer_ended = co_await outer.join();
    EXPECT_TRUE(outer_ended.ok());
  }));
}

/// Runs in a scope that has room for few, and looks that they are no more.
Task<Status> count_running(Scope* scope) {
  EXPECT_LE(scope->running(), scope->children_max());
  const Status slept = co_await sleep_for(1ms);
  co_return slept;
}

Task<Status> start_counted(Scope* scope) {
  const bool started = co_await scope->start(count_running(scope));
  EXPECT_TRUE(started);
  co_return ok();
}

TEST(Scope, OneEndMakesRoomForOneStart) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Scope outer;
    Scope scope({.children_max = 2});
    const Time before = now();
    for (int i = 0; i < 10; ++i) co_await outer.start(start_counted(&scope));
    EXPECT_EQ(scope.running(), 2u);
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
    EXPECT_GE(now() - before, 5ms);
    const ScopeEnd outer_ended = co_await outer.join();
    EXPECT_TRUE(outer_ended.ok());
  }));
}

Task<Status> start_later(Scope* scope, Duration delay, Trace* trace) {
  const Status slept = co_await sleep_for(delay);
  if (!slept) co_return slept;
  co_await scope->start(after(1ms, trace));
  co_return ok();
}

TEST(Scope, JoinLooksAgainBeforeItReturns) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Trace late;
    Trace child;
    Scope outer;
    Scope scope;
    co_await scope.start(after(1ms, &child));
    // Its turn comes between the end of the only child and that of the join.
    co_await outer.start(start_later(&scope, 1ms, &late));
    const ScopeEnd ended = co_await scope.join(within(1min));
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(scope.running(), 0u);
    EXPECT_TRUE(late.ended.has_value());
    const ScopeEnd outer_ended = co_await outer.join();
    EXPECT_TRUE(outer_ended.ok());
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

Task<Status> serve(Scope* scope, Trace* body, bool fails) {
  co_await scope->start(fail_after(fails ? 1ms : 1h, 5));
  const Status slept = co_await sleep_for(1min);
  if (!slept) body->reason = slept.error().code();
  co_return Error(Code::kDenied);
}

Task<void> start_and_throw(Scope* scope, Trace* child) {
  co_await scope->start(after(1h, child));
  throw std::runtime_error("boom");
}

TEST(InScope, ChildrenAndBodyEndTogether) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Trace cancelled;
    const ScopeEnd by_child = co_await in_scope(serve, &cancelled, true);
    EXPECT_EQ(by_child.error().detail(), 5u);
    EXPECT_EQ(cancelled.reason, Code::kCancelled);
    Trace whole;
    const ScopeEnd by_body = co_await in_scope(serve, &whole, false);
    EXPECT_TRUE(by_body.error().is(Code::kDenied));
    EXPECT_FALSE(whole.reason.has_value());

    Trace child;
    bool caught = false;
    try {
      const ScopeEnd ended = co_await in_scope(start_and_throw, &child);
      ADD_FAILURE() << ended.failures();
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
    EXPECT_EQ(child.reason, Code::kCancelled);
  }));
}

TEST(Scope, ManyChildrenCostNoHeapCallOnceWarm) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    std::uint64_t calls = 0;
    for (int round = 0; round < 3; ++round) {
      const std::uint64_t before = CoreContext::current().blocks.heap_calls();
      Scope scope;
      for (int i = 0; i < 1000; ++i) co_await scope.start(sleep_for(1ms));
      EXPECT_EQ(scope.running(), 1000u);
      const ScopeEnd ended = co_await scope.join();
      EXPECT_TRUE(ended.ok());
      calls = CoreContext::current().blocks.heap_calls() - before;
    }
    if (kPooled) EXPECT_EQ(calls, 0u);
  }));
}

Task<void> leave_without_join() {
  Scope scope;
  co_await scope.start(fail_after(1h, 1));
  co_await scope.start(sleep_for(1h));
}

TEST(ScopeDeathTest, ADestroyedScopeNamesItsChildrenAndWhatTheyAwait) {
  EXPECT_DEATH(
      { (void)run_simulated([](Strand&) -> Task<void> { co_await leave_without_join(); }); },
      "destroyed while 2 children run.*join.*"
      "started at .*scope_test.cc:[0-9]+, awaits sleep at .*scope_test.cc:[0-9]+");
}

Task<Status> join_too(Scope* scope) {
  const ScopeEnd ended = co_await scope->join();
  co_return ended;
}

TEST(ScopeDeathTest, TwoJoinsAreAMistake) {
  EXPECT_DEATH(
      {
        (void)run_simulated([](Strand&) -> Task<void> {
          Scope scope;
          co_await scope.start(sleep_for(1h));
          co_await scope.start(join_too(&scope));
          const ScopeEnd ended = co_await scope.join();
          EXPECT_FALSE(ended.ok());
        });
      },
      "joined by two");
}

}  // namespace
}  // namespace troupe
