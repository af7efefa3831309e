// Tests pools on a source with a limit: what is refused, what uses the reserve, what is given back.
#include "base/memory_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "base/block_pool.h"
#include "base/random.h"

namespace troupe {
namespace {

#if defined(TROUPE_SANITIZED)
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif

/// Gives up to `limit` bytes to who may fail, anything to who must not.
class LimitedSource final : public MemorySource {
 public:
  explicit LimitedSource(std::size_t limit) : limit(limit) {}
  ~LimitedSource() override { EXPECT_EQ(used, 0u) << "not given back"; }

  void* take(std::size_t bytes, Need need) override {
    if (need == Need::kMayFail && used + bytes > limit) {
      if (!trims || trim().chunks == 0 || used + bytes > limit) return nullptr;
    }
    used += bytes;
    tight_ = used > limit;
    return ::operator new(bytes);
  }
  void give_back(void* block, std::size_t bytes) override {
    used -= bytes;
    tight_ = used > limit;
    ::operator delete(block);
  }
  void give_back_elsewhere(unsigned, void* block, std::size_t bytes) override {
    give_back(block, bytes);
  }
  MemoryCounters counters() const override {
    return MemoryCounters{.used = used, .reserved = reserved_bytes()};
  }
  Trimmed trim() { return trim_pools(); }
  bool relieve() override { return false; }

