// Mailboxes and lanes when they are full: every message handled, or dropped for a counted reason.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <vector>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"
#include "base/scope.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Watcher;
using testing::options_for;
using testing::pause;
using testing::run_in;

class MailboxTest : public ::testing::TestWithParam<testing::RunOn> {};

std::uint64_t dropped(const System& system, DropReason reason) {
  return system.ledger().dropped[static_cast<std::size_t>(reason)];
}

/// Tells itself three things, and notes how many wait before it takes each of them.
Behavior counts_what_waits(Counter::Self self, std::vector<std::uint32_t>* waiting) {
  for (int i = 0; i < 3; ++i) self.ref().tell().add(1);
  while (self.queued() > 0) {
    waiting->push_back(self.queued());
    auto msg = co_await self.receive();
    if (msg.kind() != Counter::Kind::kAdd) co_return;
  }
}

TEST_P(MailboxTest, KnowsWhatWaits) {
  System system(options_for(GetParam()));
  std::vector<std::uint32_t> waiting;
  run_in(
      system,
      [](Root root, std::vector<std::uint32_t>* noted) -> Task<Status> {
        root.spawn<Counter>(counts_what_waits, noted);
        auto slept = co_await sleep_for(1ms);
        co_return slept;
      },
      &waiting);
  EXPECT_EQ(waiting, (std::vector<std::uint32_t>{3, 2, 1}));
}

TEST_P(MailboxTest, RejectsBeyondItsLimit) {
  SystemOptions options = options_for(GetParam());
  options.node.mailbox_messages_max = 10;
  System system(options);
  run_in(system, [](Root root) -> Task<Status> {
    auto counter = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    for (int i = 0; i < 25; ++i) counter.tell().add(1);
    auto full = counter.try_tell().add(1);
    EXPECT_TRUE(full.error().is(Code::kMailboxFull));
    EXPECT_EQ(full.error().detail(), 10u);
    auto refused = co_await counter.ask(within(10s)).total();
    EXPECT_TRUE(refused.error().is(Code::kMailboxFull));
    auto yielded = co_await yield();
    auto total = co_await counter.ask(within(10s)).total();
    EXPECT_EQ(total->value(), 10u);
    auto taken = counter.try_tell().add(1);
    EXPECT_TRUE(taken.ok());
    co_return yielded;
  });
  EXPECT_EQ(dropped(system, DropReason::kMailboxFull), 16u);
}

TEST_P(MailboxTest, DropsTheOldestIfTheContractSaysSo) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto watcher = root.spawn<Watcher>(sample::watcher);  // capacity 4, drop_oldest
    for (std::uint64_t i = 1; i <= 10; ++i) watcher.tell().note(i);
    auto yielded = co_await yield();
    auto notes = co_await watcher.ask(within(10s)).notes();
    EXPECT_EQ(notes->count(), 4u);
    EXPECT_EQ(notes->last(), 10u);
    co_return yielded;
  });
  EXPECT_EQ(dropped(system, DropReason::kDisplaced), 6u);
}

TEST_P(MailboxTest, TellOrWaitLosesNothing) {
  SystemOptions options = options_for(GetParam());
  options.node.mailbox_messages_max = 3;
  System system(options);
  run_in(system, [](Root root) -> Task<Status> {
    auto counter = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    const auto flood = [](Ref<Counter> to) -> Task<Status> {
      for (int i = 0; i < 500; ++i) {
        auto told = co_await to.tell_or_wait().add(1);
        if (!told) co_return told;
      }
      co_return ok();
    };
    auto told = co_await all_of(flood(counter), flood(counter), flood(counter));
    EXPECT_TRUE(std::get<0>(told).ok() && std::get<1>(told).ok() && std::get<2>(told).ok());
    auto settled = co_await sleep_for(1ms);
    auto total = co_await counter.ask(within(10s)).total();
    EXPECT_EQ(total->value(), 1500u);
    counter.stop();
    auto gone = co_await counter.ask(within(10s)).total();
    EXPECT_TRUE(gone.has_error());
    auto nobody = co_await counter.tell_or_wait().add(1);
    EXPECT_TRUE(nobody.has_error());
    auto refused = counter.try_tell().add(1);
    EXPECT_TRUE(refused.has_error());
    co_return settled;
  });
  EXPECT_EQ(system.ledger().dropped_total(), 1u);  // the ask that met the stop
}

