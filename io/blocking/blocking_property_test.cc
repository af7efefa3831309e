// Tests blocking work in simulation over many seeds: runs repeat, and nothing gets lost.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/combine.h"
#include "io/blocking/blocking.h"
#include "io/sim/sim_engine.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

struct Outcome {
  std::string trace;  // what ended when
  unsigned called = 0;
  unsigned given = 0;
  unsigned overloaded = 0;
  unsigned ended_early = 0;
  PoolCounters counters;
};

std::string number(std::int64_t value) { return std::to_string(value) + " "; }

Task<void> one_job(Outcome* outcome, unsigned index) {
  CoreContext& core = CoreContext::current();
  const Status slept =
      co_await sleep_for(Duration(static_cast<std::int64_t>(core.random.below(900'000))));
  if (!slept) co_return;
  Deadline deadline = kNoDeadline;
  if (core.random.one_in(2)) {
    deadline = within(Duration(static_cast<std::int64_t>(core.random.below(800'000))));
  }
  const Result<unsigned> result = co_await blocking(
      "jobs",
      [outcome, index] {
        ++outcome->called;
        return index;
      },
      deadline);
  outcome->trace += number(index) + number(core.now().time_since_epoch().count());
  if (result) {
    EXPECT_EQ(*result, index);
    ++outcome->given;
  } else if (result.error().is(Code::kOverloaded)) {
    ++outcome->overloaded;
  } else {
    ++outcome->ended_early;
  }
}

Task<void> for_a_while(Outcome* outcome, unsigned index, std::uint64_t wait) {
  auto first = co_await troupe::first_of(one_job(outcome, index),
                                         sleep_for(Duration(static_cast<std::int64_t>(wait))));
  EXPECT_LE(first.index(), 1u);
}

Outcome run_jobs(std::uint64_t seed) {
  Outcome outcome;
  SimOptions options;
  options.seed = seed;
  options.pools = {{.name = "jobs", .threads = 3, .queue_max = 6}};
  const Status ran = run_simulated(
      [&outcome](Strand&) -> Task<void> {
        std::vector<Task<void>> tasks;
        for (unsigned i = 0; i < 30; ++i) {
          tasks.push_back(for_a_while(&outcome, i, CoreContext::current().random.below(3'000'000)));
        }
        auto ended = co_await troupe::all_of(std::move(tasks));
        (void)ended;
        // What was abandoned ends too.
        const Status slept = co_await sleep_for(100ms);
        EXPECT_TRUE(slept.ok());
        outcome.counters = Reactor::current().pools()->find("jobs")->counters();
      },
      options);
  EXPECT_TRUE(ran.ok()) << "seed " << seed;
  return outcome;
}

TEST(BlockingProperty, EveryJobEndsInOneWayAndIsCounted) {
  Outcome all;
  std::set<std::string> traces;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Outcome run = run_jobs(seed);
    const PoolCounters& counters = run.counters;
    EXPECT_EQ(counters.queued + counters.running, 0u);
    EXPECT_EQ(counters.submitted, counters.done + counters.withdrawn) << "seed " << seed;
    EXPECT_EQ(run.called, counters.done);
    EXPECT_EQ(run.given, counters.done - counters.abandoned) << "seed " << seed;
    EXPECT_EQ(run.overloaded, counters.rejected);
    EXPECT_LE(counters.queued_most, 6u);
    EXPECT_EQ(run.trace, run_jobs(seed).trace) << "seed " << seed;
    traces.insert(run.trace);
    all.given += run.given;
    all.overloaded += run.overloaded;
    all.counters.abandoned += counters.abandoned;
    all.counters.withdrawn += counters.withdrawn;
  }
  EXPECT_EQ(traces.size(), 300u);
  // Each way happened.
  EXPECT_GT(all.given, 0u);
  EXPECT_GT(all.overloaded, 0u);
  EXPECT_GT(all.counters.abandoned, 0u);
  EXPECT_GT(all.counters.withdrawn, 0u);
}

}  // namespace
}  // namespace troupe::io
