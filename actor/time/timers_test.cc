// Timers of actors: once, again and again, replaced, cancelled, gone with their actor. Everywhere.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Vault;
using sample::Watcher;
using testing::options_for;
using testing::pause;
using testing::run_in;
using testing::until;

/// What the behaviour of a test saw. On core 0, as it is.
struct Seen {
  std::vector<std::uint64_t> values;
  std::vector<Time> times;
  Time began{};
  std::vector<bool> answers;
};
using Notes = std::shared_ptr<Seen>;

class TimersTest : public ::testing::TestWithParam<testing::RunOn> {
 protected:
  template <class Body>
  void run(Body body) {
    System system(options_for(GetParam()));
    run_in(system, [body](Root root) -> Task<Status> {
      co_await body(root, std::make_shared<Seen>());
      co_return ok();
    });
    last_ledger_ = system.ledger();
  }
  std::uint64_t dropped(DropReason reason) const {
    return last_ledger_.dropped[static_cast<std::size_t>(reason)];
  }
  Ledger last_ledger_;
};

/// Notes what it is told until it is told `last`, or to stop.
Task<> note_until(Counter::Self self, Notes seen, std::uint64_t last) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() != Counter::Kind::kAdd) co_return;
    seen->values.push_back(msg.add().amount());
    seen->times.push_back(self.now());
    if (msg.add().amount() == last) co_return;
  }
}

TEST_P(TimersTest, ATimerSendsOnceAndNeverEarly) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes noted) -> Behavior {
      noted->began = self.now();
      self.timers().once("retry", 20ms).add(7);
      self.timers().once(42, 40ms).add(8);
      noted->answers.push_back(self.timers().is_active("retry"));
      co_await note_until(self, noted, 8);
      noted->answers.push_back(self.timers().is_active("retry"));
      noted->answers.push_back(self.timers().is_active(42));
      noted->answers.push_back(self.timers().cancel("retry"));
      co_await note_until(self, noted, 0);
    };
    auto actor = root.spawn<Counter>(behavior, seen);
    co_await until([&] { return seen->answers.size() == 4u; });
    EXPECT_EQ(seen->values, (std::vector<std::uint64_t>{7, 8}));
    EXPECT_EQ(seen->answers, (std::vector<bool>{true, false, false, false}));
    EXPECT_GE(seen->times[0] - seen->began, 20ms);
    EXPECT_GE(seen->times[1] - seen->began, 40ms);
    actor.stop();
  });
  EXPECT_EQ(last_ledger_.sent, 2u);
  EXPECT_EQ(last_ledger_.handled, 2u);
}

TEST_P(TimersTest, APeriodicTimerKeepsItsRateAndIsNeverEarly) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes noted) -> Behavior {
      noted->began = self.now();
      self.timers().every("tick", 10ms).add(1);
      for (int i = 0; i < 3; ++i) {
        co_await note_until(self, noted, 1);
        // Late by more than two periods: what was missed is left out, and the next one is due.
        if (i == 0) {
          auto slept = co_await self.sleep_for(5ms);
          EXPECT_TRUE(slept.ok());
        }
      }
      self.timers().cancel("tick");
      co_await note_until(self, noted, 0);
    };
    auto actor = root.spawn<Counter>(behavior, seen);
    co_await until([&] { return seen->values.size() == 3u; });
    EXPECT_EQ(seen->values, (std::vector<std::uint64_t>{1, 1, 1}));
    for (std::size_t i = 0; i < seen->times.size(); ++i) {
      EXPECT_GE(seen->times[i] - seen->began, (i + 1) * 10ms);
    }
    actor.stop();
  });
}

TEST_P(TimersTest, ATimerWithAFixedDelayWaitsAtLeastThatLongBetweenTwo) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes noted) -> Behavior {
      noted->began = self.now();
      self.timers().every_after("tick", 10ms).add(1);
      for (int i = 0; i < 4; ++i) co_await note_until(self, noted, 1);
    };
    root.spawn<Counter>(behavior, seen);
    co_await until([&] { return seen->values.size() == 4u; });
    for (std::size_t i = 0; i < seen->times.size(); ++i) {
      EXPECT_GE(seen->times[i] - seen->began, (i + 1) * 10ms);
    }
  });
}

/// Lets two timers send while it is busy, and then does something about them.
template <class Act>
Behavior busy(Counter::Self self, Notes seen, Act act) {
  self.timers().once("first", 5ms).add(1);
  self.timers().every("second", 7ms).add(2);
  auto slept = co_await self.sleep_for(25ms);
  EXPECT_TRUE(slept.ok());
  EXPECT_GE(self.queued(), 2u);
  act(self);
  co_await note_until(self, seen, 9);
  co_await note_until(self, seen, 0);
}

