// Stash: kept messages come again first and in order, and none is lost. And unhandled().
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
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
using testing::pause;
using testing::run_in;
using testing::until;

/// What the behaviour of a test saw. On core 0, as it is.
struct Seen {
  std::vector<std::uint64_t> values;
  int restarts = 0;
};
using Notes = std::shared_ptr<Seen>;

class StashTest : public ::testing::TestWithParam<testing::RunOn> {
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

/// Takes until told 0, or to stop.
Task<> note_all(Counter::Self self, Notes seen) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kTotal) {
      msg.total().reply(seen->values.size());
      continue;
    }
    if (msg.kind() != Counter::Kind::kAdd) co_return;
    seen->values.push_back(msg.add().amount());
  }
}

Task<> keep_some(Counter::Self self, Stash<Counter>* stash, int count) {
  for (int i = 0; i < count; ++i) {
    auto msg = co_await self.receive();
    const Status kept = stash->keep(std::move(msg));
    EXPECT_TRUE(kept.ok());
  }
}

TEST_P(StashTest, KeptMessagesComeNextInOrderBeforeWhatIsQueued) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes noted) -> Behavior {
      Stash<Counter> stash(self, 10);
      co_await keep_some(self, &stash, 2);
      EXPECT_EQ(stash.size(), 2u);
      auto third = co_await self.receive();
      noted->values.push_back(third.add().amount());
      const Ledger& ledger = self.cell().core().ledger;
      EXPECT_EQ(ledger.sent, ledger.handled + self.queued() + stash.size());
      stash.replay();
      EXPECT_TRUE(stash.empty());
      EXPECT_EQ(self.queued(), 3u);
      EXPECT_EQ(ledger.sent, ledger.handled + self.queued());
      co_await note_all(self, noted);
    };
    auto actor = root.spawn<Counter>(behavior, seen);
    for (std::uint64_t i = 1; i <= 4; ++i) actor.tell().add(i);
    co_await until([&] { return seen->values.size() == 4u; });
    EXPECT_EQ(seen->values, (std::vector<std::uint64_t>{3, 1, 2, 4}));
    actor.stop();
  });
  EXPECT_EQ(last_ledger_.handled, 4u);
}

TEST_P(StashTest, AFullStashLeavesTheMessageWithTheCaller) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes) -> Behavior {
      Stash<Counter> stash(self, 1);
      co_await keep_some(self, &stash, 1);
      auto msg = co_await self.receive();
      const Status full = stash.keep(std::move(msg));
      EXPECT_TRUE(full.error().is(Code::kOverloaded));
      EXPECT_EQ(full.error().detail(), 1u);
      msg.total().reply(77);  // NOLINT(bugprone-use-after-move): it was not moved
      const Status answered = stash.keep(std::move(msg));
      EXPECT_TRUE(answered.error().is(Code::kInvalidArgument));
      auto stop = co_await self.receive();
      const Status refused = stash.keep(std::move(stop));
      EXPECT_TRUE(refused.error().is(Code::kInvalidArgument));
    };
    auto actor = root.spawn<Counter>(behavior, seen);
    actor.tell().add(1);
    auto total = co_await actor.ask(within(10s)).total();
    if (total) {
      EXPECT_EQ(total->value(), 77u);
    }
    EXPECT_TRUE(total.ok());
    actor.stop();
  });
  EXPECT_EQ(dropped(DropReason::kActorStopped), 1u);
}

TEST_P(StashTest, WhatIsKeptWhenTheActorEndsIsDroppedAndItsAsksAnswered) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes) -> Behavior {
      Stash<Counter> stash(self, 10);
      co_await keep_some(self, &stash, 2);
    };
    auto actor = root.spawn<Counter>(behavior, seen);
    actor.tell().add(1);
    auto total = co_await actor.ask(within(10s)).total();
    EXPECT_TRUE(total.error().is(Code::kActorStopped)) << total.error().describe();
  });
  EXPECT_EQ(dropped(DropReason::kActorStopped), 2u);
  EXPECT_EQ(last_ledger_.handled, 0u);
}

