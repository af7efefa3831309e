// Tests Semaphore and Mutex on a simulated core: fairness, deadlines, cancellation, misuse.
#include "base/semaphore.h"

#include <gtest/gtest.h>

#include <coroutine>
#include <cstddef>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/combine.h"
#include "base/mutex.h"
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

/// Acquires `count`, says so, holds for `held`.
Task<Status> hold(Semaphore* semaphore, std::size_t count, Duration held, int name,
                  std::vector<int>* order, Deadline deadline = kNoDeadline) {
  auto permit = co_await semaphore->acquire(count, deadline);
  if (!permit) co_return permit.error();
  order->push_back(name);
  const Status slept = co_await sleep_for(held);
  co_return slept;
}

TEST(Semaphore, HandsOutWhatThereIsAndTakesItBack) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Semaphore semaphore(3);
    EXPECT_EQ(semaphore.available(), 3u);
    {
      auto one = co_await semaphore.acquire();
      EXPECT_EQ(one->count(), 1u);
      std::optional<Permit> two = semaphore.try_acquire(2);
      EXPECT_TRUE(two.has_value());
      EXPECT_EQ(semaphore.available(), 0u);
      EXPECT_FALSE(semaphore.try_acquire().has_value());
      Permit moved = std::move(*two);
      EXPECT_EQ(two->count(), 0u);
      moved.release();
      moved.release();
      EXPECT_EQ(semaphore.available(), 2u);
      *one = Permit();
      EXPECT_EQ(semaphore.available(), 3u);
    }
    EXPECT_EQ(semaphore.available(), 3u);
    auto too_many = co_await semaphore.acquire(4);
    EXPECT_TRUE(too_many.error().is(Code::kTooLarge));
    EXPECT_EQ(too_many.error().detail(), 3u);
  }));
}

TEST(Semaphore, ServesInTheOrderOfAsking) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    std::vector<int> order;
    Semaphore semaphore(2);
    Scope scope;
    co_await scope.start(hold(&semaphore, 1, 2ms, 0, &order));
    co_await scope.start(hold(&semaphore, 1, 1ms, 1, &order));
    co_await scope.start(hold(&semaphore, 2, 1ms, 2, &order));
    co_await scope.start(hold(&semaphore, 1, 1ms, 3, &order));
    co_await scope.start(hold(&semaphore, 1, 1ms, 4, &order));
    EXPECT_EQ(semaphore.waiting(), 3u);
    const Status slept = co_await sleep_for(1500us);
    EXPECT_TRUE(slept.ok());
    // One is free, but the oldest wants two.
    EXPECT_EQ(semaphore.available(), 1u);
    EXPECT_EQ(semaphore.waiting(), 3u);
    EXPECT_FALSE(semaphore.try_acquire().has_value());
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(order, std::vector<int>({0, 1, 2, 3, 4}));
    EXPECT_EQ(semaphore.available(), 2u);
  }));
}

TEST(Semaphore, ADeadlineEndsTheWaitAndLetsOthersGoOn) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    std::vector<int> order;
    Semaphore semaphore(2);
    Scope scope({.on_failure = OnFailure::kCollect});
    co_await scope.start(hold(&semaphore, 1, 1h, 0, &order));
    co_await scope.start(hold(&semaphore, 2, 1ms, 1, &order, within(5ms)));
    co_await scope.start(hold(&semaphore, 1, 1ms, 2, &order));
    const Time before = now();
    const Status slept = co_await sleep_for(4ms);
    EXPECT_TRUE(slept.ok());
    EXPECT_EQ(order, std::vector<int>({0}));
    const Status later = co_await sleep_for(2ms);
    EXPECT_TRUE(later.ok());
    EXPECT_EQ(order, std::vector<int>({0, 2}));
    scope.cancel();
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.error().is(Code::kDeadlineExceeded));
    EXPECT_EQ(ended.failures(), 1u);
    EXPECT_LT(now() - before, 7ms);
    EXPECT_EQ(semaphore.available(), 2u);
    EXPECT_EQ(io::Reactor::current().timers().armed(), 0u);
  }));
}

TEST(Semaphore, APassedDeadlineStillTakesWhatIsThere) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Semaphore semaphore(1);
    auto there = co_await semaphore.acquire(Deadline(now()));
    EXPECT_TRUE(there.ok());
    auto not_there = co_await semaphore.acquire(Deadline(now()));
    EXPECT_TRUE(not_there.error().is(Code::kDeadlineExceeded));
  }));
}

/// Gives the awaiting coroutine a deadline, as the ask that it handles does.
class SetCallDeadline {
 public:
  explicit SetCallDeadline(Deadline deadline) : deadline_(deadline) {}
  void bind(PromiseBase& promise) { promise.context().deadline = deadline_.at(); }
  bool await_ready() const { return true; }
  void await_suspend(std::coroutine_handle<>) const {}
  void await_resume() const {}

 private:
  Deadline deadline_;
};

TEST(Semaphore, TheDeadlineOfTheCallHoldsToo) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Semaphore semaphore(1);
    std::optional<Permit> held = semaphore.try_acquire();
    co_await SetCallDeadline(within(5ms));
    const Time before = now();
    auto permit = co_await semaphore.acquire(within(1h));
    EXPECT_TRUE(permit.error().is(Code::kDeadlineExceeded));
    EXPECT_GE(now() - before, 5ms);
    EXPECT_LT(now() - before, 6ms);
  }));
}

