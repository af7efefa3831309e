// Asks in a circle, and handlers beside each other, over many seeds.
#include <gtest/gtest.h>

#include <cstdint>

#include "tests/asks/asks.h"

namespace troupe::testing {
namespace {

constexpr std::uint64_t kSeeds = 300;

TEST(AskCircleSeedsTest, JustTheAsksThatCloseACircleAreRefused) {
  std::uint64_t refused = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const AsksRun run = run_walks(seed, false);
    ASSERT_EQ(run.problem, "") << "seed " << seed;
    refused += run.refused;
  }
  EXPECT_GT(refused, 1000u) << "the walks do not meet what they are for";
}

TEST(AskCircleSeedsTest, WithCallChainReentrancyAllAreAnswered) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const AsksRun run = run_walks(seed, true);
    ASSERT_EQ(run.problem, "") << "seed " << seed;
  }
}

TEST(ReentrySeedsTest, NobodyRunsBesideWhoExcludesItAndNobodyBeginsOutOfTurn) {
  std::uint64_t answered = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const AsksRun run = run_desk(seed);
    ASSERT_EQ(run.problem, "") << "seed " << seed;
    answered += run.answered;
  }
  EXPECT_GT(answered, 10'000u);
}

}  // namespace
}  // namespace troupe::testing