TEST_P(StashTest, WhatIsKeptWhenTheActorRestartsComesToTheNewBehaviourFirst) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes noted) -> Behavior {
      if (self.restarts() == 0) {
        Stash<Counter> stash(self, 10);
        co_await keep_some(self, &stash, 2);
        throw std::runtime_error("on purpose");
      }
      co_await note_all(self, noted);
    };
    Supervision always;
    always.decider = decide_to_restart;
    auto actor = root.spawn<Counter>(SpawnOptions{.supervision = always}, behavior, seen);
    for (std::uint64_t i = 1; i <= 3; ++i) actor.tell().add(i);
    auto total = co_await actor.ask(within(10s)).total();
    EXPECT_TRUE(total.ok());
    EXPECT_EQ(seen->values, (std::vector<std::uint64_t>{1, 2, 3}));
    actor.kill();
    actor.stop();
  });
}

TEST_P(StashTest, AStashTravelsWithABecome) {
  run([](Root root, Notes seen) -> Task<> {
    auto second = [](Counter::Self self, Stash<Counter> stash, Notes noted) -> Behavior {
      EXPECT_EQ(stash.size(), 2u);
      auto third = co_await self.receive();
      noted->values.push_back(third.add().amount());
      stash.replay();
      co_await note_all(self, noted);
    };
    auto first = [](Counter::Self self, Notes noted, decltype(second) next) -> Behavior {
      Stash<Counter> stash(self, 2);
      co_await keep_some(self, &stash, 2);
      co_await self.become(next, std::move(stash), noted);
    };
    auto actor = root.spawn<Counter>(first, seen, second);
    for (std::uint64_t i = 1; i <= 3; ++i) actor.tell().add(i);
    auto total = co_await actor.ask(within(10s)).total();
    EXPECT_TRUE(total.ok());
    EXPECT_EQ(seen->values, (std::vector<std::uint64_t>{3, 1, 2}));
    actor.stop();
  });
}

TEST_P(StashTest, AMessageOfATimerThatWasKeptOutlivesItsTimer) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes noted) -> Behavior {
      Stash<Counter> stash(self, 2);
      self.timers().every("tick", 1ms).add(5);
      co_await keep_some(self, &stash, 1);
      self.timers().cancel("tick");
      stash.replay();
      self.timers().cancel_all();
      co_await note_all(self, noted);
    };
    auto actor = root.spawn<Counter>(behavior, seen);
    co_await until([&] { return seen->values.size() == 1u; });
    EXPECT_EQ(seen->values, std::vector<std::uint64_t>{5});
    actor.stop();
  });
}

TEST_P(StashTest, AnUnhandledAskIsAnsweredUnsupportedAndCounted) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes) -> Behavior {
      for (;;) {
        auto msg = co_await self.receive();
        const bool stops = msg.kind() == Counter::Kind::kStop;
        self.unhandled(std::move(msg));
        if (stops) co_return;
      }
    };
    auto actor = root.spawn<Counter>(behavior, seen);
    actor.tell().add(1);
    auto total = co_await actor.ask(within(10s)).total();
    EXPECT_TRUE(total.error().is(Code::kUnsupported)) << total.error().describe();
    auto ended = co_await graceful_stop(actor, within(10s));
    EXPECT_TRUE(ended.ok());
    if (ended) {
      EXPECT_EQ(ended->reason(), DownReason::kStopped);
    }
  });
  EXPECT_EQ(last_ledger_.unhandled, 2u);
  EXPECT_EQ(last_ledger_.handled, 2u);
}

TEST_P(StashTest, AnUnhandledDownIsADeathPact) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Watcher::Self self, Ref<Counter> watched) -> Behavior {
      self.watch(watched);
      for (;;) {
        auto msg = co_await self.receive();
        self.unhandled(std::move(msg));
      }
    };
    FailureKind kind = FailureKind::kException;
    Supervision notes;
    notes.decider = [&kind](const Failure& failure) {
      kind = failure.kind();
      return Directive::kStop;
    };
    auto watched = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    auto actor = root.spawn<Watcher>(SpawnOptions{.supervision = notes}, behavior, watched);
    co_await pause(5ms);
    watched.stop();
    auto ended = co_await until_ended(actor, within(10s));
    EXPECT_TRUE(ended.ok());
    if (ended) {
      EXPECT_EQ(ended->reason(), DownReason::kFailed);
    }
    EXPECT_EQ(kind, FailureKind::kDeathPact);
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, StashTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
