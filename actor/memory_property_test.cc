// Properties of a node without memory, over seeds: every ask ends with an answer or a reason, every
// message is counted, and it goes on afterwards.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Numbered;

struct Counts {
  std::uint64_t answered = 0;
  std::uint64_t refused = 0;
};

void count(Counts& counts, const Status& status) {
  if (status) {
    ++counts.answered;
  } else if (status.error().is(Code::kOutOfMemory) || status.error().is(Code::kCancelled)) {
    ++counts.refused;  // cancelled: a sibling in all_of was refused
  }
}

/// Asks with payloads of all sizes, tells in between, and keyed actors that may not come to life.
Task<Counts> flood(Ref<Counter> to) {
  Counts counts;
  for (int round = 0; round < 40; ++round) {
    const std::size_t size = CoreContext::current().random.below(20'000);
    const std::vector<std::byte> bytes(size, std::byte{1});
    for (int i = 0; i < 100; ++i) to.tell().add(1);
    std::vector<Ask<Counter::EchoReply>> asks;
    for (int i = 0; i < 10; ++i) asks.push_back(to.ask(within(1h)).echo(bytes));
    auto answers = co_await all_of(std::move(asks));
    for (const auto& answer : answers) {
      count(counts, answer ? ok() : Status(answer.error()));
    }
    const auto number = CoreContext::current().random.below(10'000);
    auto twice = co_await Ref<Numbered>(number).ask(within(1h)).double_();
    count(counts, twice ? ok() : Status(twice.error()));
  }
  co_return counts;
}

Task<Ref<Counter>> spawn_counter() {
  co_return Root().spawn<Counter>(sample::counter, std::uint64_t{0});
}

Task<Status> flood_both(Root root, Counts* sum) {
  auto near = co_await spawn_counter();
  auto far = co_await root.on_core(1, spawn_counter);
  // By chance one of them was refused already.
  if (near == Ref<Counter>() || far == Ref<Counter>()) co_return ok();
  const Time start = root.now();
  const auto there = [](Root from, Ref<Counter> to) -> Task<Counts> {
    co_return co_await from.on_core(1, flood, to);
  };
  auto counts = co_await all_of(flood(far), flood(near), there(root, near), there(root, far));
  for (const Counts& each :
       {std::get<0>(counts), std::get<1>(counts), std::get<2>(counts), std::get<3>(counts)}) {
    EXPECT_EQ(each.answered + each.refused, 40u * 11);
    sum->answered += each.answered;
    sum->refused += each.refused;
  }
  EXPECT_LT(root.now() - start, 10s) << "something waited for a deadline";

  // All is handled: there is memory again.
  bool answered = false;
  for (int attempt = 0; attempt < 100 && !answered; ++attempt) {
    auto slept = co_await sleep_for(1ms);
    auto total = co_await far.ask(within(1h)).total();
    answered = slept.ok() && total.ok();
  }
  EXPECT_TRUE(answered) << "it did not recover";
  near.stop();
  far.stop();
  co_return ok();
}

struct Outcome {
  Counts counts;
  std::uint64_t fingerprint = 0;
  std::uint64_t dropped = 0;
};

Outcome run_once(std::uint64_t seed) {
  SystemOptions options = testing::options_for({BackendKind::kSimulation, 2, seed});
  options.simulation.memory = {.bytes_per_core = 256 * 1024 + seed % 8 * 32 * 1024,
                               .reserve_bytes = 1 << 20};
  options.simulation.refuse_memory_one_in = seed % 3 == 0 ? 8 : 0;
  options.simulation.publish_delay_one_in = 3;
  System system(options);
  system.serve<Numbered>(sample::numbered);
  Outcome run;
  testing::run_in(system, flood_both, &run.counts);
  run.fingerprint = system.fingerprint();
  run.dropped = system.ledger().dropped[static_cast<std::size_t>(DropReason::kOutOfMemory)];
  for (const CoreReport& report : system.reports()) {
    EXPECT_LE(report.memory.used, options.simulation.memory.bytes_per_core * 2 + (1 << 20));
  }
  return run;
}

class MemoryPropertyTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(MemoryPropertyTest, EveryAskEndsWithAReason) {
  const Outcome run = run_once(GetParam());
  const Outcome again = run_once(GetParam());
  EXPECT_EQ(run.fingerprint, again.fingerprint);
  EXPECT_EQ(run.dropped, again.dropped);
}

INSTANTIATE_TEST_SUITE_P(Seeds, MemoryPropertyTest,
                         ::testing::Range(std::uint64_t{1}, std::uint64_t{31}));

TEST(MemoryProperty, TheSeedsMeetBothOutcomes) {
  Outcome sum;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const Outcome run = run_once(seed);
    sum.counts.answered += run.counts.answered;
    sum.counts.refused += run.counts.refused;
    sum.dropped += run.dropped;
  }
  EXPECT_GT(sum.counts.answered, 1000u);
  EXPECT_GT(sum.counts.refused, 100u);
  EXPECT_GT(sum.dropped, 100u);
}

}  // namespace
}  // namespace troupe
