// Lives of actors: stop, drain, watch, children, become, failure. Everywhere.
#include <gtest/gtest.h>

#include <memory>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Watcher;
using testing::options_for;
using testing::run_in;
using testing::until_it_sleeps;

Task<Ref<Counter>> spawn_a_counter() {
  co_return Root().spawn<Counter>(sample::counter, std::uint64_t{0});
}

class LifeTest : public ::testing::TestWithParam<testing::RunOn> {
 protected:
  template <class Body>
  void run(Body body) {
    System system(options_for(GetParam()));
    run_in(system, [body](Root root) -> Task<Status> {
      auto counter = co_await root.on_core(root.cores() - 1, spawn_a_counter);
      co_await body(root, counter);
      co_return ok();
    });
    last_ledger_ = system.ledger();
  }
  std::uint64_t dropped(DropReason reason) const {
    return last_ledger_.dropped[static_cast<std::size_t>(reason)];
  }
  Ledger last_ledger_;
};

Task<std::uint16_t> next_end(Ref<Watcher> watcher) {
  auto end = co_await watcher.ask(within(1h)).next_end();
  co_return end ? end->reason() : std::uint16_t{999};
}

constexpr std::uint16_t number(DownReason reason) { return static_cast<std::uint16_t>(reason); }

TEST_P(LifeTest, StopOvertakesWhatIsQueued) {
  run([](Root, Ref<Counter> counter) -> Task<> {
    auto hold = [](Ref<Counter> held) -> Task<> {
      // Interrupted by the stop: the await in the behaviour says kStopping.
      auto outcome = co_await held.ask(within(1h)).hold(Duration(24h).count());
      EXPECT_TRUE(outcome.ok());
      EXPECT_EQ(outcome->outcome(), static_cast<std::uint16_t>(Code::kStopping));
    };
    auto queue = [](Ref<Counter> queued) -> Task<> {
      co_await until_it_sleeps(queued.address());
      auto dropped = co_await queued.ask(within(1h)).total();
      EXPECT_TRUE(dropped.error().is(Code::kActorStopped)) << dropped.error().describe();
    };
    auto stop = [](Ref<Counter> stopped) -> Task<> {
      co_await until_it_sleeps(stopped.address(), 1);
      stopped.stop();
    };
    co_await all_of(hold(counter), queue(counter), stop(counter));
  });
  EXPECT_EQ(dropped(DropReason::kActorStopped), 1u);
}

TEST_P(LifeTest, StopAfterQueuedDrainsFirst) {
  run([](Root, Ref<Counter> counter) -> Task<> {
    auto sink = std::make_shared<std::uint64_t>(0);
    for (int i = 0; i < 1000; ++i) counter.tell().add(1);
    auto total = counter.ask(within(10s)).total();
    auto ask = [](Ask<Counter::TotalReply> asked) -> Task<std::uint64_t> {
      auto answer = co_await std::move(asked);
      co_return answer ? answer->value() : 0;
    };
    auto stop = [](Ref<Counter> stopped) -> Task<> {
      stopped.stop_after_queued();
      stopped.tell().add(1);  // behind the stop: dropped
      co_return;
    };
    auto both = co_await all_of(ask(std::move(total)), stop(counter));
    EXPECT_EQ(std::get<0>(both), 1000u);
  });
  EXPECT_EQ(dropped(DropReason::kActorStopped) + dropped(DropReason::kNoSuchActor), 1u);
}

TEST_P(LifeTest, WatcherLearnsHowItEnded) {
  run([](Root root, Ref<Counter> counter) -> Task<> {
    auto watcher = root.spawn<Watcher>(sample::watcher);
    watcher.tell().observe(counter);
    auto noted =
        co_await watcher.ask(within(10s)).notes();  // the watch is under way before the end
    EXPECT_TRUE(noted.ok());
    counter.tell().end();
    EXPECT_EQ(co_await next_end(watcher), number(DownReason::kNormal));

    auto failing = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    watcher.tell().observe(failing);
    failing.tell().fail("on purpose");
    EXPECT_EQ(co_await next_end(watcher), number(DownReason::kFailed));

    auto stopped = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    watcher.tell().observe(stopped);
    auto again = co_await watcher.ask(within(10s)).notes();
    EXPECT_TRUE(again.ok());
    stopped.stop();
    EXPECT_EQ(co_await next_end(watcher), number(DownReason::kStopped));

    watcher.tell().observe(counter);  // long gone
    EXPECT_EQ(co_await next_end(watcher), number(DownReason::kNoSuchActor));
  });
}

TEST_P(LifeTest, UnwatchedEndsAreNotToldOf) {
  run([](Root, Ref<Counter> counter) -> Task<> {
    auto watcher = Root().spawn<Watcher>(sample::watcher);
    watcher.tell().observe(counter);
    watcher.tell().unobserve(counter);
    auto noted = co_await watcher.ask(within(10s)).notes();
    EXPECT_TRUE(noted.ok());
    counter.tell().end();
    auto none = co_await watcher.ask(within(50ms)).next_end();
    EXPECT_TRUE(none.error().is(Code::kDeadlineExceeded));
  });
}

