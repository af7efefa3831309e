// Back-off and guardians, in virtual time.
#include <cmath>

#include "actor/supervision/testing_family.h"

namespace troupe {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the words of these tests

SystemOptions simulated() { return options_for({BackendKind::kSimulation, 1}); }

/// Seconds that each of `count` restarts waits after a failure.
Task<std::vector<double>> delays_of(Ref<Worker> worker, int count) {
  std::vector<double> delays;
  for (int i = 0; i < count; ++i) {
    const Time before = CoreContext::current().now();
    worker.tell().fail("again");
    auto state = co_await state_of(worker);
    EXPECT_EQ(state.last_failure, "again");
    const Duration took = CoreContext::current().now() - before;
    delays.push_back(std::round(static_cast<double>(took.count()) / 1e8) / 10);
  }
  co_return delays;
}

Ref<Worker> spawn_worker(Root root, const Supervision& supervision) {
  return root.spawn<Worker>({.supervision = supervision}, family::worker, Upbringing{"a", nullptr});
}

TEST(Backoff, WaitsLongerWithEachFailureUpToTheMost) {
  System system(simulated());
  run_in(system, [](Root root) -> Task<Status> {
    Supervision supervision{.limit = RestartLimit::none(), .backoff = Backoff::standard()};
    supervision.backoff.jitter = 0;
    supervision.backoff.reset_after = 1h;
    auto delays = co_await delays_of(spawn_worker(root, supervision), 6);
    EXPECT_EQ(delays, (std::vector<double>{3, 6, 12, 24, 30, 30}));
    co_return ok();
  });
}

TEST(Backoff, JitterSpreadsWithinAFifth) {
  System system(simulated());
  run_in(system, [](Root root) -> Task<Status> {
    Supervision supervision{.limit = RestartLimit::none(), .backoff = Backoff::standard()};
    supervision.backoff.most = 3s;
    auto delays = co_await delays_of(spawn_worker(root, supervision), 50);
    double least = 100;
    double most = 0;
    for (double delay : delays) {
      least = std::min(least, delay);
      most = std::max(most, delay);
    }
    EXPECT_GE(least, 3.0);
    EXPECT_LE(most, 3.6);
    EXPECT_GT(most - least, 0.3);
    co_return ok();
  });
}

TEST(Backoff, ResetsByItselfAfterAQuietTime) {
  System system(simulated());
  run_in(system, [](Root root) -> Task<Status> {
    Supervision supervision{.limit = RestartLimit::none(), .backoff = Backoff::standard()};
    supervision.backoff.jitter = 0;
    auto worker = spawn_worker(root, supervision);
    auto first = co_await delays_of(worker, 3);
    EXPECT_EQ(first, (std::vector<double>{3, 6, 12}));
    auto slept = co_await sleep_for(10s);
    EXPECT_TRUE(slept.ok());
    auto again = co_await delays_of(worker, 2);
    EXPECT_EQ(again, (std::vector<double>{3, 6}));
    co_return ok();
  });
}

TEST(Backoff, ManualResetIsUpToTheActor) {
  System system(simulated());
  run_in(system, [](Root root) -> Task<Status> {
    Supervision supervision{.limit = RestartLimit::none(), .backoff = Backoff::manual_reset()};
    supervision.backoff.jitter = 0;
    auto worker = spawn_worker(root, supervision);
    auto first = co_await delays_of(worker, 2);
    auto slept = co_await sleep_for(1h);
    EXPECT_TRUE(slept.ok());
    auto still = co_await delays_of(worker, 1);
    EXPECT_EQ(still, std::vector<double>{12});
    worker.tell().reset_backoff();
    auto reset = co_await delays_of(worker, 1);
    EXPECT_EQ(reset, std::vector<double>{3});
    co_return ok();
  });
}

TEST(Backoff, AppliesToEndsOfPermanentOnesToo) {
  System system(simulated());
  run_in(system, [](Root root) -> Task<Status> {
    Supervision supervision{.lifetime = Lifetime::kPermanent, .backoff = Backoff::standard()};
    supervision.backoff.jitter = 0;
    auto worker = spawn_worker(root, supervision);
    const Time before = root.now();
    worker.tell().end();
    auto state = co_await state_of(worker);
    EXPECT_EQ(state.restarts, 1u);
    EXPECT_GE(root.now() - before, 3s);
    EXPECT_LT(root.now() - before, 4s);
    co_return ok();
  });
}

TEST(Backoff, ADeciderChoosesWhatWaits) {
  System system(simulated());
  run_in(system, [](Root root) -> Task<Status> {
    Supervision supervision{.decider =
                                [](const Failure& failure) {
                                  return failure.what() == "mild" ? Directive::kRestart
                                                                  : Directive::kStop;
                                },
                            .backoff = Backoff::standard()};
    auto worker = spawn_worker(root, supervision);
    worker.tell().fail("mild");
    const Time before = root.now();
    auto state = co_await state_of(worker);
    EXPECT_EQ(state.restarts, 1u);
    EXPECT_GE(root.now() - before, 3s);
    worker.tell().fail("grave");
    auto gone = co_await until_ended(worker, within(1s));
    EXPECT_TRUE(gone.ok());
    EXPECT_EQ(gone->reason(), DownReason::kFailed);
    co_return ok();
  });
}

TEST(Guardian, AnEscalatedFailureEndsTheSystem) {
  System system(simulated());
  const Status status = system.run([](Root root) -> Task<Status> {
    auto worker = spawn_worker(root, Supervision{.decider = decide_to_escalate});
    worker.tell().fail("nobody above");
    auto slept = co_await sleep_for(1h);
    EXPECT_TRUE(slept.error().is(Code::kStopping));
    co_return ok();
  });
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(status.error().is(Code::kFailed)) << status.error().describe();
  expect_balanced(system);
}

TEST(Guardian, OrOnlyTheActorIfItIsToldSo) {
  SystemOptions options = simulated();
  options.node.on_escalation = OnEscalation::kStopActor;
  System system(options);
  run_in(system, [](Root root) -> Task<Status> {
    auto worker = spawn_worker(root, Supervision{.decider = decide_to_escalate});
    worker.tell().fail("nobody above");
    auto gone = co_await until_ended(worker, within(kLong));
    EXPECT_TRUE(gone.ok());
    EXPECT_EQ(gone->reason(), DownReason::kFailed);
    co_return ok();
  });
}

}  // namespace
}  // namespace troupe
