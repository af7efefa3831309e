// Tests what a core may take: its share, what others do not use, its reserve; and what goes back.
#include "io/memory/core_memory.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "base/block_pool.h"

namespace troupe::io {
namespace {

constexpr std::uint64_t kPortion = MemoryBudget::kPortionBytes;
constexpr std::uint64_t kShare = 8 * kPortion;
constexpr std::uint64_t kReserve = 4 * kPortion;
// A core lends six of its eight portions.
constexpr std::uint64_t kLent = 6 * kPortion;
constexpr std::uint64_t kMost = kShare + kLent;

/// Two cores on this thread, each with a share of eight portions.
class CoreMemoryTest : public ::testing::Test {
 protected:
  CoreMemoryTest() {
    left.open();
    right.open();
  }
  ~CoreMemoryTest() override {
    for (const auto& [core, block, bytes] : taken_) core->give_back(block, bytes);
    for (CoreMemory* core : {&left, &right}) {
      const MemoryCounters counters = core->counters();
      EXPECT_EQ(counters.used, 0u);
      EXPECT_EQ(counters.borrowed, 0u) << "what is borrowed goes back";
      EXPECT_EQ(counters.lent, 0u);
      core->close();
    }
  }

  /// Null if refused; given back at the end.
  void* take(CoreMemory& core, std::size_t bytes, Need need = Need::kMayFail) {
    void* const block = core.take(bytes, need);
    if (block != nullptr) taken_.push_back({&core, block, bytes});
    return block;
  }
  void give_last_back() {
    const auto [core, block, bytes] = taken_.back();
    taken_.pop_back();
    core->give_back(block, bytes);
  }

  NodeMemory node{2, {.share = kShare, .reserve = kReserve}};
  CoreMemory& left = node.core(0);
  CoreMemory& right = node.core(1);