/// Is killed when news of an end waits for it, and takes that back before it receives again.
Behavior unwatches_late(Watcher::Self self, Ref<Counter> watched, bool* told) {
  self.watch(watched);
  watched.tell().end();
  auto slept = co_await self.sleep_for(1h);
  EXPECT_TRUE(slept.error().is(Code::kStopping));
  self.unwatch(watched);
  auto msg = co_await self.receive();
  *told = msg.kind() == Watcher::Kind::kStop;
}

TEST_P(LifeTest, WhoIsKilledEndsThoughItUnwatchesMeanwhile) {
  bool told = false;
  System system(options_for(GetParam()));
  run_in(
      system,
      [](Root root, bool* flag) -> Task<Status> {
        auto counter = root.spawn<Counter>(sample::counter, std::uint64_t{0});
        auto watcher = root.spawn<Watcher>(unwatches_late, counter, flag);
        auto gone = co_await until_ended(counter, within(10s));
        EXPECT_TRUE(gone.ok());
        watcher.kill();
        auto end = co_await until_ended(watcher, within(10s));
        EXPECT_TRUE(end.ok());
        if (end) EXPECT_EQ(end->reason(), DownReason::kKilled);
        co_return ok();
      },
      &told);
  EXPECT_TRUE(told);
}

/// Its link is gone with the unwatch: the watch after it only wants to be told.
Behavior changes_its_mind(Watcher::Self self, Ref<Counter> other, bool* told) {
  self.link(other);
  self.unwatch(other);
  self.watch(other);
  other.tell().end();
  auto msg = co_await self.receive();
  *told = msg.kind() == Watcher::Kind::kDown;
}

TEST_P(LifeTest, WhoUnwatchesIsLinkedNoMore) {
  bool told = false;
  System system(options_for(GetParam()));
  run_in(
      system,
      [](Root root, bool* flag) -> Task<Status> {
        auto other = co_await root.on_core(root.cores() - 1, spawn_a_counter);
        auto end =
            co_await until_ended(root.spawn<Watcher>(changes_its_mind, other, flag), within(10s));
        EXPECT_TRUE(end.ok());
        if (end) EXPECT_EQ(end->reason(), DownReason::kNormal);
        co_return ok();
      },
      &told);
  EXPECT_TRUE(told);
}

/// Keeps a child and, when stopped, notes that it is the last.
Behavior parent(Counter::Self self, Ref<Watcher> observer) {
  for (int i = 0; i < 3; ++i) {
    observer.tell().observe(self.spawn<Counter>(sample::counter, std::uint64_t{0}));
  }
  observer.tell().observe(self.ref());
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) co_return;
    if (msg.kind() == Counter::Kind::kTotal) msg.total().reply(self.ref().address().slot);
  }
}

TEST_P(LifeTest, ChildrenEndBeforeTheirParent) {
  run([](Root root, Ref<Counter>) -> Task<> {
    auto watcher = root.spawn<Watcher>(sample::watcher);
    auto family = root.spawn<Counter>(parent, watcher);
    auto slot = co_await family.ask(within(10s)).total();
    EXPECT_TRUE(slot.ok());
    auto noted = co_await watcher.ask(within(10s)).notes();
    EXPECT_TRUE(noted.ok());
    family.stop();
    for (int i = 0; i < 4; ++i) {
      auto end = co_await watcher.ask(within(10s)).next_end();
      EXPECT_TRUE(end.ok());
      EXPECT_EQ(end->slot() == slot->value(), i == 3) << "end " << i;
      EXPECT_EQ(end->reason(), number(DownReason::kStopped));
    }
  });
}

/// Two phases that become each other; each holds state that would leak.
Behavior ping(Counter::Self self, std::unique_ptr<std::uint64_t> changes);
Behavior pong(Counter::Self self, std::unique_ptr<std::uint64_t> changes) {
  ++*changes;
  co_await self.become(ping, std::move(changes));
}
Behavior ping(Counter::Self self, std::unique_ptr<std::uint64_t> changes) {
  const std::uint64_t made = ++*changes;
  if (made < 1'000'000) co_await self.become(pong, std::move(changes));
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) co_return;
    if (msg.kind() == Counter::Kind::kTotal) msg.total().reply(made);
  }
}

TEST_P(LifeTest, AMillionPhasesKeepMemoryFlat) {
  run([](Root root, Ref<Counter>) -> Task<> {
    auto actor = root.spawn<Counter>(ping, std::make_unique<std::uint64_t>(0));
    const std::size_t before = Core::current().blocks.reserved_bytes();
    auto changes = co_await actor.ask(within(1h)).total();
    EXPECT_TRUE(changes.ok());
    EXPECT_GE(changes->value(), 1'000'000u);
    // At most one chunk for each size class that was not yet in use.
    EXPECT_LE(Core::current().blocks.reserved_bytes(), before + 4 * 256 * 1024);
  });
}

Behavior second_phase(Counter::Self self) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) co_return;
    if (msg.kind() == Counter::Kind::kTotal) msg.total().reply(2);
  }
}
Behavior first_phase(Counter::Self self) {
  auto held = co_await self.receive();
  co_await self.become(second_phase);
}

