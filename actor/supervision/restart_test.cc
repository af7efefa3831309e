// What restarting means, statement by statement. Everywhere.
#include "actor/supervision/testing_family.h"

namespace troupe {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the words of these tests

constexpr std::uint64_t kQueued = 100'000;

class RestartTest : public FamilyTest {};

TEST_P(RestartTest, TheNewBehaviorBeginsFromTheSameArgumentsAndClearState) {
  run({{{"a", journal_}, Supervision{}}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto worker = co_await worker_of(boss, 0);
    worker.tell().add(7);
    worker.tell().fail("on purpose");
    worker.tell().add(2);
    auto state = co_await state_of(worker);  // the same reference
    EXPECT_EQ(state.total, 2u);
    EXPECT_EQ(state.restarts, 1u);
    EXPECT_EQ(state.last_failure, "on purpose");
  });
  EXPECT_EQ(*journal_, (Journal{"+a0", "-a", "+a1", "-a"}));
}

TEST_P(RestartTest, GoesBackToTheFirstBehavior) {
  run({{{"a", nullptr}, Supervision{}}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto worker = co_await worker_of(boss, 0);
    worker.tell().retire();
    auto retired = co_await state_of(worker);
    EXPECT_EQ(retired.total, 99u);
    worker.tell().fail("in the second behaviour");
    worker.tell().add(3);
    auto state = co_await state_of(worker);
    EXPECT_EQ(state.total, 3u);
    EXPECT_EQ(state.last_failure, "retired");
  });
}

TEST_P(RestartTest, TheFailedMessageIsNotProcessedAgain) {
  run({{{"a", journal_}, Supervision{}}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto worker = co_await worker_of(boss, 0);
    auto broken = co_await worker.ask(within(kLong)).break_();
    EXPECT_FALSE(broken.ok());
    auto state = co_await state_of(worker);
    EXPECT_EQ(state.restarts, 1u);
  });
}

TEST_P(RestartTest, TheMailboxSurvivesInOrder) {
  run({{{"a", nullptr}, Supervision{}}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto worker = co_await worker_of(boss, 0);
    auto held = [](Ref<Worker> holding) -> Task<> {
      auto outcome = co_await holding.ask(within(kLong)).hold(Duration(50ms).count());
      EXPECT_TRUE(outcome.ok());
    };
    auto queue = [](Ref<Worker> queued) -> Task<> {
      auto slept = co_await sleep_for(1ms);
      EXPECT_TRUE(slept.ok());
      queued.tell().fail("before what is queued");
      for (std::uint64_t i = 0; i < kQueued; ++i) {
        auto told = co_await queued.tell_or_wait().add(1);
        EXPECT_TRUE(told.ok());
      }
      auto state = co_await state_of(queued);
      EXPECT_EQ(state.total, kQueued);
      EXPECT_EQ(state.restarts, 1u);
    };
    co_await all_of(held(worker), queue(worker));
  });
  EXPECT_EQ(ledger_.dropped_total(), 0u);
}

TEST_P(RestartTest, WatchersAreNotTold) {
  run({{{"a", nullptr}, Supervision{}}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto worker = co_await worker_of(boss, 0);
    worker.tell().fail("once");
    auto state = co_await state_of(worker);
    EXPECT_EQ(state.restarts, 1u);
    worker.tell().end();
    auto end = co_await next_end(boss);  // the first that the boss hears
    EXPECT_EQ(end.reason, number(DownReason::kNormal));
  });
}

TEST_P(RestartTest, ChildrenEndBeforeTheNewBehaviorBegins) {
  run({{{"a", journal_, Supervision{}}, Supervision{}}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto worker = co_await worker_of(boss, 0);
    auto grown = co_await worker.ask(within(kLong)).grow("child");
    EXPECT_TRUE(grown.ok());
    auto child = grown->child();
    auto alive = co_await state_of(child);
    EXPECT_EQ(alive.restarts, 0u);
    worker.tell().fail("parent");
    auto state = co_await state_of(worker);
    EXPECT_EQ(state.restarts, 1u);
    auto gone = co_await child.ask(within(kLong)).status();
    EXPECT_FALSE(gone.ok());
  });
  EXPECT_EQ(*journal_, (Journal{"+a0", "+child0", "-a", "-child", "+a1", "-a"}));
}

TEST_P(RestartTest, ChildrenThatAreNotStoppedRestartToo) {
  run({{{"a", journal_, Supervision{}}, Supervision{.children = OnRestart::kRestartChildren}}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto worker = co_await worker_of(boss, 0);
        auto grown = co_await worker.ask(within(kLong)).grow("child");
        EXPECT_TRUE(grown.ok());
        auto child = grown->child();
        child.tell().add(5);
        auto before = co_await state_of(child);
        EXPECT_EQ(before.total, 5u);
        worker.tell().fail("parent");
        auto state = co_await state_of(worker);
        EXPECT_EQ(state.restarts, 1u);
        auto after = co_await state_of(child);  // the same reference
        EXPECT_EQ(after.total, 0u);
        EXPECT_EQ(after.restarts, 1u);
      });
}

TEST_P(RestartTest, ChildrenThatAreKeptKeepTheirState) {
  run({{{"a", journal_, Supervision{}},
        Supervision{.children = OnRestart::kKeepChildren, .backoff = {.least = 1ms}}}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto worker = co_await worker_of(boss, 0);
        auto grown = co_await worker.ask(within(kLong)).grow("child");
        EXPECT_TRUE(grown.ok());
        auto child = grown->child();
        child.tell().add(5);
        worker.tell().fail("parent");
        child.tell().add(1);  // maybe while it is suspended
        auto state = co_await state_of(worker);
        EXPECT_EQ(state.restarts, 1u);
        auto after = co_await state_of(child);
        EXPECT_EQ(after.total, 6u);
        EXPECT_EQ(after.restarts, 0u);
      });
}

TEST_P(RestartTest, ASuspendedChildGetsNoMessageUntilItsParentIsBack) {
  run({{{"a", journal_, Supervision{}},
        Supervision{.children = OnRestart::kKeepChildren,
                    .backoff = {.least = 500ms, .jitter = 0}}}},
      [](Root root, Ref<Boss> boss) -> Task<> {
        auto worker = co_await worker_of(boss, 0);
        auto grown = co_await worker.ask(within(kLong)).grow("child");
        EXPECT_TRUE(grown.ok());
        auto child = grown->child();
        auto at_rest = co_await state_of(child);
        EXPECT_EQ(at_rest.total, 0u);
        worker.tell().fail("parent");
        const Time before = root.now();
        auto slept = co_await sleep_for(1ms);  // it has failed by now
        EXPECT_TRUE(slept.ok());
        auto after = co_await state_of(child);
        EXPECT_EQ(after.restarts, 0u);
        // Less by what the other core's idea of now is old: the turn it is in began before.
        EXPECT_GE(root.now() - before, 250ms);
      });
}

TEST_P(RestartTest, AStopEndsWhatWaitsForItsRestart) {
  run({{{"a", journal_}, Supervision{.backoff = {.least = 1h}}}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto worker = co_await worker_of(boss, 0);
        worker.tell().fail("waits an hour");
        worker.tell().add(1);  // queued meanwhile
        auto end = co_await graceful_stop(worker, within(10s));
        EXPECT_TRUE(end.ok());
        EXPECT_EQ(end->reason(), DownReason::kStopped);
      });
  EXPECT_EQ(*journal_, (Journal{"+a0", "-a"}));
}

TEST_P(RestartTest, MoreThanTheLimitWithinTheWindowStop) {
  run({{{"a", nullptr}, Supervision{.limit = {.restarts = 3, .within = 1h}}}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto worker = co_await worker_of(boss, 0);
        for (int i = 0; i < 3; ++i) worker.tell().fail("again");
        auto state = co_await state_of(worker);
        EXPECT_EQ(state.restarts, 3u);
        worker.tell().fail("the last");
        auto end = co_await next_end(boss);
        EXPECT_EQ(end.reason, number(DownReason::kFailed));
        EXPECT_EQ(end.what, "the last");
      });
}

TEST_P(RestartTest, AWindowThatHasPassedCountsNoMore) {
  run({{{"a", nullptr}, Supervision{.limit = {.restarts = 1, .within = 20ms}}}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto worker = co_await worker_of(boss, 0);
        for (std::uint64_t i = 1; i <= 3; ++i) {
          worker.tell().fail("now and then");
          auto state = co_await state_of(worker);
          EXPECT_EQ(state.restarts, i);
          auto slept = co_await sleep_for(40ms);
          EXPECT_TRUE(slept.ok());
        }
      });
}

TEST_P(RestartTest, PermanentOnesComeBackFromTheirOwnEnd) {
  run({{{"a", journal_}, Supervision{.lifetime = Lifetime::kPermanent}},
       {{"b", nullptr}, Supervision{}}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto worker = co_await worker_of(boss, 0);
        worker.tell().end();
        auto state = co_await state_of(worker);
        EXPECT_EQ(state.restarts, 1u);
        EXPECT_EQ(state.last_failure, "");
        auto transient = co_await worker_of(boss, 1);
        transient.tell().end();
        auto end = co_await next_end(boss);
        EXPECT_EQ(end.number, 1u);
        auto stopped = co_await graceful_stop(worker, within(kLong));
        EXPECT_TRUE(stopped.ok());
      });
}

TEST_P(RestartTest, TemporaryOnesNeverDo) {
  run({{{"a", nullptr}, Supervision{.lifetime = Lifetime::kTemporary}}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto worker = co_await worker_of(boss, 0);
        worker.tell().fail("once");
        auto end = co_await next_end(boss);
        EXPECT_EQ(end.reason, number(DownReason::kFailed));
      });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, RestartTest, ::testing::ValuesIn(kEverywhere), name_of);

}  // namespace
}  // namespace troupe
