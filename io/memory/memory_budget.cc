#include "io/memory/memory_budget.h"

#include <algorithm>

namespace troupe::io {

MemoryBudget::MemoryBudget(unsigned cores, std::uint64_t share)
    : cores_(cores),
      share_(share / kPortionBytes * kPortionBytes),
      not_lent_(share_ * kNotLentPercent / 100 / kPortionBytes * kPortionBytes),
      shares_(std::make_unique<Share[]>(cores)) {
  for (unsigned core = 0; core < cores; ++core) {
    // Before the cores start: their threads' start publishes it.
    shares_[core].unused_.store(share_, std::memory_order_relaxed);
  }
}

std::uint64_t MemoryBudget::take_above(unsigned core, std::uint64_t bytes, std::uint64_t kept) {
  std::atomic<std::uint64_t>& unused = shares_[core].unused_;
  // All pair with give() and this of other cores and order nothing: only the number is shared,
  // and each read-modify-write sees the latest.
  std::uint64_t now = unused.load(std::memory_order_relaxed);
  while (now > kept) {
    const std::uint64_t got = std::min(now - kept, bytes);
    if (unused.compare_exchange_weak(now, now - got, std::memory_order_relaxed,
                                     std::memory_order_relaxed)) {
      return got;
    }
  }
  return 0;
}

void MemoryBudget::give(unsigned core, std::uint64_t bytes) {
  // Pairs with take_above(); orders nothing.
  shares_[core].unused_.fetch_add(bytes, std::memory_order_relaxed);
}

std::uint64_t MemoryBudget::unused(unsigned core) const {
  // Pairs with take_above() and give(); orders nothing.
  return shares_[core].unused_.load(std::memory_order_relaxed);
}

}  // namespace troupe::io