TEST_P(TimersTest, AQueuedMessageOfACancelledTimerIsNotReceived) {
  run([](Root root, Notes seen) -> Task<> {
    auto act = [](Counter::Self self) {
      EXPECT_TRUE(self.timers().is_active("first"));
      EXPECT_TRUE(self.timers().cancel("first"));
      EXPECT_FALSE(self.timers().is_active("first"));
      EXPECT_TRUE(self.timers().cancel("second"));
      EXPECT_FALSE(self.timers().cancel("second"));
    };
    auto actor = root.spawn<Counter>(busy<decltype(act)>, seen, act);
    co_await pause(6ms);
    actor.tell().add(8);
    actor.tell().add(9);
    co_await until([&] { return seen->values.size() == 2u; });
    EXPECT_EQ(seen->values, (std::vector<std::uint64_t>{8, 9}));
    actor.stop();
  });
  EXPECT_GE(dropped(DropReason::kTimerCancelled), 2u);
}

TEST_P(TimersTest, AQueuedMessageOfAReplacedTimerIsNotReceived) {
  run([](Root root, Notes seen) -> Task<> {
    auto act = [](Counter::Self self) {
      self.timers().cancel("second");
      self.timers().once("first", 5ms).add(9);
    };
    auto actor = root.spawn<Counter>(busy<decltype(act)>, seen, act);
    co_await until([&] { return seen->values.size() == 1u; });
    EXPECT_EQ(seen->values, std::vector<std::uint64_t>{9});
    actor.stop();
  });
}

TEST_P(TimersTest, CancelAllLeavesNone) {
  run([](Root root, Notes seen) -> Task<> {
    auto act = [](Counter::Self self) {
      EXPECT_EQ(self.timers().active(), 2u);
      self.timers().cancel_all();
      EXPECT_EQ(self.timers().active(), 0u);
      EXPECT_EQ(self.queued(), 0u);
    };
    auto actor = root.spawn<Counter>(busy<decltype(act)>, seen, act);
    co_await pause(100ms);
    EXPECT_TRUE(seen->values.empty());
    actor.stop();
  });
}

TEST_P(TimersTest, ARestartCancelsTimersAndWhatTheyHadQueued) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes noted) -> Behavior {
      if (self.restarts() == 0) {
        self.timers().once("queued", 1ms).add(1);
        self.timers().once("later", 1h).add(2);
        auto slept = co_await self.sleep_for(10ms);
        EXPECT_TRUE(slept.ok());
        throw std::runtime_error("on purpose");
      }
      EXPECT_EQ(self.timers().active(), 0u);
      co_await note_until(self, noted, 9);
      co_await note_until(self, noted, 0);
    };
    Supervision always;
    always.decider = decide_to_restart;
    auto actor = root.spawn<Counter>(SpawnOptions{.supervision = always}, behavior, seen);
    actor.tell().add(9);
    co_await until([&] { return seen->values.size() == 1u; });
    EXPECT_EQ(seen->values, std::vector<std::uint64_t>{9});
    actor.stop();
  });
  EXPECT_EQ(dropped(DropReason::kTimerCancelled), 1u);
}

TEST_P(TimersTest, AnEndCancelsTimers) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes noted) -> Behavior {
      self.timers().once("queued", 1ms).add(1);
      self.timers().every("tick", 2ms).add(2);
      auto slept = co_await self.sleep_for(10ms);
      EXPECT_EQ(slept.ok(), !self.stopping());
      auto msg = co_await self.receive();
      if (msg.kind() == Counter::Kind::kStop) {
        EXPECT_EQ(self.timers().active(), 0u);
      }
      // One that is started after kStop goes with the actor.
      if (msg.kind() == Counter::Kind::kAdd) noted->values.push_back(msg.add().amount());
      self.timers().once("again", 1ms).add(3);
      auto goodbye = co_await self.sleep_for(5ms);
      EXPECT_TRUE(goodbye.ok());
    };
    auto ends = root.spawn<Counter>(behavior, seen);
    auto stops = root.spawn<Counter>(behavior, seen);
    stops.stop();
    auto ended = co_await until_ended(ends, within(10s));
    auto stopped = co_await until_ended(stops, within(10s));
    EXPECT_TRUE(ended.ok() && stopped.ok());
    EXPECT_EQ(seen->values, std::vector<std::uint64_t>{1});
  });
}

TEST_P(TimersTest, TimersGoOnOverABecome) {
  run([](Root root, Notes seen) -> Task<> {
    auto second = [](Counter::Self self, Notes noted) -> Behavior {
      co_await note_until(self, noted, 1);
    };
    auto first = [second](Counter::Self self, Notes noted) -> Behavior {
      return [](Counter::Self own, Notes own_notes, decltype(second) next) -> Behavior {
        own.timers().once("later", 10ms).add(1);
        co_await own.become(next, own_notes);
      }(self, noted, second);
    };
    auto actor = root.spawn<Counter>(first, seen);
    auto ended = co_await until_ended(actor, within(10s));
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(seen->values, std::vector<std::uint64_t>{1});
  });
}

