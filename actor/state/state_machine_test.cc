// StateMachine: a turnstile that lends tickets: entry and exit, deferral, timeouts, unhandled.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Watcher;
using testing::options_for;
using testing::run_in;

/// What all states share.
struct Turnstile {
  std::vector<std::string> log;
  std::vector<Time> times;
  std::size_t deferred = 0;
  int slow = 0;
  Duration timeout = 1h;
};
using Shared = std::shared_ptr<Turnstile>;

// The messages of sample.Counter, put to another use: add is a coin, take a way through, end takes
// it out of service, release brings it back.
struct Open;
struct Broken;

struct Locked {
  Shared shared;

  void entered() const { shared->log.push_back("locked"); }
  Next<Open, Broken> on(Counter::Add coin);
  Next<Open, Broken> on(Counter::End);
  using Defers = Events<Counter::Take>;
  using Unhandled = Events<Counter::Wait>;
  static constexpr Otherwise kOtherwise = Otherwise::kIgnore;
};

struct Open {
  Shared shared;
  std::uint64_t coins = 0;

  Task<> entered() {
    auto slept = co_await sleep_for(1ms);
    EXPECT_TRUE(slept.ok());
    shared->log.push_back("open " + std::to_string(coins));
  }
  void left() const { shared->log.push_back("left open"); }
  Duration timeout() const { return shared->timeout; }
  Task<Next<Locked, Done>> on(StateTimeout) {
    shared->log.push_back("timeout");
    shared->times.push_back(CoreContext::current().now());
    auto slept = co_await sleep_for(1ms);
    EXPECT_TRUE(slept.ok());
    co_return Locked{shared};
  }
  Task<Next<Locked>> on(Counter::Take take) {
    auto slept = co_await sleep_for(1ms);
    EXPECT_TRUE(slept.ok());
    shared->log.push_back("through " + std::to_string(take.amount()));
    take.reply(--coins);
    if (coins > 0) co_return stay;
    co_return Locked{shared};
  }
  Open on(Counter::Add coin) { return Open{shared, coins + coin.amount()}; }
  void on(Counter::Total question) const { question.reply(coins); }
  Task<> on(Counter::Forget) {
    auto slept = co_await sleep_for(2ms);
    EXPECT_TRUE(slept.ok());
    ++shared->slow;
  }
  Done on(Counter::End) { return done; }
  void on(Stop) const { shared->log.push_back("stop"); }
  static constexpr Otherwise kOtherwise = Otherwise::kUnhandled;
};

struct Broken {
  Shared shared;
  Locked on(Counter::Release) const { return Locked{shared}; }
  static constexpr Otherwise kOtherwise = Otherwise::kDefer;
};

Next<Open, Broken> Locked::on(Counter::Add coin) {
  if (coin.amount() == 0) return stay;
  shared->times.push_back(CoreContext::current().now());
  return Open{shared, coin.amount()};
}
Next<Open, Broken> Locked::on(Counter::End) { return Broken{shared}; }

Behavior turnstile(Counter::Self self, Shared shared) {
  StateMachine<Counter, Locked, Open, Broken> machine(self, Locked{shared}, 2);
  co_await machine.run();
  shared->deferred = machine.deferred();
}

class StateMachineTest : public ::testing::TestWithParam<testing::RunOn> {
 protected:
  template <class Body>
  void run(Body body) {
    System system(options_for(GetParam()));
    run_in(system, [body](Root root) -> Task<Status> {
      auto shared = std::make_shared<Turnstile>();
      auto actor = root.spawn<Counter>(turnstile, shared);
      co_await body(actor, shared);
      co_return ok();
    });
    last_ledger_ = system.ledger();
  }
  Ledger last_ledger_;
};

using Words = std::vector<std::string>;

TEST_P(StateMachineTest, EventsLeadFromStateToStateWithEntryAndExit) {
  run([](Ref<Counter> actor, Shared shared) -> Task<> {
    actor.tell().add(0);
    actor.tell().add(2);
    auto first = co_await actor.ask(within(10s)).take(1);
    EXPECT_TRUE(first.ok());
    auto second = co_await actor.ask(within(10s)).take(2);
    EXPECT_TRUE(second.ok());
    auto ignored = co_await actor.ask(within(10s)).total();
    EXPECT_TRUE(ignored.error().is(Code::kNoReply)) << ignored.error().describe();
    auto unhandled = co_await actor.ask(within(10s)).wait("what?");
    EXPECT_TRUE(unhandled.error().is(Code::kUnsupported)) << unhandled.error().describe();
    EXPECT_EQ(shared->log,
              (Words{"locked", "open 2", "through 1", "through 2", "left open", "locked"}));
    auto ended = co_await graceful_stop(actor, within(10s));
    EXPECT_TRUE(ended.ok());
  });
  EXPECT_EQ(last_ledger_.unhandled, 1u);
}

