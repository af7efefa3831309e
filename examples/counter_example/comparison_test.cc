// All ways give the same answers; only actors send messages, and only they can fail.
#include "examples/counter_example/comparison.h"

#include <gtest/gtest.h>

#include "actor/testing/runs.h"
#include "examples/counter_example/card_number.h"
#include "examples/counter_example/checker.h"

namespace counter_example {
namespace {

using namespace std::chrono_literals;
using troupe::Code;
using troupe::Root;
using troupe::Status;
using troupe::System;
using troupe::Task;
using troupe::within;
using troupe::testing::options_for;
using troupe::testing::run_in;
using troupe::testing::RunOn;

TEST(CardNumber, TheCheckDigitDecides) {
  EXPECT_TRUE(well_formed("4539578763621486"));
  EXPECT_FALSE(well_formed("4539578763621487"));
  EXPECT_FALSE(well_formed("4539578763621468"));  // two digits in each other's place
  EXPECT_TRUE(well_formed("000000000000"));
  EXPECT_TRUE(well_formed("0000000000000000000"));
}

TEST(CardNumber, OnlyDigitsAndNeitherFewNorMany) {
  EXPECT_FALSE(well_formed(""));
  EXPECT_FALSE(well_formed("00000000000"));
  EXPECT_FALSE(well_formed("00000000000000000000"));
  EXPECT_FALSE(well_formed("4539 5787 6362 1486"));
  EXPECT_FALSE(well_formed("453957876362148x"));
  EXPECT_FALSE(well_formed("45395787636214\xff\x30"));
}

class ComparisonTest : public ::testing::TestWithParam<RunOn> {};

TEST_P(ComparisonTest, AllWaysAgreeAndOnlyActorsSend) {
  ComparisonOptions options;
  options.calls = 5000;
  options.rounds = 2;
  Comparison comparison;
  System system(options_for(GetParam()));
  run_in(system, compare, options, &comparison);
  const unsigned cores = system.cores();

  ASSERT_EQ(comparison.alone.size(), cores == 1 ? 3u : 4u);
  const std::uint64_t expected = comparison.alone.front().well_formed;
  EXPECT_GT(expected, 0u);
  EXPECT_LT(expected, options.calls);
  for (const Cost& cost : comparison.alone) {
    EXPECT_EQ(cost.calls, options.calls);
    EXPECT_EQ(cost.well_formed, expected) << cost.way;
  }
  // Of askers that share the calls out, each begins with the first number: the counts differ a bit.
  ASSERT_EQ(comparison.all_cores.size(), 2u);
  EXPECT_EQ(comparison.all_cores.front().well_formed, expected * cores);
  EXPECT_EQ(comparison.all_cores.back().calls, options.calls * cores);
  EXPECT_GT(comparison.all_cores.back().well_formed, 0u);

  const std::uint64_t actor_ways = comparison.alone.size() - 2;
  EXPECT_EQ(system.ledger().sent, options.rounds * options.calls * (actor_ways + cores));
  EXPECT_EQ(system.ledger().dropped_total(), 0u);
}

TEST_P(ComparisonTest, AnActorCanBeGoneAndAFunctionCannot) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    const auto actor = root.spawn<Checker>(checker);
    auto answer = co_await actor.ask(within(10s)).check("4539578763621486");
    EXPECT_TRUE(answer.ok());
    EXPECT_TRUE(answer->valid());
    auto ended = co_await troupe::graceful_stop(actor, within(10s));
    EXPECT_TRUE(ended.ok());
    auto nobody = co_await actor.ask(within(10s)).check("4539578763621486");
    EXPECT_TRUE(nobody.error().is(Code::kNoSuchActor));
    EXPECT_TRUE(well_formed("4539578763621486"));
    co_return troupe::ok();
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, ComparisonTest,
                         ::testing::ValuesIn(troupe::testing::kEverywhere),
                         troupe::testing::name_of);

}  // namespace
}  // namespace counter_example
