// blocking() and its detection as a system sees them: several cores share pools, reports, the stop.
#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"
#include "io/blocking/blocked_detector.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using testing::options_for;
using testing::run_in;

class BlockingSystemTest : public ::testing::TestWithParam<testing::RunOn> {
 protected:
  SystemOptions options() const {
    SystemOptions options = options_for(GetParam());
    options.pools = {{.name = "shared", .threads = 3, .queue_max = 4}};
    return options;
  }
};

INSTANTIATE_TEST_SUITE_P(Everywhere, BlockingSystemTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

const io::PoolCounters& counters_of(const System& system, const std::string& pool) {
  const auto found = std::ranges::find_if(
      system.pools(), [&](const io::PoolCounters& counters) { return counters.name == pool; });
  EXPECT_NE(found, system.pools().end());
  return *found;
}

constexpr int kJobs = 300;

Task<Status> one_job(int number) {
  const Result<int> answer = co_await blocking_wait("shared", [number] { return number * 2; });
  if (!answer) co_return answer.error();
  EXPECT_EQ(*answer, number * 2);
  co_return ok();
}

Task<Status> many_jobs() {
  std::vector<Task<Status>> jobs;
  for (int i = 0; i < kJobs; ++i) jobs.push_back(one_job(i));
  const std::vector<Status> ended = co_await troupe::all_of(std::move(jobs));
  for (const Status& status : ended) {
    if (!status) co_return status;
  }
  co_return ok();
}

TEST_P(BlockingSystemTest, CoresShareThePools) {
  System system(options());
  run_in(system, [](Root root) -> Task<Status> {
    std::vector<Task<Status>> all;
    for (unsigned core = 0; core < root.cores(); ++core) {
      all.push_back([](Root from, unsigned on) -> Task<Status> {
        const Status ended = co_await from.on_core(on, many_jobs);
        co_return ended;
      }(root, core));
    }
    const std::vector<Status> ended = co_await troupe::all_of(std::move(all));
    for (const Status& status : ended) EXPECT_TRUE(status.ok());
    co_return ok();
  });
  const io::PoolCounters& counters = counters_of(system, "shared");
  EXPECT_EQ(counters.done, std::uint64_t{kJobs} * system.cores());
  EXPECT_EQ(counters.submitted, counters.done);
  EXPECT_EQ(counters.queued + counters.running, 0u);
  EXPECT_LE(counters.threads, 3u);
  EXPECT_EQ(counters_of(system, "default").submitted, 0u);
}

/// Waits for a job that takes its time, until it is told to stop.
Behavior waits_for_jobs(Counter::Self self, std::uint64_t) {
  for (;;) {
    auto message = co_await self.receive();
    if (message.kind() == Counter::Kind::kStop) co_return;
    // Longer than the test takes, were it not stopped; short enough to be joined at the end.
    const Status waited = co_await blocking("shared", [] {
      const timespec time{0, 30'000'000};
      nanosleep(&time, nullptr);
    });
    EXPECT_TRUE(waited.ok() || waited.error().is(Code::kStopping)) << waited.error().describe();
  }
}

TEST_P(BlockingSystemTest, AStopDoesNotWaitForJobs) {
  System system(options());
  run_in(system, [](Root root) -> Task<Status> {
    for (int i = 0; i < 4; ++i) {
      const auto counter = root.spawn<Counter>(waits_for_jobs, std::uint64_t{0});
      counter.tell().add(1);
    }
    const Status slept = co_await sleep_for(1ms);
    co_return slept;
  });
  const io::PoolCounters& counters = counters_of(system, "shared");
  EXPECT_EQ(counters.submitted, counters.done + counters.withdrawn + counters.dropped +
                                    counters.queued + counters.running);
}

TEST(BlockingSystem, TheSimulationRepeatsWithBlockingWork) {
  const auto fingerprint = [](std::uint64_t seed) {
    SystemOptions options = options_for({BackendKind::kSimulation, 3, seed});
    options.pools = {{.name = "shared", .threads = 3, .queue_max = 4}};
    System system(options);
    run_in(system, [](Root root) -> Task<Status> {
      const Status ended = co_await root.on_core(2, many_jobs);
      co_return ended;
    });
    return system.fingerprint();
  };
  for (std::uint64_t seed = 1; seed <= 20; ++seed) EXPECT_EQ(fingerprint(seed), fingerprint(seed));
}

class Lines final : public Log {
 public:
  void warning(std::string_view line) override {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(line);
  }
  std::vector<std::string> with(const std::string& text) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> found;
    for (const std::string& line : lines_) {
      if (line.find(text) != std::string::npos) found.push_back(line);
    }
    return found;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

void block_the_thread() {
  const timespec time{0, 5'000'000};
  nanosleep(&time, nullptr);
}

Behavior blocks(Counter::Self self, std::uint64_t) {
  for (;;) {
    auto message = co_await self.receive();
    if (message.kind() == Counter::Kind::kStop) co_return;
    block_the_thread();
  }
}

Task<Status> tell_one_that_blocks(Root root) {
  const auto counter = root.spawn<Counter>(blocks, std::uint64_t{0});
  for (int i = 0; i < 5; ++i) {
    counter.tell().add(1);
    const Status slept = co_await sleep_for(1ms);
    if (!slept) co_return slept;
  }
  block_the_thread();
  const Status slept = co_await sleep_for(1ms);
  co_return slept;
}

std::uint64_t blocked(const System& system) {
  std::uint64_t blocked = 0;
  for (const CoreReport& report : system.reports()) blocked += report.reactor.blocked;
  return blocked;
}

TEST(BlockingSystem, ReportsWhoBlocksACore) {
  if (!io::kDetectsBlocking) GTEST_SKIP() << "not in this build";
  Lines log;
  SystemOptions options = options_for({BackendKind::kUring, 1});
  options.node.log = &log;
  System system(options);
  run_in(system, tell_one_that_blocks);
  EXPECT_GE(blocked(system), 6u);
  const std::vector<std::string> lines = log.with("was blocked for up to");
  // The 1st, 2nd, 4th, 8th, … time: a busy machine may add some.
  ASSERT_GE(lines.size(), 3u);
  EXPECT_LE(lines.size(), 8u);
  EXPECT_FALSE(
      log.with("after \"sample.Counter\" and then awaited at actor/blocking_test.cc:").empty())
      << lines[0];
}

TEST(BlockingSystem, LooksForBlockingWhereItIsTold) {
  SystemOptions told_not = options_for({BackendKind::kUring, 1});
  told_not.node.detect_blocking = false;
  for (const SystemOptions& options : {told_not, options_for({BackendKind::kSimulation, 1})}) {
    System system(options);
    run_in(system, tell_one_that_blocks);
    EXPECT_EQ(blocked(system), 0u);
  }
}

}  // namespace
}  // namespace troupe