Task<Status> way_through(Ref<Counter> actor, std::uint64_t number) {
  auto taken = co_await actor.ask(within(10s)).take(number);
  co_return taken ? ok() : Status(taken.error());
}
Task<> later(Ref<Counter> actor, Duration after, std::uint64_t coins) {
  auto slept = co_await sleep_for(after);
  EXPECT_TRUE(slept.ok());
  actor.tell().add(coins);
}

TEST_P(StateMachineTest, DeferredMessagesComeAfterTheChangeInOrder) {
  run([](Ref<Counter> actor, Shared shared) -> Task<> {
    co_await all_of(way_through(actor, 1), way_through(actor, 2), later(actor, 5ms, 2));
    EXPECT_EQ(shared->log,
              (Words{"locked", "open 2", "through 1", "through 2", "left open", "locked"}));
    actor.tell().end();
    auto third = way_through(actor, 3);
    auto repair = [](Ref<Counter> broken) -> Task<> {
      auto slept = co_await sleep_for(2ms);
      EXPECT_TRUE(slept.ok());
      broken.tell().release();
      broken.tell().add(1);
    };
    co_await all_of(std::move(third), repair(actor));
    EXPECT_EQ(shared->log.back(), "locked");
    EXPECT_EQ(shared->log.size(), 11u);
  });
}

TEST_P(StateMachineTest, OneDeferredTooManyIsDroppedForThatReason) {
  run([](Ref<Counter> actor, Shared) -> Task<> {
    auto third = [](Ref<Counter> full) -> Task<> {
      auto slept = co_await sleep_for(5ms);
      EXPECT_TRUE(slept.ok());
      auto refused = co_await full.ask(within(10s)).take(3);
      EXPECT_TRUE(refused.error().is(Code::kOverloaded)) << refused.error().describe();
      full.tell().add(5);
    };
    co_await all_of(way_through(actor, 1), way_through(actor, 2), third(actor));
  });
  EXPECT_EQ(last_ledger_.dropped[static_cast<std::size_t>(DropReason::kStashFull)], 1u);
}

TEST_P(StateMachineTest, AStateTimesOutNeverEarlyAndThoughMessagesKeepComing) {
  run([](Ref<Counter> actor, Shared shared) -> Task<> {
    shared->timeout = 20ms;
    actor.tell().add(7);
    for (int i = 0; i < 1000; ++i) {
      auto slept = co_await sleep_for(1ms);
      EXPECT_TRUE(slept.ok());
      auto total = co_await actor.ask(within(10s)).total();
      if (!total) break;
    }
    EXPECT_EQ(shared->log, (Words{"locked", "open 7", "timeout", "left open", "locked"}));
    EXPECT_EQ(shared->times.size(), 2u);
    EXPECT_GE(shared->times.back() - shared->times.front(), 20ms);
  });
}

TEST_P(StateMachineTest, QueuedMessagesDoNotPutOffATimeout) {
  run([](Ref<Counter> actor, Shared shared) -> Task<> {
    shared->timeout = 20ms;
    actor.tell().add(7);
    for (int i = 0; i < 100; ++i) actor.tell().forget();
    auto ignored = co_await actor.ask(within(10s)).total();
    EXPECT_TRUE(ignored.error().is(Code::kNoReply));
    EXPECT_EQ(shared->log, (Words{"locked", "open 7", "timeout", "left open", "locked"}));
    // Two milliseconds each, for twenty.
    EXPECT_LE(shared->slow, 11);
  });
}

TEST_P(StateMachineTest, AStateThatLeadsToItselfIsLeftAndEnteredAnew) {
  run([](Ref<Counter> actor, Shared shared) -> Task<> {
    actor.tell().add(1);
    actor.tell().add(2);
    actor.tell().end();
    auto ended = co_await until_ended(actor, within(10s));
    EXPECT_TRUE(ended.ok());
    if (ended) {
      EXPECT_EQ(ended->reason(), DownReason::kNormal);
    }
    EXPECT_EQ(shared->log, (Words{"locked", "open 1", "left open", "open 3", "left open"}));
  });
}

TEST_P(StateMachineTest, AStopIsHandledAndTheStateLeft) {
  run([](Ref<Counter> actor, Shared shared) -> Task<> {
    actor.tell().add(1);
    auto total = co_await actor.ask(within(10s)).total();
    EXPECT_TRUE(total.ok());
    auto ended = co_await graceful_stop(actor, within(10s));
    EXPECT_TRUE(ended.ok());
    if (ended) {
      EXPECT_EQ(ended->reason(), DownReason::kStopped);
    }
    EXPECT_EQ(shared->log, (Words{"locked", "open 1", "stop", "left open"}));
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, StateMachineTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
