// Both directions of a lane flooded at once, mailboxes full: every ask is answered, control
// arrives.
#include <gtest/gtest.h>

#include <memory>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Watcher;

struct Counts {
  std::uint64_t answered = 0;
  std::uint64_t refused = 0;
};

/// Tells and asks `to` as fast as it can; counts how each ask ended.
Task<Counts> flood(Ref<Counter> to) {
  Counts counts;
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < 40; ++i) to.tell().add(1);
    std::vector<Ask<Counter::TotalReply>> asks;
    for (int i = 0; i < 10; ++i) asks.push_back(to.ask(within(1h)).total());
    auto answers = co_await all_of(std::move(asks));
    for (const auto& answer : answers) {
      // The deadline is an hour away: an answer that is lost would hang the simulation until then.
      if (answer) {
        ++counts.answered;
      } else if (answer.error().is(Code::kMailboxFull) || answer.error().is(Code::kCancelled)) {
        ++counts.refused;
      }
    }
  }
  co_return counts;
}

Task<Ref<Counter>> spawn_counter() {
  co_return Root().spawn<Counter>(sample::counter, std::uint64_t{0});
}

class FloodTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(FloodTest, EveryAskIsAnsweredAndControlArrives) {
  SystemOptions options = testing::options_for({BackendKind::kSimulation, 2, GetParam()});
  options.node.lanes.user_ring_bytes = 8192;
  options.node.lanes.control_ring_bytes = 8192;
  options.node.lanes.spill_bytes_max = 4096;
  options.node.mailbox_messages_max = 4;
  options.simulation.publish_delay_one_in = 3;
  System system(options);
  testing::run_in(system, [](Root root) -> Task<Status> {
    auto near = co_await spawn_counter();
    auto far = co_await root.on_core(1, spawn_counter);
    auto watcher = root.spawn<Watcher>(sample::watcher);
    watcher.tell().observe(far);
    auto noted = co_await watcher.ask(within(1h)).notes();
    EXPECT_TRUE(noted.ok());

    const Time start = root.now();
    const auto there = [](Root from, Ref<Counter> to) -> Task<Counts> {
      co_return co_await from.on_core(1, flood, to);
    };
    auto counts = co_await all_of(flood(far), flood(far), there(root, near), there(root, near));
    const Counts all[] = {std::get<0>(counts), std::get<1>(counts), std::get<2>(counts),
                          std::get<3>(counts)};
    for (const Counts& each : all) EXPECT_EQ(each.answered + each.refused, 600u);
    EXPECT_LT(root.now() - start, 1s) << "something waited for a deadline";

    // The mailbox and the lane are full of tells when the stop is sent.
    for (int i = 0; i < 1000; ++i) far.tell().add(1);
    far.stop();
    auto end = co_await watcher.ask(within(1s)).next_end();
    EXPECT_TRUE(end.ok());
    co_return ok();
  });
  EXPECT_GT(system.ledger().dropped[static_cast<std::size_t>(DropReason::kMailboxFull)], 0u);
  EXPECT_GT(system.reports()[0].spilled_frames, 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, FloodTest, ::testing::Range(std::uint64_t{1}, std::uint64_t{41}));

}  // namespace
}  // namespace troupe
