// Tests a core's heap, with mimalloc and without: which it is, is what the two targets differ in.
#include "io/memory/core_heap.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace troupe::io {
namespace {

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

}  // namespace
}  // namespace troupe::io
