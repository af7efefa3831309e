#include "base/memory_source.h"

#include <cstdio>
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

std::string MemoryCounters::text() const {
  const auto mebibytes = [](std::uint64_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(1 << 20);
  };
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  char line[512];
  std::snprintf(line, sizeof line,
                "%.1f MiB used (%.1f in pools, %.1f in large blocks), %.1f at most, of a share of "
                "%.0f; %.1f borrowed, %.1f lent; %llu heap calls, %llu refusals, %llu from the "
                "reserve, %llu chunks back, %llu foreign frees",
                mebibytes(used), mebibytes(reserved), mebibytes(large), mebibytes(peak),
                mebibytes(share), mebibytes(borrowed), mebibytes(lent), number(heap_calls),
                number(refusals), number(reserve_calls), number(reclaimed), number(foreign_frees));
  return line;
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
