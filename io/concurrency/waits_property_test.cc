// Random programs over many seeds: whatever is acquired, cancelled, timed out and closed in which
// order, permits, items and wake-ups are conserved.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/channel.h"
#include "base/condition.h"
#include "base/mutex.h"
#include "base/scope.h"
#include "base/semaphore.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;

#if defined(TROUPE_SANITIZED)
constexpr std::uint64_t kSeeds = 300;
#else
constexpr std::uint64_t kSeeds = 3000;
#endif

std::uint64_t below(std::uint64_t bound) { return CoreContext::current().random.below(bound); }
Duration some_time() { return Duration(static_cast<std::int64_t>(below(40'000))); }
/// None, soon, or already there.
Deadline some_deadline() { return below(2) == 0 ? kNoDeadline : within(some_time()); }

/// Nothing, a turn, or a while.
Task<Status> pause() {
  if (below(3) == 0) co_return ok();
  if (below(2) == 0) {
    const Status yielded = co_await yield();
    co_return yielded;
  }
  const Status slept = co_await sleep_for(some_time());
  co_return slept;
}

/// Until nothing is left to run: what waits now, waits for good or for time.
Task<void> settle() {
  do {
    const Status yielded = co_await yield();
    EXPECT_TRUE(yielded.ok());
  } while (!CoreContext::current().ready.empty());
}

/// Runs tasks each in a scope of its own, and cancels some of them now and then.
class Crowd {
 public:
  template <class Child>
  Task<void> start(Child child) {
    co_await scopes_.emplace_back().start(std::move(child));
  }
  /// Cancels one, most of the time in the turn of something else.
  void cancel_one() {
    std::uint64_t index = below(scopes_.size());
    for (Scope& scope : scopes_) {
      if (index-- == 0) scope.cancel(below(2) == 0 ? Code::kCancelled : Code::kStopping);
    }
  }
  void cancel_all() {
    for (Scope& scope : scopes_) scope.cancel();
  }
  Task<void> join() {
    for (Scope& scope : scopes_) {
      const ScopeEnd ended = co_await scope.join();
      EXPECT_TRUE(ended.ok()) << ended.error().describe();
    }
  }

 private:
  std::list<Scope> scopes_;
};

template <class Body>
void run_seeds(Body body) {
  for (std::uint64_t seed = 1; seed <= kSeeds && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Status ended = io::run_simulated(
        [&](Strand&) -> Task<void> {
          co_await body();
          EXPECT_EQ(io::Reactor::current().timers().armed(), 0u);
        },
        {.seed = seed});
    EXPECT_TRUE(ended.ok()) << ended.error().describe();
  }
}

/// Permits as the tasks see them.
struct Permits {
  explicit Permits(std::size_t count) : semaphore(count) {}
  Semaphore semaphore;
  Crowd crowd;
  std::size_t held = 0;
  std::uint64_t asked = 0;   // numbers those that had to wait
  std::uint64_t served = 0;  // the last of them
};

Task<Status> use_permits(Permits* permits) {
  Semaphore& semaphore = permits->semaphore;
  for (std::uint64_t round = below(6); round > 0; --round) {
    const std::size_t count = below(2) == 0 ? 1 : 1 + below(semaphore.permits());
    const bool waits = semaphore.waiting() > 0 || semaphore.available() < count;
    const std::uint64_t number = waits ? ++permits->asked : 0;
    Result<Permit> permit = Error(Code::kFailed);
    if (below(5) == 0) {
      std::optional<Permit> tried = semaphore.try_acquire(count);
      EXPECT_EQ(tried.has_value(), !waits);
      if (!tried) continue;
      permit = std::move(*tried);
    } else {
      permit = co_await semaphore.acquire(count, some_deadline());
    }
    if (!permit && !permit.error().is(Code::kDeadlineExceeded)) co_return permit.error();
    if (!permit) continue;
    if (waits) {
      EXPECT_GT(number, permits->served) << "first come, first served";
      permits->served = number;
    }
    permits->held += count;
    EXPECT_LE(permits->held, semaphore.permits());
    const Status paused = co_await pause();
    permits->held -= count;
    permit->release();
    if (below(4) == 0) permits->crowd.cancel_one();
    if (!paused) co_return paused;
  }
  co_return ok();
}

TEST(Properties, PermitsAreConservedAndServedInOrder) {
  std::uint64_t served = 0;
  run_seeds([&served]() -> Task<void> {
    Permits permits(1 + below(4));
    for (std::uint64_t tasks = 1 + below(10); tasks > 0; --tasks) {
      co_await permits.crowd.start(use_permits(&permits));
    }
    for (std::uint64_t cancels = below(4); cancels > 0; --cancels) {
      const Status paused = co_await pause();
      EXPECT_TRUE(paused.ok());
      permits.crowd.cancel_one();
    }
    co_await permits.crowd.join();
    EXPECT_EQ(permits.semaphore.available(), permits.semaphore.permits());
    EXPECT_EQ(permits.semaphore.waiting(), 0u);
    EXPECT_EQ(permits.held, 0u);
    served += permits.served;
  });
  EXPECT_GT(served, kSeeds) << "the programs do next to nothing";
}

/// No permit is idle while one waits that it would do for.
TEST(Properties, NobodyWaitsForAPermitThatIsThere) {
  run_seeds([]() -> Task<void> {
    Mutex mutex;
    Crowd crowd;
    const auto use = [](Mutex* shared, Crowd* others) -> Task<Status> {
      for (std::uint64_t round = below(6); round > 0; --round) {
        auto lock = co_await shared->lock(some_deadline());
        if (!lock) continue;
        const Status paused = co_await pause();
        lock->unlock();
        if (below(3) == 0) others->cancel_one();
        if (!paused) co_return paused;
      }
      co_return ok();
    };
    for (int i = 0; i < 6; ++i) co_await crowd.start(use(&mutex, &crowd));
    for (int i = 0; i < 6; ++i) {
      co_await settle();
      EXPECT_TRUE(mutex.locked() || mutex.waiting() == 0);
      crowd.cancel_one();
      const Status slept = co_await sleep_for(some_time());
      EXPECT_TRUE(slept.ok());
    }
    co_await crowd.join();
    EXPECT_FALSE(mutex.locked());
  });
}

/// Counts those alive; moved from, it is not.
class Item {
 public:
  Item(std::uint64_t sender, std::uint64_t number, std::size_t* alive)
      : sender_(sender), number_(number), alive_(alive) {
    ++*alive_;
  }
  Item(Item&& other) noexcept
      : sender_(other.sender_),
        number_(other.number_),
        alive_(std::exchange(other.alive_, nullptr)) {}
  ~Item() {
    if (alive_ != nullptr) --*alive_;
  }
  std::uint64_t sender() const { return sender_; }
  std::uint64_t number() const { return number_; }

 private:
  std::uint64_t sender_;
  std::uint64_t number_;
  std::size_t* alive_;
};

/// A channel, and what went in and came out.
struct Traffic {
  explicit Traffic(std::size_t items_max) : channel(items_max) {}

  void note_received(const Item& item) {
    ++received;
    EXPECT_GT(item.number(), last[item.sender()]) << "in order, and once";
    last[item.sender()] = item.number();
  }

  std::size_t alive = 0;
  std::size_t sent = 0;
  std::size_t received = 0;
  std::map<std::uint64_t, std::uint64_t> last;  // received, by sender
  Channel<Item> channel;
  Crowd crowd;
};

Task<Status> send_some(Traffic* traffic, std::uint64_t sender) {
  const std::uint64_t count = below(8);
  for (std::uint64_t number = 1; number <= count; ++number) {
    Item item(sender, number, &traffic->alive);
    if (below(4) == 0) {
      const bool sent = traffic->channel.try_send(item);
      traffic->sent += sent ? 1 : 0;
    } else {
      const Status sent = co_await traffic->channel.send(std::move(item), some_deadline());
      traffic->sent += sent.ok() ? 1 : 0;
      if (!sent && !sent.error().is(Code::kDeadlineExceeded)) co_return ok();
    }
    EXPECT_LE(traffic->channel.size(), traffic->channel.items_max());
    const Status paused = co_await pause();
    if (!paused) co_return paused;
    if (below(8) == 0) traffic->crowd.cancel_one();
  }
  co_return ok();
}

Task<Status> receive_some(Traffic* traffic) {
  for (;;) {
    if (below(4) == 0) {
      if (std::optional<Item> item = traffic->channel.try_receive()) traffic->note_received(*item);
    } else {
      auto item = co_await traffic->channel.receive(some_deadline());
      if (item) {
        traffic->note_received(*item);
      } else if (!item.error().is(Code::kDeadlineExceeded)) {
        if (!item.error().is(Code::kClosed)) co_return item.error();
        EXPECT_TRUE(traffic->channel.closed());
        EXPECT_EQ(traffic->channel.size(), 0u);
        co_return ok();
      }
    }
    const Status paused = co_await pause();
    if (!paused) co_return paused;
    if (below(8) == 0) traffic->crowd.cancel_one();
  }
}

TEST(Properties, WhatIsSentIsReceivedOnceAndInOrderOrStillThere) {
  std::size_t received = 0;
  run_seeds([&received]() -> Task<void> {
    auto traffic = std::make_unique<Traffic>(1 + below(4));
    const std::uint64_t senders = 1 + below(5);
    for (std::uint64_t i = 0; i < senders; ++i) {
      co_await traffic->crowd.start(send_some(traffic.get(), i));
      if (below(2) == 0) co_await traffic->crowd.start(receive_some(traffic.get()));
    }
    for (std::uint64_t i = below(12); i > 0; --i) {
      const Status paused = co_await pause();
      EXPECT_TRUE(paused.ok());
      if (below(4) == 0) traffic->crowd.cancel_one();
      co_await settle();
      const Channel<Item>& channel = traffic->channel;
      EXPECT_TRUE(channel.sending() == 0 || channel.size() == channel.items_max());
      EXPECT_TRUE(channel.receiving() == 0 || channel.size() == 0);
    }
    traffic->channel.close();
    co_await traffic->crowd.join();
    EXPECT_EQ(traffic->sent, traffic->received + traffic->channel.size());
    EXPECT_EQ(traffic->alive, traffic->channel.size());
    EXPECT_EQ(traffic->channel.sending() + traffic->channel.receiving(), 0u);
    while (std::optional<Item> item = traffic->channel.try_receive()) {
      traffic->note_received(*item);
    }
    EXPECT_EQ(traffic->sent, traffic->received);
    EXPECT_EQ(traffic->alive, 0u);
    received += traffic->received;
  });
  EXPECT_GT(received, kSeeds) << "the programs do next to nothing";
}

/// Items that are put in, taken and taken back.
struct Store {
  std::uint64_t items = 0;
  std::uint64_t put = 0;
  std::uint64_t taken = 0;
  Condition changed;
  Crowd crowd;
};

Task<Status> take_some(Store* store) {
  for (std::uint64_t round = below(4); round > 0; --round) {
    const std::uint64_t wanted = 1 + below(2);
    const Status there =
        co_await store->changed.wait([=] { return store->items >= wanted; }, some_deadline());
    if (!there && !there.error().is(Code::kDeadlineExceeded)) co_return there;
    if (!there) continue;
    EXPECT_GE(store->items, wanted);
    store->items -= wanted;
    store->taken += wanted;
    if (below(4) == 0) store->crowd.cancel_one();
    // What is left may do for another.
    store->changed.notify_one();
    const Status paused = co_await pause();
    if (!paused) co_return paused;
  }
  co_return ok();
}

TEST(Properties, NobodyWaitsForWhatHoldsOnceNotified) {
  std::uint64_t taken = 0;
  run_seeds([&taken]() -> Task<void> {
    Store store;
    const std::uint64_t takers = 1 + below(6);
    for (std::uint64_t i = 0; i < takers; ++i) co_await store.crowd.start(take_some(&store));
    for (std::uint64_t i = below(10); i > 0; --i) {
      const std::uint64_t more = 1 + below(3);
      store.put += more;
      store.items += more;
      if (below(2) == 0) {
        store.changed.notify_one();
      } else {
        store.changed.notify_all();
      }
      if (below(3) == 0) store.crowd.cancel_one();
      if (below(4) == 0) {  // taken back before those that were notified run
        store.put -= 1;
        store.items -= 1;
      }
      co_await settle();
      EXPECT_TRUE(store.items < 2 || store.changed.waiting() == 0);
      EXPECT_EQ(store.put, store.taken + store.items);
      const Status paused = co_await pause();
      EXPECT_TRUE(paused.ok());
    }
    store.crowd.cancel_all();
    co_await store.crowd.join();
    EXPECT_EQ(store.changed.waiting(), 0u);
    taken += store.taken;
  });
  EXPECT_GT(taken, kSeeds) << "the programs do next to nothing";
}

}  // namespace
}  // namespace troupe