INSTANTIATE_TEST_SUITE_P(Everywhere, MailboxTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

class LaneTest : public ::testing::TestWithParam<testing::RunOn> {};

Task<Ref<Counter>> spawn_counter() {
  co_return Root().spawn<Counter>(sample::counter, std::uint64_t{0});
}

TEST_P(LaneTest, AMillionTellsToAnotherCoreLoseNothing) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto counter = co_await root.on_core(1, spawn_counter);
    for (int i = 0; i < 1'000'000; ++i) counter.tell().add(1);
    auto total = co_await counter.ask(within(1h)).total();
    EXPECT_EQ(total->value(), 1'000'000u);
    co_return ok();
  });
  EXPECT_EQ(system.ledger().dropped_total(), 0u);
  if (GetParam().backend == BackendKind::kSimulation) {  // on threads the other core may keep up
    EXPECT_GT(system.reports()[0].spilled_frames, 0u) << "the ring was never full";
  }
}

/// Keeps its core from looking into its lanes until it is told.
Task<> occupy(std::atomic<bool>* occupied, const std::atomic<bool>* told) {
  occupied->store(true);
  while (!told->load()) {
  }
  co_return;
}
Task<> occupy_core_1(std::atomic<bool>* occupied, const std::atomic<bool>* told) {
  co_await on_core(1, occupy, occupied, told);
}

TEST_P(LaneTest, BeyondTheBudgetTellsAreDroppedAndCounted) {
  SystemOptions options = options_for(GetParam());
  options.node.lanes.user_ring_bytes = 8192;
  options.node.lanes.control_ring_bytes = 8192;
  options.node.lanes.spill_bytes_max = 16384;
  System system(options);
  const bool on_threads = GetParam().backend != BackendKind::kSimulation;
  run_in(
      system,
      [](Root root, bool threads) -> Task<Status> {
        auto counter = co_await root.on_core(1, spawn_counter);
        // In simulation the other core stands still while this one runs.
        std::atomic<bool> occupied = !threads;
        std::atomic<bool> told = false;
        Scope scope;
        if (threads) co_await scope.start(occupy_core_1(&occupied, &told));
        while (!occupied) co_await pause(1ms);
        for (int i = 0; i < 10'000; ++i) counter.tell().add(1);
        auto refused = counter.try_tell().add(1);
        EXPECT_TRUE(refused.error().is(Code::kLaneFull));
        told = true;
        const ScopeEnd left = co_await scope.join();
        EXPECT_TRUE(left.ok());
        // Waits for room; the total arrives behind everything that was taken.
        auto total = co_await counter.ask(within(1h)).total();
        EXPECT_TRUE(total.ok());
        EXPECT_GT(total->value(), 100u);
        EXPECT_LT(total->value(), 10'000u);
        EXPECT_EQ(total->value() + Core::current().ledger.dropped_total(), 10'000u);
        // What exceeds the whole budget is refused at once: waiting for room would be for ever.
        const std::vector<std::byte> data(20'000);
        auto oversized = co_await counter.ask(within(1h)).echo(data);
        EXPECT_TRUE(oversized.error().is(Code::kLaneFull)) << oversized.error().describe();
        co_return ok();
      },
      on_threads);
  EXPECT_GT(dropped(system, DropReason::kLaneFull), 0u);
}

INSTANTIATE_TEST_SUITE_P(TwoCores, LaneTest,
                         ::testing::Values(testing::RunOn{BackendKind::kUring, 2},
                                           testing::RunOn{BackendKind::kSimulation, 2}),
                         testing::name_of);

}  // namespace
}  // namespace troupe
