// Tests a core's heap, with mimalloc and without: which it is, is what the two targets differ in.
#include "io/memory/core_heap.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace troupe::io {
namespace {

#if defined(TROUPE_SANITIZED)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

TEST(CoreHeap, IsWhatTheProgramIsLinkedWith) {
  EXPECT_STREQ(CoreHeap::name(), TROUPE_EXPECTED_HEAP);
}

TEST(CoreHeap, BlocksAreWholeAndAligned) {
  CoreHeap heap;
  for (const std::size_t bytes : {1u, 100u, 16u * 1024, 256u * 1024, 5u << 20}) {
    void* const block = heap.allocate(bytes);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 16, 0u);
    std::memset(block, 1, bytes);
    CoreHeap::free(block);
  }
}

TEST(CoreHeap, BlocksMayBeFreedOnAnotherThreadAndOutliveTheHeap) {
  std::vector<void*> blocks;
  std::thread([&blocks] {
    CoreHeap heap;
    for (std::size_t bytes = 1; bytes < 1'000'000; bytes *= 3) {
      blocks.push_back(heap.allocate(bytes));
      std::memset(blocks.back(), 1, bytes);
    }
  }).join();
  for (void* const block : blocks) CoreHeap::free(block);
}

TEST(CoreHeap, SeveralLiveOnOneThread) {
  CoreHeap left;
  CoreHeap right;
  for (int i = 0; i < 1000; ++i) {
    void* const one = left.allocate(5000);
    void* const other = right.allocate(5000);
    CoreHeap::free(one);
    CoreHeap::free(other);
  }
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

// One system after the other on one thread, as simulations are: a heap leaves nothing behind.
TEST(CoreHeap, ManyComeAndGoWithoutATrace) {
  const auto live = [] {
    CoreHeap heap;
    std::vector<void*> blocks;
    for (std::size_t bytes = 16 * 1024; bytes <= 256 * 1024; bytes *= 2) {
      blocks.push_back(heap.allocate(bytes));
      std::memset(blocks.back(), 1, bytes);
    }
    for (void* const block : blocks) CoreHeap::free(block);
  };
  for (int i = 0; i < 20; ++i) live();
  const std::size_t before = resident_bytes();
  ASSERT_GT(before, 0u);
  for (int i = 0; i < 500; ++i) live();
  // Half a megabyte each would be 250 MB; sanitizers keep freed memory for a while.
  if (!kSanitized) {
    EXPECT_LT(resident_bytes(), before + (20u << 20));
  }
}

}  // namespace
}  // namespace troupe::io
