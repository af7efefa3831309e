// Tests Scope on a simulated core: results, failures, in_scope, memory, misuse.
#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>
#include <vector>

#include "io/concurrency/testing_scope.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using io::run_simulated;

#if defined(TROUPE_SANITIZED)
constexpr bool kPooled = false;  // Each block is a heap block there.
#else
constexpr bool kPooled = true;
#endif

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
