// Deciders, escalation, kill, links and siblings. Everywhere.
#include <stdexcept>

#include "actor/supervision/testing_family.h"

namespace troupe {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the words of these tests

class DirectivesTest : public FamilyTest {};

TEST_P(DirectivesTest, WithoutASupervisionAFailureStops) {
  run({{{"a", nullptr}}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto worker = co_await worker_of(boss, 0);
    worker.tell().fail("on purpose");
    auto end = co_await next_end(boss);
    EXPECT_EQ(end.reason, number(DownReason::kFailed));
    EXPECT_EQ(end.what, "on purpose");
  });
}

TEST_P(DirectivesTest, ADeciderChoosesFromTheFailure) {
  const Decider decider = [](const Failure& failure) {
    return failure.is<std::runtime_error>() && failure.what() == "mild" ? Directive::kRestart
                                                                        : Directive::kStop;
  };
  run({{{"a", nullptr}, Supervision{.decider = decider}}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto worker = co_await worker_of(boss, 0);
    worker.tell().fail("mild");
    auto state = co_await state_of(worker);
    EXPECT_EQ(state.restarts, 1u);
    worker.tell().fail("grave");
    auto end = co_await next_end(boss);
    EXPECT_EQ(end.what, "grave");
  });
}

TEST_P(DirectivesTest, AFailureToStartStopsByDefault) {
  run({{{"a", journal_, {}, 1}, Supervision{}},
       {{"b", journal_, {}, 2}, Supervision{.decider = decide_to_restart}}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto end = co_await next_end(boss);
        EXPECT_EQ(end.number, 0u);
        EXPECT_EQ(end.what, "cannot start");
        auto worker = co_await worker_of(boss, 1);
        auto state = co_await state_of(worker);
        EXPECT_EQ(state.restarts, 2u);
      });
}

TEST_P(DirectivesTest, AnEscalatedFailureIsTheParents) {
  run({.supervision = Supervision{}},
      {{{"a", journal_}, Supervision{.decider = decide_to_escalate}}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto worker = co_await worker_of(boss, 0);
        worker.tell().fail("for the boss");
        auto gone = co_await until_ended(worker, within(kLong));
        EXPECT_TRUE(gone.ok());
        EXPECT_EQ(gone->reason(), DownReason::kFailed);
        EXPECT_EQ(gone->what(), "for the boss");
        auto restarts = co_await boss.ask(within(kLong)).restarts();
        EXPECT_TRUE(restarts.ok());
        EXPECT_EQ(restarts->restarts(), 1u);
        // The boss has spawned anew.
        auto successor = co_await worker_of(boss, 0);
        EXPECT_NE(successor, worker);
      });
  EXPECT_EQ(*journal_, (Journal{"+a0", "-a", "+a0", "-a"}));
}

TEST_P(DirectivesTest, WhatIsNoStandardExceptionIsEscalated) {
  run({.supervision = Supervision{.decider = decide_to_restart}}, {{{"a", nullptr}, Supervision{}}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto worker = co_await worker_of(boss, 0);
        worker.tell().fail_oddly();
        auto gone = co_await until_ended(worker, within(kLong));
        EXPECT_TRUE(gone.ok());
        auto restarts = co_await boss.ask(within(kLong)).restarts();
        EXPECT_TRUE(restarts.ok());
        EXPECT_EQ(restarts->restarts(), 1u);
      });
}

TEST_P(DirectivesTest, AnEscalatedChildThatIsKeptRestarts) {
  run({.supervision = Supervision{.children = OnRestart::kRestartChildren}},
      {{{"a", journal_}, Supervision{.decider = decide_to_escalate}}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto worker = co_await worker_of(boss, 0);
        worker.tell().fail("for the boss");
        auto state = co_await state_of(worker);
        EXPECT_EQ(state.restarts, 1u);
      });
}

/// The parent waits for its restart, and has no behaviour that could fail: the child is part of
/// that restart.
TEST_P(DirectivesTest, WhoEscalatesToAParentThatIsAwayRestartsWithIt) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    const Supervision escalating{.decider = decide_to_escalate};
    const Supervision keeping{.children = OnRestart::kKeepChildren,
                              .backoff = {.least = 300ms, .jitter = 0}};
    auto parent = root.spawn<Worker>(SpawnOptions{.supervision = keeping}, family::worker,
                                     Upbringing{"parent", nullptr, escalating});
    auto grown = co_await parent.ask(within(kLong)).grow("child");
    EXPECT_TRUE(grown.ok());
    auto child = grown->child();
    child.tell().add(5);
    auto before = co_await state_of(child);
    EXPECT_EQ(before.total, 5u);
    parent.tell().fail("away");
    while (Core::current().ledger.handled < 4) co_await pause(1ms);  // that was the fourth
    child.kill();
    auto after = co_await state_of(child);
    EXPECT_EQ(after.total, 0u);
    EXPECT_EQ(after.restarts, 1u);
    auto of_parent = co_await state_of(parent);
    EXPECT_EQ(of_parent.restarts, 1u);
    EXPECT_EQ(of_parent.last_failure, "away");
    co_return ok();
  });
}

