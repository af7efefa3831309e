// Ctrl-C at any moment of the bank, over 400 seeds: what is under way is settled, what was not
// started is named, money is conserved. A main whose awaits a signal ends is not enough for that.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "tests/bank_simulation.h"

namespace troupe::tests {
namespace {

std::uint64_t rows_in(const std::vector<bank::RowRange>& ranges) {
  std::uint64_t rows = 0;
  for (const bank::RowRange& range : ranges) rows += range.last - range.first + 1;
  return rows;
}

TEST(BankSignalSimulation, FourHundredSeedsSettleWhatIsUnderWayAtAnyMoment) {
  unsigned interrupted = 0;
  unsigned told_in_vain = 0;
  unsigned settled_later = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    // Few at once, so that most are not started for most of the time.
    BankRunOptions how;
    how.concurrency = 4 + static_cast<unsigned>(seed % 48);
    const BankRun whole = run_simulated_bank(seed, how);
    ASSERT_EQ(whole.problem, "") << "seed " << seed;
    // From the first transfer to the midst of the proof; more often early, when most transfers are
    // yet to be started.
    Random random(seed * 7919);
    const auto bound = static_cast<std::uint64_t>(whole.summary.elapsed.count()) * 5 / 4;
    how.signal_after = Duration(static_cast<std::int64_t>(random.below(bound >> seed % 4)));
    const BankRun run = run_simulated_bank(seed, how);
    ASSERT_EQ(run.problem, "") << "seed " << seed << ", signal after " << how.signal_after->count()
                               << " ns";
    ASSERT_EQ(rows_in(run.summary.not_started_rows), run.summary.not_started);
    // At most one range per core: whoever reads them can work with them.
    ASSERT_LE(run.summary.not_started_rows.size(), 4u);
    if (run.summary.not_started != 0) {
      ++interrupted;
      if (run.summary.repeated != 0) ++settled_later;
      ASSERT_LE(run.summary.elapsed, whole.summary.elapsed * 2) << "seed " << seed;
    } else {
      ++told_in_vain;
    }
  }
  std::printf("%u interrupted, %u of them settled later, %u told in vain\n", interrupted,
              settled_later, told_in_vain);
  // The signals came where it hurts, or they prove nothing.
  EXPECT_GT(interrupted, 150u);
  EXPECT_GT(told_in_vain, 10u);
  EXPECT_GT(settled_later, 50u) << "no outcome was open when the signal came";
}

TEST(BankSignalSimulation, ASignalAtOnceLeavesAllButTheFirstTransfers) {
  BankRunOptions how;
  how.concurrency = 5;
  how.signal_after = Duration(0);
  const BankRun run = run_simulated_bank(3, how);
  EXPECT_EQ(run.problem, "");
  EXPECT_EQ(run.signal, 15);
  // Core 0 starts its first as main starts; the others never start one.
  EXPECT_LE(run.summary.applied + run.summary.refused, how.concurrency);
}

TEST(BankSignalSimulation, TheSameSignalGivesTheSameTraceByteForByte) {
  BankRunOptions how;
  how.with_trace = true;
  const BankRun whole = run_simulated_bank(5, how);
  how.signal_after = std::chrono::microseconds(300);
  const BankRun first = run_simulated_bank(5, how);
  EXPECT_NE(first.signal, 0);
  EXPECT_TRUE(first.trace == run_simulated_bank(5, how).trace);
  EXPECT_TRUE(first.trace != whole.trace);
}

}  // namespace
}  // namespace troupe::tests
