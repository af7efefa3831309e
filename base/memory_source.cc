#include "base/memory_source.h"

#include <new>

#include "base/block_pool.h"
#include "base/check.h"

namespace troupe {

namespace {

class PlainHeap final : public MemorySource {
 public:
  void* take(std::size_t bytes, Need need) override {
    void* const block = ::operator new(bytes, std::nothrow);
    TROUPE_CHECK(block != nullptr || need == Need::kMayFail,
                 "out of memory: the heap gave no %zu bytes", bytes);
    return block;
  }
  void give_back(void* block, std::size_t) override { ::operator delete(block); }
  void give_back_elsewhere(unsigned, void* block, std::size_t) override {
    ::operator delete(block);
  }
  MemoryCounters counters() const override { return {}; }
};

}  // namespace

MemoryCounters& MemoryCounters::operator+=(const MemoryCounters& other) {
  share += other.share;
  reserve += other.reserve;
  used += other.used;
  reserved += other.reserved;
  large += other.large;
  peak += other.peak;
  borrowed += other.borrowed;
  borrowed_peak += other.borrowed_peak;
  lent += other.lent;
  heap_calls += other.heap_calls;
  refusals += other.refusals;
  reserve_calls += other.reserve_calls;
  reclaimed += other.reclaimed;
  foreign_frees += other.foreign_frees;
  return *this;
}

MemorySource::Trimmed MemorySource::trim_pools() {
  Trimmed total;
  for (BlockPool* pool = pools_; pool != nullptr; pool = pool->next_pool_) {
    const BlockPool::Trimmed trimmed = pool->trim();
    total.chunks += trimmed.chunks;
    total.looked_at += trimmed.looked_at;
  }
  return total;
}

std::size_t MemorySource::reserved_bytes() const {
  std::size_t bytes = 0;
  for (const BlockPool* pool = pools_; pool != nullptr; pool = pool->next_pool_) {
    bytes += pool->reserved_bytes();
  }
  return bytes;
}

MemorySource& plain_heap() {
  // Never destroyed: pools of static objects may end later.
  static auto& heap = *new PlainHeap();
  return heap;
}

}  // namespace troupe
