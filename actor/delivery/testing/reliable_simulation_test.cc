// At-least-once delivery with a deduplicator, over many seeds: every effect exactly once.
#include <gtest/gtest.h>

#include <cstdint>

#include "actor/delivery/testing/reliable_run.h"

namespace troupe::testing {
namespace {

TEST(ReliableSimulation, EveryEffectExactlyOnce) {
  std::uint64_t repetitions = 0;
  std::uint64_t restarts = 0;
  std::uint64_t dropped = 0;
  std::uint64_t attempts = 0;
  std::uint64_t payments = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const ReliableRun run = run_reliable(seed);
    ASSERT_EQ(run.problem, "") << "seed " << seed;
    repetitions += run.repetitions;
    restarts += run.restarts;
    dropped += run.ledger.dropped_total();
    attempts += run.attempts;
    payments += run.payments;
  }
  // There was something to overcome.
  EXPECT_GT(repetitions, 1000u);
  EXPECT_GT(restarts, 1000u);
  EXPECT_GT(dropped, 1000u);
  EXPECT_GT(attempts, payments + 1000);
}

/// The same without the part that makes it so.
TEST(ReliableSimulation, WithoutDeduplicatorSomeEffectsComeTwice) {
  unsigned twice = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const ReliableRun run = run_reliable(seed, false);
    twice += run.problem.find("twice") != std::string::npos ||
                     run.problem.find("out of order") != std::string::npos
                 ? 1
                 : 0;
  }
  EXPECT_GT(twice, 15u);
}

TEST(ReliableSimulation, ASeedIsARun) {
  for (const std::uint64_t seed : {7, 8}) {
    EXPECT_EQ(run_reliable(seed).fingerprint, run_reliable(seed).fingerprint);
  }
}

}  // namespace
}  // namespace troupe::testing
