// Tests Condition on a simulated core: predicates, who is woken, what is handed on.
#include "base/condition.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "base/scope.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using io::run_simulated;

Time now() { return CoreContext::current().now(); }

void expect_run(const Status& ended) {
  EXPECT_TRUE(ended.ok()) << (ended.ok() ? "" : ended.error().describe());
}

/// Something to take, and those who wait for it.
struct Store {
  int items = 0;
  std::vector<int> takers;
  Condition changed;
};

/// Waits for `wanted` items and takes them.
Task<Status> take(Store* store, int wanted, int name, Deadline deadline = kNoDeadline) {
  const Status there =
      co_await store->changed.wait([=] { return store->items >= wanted; }, deadline);
  if (!there) co_return there;
  EXPECT_GE(store->items, wanted);
  store->items -= wanted;
  store->takers.push_back(name);
  co_return ok();
}

Task<void> let_others_run() {
  for (int i = 0; i < 3; ++i) {
    const Status yielded = co_await yield();
    EXPECT_TRUE(yielded.ok());
  }
}

TEST(Condition, DoesNotWaitForWhatHolds) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Store store;
    store.items = 1;
    const Status taken = co_await take(&store, 1, 0);
    EXPECT_TRUE(taken.ok());
    EXPECT_EQ(store.items, 0);
  }));
}

TEST(Condition, NotifyOneWakesTheOldestWhosePredicateHolds) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Store store;
    Scope scope;
    co_await scope.start(take(&store, 5, 0));
    co_await scope.start(take(&store, 1, 1));
    co_await scope.start(take(&store, 1, 2));
    EXPECT_EQ(store.changed.waiting(), 3u);
    store.changed.notify_one();  // nothing holds, nothing is remembered
    store.changed.notify_all();
    EXPECT_EQ(store.changed.waiting(), 3u);
    store.items = 2;
    store.changed.notify_one();
    co_await let_others_run();
    EXPECT_EQ(store.takers, std::vector<int>({1}));
    store.items += 10;
    store.changed.notify_all();
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(store.takers, std::vector<int>({1, 0, 2}));
    EXPECT_EQ(store.items, 5);
  }));
}

TEST(Condition, LooksAgainWhenItsTurnComes) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Store store;
    Scope scope;
    co_await scope.start(take(&store, 1, 0));
    co_await scope.start(take(&store, 1, 1));
    store.items = 1;
    store.changed.notify_all();  // both hold now, but the first takes what there is
    co_await let_others_run();
    EXPECT_EQ(store.takers, std::vector<int>({0}));
    EXPECT_EQ(store.changed.waiting(), 1u);
    // And keeps its place.
    co_await scope.start(take(&store, 1, 2));
    store.items = 1;
    store.changed.notify_one();
    co_await let_others_run();
    EXPECT_EQ(store.takers, std::vector<int>({0, 1}));
    scope.cancel();
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
  }));
}

TEST(Condition, ANotifyIsHandedOnIfItsWaiterIsCancelledInTheSameTurn) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Store store;
    Scope cancelled;
    Scope scope;
    co_await cancelled.start(take(&store, 1, 0));
    co_await scope.start(take(&store, 1, 1));
    store.items = 1;
    store.changed.notify_one();
    cancelled.cancel();
    const ScopeEnd first = co_await cancelled.join();
    EXPECT_TRUE(first.ok());
    const ScopeEnd ended = co_await scope.join(within(1s));
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(store.takers, std::vector<int>({1}));
  }));
}

TEST(Condition, ANotifyIsHandedOnIfItsPredicateNoLongerHolds) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Store store;
    Scope scope;
    co_await scope.start(take(&store, 3, 0));
    co_await scope.start(take(&store, 1, 1));
    store.items = 3;
    store.changed.notify_one();
    store.items = 1;  // too few for the one that was woken, enough for the next
    co_await let_others_run();
    EXPECT_EQ(store.takers, std::vector<int>({1}));
    store.items = 3;
    store.changed.notify_one();
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
  }));
}

TEST(Condition, EndsAtItsDeadlineAlsoAfterAVainNotify) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Store store;
    Scope scope({.on_failure = OnFailure::kCollect});
    const Time before = now();
    co_await scope.start(take(&store, 1, 0, within(5ms)));
    store.items = 1;
    store.changed.notify_one();
    store.items = 0;
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.error().is(Code::kDeadlineExceeded));
    EXPECT_GE(now() - before, 5ms);
    EXPECT_LT(now() - before, 6ms);
    EXPECT_EQ(store.changed.waiting(), 0u);
    EXPECT_EQ(io::Reactor::current().timers().armed(), 0u);
  }));
}

TEST(Condition, ACancellationAfterAVainNotifyArrives) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Store store;
    Scope scope;
    co_await scope.start(take(&store, 1, 0));
    store.items = 1;
    store.changed.notify_one();
    store.items = 0;
    co_await let_others_run();
    EXPECT_EQ(store.changed.waiting(), 1u);
    scope.cancel();
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(store.changed.waiting(), 0u);
  }));
}

TEST(ConditionDeathTest, MustOutliveWhoWaits) {
  EXPECT_DEATH(
      {
        (void)run_simulated([](Strand&) -> Task<void> {
          std::optional<Store> store(std::in_place);
          Scope scope;
          co_await scope.start(take(&*store, 1, 0));
          co_await scope.start(take(&*store, 1, 1));
          store->items = 1;
          store->changed.notify_one();
          store.reset();
        });
      },
      "destroyed while 2 wait");
}

}  // namespace
}  // namespace troupe