TEST(Semaphore, ACancelledStrandGetsNothing) {
  expect_run(run_simulated([](Strand& strand) -> Task<void> {
    Semaphore semaphore(1);
    strand.cancel(Code::kStopping);
    auto permit = co_await semaphore.acquire();
    EXPECT_TRUE(permit.error().is(Code::kStopping));
    EXPECT_EQ(semaphore.available(), 1u);
  }));
}

Task<Status> acquire_and_tell(Semaphore* semaphore, std::optional<Code>* reason) {
  auto permit = co_await semaphore->acquire();
  if (!permit) *reason = permit.error().code();
  co_return ok();
}

TEST(Semaphore, AGrantIsHandedOnIfItsWaiterIsCancelledInTheSameTurn) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    std::vector<int> order;
    std::optional<Code> reason;
    Semaphore semaphore(1);
    std::optional<Permit> held = semaphore.try_acquire();
    Scope cancelled;
    Scope scope;
    co_await cancelled.start(acquire_and_tell(&semaphore, &reason));
    co_await scope.start(hold(&semaphore, 1, 1ms, 2, &order));
    EXPECT_EQ(semaphore.waiting(), 2u);
    held->release();
    EXPECT_EQ(semaphore.waiting(), 1u);  // granted to the first …
    cancelled.cancel();                  // … which is no longer interested
    const ScopeEnd first = co_await cancelled.join();
    EXPECT_TRUE(first.ok());
    EXPECT_EQ(reason, Code::kCancelled);
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(order, std::vector<int>({2}));
    EXPECT_EQ(semaphore.available(), 1u);
  }));
}

TEST(Semaphore, TakesPartInCombinations) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Semaphore semaphore(1);
    std::optional<Permit> held = semaphore.try_acquire();
    auto first = co_await first_of(semaphore.acquire(), sleep_for(1ms));
    EXPECT_EQ(first.index(), 1u);
    EXPECT_EQ(semaphore.waiting(), 0u);
    held.reset();
    auto all = co_await all_of(semaphore.acquire(), sleep_for(1ms));
    EXPECT_TRUE(std::get<0>(all).ok());
    EXPECT_EQ(semaphore.available(), 0u);
  }));
}

TEST(SemaphoreDeathTest, MustOutliveItsPermits) {
  EXPECT_DEATH(
      {
        (void)run_simulated([](Strand&) -> Task<void> {
          std::optional<Semaphore> semaphore(std::in_place, 3);
          auto permit = co_await semaphore->acquire(2);
          semaphore.reset();
        });
      },
      "2 of its 3 permits are held");
}

TEST(SemaphoreDeathTest, MustOutliveWhoWaits) {
  EXPECT_DEATH(
      {
        (void)run_simulated([](Strand&) -> Task<void> {
          std::vector<int> order;
          Scope scope;
          std::optional<Semaphore> waited(std::in_place, 1);
          std::optional<Permit> all = waited->try_acquire();
          co_await scope.start(hold(&*waited, 1, 1ms, 0, &order));
          waited.reset();
        });
      },
      "destroyed while 1 wait");
}

#if defined(TROUPE_SANITIZED) || !defined(NDEBUG)
/// A core of its own, for its index alone.
class OtherCore final : public CoreContext {
 public:
  OtherCore() : CoreContext(7, 1) {}
  void arm_timer(Timer&, Time) override {}
  void disarm_timer(Timer&) override {}
};

TEST(SemaphoreDeathTest, BelongsToOneCore) {
  EXPECT_DEATH(
      {
        (void)run_simulated([](Strand&) -> Task<void> {
          Semaphore semaphore(1);
          OtherCore other;
          const CoreContext::Bind bind(other);
          const std::optional<Permit> permit = semaphore.try_acquire();
          co_return;
        });
      },
      "a Semaphore of core 0 is used on core 7");
}
#endif

/// Two awaits that belong together.
Task<Status> add_slowly(Mutex* mutex, int* balance, int amount) {
  auto lock = co_await mutex->lock();
  if (!lock) co_return lock.error();
  const int before = *balance;
  const Status slept = co_await sleep_for(1ms);
  if (!slept) co_return slept;
  *balance = before + amount;
  co_return ok();
}

TEST(Mutex, KeepsOthersOutAcrossAwaits) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    int balance = 0;
    Mutex mutex;
    Scope scope;
    for (int i = 0; i < 10; ++i) co_await scope.start(add_slowly(&mutex, &balance, 1));
    EXPECT_TRUE(mutex.locked());
    EXPECT_EQ(mutex.waiting(), 9u);
    auto timed = co_await mutex.lock(within(1ms));
    EXPECT_TRUE(timed.error().is(Code::kDeadlineExceeded));
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(balance, 10);
    EXPECT_FALSE(mutex.locked());
  }));
}

TEST(Mutex, ALockMovesAndUnlocks) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Mutex mutex;
    std::optional<Lock> lock = mutex.try_lock();
    EXPECT_TRUE(lock.has_value());
    EXPECT_FALSE(mutex.try_lock().has_value());
    Lock moved = std::move(*lock);
    EXPECT_FALSE(lock->locked());
    EXPECT_TRUE(mutex.locked());
    moved.unlock();
    EXPECT_FALSE(mutex.locked());
    auto again = co_await mutex.lock();
    EXPECT_TRUE(again->locked());
  }));
}

}  // namespace
}  // namespace troupe
