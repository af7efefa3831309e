// Waiting for the end of an actor without watching it. Everywhere.
#include "actor/supervision/testing_family.h"

namespace troupe {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the words of these tests

class EndTest : public FamilyTest {};

TEST_P(EndTest, TellsWhoEndedAndWhy) {
  run({{{"a", nullptr}}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto worker = co_await worker_of(boss, 0);
    worker.tell().fail("on purpose");
    auto end = co_await until_ended(worker, within(kLong));
    EXPECT_TRUE(end.ok());
    if (!end) co_return;
    EXPECT_EQ(end->who(), worker.address());
    // It may have been gone before the question arrived.
    if (end->reason() == DownReason::kFailed) {
      EXPECT_EQ(end->what(), "on purpose");
    } else {
      EXPECT_EQ(end->reason(), DownReason::kNoSuchActor);
    }
    auto again = co_await until_ended(worker, within(kLong));
    EXPECT_TRUE(again.ok());
    EXPECT_EQ(again->reason(), DownReason::kNoSuchActor);
  });
}

TEST_P(EndTest, EndsAtItsDeadlineWhileTheActorLives) {
  run({{{"a", nullptr}}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto worker = co_await worker_of(boss, 0);
    auto none = co_await until_ended(worker, within(5ms));
    EXPECT_TRUE(none.error().is(Code::kDeadlineExceeded)) << none.error().describe();
    auto alive = co_await state_of(worker);
    EXPECT_EQ(alive.restarts, 0u);
  });
}

TEST_P(EndTest, AGracefulStopIsOverWhenTheChildrenHaveEndedToo) {
  run({{{"a", journal_, Supervision{}}}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto worker = co_await worker_of(boss, 0);
    auto grown = co_await worker.ask(within(kLong)).grow("child");
    EXPECT_TRUE(grown.ok());
    auto child = grown->child();
    auto end = co_await graceful_stop(worker, within(kLong));
    EXPECT_TRUE(end.ok());
    EXPECT_EQ(end->reason(), DownReason::kStopped);
    auto gone = co_await until_ended(child, within(kLong));
    EXPECT_TRUE(gone.ok());
    EXPECT_EQ(gone->reason(), DownReason::kNoSuchActor);
  });
}

TEST_P(EndTest, AGracefulStopThatTakesTooLongSaysSo) {
  run({{{"a", nullptr}}}, [](Root root, Ref<Boss> boss) -> Task<> {
    auto worker = co_await worker_of(boss, 0);
    // It has a child on the way out that does not let go.
    auto stubborn = [](Worker::Self self) -> Behavior {
      auto msg = co_await self.receive();
      EXPECT_EQ(msg.kind(), Worker::Kind::kStop);
      auto goodbye = co_await self.sleep_for(50ms);
      EXPECT_TRUE(goodbye.ok());
    };
    auto slow = root.spawn<Worker>(stubborn);
    auto early = co_await graceful_stop(slow, within(1ms));
    EXPECT_TRUE(early.error().is(Code::kDeadlineExceeded)) << early.error().describe();
    auto end = co_await until_ended(slow, within(kLong));
    EXPECT_TRUE(end.ok());
    auto other = co_await graceful_stop(worker, within(kLong));
    EXPECT_TRUE(other.ok());
  });
}

TEST_P(EndTest, ManyMayWaitAndEachIsTold) {
  run({{{"a", nullptr}}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto worker = co_await worker_of(boss, 0);
    auto wait = [](Ref<Worker> for_whom) -> Task<bool> {
      auto end = co_await until_ended(for_whom, within(kLong));
      co_return end.has_value();
    };
    std::vector<Task<bool>> waits;
    for (int i = 0; i < 1000; ++i) waits.push_back(wait(worker));
    auto stop = [](Ref<Worker> stopped) -> Task<> {
      auto slept = co_await sleep_for(2ms);
      EXPECT_TRUE(slept.ok());
      stopped.stop();
    };
    auto both = co_await all_of(all_of(std::move(waits)), stop(worker));
    for (const bool told : std::get<0>(both)) EXPECT_TRUE(told);
  });
}

// In one turn of a simulated core, so that they are all open at once.
TEST(EndLimits, MoreWaitsThanTheLimitAreOverloaded) {
  System system(options_for({BackendKind::kSimulation, 1}));
  run_in(system, [](Root root) -> Task<Status> {
    auto worker = root.spawn<Worker>(family::worker, Upbringing{"a", nullptr});
    auto wait = [](Ref<Worker> for_whom, unsigned* overloaded) -> Task<> {
      auto end = co_await until_ended(for_whom, within(1s));
      if (end.error().is(Code::kOverloaded)) ++*overloaded;
    };
    unsigned overloaded = 0;
    std::vector<Task<>> waits;
    for (std::size_t i = 0; i < kWatchesMax + 3; ++i) waits.push_back(wait(worker, &overloaded));
    co_await all_of(std::move(waits));
    EXPECT_EQ(overloaded, 3u);
    // Those that ran out of time have made room.
    auto end = co_await graceful_stop(worker, within(1s));
    EXPECT_TRUE(end.ok()) << end.error().describe();
    co_return ok();
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, EndTest, ::testing::ValuesIn(kEverywhere), name_of);

}  // namespace
}  // namespace troupe
