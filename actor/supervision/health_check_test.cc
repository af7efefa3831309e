// Health checks: an actor that does not pass fails, and its supervisor decides.
#include "actor/supervision/testing_family.h"

namespace troupe {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the words of these tests

class HealthCheckTest : public FamilyTest {};

/// Well as long as it has not been told the unlucky number.
Task<Status> look(Ref<Worker> worker) {
  auto state = co_await worker.ask(within(kLong)).status();  // the check's own limit is shorter
  if (!state) co_return state.error();
  if (state->total() == 13) co_return Error(Code::kInvalidArgument, 13, "unlucky");
  co_return ok();
}

Supervision checked(HealthCheck check) { return Supervision{.health = std::move(check)}; }

TEST_P(HealthCheckTest, OneThatIsWellGoesOn) {
  run({{{"a", nullptr}, checked(health_check<Worker>(2ms, look))}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto worker = co_await worker_of(boss, 0);
        worker.tell().add(5);
        auto slept = co_await sleep_for(50ms);
        EXPECT_TRUE(slept.ok());
        auto state = co_await state_of(worker);
        EXPECT_EQ(state.total, 5u);
        EXPECT_EQ(state.restarts, 0u);
      });
}

TEST_P(HealthCheckTest, OneThatIsNotRestarts) {
  run({{{"a", nullptr}, checked(health_check<Worker>(2ms, look))}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto worker = co_await worker_of(boss, 0);
        worker.tell().add(13);
        auto state = co_await state_of(worker);
        for (int i = 0; i < 10'000 && state.restarts == 0; ++i) {
          co_await pause(1ms);
          state = co_await state_of(worker);
        }
        EXPECT_EQ(state.total, 0u);
        EXPECT_EQ(state.restarts, 1u);
        EXPECT_EQ(state.last_failure, "its health check failed: invalid_argument (13): unlucky");
      });
}

TEST_P(HealthCheckTest, OneThatDoesNotAnswerRestarts) {
  run({{{"a", nullptr}, checked(health_check<Worker>(2ms, look, 5ms))}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto worker = co_await worker_of(boss, 0);
        auto held = co_await worker.ask(within(kLong)).hold(Duration(100h).count());
        EXPECT_TRUE(held.ok());  // interrupted
        auto state = co_await state_of(worker);
        EXPECT_EQ(state.restarts, 1u);
      });
}

TEST_P(HealthCheckTest, OnlySoManyInARowCount) {
  run({{{"a", nullptr}, checked(health_check<Worker>(2ms, look, 1s, 1'000'000))}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto worker = co_await worker_of(boss, 0);
        worker.tell().add(13);
        auto slept = co_await sleep_for(50ms);
        EXPECT_TRUE(slept.ok());
        auto state = co_await state_of(worker);
        EXPECT_EQ(state.restarts, 0u);
      });
}

TEST_P(HealthCheckTest, ACheckThatThrowsHasFailed) {
  const auto throws = [](Ref<Worker>) -> Task<Status> {
    throw std::runtime_error("cannot tell");
    co_return ok();
  };
  run({{{"a", nullptr}, checked(health_check<Worker>(2ms, throws))}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto end = co_await next_end(boss);  // its restart limit is spent
        EXPECT_EQ(end.reason, number(DownReason::kFailed));
        EXPECT_EQ(end.what, "its health check failed: cannot tell");
      });
}

TEST_P(HealthCheckTest, ProgressNeedsNoQuestion) {
  run({{{"a", nullptr}, checked(health_by_progress(5ms))}}, [](Root, Ref<Boss> boss) -> Task<> {
    auto worker = co_await worker_of(boss, 0);
    auto hold = [](Ref<Worker> holding) -> Task<> {
      auto outcome = co_await holding.ask(within(kLong)).hold(Duration(100h).count());
      EXPECT_TRUE(outcome.ok());
    };
    auto queue = [](Ref<Worker> queued) -> Task<> {
      auto slept = co_await sleep_for(1ms);
      EXPECT_TRUE(slept.ok());
      auto state = co_await state_of(queued);
      EXPECT_EQ(state.restarts, 1u);
    };
    co_await all_of(hold(worker), queue(worker));
  });
}

/// Takes a message between two checks, and has it come back: it has made progress.
Behavior putting_back(Worker::Self self) {
  Stash<Worker> stash(self, 1);
  auto first = co_await self.sleep_for(15ms);
  EXPECT_TRUE(first.ok());
  auto msg = co_await self.receive();
  if (msg.kind() == Worker::Kind::kStop) co_return;
  EXPECT_TRUE(stash.keep(std::move(msg)).ok());
  stash.replay();
  auto second = co_await self.sleep_for(10ms);
  EXPECT_TRUE(second.ok());
  for (;;) {
    auto next = co_await self.receive();
    if (next.kind() == Worker::Kind::kStop) co_return;
    if (next.kind() == Worker::Kind::kStatus) next.status().reply(0, self.restarts(), "");
  }
}

TEST(HealthCheckSimulation, WhatAStashPutsBackIsNotStuck) {
  System system(options_for({BackendKind::kSimulation, 1}));
  run_in(system, [](Root root) -> Task<Status> {
    const SpawnOptions options{.supervision = checked(health_by_progress(10ms))};
    auto worker = root.spawn<Worker>(options, putting_back);
    worker.tell().add(1);
    auto slept = co_await sleep_for(100ms);
    auto state = co_await state_of(worker);
    EXPECT_EQ(state.restarts, 0u);
    co_return slept;
  });
}

TEST_P(HealthCheckTest, AnActorEndsInTheMidstOfItsCheck) {
  const auto slow = [](Ref<Worker>) -> Task<Status> {
    auto slept = co_await sleep_for(100h);
    co_return slept;
  };
  run({{{"a", nullptr}, checked(health_check<Worker>(1ms, slow, 50h))}},
      [](Root, Ref<Boss> boss) -> Task<> {
        auto worker = co_await worker_of(boss, 0);
        auto slept = co_await sleep_for(10ms);
        EXPECT_TRUE(slept.ok());
        auto end = co_await graceful_stop(worker, within(kLong));
        EXPECT_TRUE(end.ok());
      });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, HealthCheckTest, ::testing::ValuesIn(kEverywhere), name_of);

}  // namespace
}  // namespace troupe