/// However deep: each level decides in a turn of its own.
TEST_P(DirectivesTest, AFailureClimbsThroughThousandsOfParents) {
  const Supervision climbing{.decider = decide_to_escalate};
  run({{{"a", nullptr, climbing}, Supervision{}}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto top = co_await worker_of(boss, 0);
    auto lowest = top;
    for (int level = 0; level < 3000; ++level) {
      auto grown = co_await lowest.ask(within(kLong)).grow("child");
      EXPECT_TRUE(grown.ok());
      if (!grown) co_return;
      lowest = grown->child();
    }
    lowest.tell().fail("from below");
    auto gone = co_await until_ended(lowest, within(kLong));
    EXPECT_TRUE(gone.ok());
    auto state = co_await state_of(top);
    EXPECT_EQ(state.restarts, 1u);
    EXPECT_NE(state.last_failure.find("from below"), std::string::npos) << state.last_failure;
  });
}

TEST_P(DirectivesTest, AKilledActorFailsWithoutAnotherMessage) {
  run({{{"a", nullptr}, Supervision{}}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto worker = co_await worker_of(boss, 0);
    auto hold = [](Ref<Worker> holding) -> Task<> {
      auto outcome = co_await holding.ask(within(kLong)).hold(Duration(100h).count());
      EXPECT_TRUE(outcome.ok());
      EXPECT_EQ(outcome->outcome(), static_cast<std::uint16_t>(Code::kStopping));
    };
    auto kill = [](Ref<Worker> killed, Ref<Boss> watching) -> Task<> {
      co_await until_it_sleeps(killed.address());
      killed.tell().add(1);
      co_await until_it_sleeps(killed.address(), 1);
      killed.kill();
      auto end = co_await next_end(watching);
      EXPECT_EQ(end.reason, number(DownReason::kKilled));
    };
    co_await all_of(hold(worker), kill(worker, boss));
  });
  EXPECT_EQ(ledger_.dropped[static_cast<std::size_t>(DropReason::kActorStopped)], 1u);
}

TEST_P(DirectivesTest, AKilledOneThatAwaitsInBranchesEndsThemFirst) {
  run({{{"a", journal_}, Supervision{.decider = decide_to_restart}}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto worker = co_await worker_of(boss, 0);
        auto branch = [](Ref<Worker> branching) -> Task<> {
          auto outcome = co_await branching.ask(within(kLong)).branch();
          EXPECT_TRUE(outcome.ok());
          EXPECT_EQ(outcome->outcome(), static_cast<std::uint16_t>(Code::kStopping));
        };
        auto kill = [](Ref<Worker> killed) -> Task<> {
          co_await until_it_sleeps(killed.address());
          killed.kill();
          auto state = co_await state_of(killed);
          EXPECT_EQ(state.restarts, 1u);
          EXPECT_EQ(state.last_failure, "killed");
        };
        co_await all_of(branch(worker), kill(worker));
      });
}

/// Has a child of its own while it receives, as an actor does that awaits beside its mailbox.
Behavior with_a_scope(Worker::Self self, bool* joined) {
  auto for_ever = []() -> Task<Status> {
    auto slept = co_await sleep_for(1000h);
    co_return slept;
  };
  Scope scope;
  co_await scope.start(for_ever());
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Worker::Kind::kStop) break;
  }
  auto ended = co_await scope.join();
  *joined = !ended.has_value();
}

