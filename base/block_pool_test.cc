// Tests the memory of a core: blocks that are large enough, aligned, apart, and used again.
#include "base/block_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "base/random.h"

namespace troupe {
namespace {

#if defined(TROUPE_SANITIZED)
constexpr bool kPooled = false;  // every block is a heap block then
#else
constexpr bool kPooled = true;
#endif

// Around each border between size classes, and of what is not pooled.
std::vector<std::size_t> border_sizes() {
  std::vector<std::size_t> sizes = {0, 1, 8, 48};
  for (std::size_t border = 32; border <= 1024; border += 32) {
    sizes.insert(sizes.end(), {border - 1, border, border + 1});
  }
  for (std::size_t border : {2048u, 4096u}) {
    sizes.insert(sizes.end(), {border - 1, border, border + 1});
  }
  sizes.insert(sizes.end(), {std::size_t{100'000}, std::size_t{1} << 20});
  return sizes;
}

TEST(BlockPool, BlocksAreAlignedAndLargeEnough) {
  BlockPool pool;
  for (std::size_t size : border_sizes()) {
    std::vector<void*> blocks;
    for (int i = 0; i < 8; ++i) {
      void* block = pool.allocate(size);
      const bool pooled = kPooled && size <= BlockPool::kPooledBytesMax;
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % (pooled ? 32 : 16), 0u) << size;
      std::memset(block, i, size);
      blocks.push_back(block);
    }
    for (int i = 0; i < 8; ++i) {
      const auto* bytes = static_cast<const unsigned char*>(blocks[i]);
      EXPECT_EQ(std::count(bytes, bytes + size, i), static_cast<std::ptrdiff_t>(size)) << size;
      pool.free(blocks[i], size);
    }
  }
}

TEST(BlockPool, BlocksDoNotOverlap) {
  BlockPool pool;
  Random random(1);
  std::vector<std::pair<unsigned char*, std::size_t>> live;
  for (int step = 0; step < 20'000; ++step) {
    if (live.size() < 500 || random.one_in(2)) {
      const std::size_t size = 1 + random.below(random.one_in(16) ? 20'000 : 4200);
      auto* block = static_cast<unsigned char*>(pool.allocate(size));
      // Marked at both ends with its size: whoever else holds those bytes breaks the mark.
      block[0] = block[size - 1] = static_cast<unsigned char>(size * 31);
      live.emplace_back(block, size);
      continue;
    }
    const std::size_t index = random.below(live.size());
    const auto [block, size] = live[index];
    ASSERT_EQ(block[0], static_cast<unsigned char>(size * 31));
    ASSERT_EQ(block[size - 1], static_cast<unsigned char>(size * 31));
    pool.free(block, size);
    live[index] = live.back();
    live.pop_back();
  }
  for (const auto& [block, size] : live) pool.free(block, size);
}

TEST(BlockPool, GivesTheSameBlockAgain) {
  if (!kPooled) GTEST_SKIP() << "sanitized: every block is a heap block";
  BlockPool pool;
  void* first = pool.allocate(100);
  pool.free(first, 100);
  // The most recently used is the one that the cache holds; any size of the class will do.
  EXPECT_EQ(pool.allocate(97), first);
  pool.free(first, 97);
  EXPECT_EQ(pool.allocate(128), first);
  pool.free(first, 128);
  void* other = pool.allocate(129);
  EXPECT_NE(other, first);
  pool.free(other, 129);
}

TEST(BlockPool, BlocksStayInsideTheirChunk) {
  if (!kPooled) GTEST_SKIP() << "sanitized: every block is a heap block";
  for (std::size_t size : {32u, 64u, 96u, 192u, 1024u, 2048u, 4096u}) {
    BlockPool pool;
    std::vector<std::uintptr_t> blocks;
    blocks.push_back(reinterpret_cast<std::uintptr_t>(pool.allocate(size)));
    const std::size_t chunk_bytes = pool.reserved_bytes();
    while (pool.heap_calls() == 1) {
      blocks.push_back(reinterpret_cast<std::uintptr_t>(pool.allocate(size)));
    }
    blocks.pop_back();  // of the second chunk
    const auto [first, last] = std::minmax_element(blocks.begin(), blocks.end());
    // Less, not equal: the chunk's own link takes room too.
    EXPECT_LT(*last + size - *first, chunk_bytes) << size;
  }
}

TEST(BlockPool, WastesLittle) {
  if (!kPooled) GTEST_SKIP() << "sanitized: every block is a heap block";
  for (std::size_t size : {32u, 96u, 1024u, 2048u, 4096u}) {
    BlockPool pool;
    std::size_t used = 0;
    while (used < 4 << 20) {
      pool.allocate(size);
      used += size;
    }
    EXPECT_LT(pool.reserved_bytes(), used / 10 * 11) << size;
    EXPECT_LT(pool.heap_calls(), 25u) << size;
  }
}

TEST(BlockPool, BeginsSmall) {
  if (!kPooled) GTEST_SKIP() << "sanitized: every block is a heap block";
  BlockPool pool;
  pool.free(pool.allocate(100), 100);
  EXPECT_EQ(pool.reserved_bytes(), BlockPool::kChunkBytesMin);
}

TEST(BlockPool, MakesNoHeapCallOnceWarm) {
  if (!kPooled) GTEST_SKIP() << "sanitized: every block is a heap block";
  BlockPool pool;
  std::vector<std::pair<void*, std::size_t>> live;
  const auto take_and_give = [&] {
    for (std::size_t size : border_sizes()) {
      if (size > BlockPool::kPooledBytesMax) continue;
      for (int i = 0; i < 200; ++i) live.emplace_back(pool.allocate(size), size);
    }
    for (const auto& [block, size] : live) pool.free(block, size);
    live.clear();
  };
  take_and_give();
  const std::uint64_t calls = pool.heap_calls();
  const std::size_t reserved = pool.reserved_bytes();
  EXPECT_GT(calls, 0u);
  EXPECT_GT(reserved, 0u);
  for (int round = 0; round < 10; ++round) take_and_give();
  EXPECT_EQ(pool.heap_calls(), calls);
  EXPECT_EQ(pool.reserved_bytes(), reserved);
}

TEST(BlockPool, CountsHeapCallsOfLargeBlocks) {
  BlockPool pool;
  for (int i = 1; i <= 3; ++i) {
    void* block = pool.allocate(BlockPool::kPooledBytesMax + 1);
    EXPECT_EQ(pool.heap_calls(), static_cast<std::uint64_t>(i));
    pool.free(block, BlockPool::kPooledBytesMax + 1);
  }
  EXPECT_EQ(pool.reserved_bytes(), 0u);
}

TEST(BlockPoolDeathTest, ATouchOfAFreedBlockAborts) {
#if !__has_feature(address_sanitizer)
  GTEST_SKIP() << "not under AddressSanitizer";
#endif
  for (std::size_t size : {std::size_t{8}, std::size_t{64}, BlockPool::kPooledBytesMax + 1}) {
    EXPECT_DEATH(
        {
          BlockPool pool;
          auto* block = static_cast<volatile unsigned char*>(pool.allocate(size));
          pool.free(const_cast<unsigned char*>(block), size);
          block[size - 1] = 1;
        },
        "use-after-free")
        << size;
  }
}

TEST(BlockPool, ALargeBlockMayEndInAnotherPool) {
  // What lanes hand over is a heap block: it outlives the pool that made it.
  auto* block = [] {
    BlockPool maker;
    return static_cast<unsigned char*>(maker.allocate(100'000));
  }();
  std::memset(block, 1, 100'000);
  BlockPool taker;
  taker.free(block, 100'000);
}

}  // namespace
}  // namespace troupe
