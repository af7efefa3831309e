// Runs of a system for tests: on threads and in simulation, with the ledger checked at the end.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "actor/actor.h"
#include "actor/actor_report.h"
#include "actor/testing/message_check.h"

namespace troupe::testing {

/// Where a test runs.
struct RunOn {
  BackendKind backend;
  unsigned cores;
  std::uint64_t seed = 1;
};
inline std::string backend_name(BackendKind backend) {
  if (backend == BackendKind::kSimulation) return "simulation";
  return backend == BackendKind::kEpoll ? "epoll" : "uring";
}
inline std::ostream& operator<<(std::ostream& out, const RunOn& on) {
  return out << backend_name(on.backend) << on.cores;
}
inline std::string name_of(const ::testing::TestParamInfo<RunOn>& info) {
  return backend_name(info.param.backend) + std::to_string(info.param.cores);
}

/// One and two cores, on all backends: what every test of actors goes through.
inline const RunOn kEverywhere[] = {{BackendKind::kUring, 1},
                                    {BackendKind::kUring, 2},
                                    {BackendKind::kEpoll, 2},
                                    {BackendKind::kSimulation, 1},
                                    {BackendKind::kSimulation, 2}};

inline SystemOptions options_for(const RunOn& on) {
  SystemOptions options;
  options.backend = on.backend;
  options.cores = on.cores;
  options.pin = false;  // tests run beside each other
  options.simulation.seed = on.seed;
  options.simulation.virtual_time_max = std::chrono::hours(48);
  options.node.log = &Log::silent();
  // Every message checked and copied: bazel test --test_env=TROUPE_CHECK_MESSAGES=1 //actor/...
  if (std::getenv("TROUPE_CHECK_MESSAGES") != nullptr) {
    options.node.interceptor = &MessageChecker::instance();
  }
  return options;
}

/// Nothing is lost silently: what was sent was handled or dropped for a reason.
inline void expect_balanced(const System& system) {
  const Ledger ledger = system.ledger();
  EXPECT_EQ(ledger.sent, ledger.handled + ledger.dropped_total());
}

/// Runs `main` in `system`, which must end well with a balanced ledger.
template <class F, class... Args>
void run_in(System& system, F main, Args... args) {
  const Status status = system.run(std::move(main), std::move(args)...);
  EXPECT_TRUE(status.ok()) << status.error().describe();
  expect_balanced(system);
}

// ---- waits, for what has no message that tells of it ----

inline Task<> pause(Duration duration) {
  auto slept = co_await sleep_for(duration);
  EXPECT_TRUE(slept.ok());
}

/// Waits until `so()`: looks at it on this core, once a millisecond, longer than a busy machine can
/// explain. What it captures must outlive the wait.
template <class Predicate>
Task<> until(Predicate so) {
  for (int i = 0; i < 20'000 && !so(); ++i) co_await pause(std::chrono::milliseconds(1));
  EXPECT_TRUE(so()) << "it did not come to be";
}

/// Waits until the actor, on whichever core, sleeps in the handler of a message and `queued` wait
/// behind it: what overtakes messages is to find it so.
inline Task<> until_it_sleeps(Address actor, std::uint32_t queued = 0) {
  const auto report = [](Address address) -> Task<std::optional<ActorReport>> {
    co_return actor_report(address);
  };
  std::string last;
  for (int i = 0; i < 20'000; ++i) {
    const auto seen = co_await on_core(actor.core, report, actor);
    last = seen ? seen->text() : "it is gone";
    if (seen && seen->queued == queued && last.find("waits for sleep") != last.npos) co_return;
    co_await pause(std::chrono::milliseconds(1));
  }
  ADD_FAILURE() << "it does not sleep: " << last;
}

}  // namespace troupe::testing
