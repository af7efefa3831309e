// 200 seeds of the bank: money is conserved, each transfer applied or refused exactly once, nothing
// lost.
#include "tests/bank_simulation.h"

#include <gtest/gtest.h>

namespace troupe::tests {
namespace {

TEST(BankSimulation, TwoHundredSeedsConserveMoney) {
  Ledger total;
  std::uint64_t repeated = 0;
  std::uint64_t refused = 0;
  std::uint64_t spilled = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const BankRun run = run_simulated_bank(seed, false);
    ASSERT_EQ(run.problem, "") << "seed " << seed;
    total += run.ledger;
    repeated += run.summary.repeated;
    refused += run.summary.refused;
    spilled += run.spilled_frames;
  }
  // The runs went where it hurts, or they prove nothing.
  EXPECT_GT(repeated, 200u) << "no outcome stayed open";
  EXPECT_GT(refused, 200u);
  EXPECT_GT(spilled, 200u) << "no ring was full";
  EXPECT_GT(total.dropped[static_cast<std::size_t>(DropReason::kMailboxFull)], 200u);
}

TEST(BankSimulation, TheSameSeedGivesTheSameTraceByteForByte) {
  for (std::uint64_t seed : {1, 2, 3, 77, 1234567}) {
    const BankRun first = run_simulated_bank(seed, true);
    const BankRun second = run_simulated_bank(seed, true);
    ASSERT_GT(first.trace.size(), 10'000u);
    ASSERT_TRUE(first.trace == second.trace) << "seed " << seed;
  }
  EXPECT_NE(run_simulated_bank(1, true).trace, run_simulated_bank(2, true).trace);
}

}  // namespace
}  // namespace troupe::tests
