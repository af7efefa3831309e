// Tests that an actor that keeps its core is reported by name, with its chain of awaits, while it
// does so.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Vault;
using testing::options_for;
using testing::run_in;

/// Waits for a report that says `expected`. On a busy machine others come first: of what stalls
/// besides, and of a thread that was off its CPU and could not show its stack in time.
class Reports final : public Log {
 public:
  explicit Reports(std::string expected) : expected_(std::move(expected)) {}

  void warning(std::string_view text) override {
    if (text.find("is stalled") == text.npos) return;
    const std::lock_guard lock(mutex_);
    all_ += text;
    if (text.find(expected_) != text.npos) {
      report_ = text;
      seen_ = true;
    }
    ++stalls_;
  }
  bool seen() const { return seen_.load(); }
  unsigned stalls() const { return stalls_.load(); }
  /// No more stalls are wanted: it was seen, or so many others that it will not be.
  bool over() const { return seen() || stalls() >= 30; }
  /// What was expected, whole.
  std::string report() {
    const std::lock_guard lock(mutex_);
    EXPECT_FALSE(report_.empty()) << "not seen: " << expected_ << "\nbut: " << all_;
    return report_;
  }

 private:
  const std::string expected_;
  std::mutex mutex_;
  std::string all_;
  std::string report_;
  std::atomic<unsigned> stalls_ = 0;
  std::atomic<bool> seen_ = false;
};

/// Keeps its core until a stall is reported.
void spin(const Reports& reports) {
  const unsigned before = reports.stalls();
  while (!reports.over() && reports.stalls() == before) {
  }
}

constexpr std::uint32_t line_here(std::source_location where = std::source_location::current()) {
  return where.line();
}

constexpr std::uint32_t kDawdleAwaits = line_here() + 3;
Task<void> dawdle(const Reports* reports) {
  while (!reports->over()) {
    auto slept = co_await sleep_for(1ms);
    EXPECT_TRUE(slept.ok());
    spin(*reports);
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
  Reports reports("\nsample.Vault 'alice'\n  runs\n    at actor/stalls_test.cc:" +
                  std::to_string(kDawdleAwaits) + " in ");
  System system(options_with(GetParam(), reports));
  system.serve<Vault>(slow_vault, [&](std::string_view) { return &reports; });
  run_in(system, [](Root) -> Task<Status> {
    auto sum = co_await Ref<Vault>("alice").ask(within(1h)).sum();
    EXPECT_TRUE(sum.ok());
    co_return ok();
  });
  const std::string report = reports.report();
  // Its behaviour awaits the task one line below its receive().
  EXPECT_NE(report.find("\n    at actor/stalls_test.cc:" + std::to_string(kVaultAwaits) + " in "),
            std::string::npos)
      << report;
  std::uint64_t stalls = 0;
  for (const CoreReport& core : system.reports()) stalls += core.reactor.stalls;
  EXPECT_GE(stalls, 1u);
}

/// Does not give its core back between a message and the report; no Task in between.
constexpr std::uint32_t kSpinnerReceives = line_here() + 3;
Behavior spinner(Counter::Self self, const Reports* reports) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) co_return;
    spin(*reports);
  }
}

TEST_P(StallsTest, ReportsABehaviourByTheLineOfItsReceive) {
  Reports reports("\nsample.Counter\n  runs\n    at actor/stalls_test.cc:" +
                  std::to_string(kSpinnerReceives) + " in ");
  System system(options_with(GetParam(), reports));
  run_in(
      system,
      [](Root root, const Reports* reported) -> Task<Status> {
        auto spinning = root.spawn<Counter>(spinner, reported);
        while (!reported->over()) {
          spinning.tell().add(1);
          auto slept = co_await sleep_for(1ms);
          EXPECT_TRUE(slept.ok());
        }
        co_return ok();
      },
      &reports);
  EXPECT_FALSE(reports.report().empty());
}

/// Spins where its locals are destroyed, when no coroutine of it can be shown any more.
struct SpinsAtItsEnd {
  explicit SpinsAtItsEnd(const Reports* reports) : reports(reports) {}
  ~SpinsAtItsEnd() { spin(*reports); }
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
  Reports reports("\nsample.Counter\n  runs\n  native stack");
  System system(options_with(GetParam(), reports));
  run_in(
      system,
      [](Root root, const Reports* reported) -> Task<Status> {
        while (!reported->over()) {
          auto ended =
              co_await graceful_stop(root.spawn<Counter>(endless_end, reported), within(1h));
          EXPECT_TRUE(ended.ok());
        }
        co_return ok();
      },
      &reports);
  EXPECT_FALSE(reports.report().empty());
}

INSTANTIATE_TEST_SUITE_P(OnThreads, StallsTest,
                         ::testing::Values(testing::RunOn{BackendKind::kUring, 1},
                                           testing::RunOn{BackendKind::kUring, 2},
                                           testing::RunOn{BackendKind::kEpoll, 2}),
                         testing::name_of);

}  // namespace
}  // namespace troupe
