// Nobody starves and no neighbours eat at once: everywhere, and over seeds. And: what deadlocks.
#include "examples/philosophers/dinner.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <vector>

#include "actor/testing/runs.h"

namespace philosophers {
namespace {

using namespace std::chrono_literals;
using troupe::BackendKind;
using troupe::System;
using troupe::testing::options_for;
using troupe::testing::run_in;
using troupe::testing::RunOn;

/// Who eats now. Neighbours never do at once: each would hold the fork between them.
class Forbidden {
 public:
  explicit Forbidden(std::uint32_t seats) : eats_(seats) {}

  void note(std::uint32_t seat, bool eats) {
    // Sequentially consistent, all of them: of two neighbours that both eat, one sees the other.
    eats_[seat].store(eats);
    const std::size_t seats = eats_.size();
    if (!eats) return;
    meals_.fetch_add(1);
    if (eats_[(seat + 1) % seats].load() || eats_[(seat + seats - 1) % seats].load()) {
      clashes_.fetch_add(1);
    }
  }
  int clashes() const { return clashes_.load(); }
  int meals() const { return meals_.load(); }

 private:
  std::vector<std::atomic<bool>> eats_;
  std::atomic<int> clashes_ = 0;
  std::atomic<int> meals_ = 0;
};

DinnerOptions small_dinner(Manner manner, Forbidden* forbidden) {
  DinnerOptions options;
  options.seats = 5;
  options.meals = 30;
  options.manner = manner;
  options.observer = [forbidden](std::uint32_t seat, bool eats) { forbidden->note(seat, eats); };
  return options;
}

class DinnerTest : public ::testing::TestWithParam<RunOn> {};

TEST_P(DinnerTest, AllEatInOrder) {
  Forbidden forbidden(5);
  Evening evening;
  System system(options_for(GetParam()));
  run_in(system, dine, small_dinner(Manner::kOrdered, &forbidden), &evening);
  EXPECT_TRUE(evening.all_ate(30));
  for (const Share& share : evening.shares) EXPECT_EQ(share.gave_up, 0u);
  EXPECT_EQ(forbidden.meals(), 150);
  EXPECT_EQ(evening.forks_given, 300u);
  EXPECT_EQ(forbidden.clashes(), 0);
  EXPECT_EQ(system.ledger().dropped_total(), 0u);
}

TEST_P(DinnerTest, AllEatThoughTheyAreImpatient) {
  Forbidden forbidden(5);
  Evening evening;
  System system(options_for(GetParam()));
  DinnerOptions options = small_dinner(Manner::kImpatient, &forbidden);
  // Longer than a fork's way from core to core, or nobody ever gets two.
  if (GetParam().backend != BackendKind::kSimulation) options.impatience = 20ms;
  run_in(system, dine, options, &evening);
  EXPECT_TRUE(evening.all_ate(30));
  EXPECT_EQ(forbidden.clashes(), 0);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, DinnerTest, ::testing::ValuesIn(troupe::testing::kEverywhere),
                         troupe::testing::name_of);

/// One simulated dinner of eager philosophers, who hardly think. Times are virtual.
Evening simulated(std::uint64_t seed, Manner manner, std::uint32_t meals = 30) {
  Forbidden forbidden(5);
  DinnerOptions options = small_dinner(manner, &forbidden);
  options.meals = meals;
  options.think_max = 2us;
  options.reach_max = 10us;
  options.eat_max = 10us;
  options.impatience = 20us;
  options.patience = 60s;
  Evening evening;
  System system(options_for({BackendKind::kSimulation, 1 + static_cast<unsigned>(seed % 3), seed}));
  run_in(system, dine, options, &evening);
  EXPECT_EQ(forbidden.clashes(), 0) << "seed " << seed;
  return evening;
}

TEST(DinnerSimulation, OrderedNeverWaitsForEver) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Evening evening = simulated(seed, Manner::kOrdered);
    ASSERT_TRUE(evening.all_ate(30)) << "seed " << seed;
    // A deadlock would have lasted for `patience`.
    ASSERT_LT(evening.elapsed, 1s) << "seed " << seed;
  }
}

TEST(DinnerSimulation, ImpatientOnesGiveUpAndEatLater) {
  std::uint64_t gave_up = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Evening evening = simulated(seed, Manner::kImpatient);
    ASSERT_TRUE(evening.all_ate(30)) << "seed " << seed;
    ASSERT_LT(evening.elapsed, 60s) << "seed " << seed;
    for (const Share& share : evening.shares) gave_up += share.gave_up;
  }
  EXPECT_GT(gave_up, 200u) << "nobody was ever impatient: the runs prove nothing";
}

TEST(DinnerSimulation, StubbornOnesDeadlockUntilTheirPatienceEnds) {
  int deadlocks = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Evening evening = simulated(seed, Manner::kStubborn, 300);
    ASSERT_EQ(evening.shares.size(), 5u);  // even then all learn of it, and leave
    if (evening.all_ate(300)) continue;
    ++deadlocks;
    EXPECT_GE(evening.elapsed, 60s) << "seed " << seed;
  }
  EXPECT_GT(deadlocks, 25);
}

}  // namespace
}  // namespace philosophers