TEST_P(DirectivesTest, AKilledOneEndsTheChildrenOfItsScopeFirst) {
  bool joined = false;
  run({}, [&joined](Root root, Ref<Boss>) -> Task<> {
    auto worker = root.spawn<Worker>(with_a_scope, &joined);
    auto slept = co_await sleep_for(5ms);
    EXPECT_TRUE(slept.ok());
    worker.kill();
    auto end = co_await until_ended(worker, within(kLong));
    EXPECT_TRUE(end.ok());
    EXPECT_EQ(end->reason(), DownReason::kKilled);
  });
  EXPECT_TRUE(joined);
}

TEST_P(DirectivesTest, ADeathPactEndsWhoDoesNotHandleTheEnd) {
  run({{{"a", nullptr}}, {{"b", nullptr}, Supervision{}}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto first = co_await worker_of(boss, 0);
    auto second = co_await worker_of(boss, 1);
    second.tell().link(first);
    auto linked = co_await state_of(second);
    EXPECT_EQ(linked.restarts, 0u);
    first.stop();
    auto end = co_await next_end(boss);
    EXPECT_EQ(end.number, 0u);
    auto follows = co_await next_end(boss);
    EXPECT_EQ(follows.number, 1u);
    EXPECT_EQ(follows.reason, number(DownReason::kFailed));
  });
}

TEST_P(DirectivesTest, ALinkToOneThatIsGoneIsADeathPactToo) {
  run({{{"a", nullptr}}, {{"b", nullptr}}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto first = co_await worker_of(boss, 0);
    auto ended = co_await graceful_stop(first, within(kLong));
    EXPECT_TRUE(ended.ok());
    auto second = co_await worker_of(boss, 1);
    second.tell().link(first);
    auto gone = co_await until_ended(second, within(kLong));
    EXPECT_TRUE(gone.ok());
    EXPECT_EQ(gone->reason(), DownReason::kFailed);
  });
}

TEST_P(DirectivesTest, FailuresRestartsAndEndsAreEvents) {
  run({{{"a", nullptr}, Supervision{.limit = {.restarts = 1}}}},
      [](Root, Ref<Boss> boss) -> Task<> {
        EventSubscription<ActorFailed> failed;
        EventSubscription<ActorRestarted> restarted;
        EventSubscription<ActorStopped> stopped;
        auto settled = co_await sleep_for(1ms);  // other cores know of it by now
        EXPECT_TRUE(settled.ok());
        auto worker = co_await worker_of(boss, 0);
        worker.tell().fail("first");
        worker.tell().fail("second");
        auto first = co_await failed.next(within(kLong));
        EXPECT_TRUE(first.ok());
        EXPECT_EQ(first->what, "first");
        EXPECT_EQ(first->directive, Directive::kRestart);
        auto anew = co_await restarted.next(within(kLong));
        EXPECT_TRUE(anew.ok());
        EXPECT_EQ(anew->actor, worker.address());
        EXPECT_EQ(anew->restarts, 1u);
        auto second = co_await failed.next(within(kLong));
        EXPECT_TRUE(second.ok());
        EXPECT_EQ(second->directive, Directive::kStop);
        auto end = co_await stopped.next(within(kLong));
        EXPECT_TRUE(end.ok());
        EXPECT_EQ(end->actor, worker.address());
        EXPECT_EQ(end->reason, DownReason::kFailed);
      });
}

/// Stops whoever fails, from within the event.
Behavior executioner(Worker::Self self) {
  auto subscribed = self.subscribe<ActorFailed>(
      [](const ActorFailed& failed, const Ref<Worker>&) { Ref<Worker>(failed.actor).stop(); });
  EXPECT_TRUE(subscribed.ok());
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Worker::Kind::kStop) co_return;
  }
}

TEST_P(DirectivesTest, AStopInTheMidstOfADecisionIsHeeded) {
  run({{{"a", nullptr}, Supervision{}}, {{"b", nullptr}, Supervision{.backoff = {.least = 1h}}}},
      [](Root root, Ref<Boss> boss) -> Task<> {
        auto watching = root.spawn<Worker>(executioner);
        auto settled = co_await sleep_for(1ms);
        EXPECT_TRUE(settled.ok());
        for (std::uint32_t i = 0; i < 2; ++i) {
          auto worker = co_await worker_of(boss, i);
          worker.tell().fail("and is stopped for it");
          auto end = co_await until_ended(worker, within(10s));
          EXPECT_TRUE(end.ok()) << i;
        }
        watching.stop();
      });
}

// ---- siblings ----