 private:
  struct Taken {
    CoreMemory* core;
    void* block;
    std::size_t bytes;
  };
  std::vector<Taken> taken_;
};

TEST_F(CoreMemoryTest, TheOwnShareComesFirst) {
  ASSERT_NE(take(left, kShare), nullptr);
  const MemoryCounters counters = left.counters();
  EXPECT_EQ(counters.used, kShare);
  EXPECT_EQ(counters.large, kShare) << "there is no pool";
  EXPECT_EQ(counters.peak, kShare);
  EXPECT_EQ(counters.borrowed, 0u);
  EXPECT_EQ(counters.heap_calls, 1u);
  EXPECT_EQ(right.counters().lent, 0u);
}

TEST_F(CoreMemoryTest, BeyondItAnotherCoreLends) {
  ASSERT_NE(take(left, kShare), nullptr);
  ASSERT_NE(take(left, 1), nullptr);
  EXPECT_EQ(left.counters().borrowed, kPortion);
  EXPECT_EQ(right.counters().lent, kPortion);
  EXPECT_EQ(left.counters().refusals, 0u);
  // What is lent is no longer the lender's.
  EXPECT_EQ(take(right, kShare), nullptr);
  EXPECT_EQ(right.counters().refusals, 1u);
  ASSERT_NE(take(right, kShare - kPortion), nullptr);
}

TEST_F(CoreMemoryTest, WhatIsBorrowedGoesBackFirst) {
  ASSERT_NE(take(left, kShare), nullptr);
  ASSERT_NE(take(left, 3 * kPortion), nullptr);
  EXPECT_EQ(right.counters().lent, 3 * kPortion);
  give_last_back();
  EXPECT_EQ(left.counters().borrowed, kPortion) << "one portion is kept";
  give_last_back();
  EXPECT_EQ(left.counters().borrowed, 0u);
  EXPECT_EQ(left.counters().borrowed_peak, 3 * kPortion);
  ASSERT_NE(take(right, kShare), nullptr);
  EXPECT_EQ(right.counters().borrowed, 0u) << "its whole share is there again";
}

TEST_F(CoreMemoryTest, WhatMayFailIsRefusedWhenNobodyHasAny) {
  ASSERT_NE(take(left, kMost), nullptr);
  EXPECT_EQ(take(left, 1), nullptr);
  ASSERT_NE(take(right, kShare - kLent), nullptr) << "what it does not lend";
  EXPECT_EQ(take(right, 1), nullptr);
  give_last_back();
  EXPECT_FALSE(left.tight()) << "nothing lives on the reserve yet";
  give_last_back();
  EXPECT_NE(take(right, kShare), nullptr) << "it recovers";
}

TEST_F(CoreMemoryTest, ARefusalTakesNothing) {
  EXPECT_EQ(take(left, kMost + 1), nullptr);
  EXPECT_EQ(left.counters().borrowed, 0u);
  EXPECT_EQ(right.counters().lent, 0u);
  EXPECT_NE(take(left, kMost), nullptr);
}

TEST_F(CoreMemoryTest, WhatMustNotFailUsesTheReserve) {
  ASSERT_NE(take(left, kMost), nullptr);
  EXPECT_NE(take(left, kReserve, Need::kMust), nullptr);
  EXPECT_TRUE(left.tight());
  EXPECT_FALSE(right.tight());
  ASSERT_NE(take(right, kShare - kLent), nullptr);
  EXPECT_EQ(left.counters().reserve_calls, 1u);
  EXPECT_EQ(left.counters().used, kMost + kReserve);
  EXPECT_NE(take(right, kReserve, Need::kMust), nullptr) << "each core has its own";
  give_last_back();
  give_last_back();
  give_last_back();
  EXPECT_FALSE(left.tight());
}

TEST_F(CoreMemoryTest, NothingIsTightOnceAnotherCoreGaveBudgetBack) {
  ASSERT_NE(take(left, kShare), nullptr);
  ASSERT_NE(take(right, kShare), nullptr);
  void* const control = left.take(100, Need::kMust);
  ASSERT_NE(control, nullptr);
  EXPECT_TRUE(left.tight());
  give_last_back();  // of the right one
  EXPECT_FALSE(left.tight());
  EXPECT_EQ(left.counters().borrowed, kPortion);
  left.give_back(control, 100);
}

TEST_F(CoreMemoryTest, ABlockMayBeGivenBackElsewhere) {
  void* const block = left.take(100, Need::kMust);
  right.give_back_elsewhere(0, block, 100);
  EXPECT_EQ(left.counters().used, 0u);
  EXPECT_EQ(left.counters().foreign_frees, 1u);
  EXPECT_EQ(right.counters().used, 0u);
  // Its budget is found when it is missed.
  EXPECT_NE(take(left, kMost), nullptr);
}

TEST_F(CoreMemoryTest, TheProcessEndsWithAnExplanation) {
  ASSERT_NE(take(left, kShare + kPortion), nullptr);
  ASSERT_NE(take(right, kShare - kPortion), nullptr);
  EXPECT_DEATH(
      (void)left.take(kReserve + 1, Need::kMust),
      "core 0 is out of memory: 262145 bytes for what must not fail, and the reserve is "
      "gone too. It uses 589824 bytes \\(0 in pools, 589824 in large blocks\\) of its share "
      "of 524288 \\(0 lent to other cores\\), 65536 borrowed and a reserve of 262144; the "
      "node's 2 cores have 0 unused. Raise MemoryOptions::bytes_per_core");
}

TEST(CoreMemory, ChanceRefusesWhatMayFailAlone) {
  NodeMemory node(1, {.share = kShare, .reserve = kReserve, .refuse_one_in = 2, .seed = 7});
  CoreMemory& core = node.core(0);
  core.open();
  int refused = 0;
  for (int i = 0; i < 100; ++i) {
    void* const block = core.take(10, Need::kMayFail);
    refused += block == nullptr ? 1 : 0;
    if (block != nullptr) core.give_back(block, 10);
    void* const other = core.take(10, Need::kMust);
    ASSERT_NE(other, nullptr);
    core.give_back(other, 10);
  }
  EXPECT_GT(refused, 20);
  EXPECT_LT(refused, 80);
  EXPECT_EQ(core.counters().refusals, static_cast<std::uint64_t>(refused));
  core.close();
}

TEST(CoreMemory, PoolsShareOneBudget) {
  NodeMemory node(1, {.share = kShare, .reserve = kReserve});
  CoreMemory& core = node.core(0);
  core.open();
  {
    BlockPool blocks(core);
    BlockPool messages(core);
    std::vector<void*> taken;
    while (void* const block = messages.try_allocate(100)) taken.push_back(block);
    EXPECT_GT(taken.size() * 100, kShare / 2);
    EXPECT_EQ(blocks.try_allocate(3000), nullptr);
    void* const control = blocks.allocate(100);
    EXPECT_TRUE(core.tight());
    EXPECT_EQ(messages.try_allocate(100), nullptr) << "the reserve is not for messages";
    blocks.free(control, 100);
    for (void* const block : taken) messages.free(block, 100);
    EXPECT_LE(core.counters().used, kShare + BlockPool::kChunkBytesMin);
  }
  EXPECT_EQ(core.counters().used, 0u);
  core.close();
}

TEST(CoreMemory, BudgetIsNeitherLostNorMadeAmongThreads) {
  // Each thread is a core that takes more than its share and hands blocks to the next one.
  constexpr unsigned kCores = 3;
  NodeMemory node(kCores, {.share = kShare, .reserve = kReserve});
  const auto run = [&node](unsigned index) {
    CoreMemory& core = node.core(index);
    core.open();
    Random random(index);
    std::vector<std::pair<void*, std::size_t>> taken;
    for (int step = 0; step < 20'000; ++step) {
      const std::size_t bytes = 1 + random.below(kPortion);
      if (random.one_in(2) && taken.size() < 40) {
        void* const block = core.take(bytes, Need::kMayFail);
        if (block != nullptr) taken.emplace_back(block, bytes);
      } else if (!taken.empty()) {
        core.give_back(taken.back().first, taken.back().second);
        taken.pop_back();
      }
    }
    for (const auto& [block, bytes] : taken) {
      // As another core would: the accounts of both are at work meanwhile.
      node.core((index + 1) % kCores).give_back_elsewhere(index, block, bytes);
    }
    core.close();
  };
  std::vector<std::thread> threads;
  for (unsigned index = 0; index < kCores; ++index) threads.emplace_back(run, index);
  for (std::thread& thread : threads) thread.join();
  MemoryCounters total;
  for (unsigned index = 0; index < kCores; ++index) total += node.core(index).counters();
  EXPECT_EQ(total.used, 0u);
  EXPECT_EQ(total.lent, total.borrowed);
  EXPECT_GT(total.borrowed_peak, 0u);
}

TEST(CoreMemory, OptionsHaveLimits) {
  EXPECT_EQ(settings_of({}, 12345)->share, 12345u);
  EXPECT_EQ(settings_of({.bytes_per_core = kCoreMemoryMin}, 1)->share, kCoreMemoryMin);
  EXPECT_TRUE(settings_of({.bytes_per_core = 1000}, 1).error().is(Code::kInvalidArgument));
  EXPECT_TRUE(settings_of({.reserve_bytes = 1000}, 1).error().is(Code::kInvalidArgument));
}

}  // namespace
}  // namespace troupe::io