TEST_P(LifeTest, BecomeKeepsTheMailboxAndAnswersWhatItDrops) {
  run([](Root root, Ref<Counter>) -> Task<> {
    auto actor = root.spawn<Counter>(first_phase);
    auto both = co_await all_of(
        [](Ref<Counter> to) -> Task<Code> {
          auto dropped = co_await to.ask(within(1h)).total();
          co_return dropped ? Code::kIo : dropped.error().code();
        }(actor),
        [](Ref<Counter> to) -> Task<std::uint64_t> {
          auto kept = co_await to.ask(within(1h)).total();
          co_return kept ? kept->value() : 0;
        }(actor));
    EXPECT_EQ(std::get<0>(both), Code::kNoReply);
    EXPECT_EQ(std::get<1>(both), 2u);
  });
}

/// Ignores the stop.
Behavior stubborn(Counter::Self self) {
  for (;;) {
    auto msg = co_await self.receive();
    (void)msg.kind();
  }
}

TEST_P(LifeTest, ReceivingAfterStopEndsTheActor) {
  run([](Root root, Ref<Counter>) -> Task<> {
    auto watcher = root.spawn<Watcher>(sample::watcher);
    auto actor = root.spawn<Counter>(stubborn);
    watcher.tell().observe(actor);
    auto noted = co_await watcher.ask(within(10s)).notes();
    EXPECT_TRUE(noted.ok());
    actor.stop();
    EXPECT_EQ(co_await next_end(watcher), number(DownReason::kStopped));
  });
}

/// Says goodbye: asks somebody after it was told to stop.
Behavior polite(Counter::Self self, Ref<Counter> friendly) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() != Counter::Kind::kStop) continue;
    auto total = co_await friendly.ask(within(10s)).total();
    if (total) friendly.tell().add(1000 + total->value());
    co_return;
  }
}

TEST_P(LifeTest, MayAwaitAfterItTookTheStop) {
  run([](Root root, Ref<Counter> counter) -> Task<> {
    counter.tell().add(5);
    auto watcher = root.spawn<Watcher>(sample::watcher);
    auto actor = root.spawn<Counter>(polite, counter);
    watcher.tell().observe(actor);
    auto noted = co_await watcher.ask(within(10s)).notes();
    EXPECT_TRUE(noted.ok());
    actor.stop();
    EXPECT_EQ(co_await next_end(watcher), number(DownReason::kStopped));
    auto total = co_await counter.ask(within(10s)).total();
    EXPECT_EQ(total->value(), 1010u);
  });
}

TEST_P(LifeTest, AddressesNeverReachASuccessor) {
  run([](Root root, Ref<Counter>) -> Task<> {
    auto first = root.spawn<Counter>(sample::counter, std::uint64_t{1});
    first.stop();
    auto ended = co_await yield();  // it takes its stop, and ends
    EXPECT_TRUE(ended.ok());
    ended = co_await yield();
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(Core::current().cells.find(first.address().slot, first.address().incarnation),
              nullptr);
    auto second = root.spawn<Counter>(sample::counter, std::uint64_t{2});
    EXPECT_EQ(second.address().slot, first.address().slot);
    auto stale = co_await first.ask(within(10s)).total();
    EXPECT_TRUE(stale.error().is(Code::kNoSuchActor));
    auto fresh = co_await second.ask(within(10s)).total();
    EXPECT_EQ(fresh->value(), 2u);
  });
}

/// Answers an ask with a short deadline; hears of an end when that has passed, and asks then.
Behavior asks_when_told(Watcher::Self self, Ref<Counter> watched, Ref<Counter> asked) {
  self.watch(watched);
  {
    auto question = co_await self.receive();
    if (question.kind() != Watcher::Kind::kNotes) co_return;
    question.notes().reply(0, 0);
  }
  auto down = co_await self.receive();
  EXPECT_EQ(down.kind(), Watcher::Kind::kDown);
  auto total = co_await asked.ask(within(10s)).total();
  EXPECT_TRUE(total.ok()) << total.error().describe();
  auto stop = co_await self.receive();
  EXPECT_EQ(stop.kind(), Watcher::Kind::kStop);
  auto again = co_await asked.ask(within(10s)).total();
  EXPECT_TRUE(again.ok()) << again.error().describe();
}

TEST_P(LifeTest, WhatIsDoneForAnEndOrAStopHasNoDeadlineOfTheMessageBefore) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto watched = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    auto asked = root.spawn<Counter>(sample::counter, std::uint64_t{7});
    auto watcher = root.spawn<Watcher>(asks_when_told, watched, asked);
    auto notes = co_await watcher.ask(within(5ms)).notes();
    EXPECT_TRUE(notes.ok());
    auto slept = co_await sleep_for(20ms);
    watched.stop();
    auto later = co_await sleep_for(20ms);
    auto end = co_await graceful_stop(watcher, within(10s));
    EXPECT_TRUE(end.ok());
    co_return slept ? later : slept;
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, LifeTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