TEST_P(DirectivesTest, AllForOneRestartsEverySibling) {
  const Supervision all{.siblings = Siblings::kAllForOne};
  run({{{"a", journal_}, all}, {{"b", journal_}, all}, {{"c", journal_}, all}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto middle = co_await worker_of(boss, 1);
        middle.tell().fail("all of us");
        for (std::uint32_t i = 0; i < 3; ++i) {
          auto worker = co_await worker_of(boss, i);
          auto state = co_await state_of(worker);
          EXPECT_EQ(state.restarts, 1u) << i;
        }
      });
  // All have ended before the first begins anew, which they do in the order of their spawn.
  Journal middle(journal_->begin() + 3, journal_->begin() + 9);
  std::sort(middle.begin(), middle.begin() + 3);
  EXPECT_EQ(middle, (Journal{"-a", "-b", "-c", "+a1", "+b1", "+c1"}));
}

TEST_P(DirectivesTest, RestForOneRestartsThoseSpawnedAfter) {
  const Supervision rest{.siblings = Siblings::kRestForOne};
  run({{{"a", nullptr}, rest}, {{"b", nullptr}, rest}, {{"c", nullptr}, rest}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto middle = co_await worker_of(boss, 1);
        middle.tell().fail("the rest of us");
        for (std::uint32_t i = 0; i < 3; ++i) {
          auto worker = co_await worker_of(boss, i);
          auto state = co_await state_of(worker);
          EXPECT_EQ(state.restarts, i == 0 ? 0u : 1u) << i;
        }
      });
}

/// Has a pipe under way and a child that takes all others with it.
Behavior with_a_pipe(Worker::Self self, std::uint64_t* piped) {
  auto slowly = []() -> Task<Status> {
    auto slept = co_await sleep_for(20ms);
    co_return slept;
  };
  auto under_way = self.pipe(
      slowly(), [](Status slept, const Ref<Worker>& me) { me.tell().add(slept ? 1 : 100); });
  EXPECT_TRUE(under_way.ok());
  auto child = self.spawn<Worker>({.supervision = Supervision{.siblings = Siblings::kAllForOne}},
                                  family::worker, Upbringing{"child", nullptr});
  child.tell().fail("all of us");
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Worker::Kind::kStop) co_return;
    if (msg.kind() != Worker::Kind::kAdd) continue;
    *piped += msg.add().amount();
    co_return;
  }
}

TEST_P(DirectivesTest, APipeOfTheParentIsNoSibling) {
  std::uint64_t piped = 0;
  run({}, [&piped](Root root, Ref<Boss>) -> Task<> {
    auto worker = root.spawn<Worker>(with_a_pipe, &piped);
    auto end = co_await until_ended(worker, within(10s));
    EXPECT_TRUE(end.ok());
  });
  EXPECT_EQ(piped, 1u);
}

TEST_P(DirectivesTest, ASiblingThatCannotRestartStops) {
  run({{{"a", nullptr}}, {{"b", nullptr}, Supervision{.siblings = Siblings::kAllForOne}}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto second = co_await worker_of(boss, 1);
        second.tell().fail("both of us");
        auto end = co_await next_end(boss);
        EXPECT_EQ(end.number, 0u);
        EXPECT_EQ(end.reason, number(DownReason::kStopped));
        auto state = co_await state_of(second);
        EXPECT_EQ(state.restarts, 1u);
      });
}

TEST_P(DirectivesTest, ADirectiveToStopAppliesToSiblingsToo) {
  const Supervision all{.decider = decide_to_stop, .siblings = Siblings::kAllForOne};
  run({{{"a", nullptr}, all}, {{"b", nullptr}, all}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto first = co_await worker_of(boss, 0);
    first.tell().fail("both of us");
    auto one = co_await next_end(boss);
    auto other = co_await next_end(boss);
    EXPECT_EQ(one.number + other.number, 1u);
  });
}

TEST_P(DirectivesTest, StoppingAChildDoesNotStopItsSiblings) {
  const Supervision all{.siblings = Siblings::kAllForOne};
  run({{{"a", nullptr}, all}, {{"b", nullptr}, all}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto first = co_await worker_of(boss, 0);
    auto ended = co_await graceful_stop(first, within(kLong));
    EXPECT_TRUE(ended.ok());
    auto second = co_await worker_of(boss, 1);
    auto state = co_await state_of(second);
    EXPECT_EQ(state.restarts, 0u);
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, DirectivesTest, ::testing::ValuesIn(kEverywhere), name_of);

}  // namespace
}  // namespace troupe