TEST_P(TimersTest, OneTimerTooManyIsACountedDropOrAnError) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes noted) -> Behavior {
      for (std::size_t i = 0; i < kTimersMax; ++i) self.timers().once(i, 1h).add(i);
      self.timers().once("one more", 1ms).add(1);
      const Status refused = self.timers().try_every("one more", 1ms).add(1);
      EXPECT_TRUE(refused.error().is(Code::kOverloaded)) << refused.error().describe();
      EXPECT_EQ(self.timers().active(), kTimersMax);
      const Status replaced = self.timers().try_once(3, 1ms).add(33);
      EXPECT_TRUE(replaced.ok());
      co_await note_until(self, noted, 33);
    };
    auto actor = root.spawn<Counter>(behavior, seen);
    auto ended = co_await until_ended(actor, within(10s));
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(seen->values, std::vector<std::uint64_t>{33});
  });
  EXPECT_EQ(dropped(DropReason::kTooManyTimers), 1u);
}

TEST_P(TimersTest, ARightInsideACancelledTimersMessageIsAnswered) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes) -> Behavior {
      for (int i = 0; i < 2; ++i) {
        auto msg = co_await self.receive();
        self.timers().once("answer", 1ms).answer(msg.total().take_reply(), 5);
        if (i == 0) {
          self.timers().cancel("answer");
        } else {
          auto slept = co_await self.sleep_for(10ms);
          EXPECT_TRUE(slept.ok());
          self.timers().cancel("answer");  // it is queued
        }
      }
    };
    auto actor = root.spawn<Counter>(behavior, seen);
    auto first = co_await actor.ask(within(10s)).total();
    EXPECT_TRUE(first.error().is(Code::kNoReply)) << first.error().describe();
    auto second = co_await actor.ask(within(10s)).total();
    EXPECT_TRUE(second.error().is(Code::kNoReply)) << second.error().describe();
  });
}

TEST_P(TimersTest, AFullMailboxDropsATimersMessageAsItDropsOthers) {
  run([](Root root, Notes seen) -> Task<> {
    // Its mailbox holds four and drops the oldest.
    auto behavior = [](Watcher::Self self, Notes noted) -> Behavior {
      self.timers().once("once", 1ms).note(100);
      auto slept = co_await self.sleep_for(10ms);
      EXPECT_TRUE(slept.ok());
      for (std::uint64_t i = 0; i < 4; ++i) self.ref().tell().note(i);
      EXPECT_FALSE(self.timers().is_active("once"));
      self.timers().every("often", 1ms).note(200);
      // The one of "once", and then the four.
      const auto& displaced =
          Core::current().ledger.dropped[static_cast<std::size_t>(DropReason::kDisplaced)];
      co_await until([&] { return displaced >= 5; });
      EXPECT_EQ(self.queued(), 4u);
      self.timers().cancel("often");
      EXPECT_EQ(self.queued(), 0u);
      self.ref().tell().note(9);
      auto msg = co_await self.receive();
      noted->values.push_back(msg.note().value());
    };
    auto actor = root.spawn<Watcher>(behavior, seen);
    auto ended = co_await until_ended(actor, within(10s));
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(seen->values, std::vector<std::uint64_t>{9});
  });
  EXPECT_EQ(dropped(DropReason::kTimerCancelled), 4u);
}

TEST_P(TimersTest, AKeyedActorsTimersEndWithItsActivation) {
  System system(options_for(GetParam()));
  system.serve<Vault>(
      [](Vault::Self self, std::int64_t opening) -> Behavior {
        std::int64_t cents = opening;
        self.timers().once("interest", 5ms).add(10);
        self.timers().once("late", 20ms).add(1000);
        for (;;) {
          auto msg = co_await self.receive();
          if (msg.kind() == Vault::Kind::kAdd) cents += msg.add().cents();
          if (msg.kind() == Vault::Kind::kSum) msg.sum().reply(cents);
          if (msg.kind() == Vault::Kind::kStop || msg.kind() == Vault::Kind::kEnd) co_return;
        }
      },
      [](std::string_view) { return std::int64_t{1}; });
  run_in(system, [](Root) -> Task<Status> {
    Ref<Vault> vault("alice");
    auto first = co_await vault.ask(within(10s)).sum();
    EXPECT_TRUE(first.ok());
    co_await pause(10ms);
    vault.tell().end();
    auto second = co_await vault.ask(within(10s)).sum();
    if (second) {
      EXPECT_EQ(second->cents(), 1);
    }
    std::int64_t cents = 1;
    for (int i = 0; i < 1000 && cents < 1011; ++i) {
      co_await pause(2ms);
      auto third = co_await vault.ask(within(10s)).sum();
      if (third) cents = third->cents();
    }
    EXPECT_EQ(cents, 1011);
    co_return ok();
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, TimersTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
