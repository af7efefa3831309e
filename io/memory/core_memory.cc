#include "io/memory/core_memory.h"

#include <algorithm>

#include "base/check.h"

namespace troupe::io {

namespace {

constexpr std::uint64_t kPortion = MemoryBudget::kPortionBytes;
/// What a core keeps of what it has taken and does not use: so that a block that comes and goes
/// does not go through the budget each time.
constexpr std::uint64_t kSlackKept = kPortion;

constexpr std::uint64_t whole_portions(std::uint64_t bytes) {
  return (bytes + kPortion - 1) / kPortion * kPortion;
}

}  // namespace

CoreMemory::CoreMemory(NodeMemory& node, unsigned index)
    : node_(node), budget_(node.budget()), index_(index), borrowed_of_(node.budget().cores()) {
  if (node.settings().refuse_one_in != 0) chance_.emplace(node.settings().seed + index);
}

CoreMemory::~CoreMemory() = default;

void* CoreMemory::take(std::size_t bytes, Need need) {
  const bool by_chance =
      need == Need::kMayFail && chance_ && chance_->one_in(node_.settings().refuse_one_in);
  if (by_chance || !cover(bytes)) [[unlikely]] {
    ++counts_.refusals;
    if (need == Need::kMayFail) return nullptr;
    if (used_ + bytes > granted() + node_.settings().reserve) {
      fail(bytes, "the reserve is gone too");
    }
    ++counts_.reserve_calls;
  }
  void* const block = heap_->allocate(bytes);
  if (block == nullptr) [[unlikely]] {
    ++counts_.refusals;
    if (need == Need::kMayFail) return nullptr;
    fail(bytes, "the machine gives no more, whatever the budget");
  }
  ++counts_.heap_calls;
  used_ += bytes;
  counts_.peak = std::max(counts_.peak, used_);
  tight_ = used_ > granted();
  return block;
}

void CoreMemory::give_back(void* block, std::size_t bytes) {
  CoreHeap::free(block);
  TROUPE_DCHECK(used_ >= bytes, "core %u gives back %zu bytes, more than it has", index_, bytes);
  used_ -= bytes;
  tight_ = used_ > granted();
  if (!tight_ && granted() - used_ >= 2 * kSlackKept) shed(kSlackKept);
}

void CoreMemory::give_back_elsewhere(unsigned owner, void* block, std::size_t bytes) {
  if (owner == index_) return give_back(block, bytes);
  CoreHeap::free(block);
  CoreMemory& other = node_.core(owner);
  // Both pair with take_in_foreign_frees() and counters(), and order nothing: numbers alone.
  other.foreign_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  other.foreign_blocks_.fetch_add(1, std::memory_order_relaxed);
}

void CoreMemory::take_in_foreign_frees() {
  // Pairs with give_back_elsewhere(); orders nothing.
  used_ -= foreign_bytes_.exchange(0, std::memory_order_relaxed);
}

/// Whether there is budget for `bytes` more, from wherever it can be had.
bool CoreMemory::cover(std::uint64_t bytes) {
  if (used_ + bytes <= granted()) [[likely]]
    return true;
  take_in_foreign_frees();
  if (grant(bytes)) return true;
  if (reclaim() && grant(bytes)) return true;
  ask_others();
  return false;
}

/// Takes what is missing from the own share, then from the others', beginning with the next core,
/// so that not all borrow from the first. All of it, or nothing.
bool CoreMemory::grant(std::uint64_t bytes) {
  if (used_ + bytes <= granted()) return true;
  std::uint64_t missing = whole_portions(used_ + bytes - granted());
  const std::uint64_t own = budget_.take(index_, missing);
  own_ += own;
  missing -= own;
  std::uint64_t borrowed = 0;
  for (unsigned step = 1; step < budget_.cores() && missing != 0; ++step) {
    const unsigned lender = (index_ + step) % budget_.cores();
    const std::uint64_t got = budget_.borrow(lender, missing);
    borrowed_of_[lender] += got;
    borrowed_ += got;
    borrowed += got;
    missing -= got;
  }
  if (missing != 0) {
    give_to_lenders(borrowed);
    budget_.give(index_, own);
    own_ -= own;
    return false;
  }
  counts_.borrowed_peak = std::max(counts_.borrowed_peak, borrowed_);
  return true;
}

/// Gives up to `bytes` of what is borrowed back to those it came from: how many went.
std::uint64_t CoreMemory::give_to_lenders(std::uint64_t bytes) {
  std::uint64_t left = bytes;
  for (unsigned lender = 0; lender < borrowed_of_.size() && left != 0 && borrowed_ != 0; ++lender) {
    const std::uint64_t back = std::min(borrowed_of_[lender], left);
    if (back == 0) continue;
    borrowed_of_[lender] -= back;
    borrowed_ -= back;
    left -= back;
    budget_.give(lender, back);
  }
  return bytes - left;
}

/// Gives back what is not used, but for `kept` bytes; what is borrowed goes first.
void CoreMemory::shed(std::uint64_t kept) {
  const std::uint64_t slack = granted() > used_ ? granted() - used_ : 0;
  if (slack <= kept) return;
  const std::uint64_t surplus = (slack - kept) / kPortion * kPortion;
  const std::uint64_t own = surplus - give_to_lenders(surplus);
  own_ -= own;
  budget_.give(index_, own);
}

/// Has the pools give chunks back, unless they were asked a moment ago. True if any did.
bool CoreMemory::reclaim() {
  if (core_ == nullptr || core_->now() < next_trim_) return false;
  const Trimmed trimmed = trim_pools();
  const auto looked_at = static_cast<std::int64_t>(trimmed.looked_at);
  next_trim_ =
      saturating_add(core_->now(), std::max(kTrimPeriodMin, kTrimPeriodOfBlock * looked_at));
  counts_.reclaimed += trimmed.chunks;
  return trimmed.chunks != 0;
}

bool CoreMemory::relieve() {
  tight_ = !cover(0);
  return !tight_;
}

void CoreMemory::ask_others() {
  if (core_ == nullptr || core_->now() < next_ask_) return;
  next_ask_ = saturating_add(core_->now(), kTrimPeriodMin);
  for (unsigned other = 0; other < budget_.cores(); ++other) {
    if (other != index_) ask(node_.core(other));
  }
}

void CoreMemory::ask(CoreMemory& other) {
  // Pairs with the stores in arrived() and discarded(): its core is done with the entry of before.
  if (other.asked_.exchange(true, std::memory_order_acquire)) return;
  other.posted_to_->post(other);
}

void CoreMemory::arrived() {
  // Pairs with the exchange in ask().
  asked_.store(false, std::memory_order_release);
  take_in_foreign_frees();
  reclaim();
  shed(0);
}

void CoreMemory::discarded() {
  // Pairs with the exchange in ask().
  asked_.store(false, std::memory_order_release);
}

MemoryCounters CoreMemory::counters() const {
  MemoryCounters counters = counts_;
  // Both pair with give_back_elsewhere() and order nothing.
  const std::uint64_t foreign_bytes = foreign_bytes_.load(std::memory_order_relaxed);
  const std::uint64_t foreign_blocks = foreign_blocks_.load(std::memory_order_relaxed);
  counters.share = budget_.share();
  counters.reserve = node_.settings().reserve;
  counters.used = used_ - foreign_bytes;
  counters.reserved = reserved_bytes();
  counters.large = counters.used - counters.reserved;
  counters.borrowed = borrowed_;
  counters.lent = budget_.share() - own_ - budget_.unused(index_);
  counters.foreign_frees = foreign_frees_ + foreign_blocks;
  return counters;
}

void CoreMemory::fail(std::size_t bytes, const char* why) const {
  const MemoryCounters now = counters();
  std::uint64_t unused = 0;
  for (unsigned core = 0; core < budget_.cores(); ++core) unused += budget_.unused(core);
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  fail_check(
      __FILE__, __LINE__,
      "core %u is out of memory: %zu bytes for what must not fail, and %s. It uses %llu bytes "
      "(%llu "
      "in pools, %llu in large blocks) of its share of %llu (%llu lent to other cores), %llu "
      "borrowed and a reserve of %llu; the node's %u cores have %llu unused. Raise "
      "MemoryOptions::bytes_per_core or reserve_bytes (SystemOptions::memory), or keep fewer "
      "actors, tasks and messages",
      index_, bytes, why, number(now.used), number(now.reserved), number(now.large),
      number(now.share), number(now.lent), number(now.borrowed), number(now.reserve),
      budget_.cores(), number(unused));
}

NodeMemory::NodeMemory(unsigned cores, const Settings& settings)
    : settings_(settings), budget_(cores, settings.share) {
  for (unsigned core = 0; core < cores; ++core) {
    cores_.push_back(std::make_unique<CoreMemory>(*this, core));
  }
}

Result<NodeMemory::Settings> settings_of(const MemoryOptions& options,
                                         std::uint64_t default_share) {
  if (options.bytes_per_core != 0 && options.bytes_per_core < kCoreMemoryMin) {
    return Error(Code::kInvalidArgument, options.bytes_per_core,
                 "MemoryOptions::bytes_per_core: at least 256 KiB, or 0");
  }
  if (options.reserve_bytes < kCoreMemoryMin) {
    return Error(Code::kInvalidArgument, options.reserve_bytes,
                 "MemoryOptions::reserve_bytes: at least 256 KiB");
  }
  NodeMemory::Settings settings;
  settings.share = options.bytes_per_core != 0 ? options.bytes_per_core : default_share;
  settings.reserve = options.reserve_bytes;
  return settings;
}

}  // namespace troupe::io
