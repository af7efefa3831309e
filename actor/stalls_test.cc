// Tests that an actor that keeps its core is reported by name, with its chain of awaits, while it
// does so.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <source_location>
#include <string>
#include <string_view>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Vault;
using testing::options_for;
using testing::run_in;

/// Keeps the first report of a stall of an actor.
class Reports final : public Log {
 public:
  void warning(std::string_view text) override {
    // Whatever else stalls on a busy machine.
    if (text.find("is stalled") == text.npos || text.find("sample.") == text.npos) return;
    const std::lock_guard lock(mutex_);
    if (first_.empty()) first_ = text;
    seen_ = true;
  }
  bool seen() const { return seen_.load(); }
  std::string first() {
    const std::lock_guard lock(mutex_);
    return first_;
  }

 private:
  std::mutex mutex_;
  std::string first_;
  std::atomic<bool> seen_ = false;
};

constexpr std::uint32_t line_here(std::source_location where = std::source_location::current()) {
  return where.line();
}

constexpr std::uint32_t kDawdleAwaits = line_here() + 2;
Task<void> dawdle(const Reports* reports) {
  auto slept = co_await sleep_for(1ms);
  EXPECT_TRUE(slept.ok());
  while (!reports->seen()) {
  }
}

constexpr std::uint32_t kVaultAwaits = line_here() + 4;  // the task
Behavior slow_vault(Vault::Self self, const Reports* reports) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Vault::Kind::kSum) co_await dawdle(reports);
    if (msg.kind() == Vault::Kind::kSum) msg.sum().reply(7);
    if (msg.kind() == Vault::Kind::kStop) co_return;
  }
}

class StallsTest : public ::testing::TestWithParam<testing::RunOn> {};

SystemOptions options_with(const testing::RunOn& on, Log& log) {
  SystemOptions options = options_for(on);
  options.node.log = &log;
  options.stall_after = 2ms;
  return options;
}

TEST_P(StallsTest, NamesTheActorItsKeyAndItsAwaits) {
  Reports reports;
  System system(options_with(GetParam(), reports));
  system.serve<Vault>(slow_vault, [&](std::string_view) { return &reports; });
  run_in(system, [](Root) -> Task<Status> {
    auto sum = co_await Ref<Vault>("alice").ask(within(1h)).sum();
    EXPECT_TRUE(sum.ok());
    co_return ok();
  });
  const std::string report = reports.first();
  EXPECT_NE(report.find("\nsample.Vault 'alice'\n  runs\n    at actor/stalls_test.cc:" +
                        std::to_string(kDawdleAwaits) + " in "),
            std::string::npos)
      << report;
  // Its behaviour awaits the task one line below its receive().
  EXPECT_NE(report.find("\n    at actor/stalls_test.cc:" + std::to_string(kVaultAwaits) + " in "),
            std::string::npos)
      << report;
  std::uint64_t stalls = 0;
  for (const CoreReport& core : system.reports()) stalls += core.reactor.stalls;
  EXPECT_GE(stalls, 1u);
}

/// Never gives its core back between its only message and the report; no Task in between.
constexpr std::uint32_t kSpinnerReceives = line_here() + 2;
Behavior spinner(Counter::Self self, const Reports* reports) {
  auto msg = co_await self.receive();
  (void)msg.kind();
  while (!reports->seen()) {
  }
}

TEST_P(StallsTest, ReportsABehaviourByTheLineOfItsReceive) {
  Reports reports;
  System system(options_with(GetParam(), reports));
  run_in(
      system,
      [](Root root, const Reports* seen) -> Task<Status> {
        root.spawn<Counter>(spinner, seen).tell().add(1);
        // Before main's end asks it to stop.
        while (!seen->seen()) {
          auto slept = co_await sleep_for(1ms);
          EXPECT_TRUE(slept.ok());
        }
        co_return ok();
      },
      &reports);
  const std::string report = reports.first();
  EXPECT_NE(report.find("\nsample.Counter\n  runs\n    at actor/stalls_test.cc:" +
                        std::to_string(kSpinnerReceives) + " in "),
            std::string::npos)
      << report;
}

/// Spins where its locals are destroyed, when no coroutine of it can be shown any more.
struct SpinsAtItsEnd {
  explicit SpinsAtItsEnd(const Reports* reports) : reports(reports) {}
  ~SpinsAtItsEnd() {
    while (!reports->seen()) {
    }
  }
  const Reports* reports;
};

Behavior endless_end(Counter::Self self, const Reports* reports) {
  const SpinsAtItsEnd spins(reports);
  for (;;) {
    // Ended at the second receive() after kStop: the frame is destroyed where it waits.
    auto msg = co_await self.receive();
    (void)msg.kind();
  }
}

TEST_P(StallsTest, NamesAnActorWhoseFrameIsBeingDestroyed) {
  Reports reports;
  System system(options_with(GetParam(), reports));
  run_in(
      system,
      [](Root root, const Reports* seen) -> Task<Status> {
        root.spawn<Counter>(endless_end, seen).stop();
        while (!seen->seen()) {
          auto slept = co_await sleep_for(1ms);
          EXPECT_TRUE(slept.ok());
        }
        co_return ok();
      },
      &reports);
  EXPECT_NE(reports.first().find("\nsample.Counter\n  runs\n  native stack"), std::string::npos)
      << reports.first();
}

INSTANTIATE_TEST_SUITE_P(OnThreads, StallsTest,
                         ::testing::Values(testing::RunOn{BackendKind::kUring, 1},
                                           testing::RunOn{BackendKind::kUring, 2},
                                           testing::RunOn{BackendKind::kEpoll, 2}),
                         testing::name_of);

}  // namespace
}  // namespace troupe