  std::size_t limit;
  std::size_t used = 0;
  bool trims = false;
};

std::vector<void*> take_all(BlockPool& pool, std::size_t bytes) {
  std::vector<void*> taken;
  while (void* const block = pool.try_allocate(bytes)) taken.push_back(block);
  return taken;
}
void give_all(BlockPool& pool, const std::vector<void*>& taken, std::size_t bytes) {
  for (void* const block : taken) pool.free(block, bytes);
}

TEST(MemorySource, WhatMayFailEndsAtTheLimit) {
  LimitedSource source(1 << 20);
  BlockPool pool(source);
  for (const std::size_t bytes : {std::size_t{64}, std::size_t{4096}, std::size_t{20'000}}) {
    const std::vector<void*> taken = take_all(pool, bytes);
    EXPECT_LE(source.used, source.limit);
    // Down to the smallest chunk, or to one more block.
    EXPECT_GT(source.used, source.limit - std::max(bytes, BlockPool::kChunkBytesMin));
    EXPECT_GT(taken.size() * bytes, source.limit / 10 * 7) << bytes;
    EXPECT_EQ(pool.try_allocate(bytes), nullptr);
    give_all(pool, taken, bytes);
    source.trim();
    EXPECT_EQ(source.used, 0u) << bytes;
  }
}

TEST(MemorySource, WhatMustNotFailGoesOnInSmallChunks) {
  LimitedSource source(1 << 20);
  BlockPool pool(source);
  BlockPool other(source);
  const std::vector<void*> taken = take_all(pool, 64);
  const std::size_t full = source.used;
  void* const block = other.allocate(64);
  ASSERT_NE(block, nullptr);
  if (kPooled) EXPECT_EQ(source.used, full + BlockPool::kChunkBytesMin);
  EXPECT_TRUE(source.tight());
  other.free(block, 64);
  give_all(pool, taken, 64);
}

TEST(MemorySource, WhollyFreeChunksGoBack) {
  if (!kPooled) GTEST_SKIP() << "sanitized: every block is a heap block";
  LimitedSource source(16 << 20);
  BlockPool pool(source);
  const std::vector<void*> taken = take_all(pool, 100);
  void* const kept = taken[taken.size() / 2];
  for (void* const block : taken) {
    if (block != kept) pool.free(block, 100);
  }
  EXPECT_GT(source.trim().chunks, 10u);
  EXPECT_LE(pool.reserved_bytes(), BlockPool::kChunkBytesMax) << "all but the chunk of that one";
  EXPECT_EQ(pool.reserved_bytes(), source.used);
  EXPECT_EQ(source.counters().reserved, source.used);
  EXPECT_EQ(source.trim().chunks, 0u);
  // Those left are still a list of distinct blocks.
  std::vector<void*> again = take_all(pool, 100);
  EXPECT_EQ(again.size() + 1, taken.size());
  again.push_back(kept);
  std::ranges::sort(again);
  EXPECT_EQ(std::ranges::adjacent_find(again), again.end());
  give_all(pool, again, 100);
}

TEST(MemorySource, AChunkOfOneClassBecomesOneOfAnother) {
  if (!kPooled) GTEST_SKIP() << "sanitized: every block is a heap block";
  LimitedSource source(1 << 20);
  source.trims = true;
  BlockPool messages(source);
  BlockPool blocks(source);
  const std::vector<void*> small = take_all(messages, 64);
  EXPECT_EQ(messages.try_allocate(2000), nullptr);
  give_all(messages, small, 64);
  const std::vector<void*> large = take_all(messages, 2000);
  EXPECT_GT(large.size() * 2000, source.limit / 10 * 7);
  give_all(messages, large, 2000);
  // And in the other pool of the core.
  const std::vector<void*> others = take_all(blocks, 2000);
  EXPECT_EQ(others.size(), large.size());
  give_all(blocks, others, 2000);
}

TEST(MemorySource, SpareBlocksAreCounted) {
  if (!kPooled) GTEST_SKIP() << "sanitized: every block is a heap block";
  BlockPool pool;
  EXPECT_FALSE(pool.has_spare(100, 1));
  pool.free(pool.allocate(100), 100);
  const std::size_t in_chunk = (BlockPool::kChunkBytesMin - 128) / 128;
  EXPECT_TRUE(pool.has_spare(100, in_chunk));
  EXPECT_FALSE(pool.has_spare(100, in_chunk + 3));
  EXPECT_FALSE(pool.has_spare(200, 1));
  EXPECT_FALSE(pool.has_spare(BlockPool::kPooledBytesMax + 1, 1));
}

TEST(MemorySource, TrimmingNowAndThenHarmsNothing) {
  LimitedSource source(2 << 20);
  source.trims = true;
  BlockPool pool(source);
  Random random(3);
  std::vector<std::pair<unsigned char*, std::size_t>> live;
  unsigned refused = 0;
  for (int step = 0; step < 50'000; ++step) {
    // In waves, so that chunks become free and are wanted for other sizes.
    const bool grow = (step / 5000) % 2 == 0;
    if (live.empty() || !random.one_in(grow ? 4 : 2)) {
      const std::size_t bytes = 1 + random.below((step / 10'000 + 1) * 800);
      auto* block = static_cast<unsigned char*>(pool.try_allocate(bytes));
      if (block == nullptr) {
        ++refused;
        continue;
      }
      block[0] = block[bytes - 1] = static_cast<unsigned char>(bytes * 31);
      live.emplace_back(block, bytes);
      continue;
    }
    const std::size_t index = random.below(live.size());
    const auto [block, bytes] = live[index];
    ASSERT_EQ(block[0], static_cast<unsigned char>(bytes * 31));
    ASSERT_EQ(block[bytes - 1], static_cast<unsigned char>(bytes * 31));
    pool.free(block, bytes);
    live[index] = live.back();
    live.pop_back();
    if (random.one_in(1000)) source.trim();
  }
  EXPECT_GT(refused, 0u);
  for (const auto& [block, bytes] : live) pool.free(block, bytes);
  source.trim();
  EXPECT_EQ(source.used, 0u);
}

TEST(MemorySource, CountersAddUp) {
  MemoryCounters sum{.used = 1, .peak = 5, .refusals = 2};
  sum += MemoryCounters{.used = 10, .lent = 3, .refusals = 4};
  EXPECT_EQ(sum.used, 11u);
  EXPECT_EQ(sum.peak, 5u);
  EXPECT_EQ(sum.lent, 3u);
  EXPECT_EQ(sum.refusals, 6u);
  const std::string text = MemoryCounters{.share = 8 << 20, .used = 3 << 19, .refusals = 2}.text();
  EXPECT_EQ(text.find("1.5 MiB used"), 0u) << text;
  EXPECT_NE(text.find("a share of 8;"), std::string::npos) << text;
  EXPECT_NE(text.find(" 2 refusals,"), std::string::npos) << text;
}

}  // namespace
}  // namespace troupe
