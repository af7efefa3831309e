// Trees of actors that fail, restart and stop at random: nothing is lost, leaked or told twice.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <vector>

#include "tests/trees/trees.h"

namespace rc {
template <>
struct Arbitrary<trees::Step> {
  static Gen<trees::Step> arbitrary() {
    return gen::build<trees::Step>(gen::set(&trees::Step::kind, gen::inRange<std::uint8_t>(0, 12)),
                                   gen::set(&trees::Step::member), gen::set(&trees::Step::other),
                                   gen::set(&trees::Step::detail));
  }
};
}  // namespace rc

namespace trees {

void showValue(const Step& step, std::ostream& out) {  // NOLINT(readability-identifier-naming)
  out << "{" << int{step.kind} << "," << step.member << "," << step.other << "," << step.detail
      << "}";
}

namespace {

std::string text(const std::vector<std::string>& violations) {
  std::string all;
  for (const std::string& violation : violations) all += violation + "; ";
  return all;
}

// RapidCheck makes the steps smaller when something does not hold.
TEST(TreesProperty, NothingIsLostLeakedOrToldTwice) {
  EXPECT_TRUE(rc::check([](const std::vector<Step>& steps, std::uint64_t seed) {
    const Summary summary = run_trees(steps, seed, 1 + static_cast<unsigned>(seed % 3));
    if (!summary.violations.empty()) RC_LOG() << text(summary.violations);
    RC_ASSERT(summary.violations.empty());
  }));
}

TEST(TreesProperty, ManyStepsHoldToo) {
  Summary all;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Summary summary = run_trees(random_steps(seed, 400), seed, 1 + seed % 3);
    ASSERT_TRUE(summary.violations.empty()) << "seed " << seed << ": " << text(summary.violations);
    all.members += summary.members;
    all.behaviors += summary.behaviors;
    all.dropped += summary.dropped;
    all.watches_told += summary.watches_told;
  }
  // It is about something.
  EXPECT_GT(all.members, 1000u);
  EXPECT_GT(all.behaviors, all.members + 1000);
  EXPECT_GT(all.dropped, 1000u);
  EXPECT_GT(all.watches_told, 100u);
}

TEST(TreesProperty, TheSameSeedIsTheSameRun) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const std::vector<Step> steps = random_steps(seed, 200);
    EXPECT_EQ(run_trees(steps, seed, 3).fingerprint, run_trees(steps, seed, 3).fingerprint);
  }
}

}  // namespace
}  // namespace trees
