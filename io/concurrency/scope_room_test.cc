// Tests Scope on a simulated core: limits of children, and joins that meet late starts.
#include <gtest/gtest.h>

#include "io/concurrency/testing_scope.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using io::run_simulated;

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

}  // namespace
}  // namespace troupe
