// CoreMemory: one core's part of the node's budget, and the heap that its chunks and large blocks
// come from.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/memory_source.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "io/memory/core_heap.h"
#include "io/memory/memory_budget.h"
#include "io/memory/memory_options.h"
#include "io/posted.h"
#include "io/reactor.h"

namespace troupe::io {

class NodeMemory;

/// What is beyond the core's share is borrowed from cores that have some unused, and goes back to
/// them first. When nobody has any: what may fail is refused, what must not fail uses the core's
/// reserve, which is never lent; and each other core is asked to give back what its pools do not
/// use. Thread: its own core's, from open() to close(); give_back_elsewhere() is for every core.
class CoreMemory final : public MemorySource, private Posted {
 public:
  /// Two looks at all free blocks of the core are at least so far apart, and ten times as far as
  /// they take (at about 10 ns a block).
  static constexpr Duration kTrimPeriodMin = std::chrono::milliseconds(1);
  static constexpr Duration kTrimPeriodOfBlock = Duration(100);

  CoreMemory(NodeMemory& node, unsigned index);
  ~CoreMemory() override;

  /// Makes the heap: on the core's own thread, before anything is taken; close() ends it there,
  /// when all was given back.
  void open() { heap_.emplace(); }
  void close() { heap_.reset(); }
  /// The core it serves, which lives until after the last turn of any core. Before that core's
  /// start.
  void attach(Reactor& core) { core_ = posted_to_ = &core; }
  /// After the last turn of all cores: asks none of them for anything any more.
  void detach() { core_ = nullptr; }

  void* take(std::size_t bytes, Need need) override;
  void give_back(void* block, std::size_t bytes) override;
  void give_back_elsewhere(unsigned owner, void* block, std::size_t bytes) override;
  MemoryCounters counters() const override;

 private:
  bool relieve() override;

  std::uint64_t granted() const { return own_ + borrowed_; }
  bool cover(std::uint64_t bytes);
  bool grant(std::uint64_t bytes);
  bool reclaim();
  void shed(std::uint64_t kept);
  std::uint64_t give_to_lenders(std::uint64_t bytes);
  void take_in_foreign_frees();
  void ask_others();
  void ask(CoreMemory& other);
  [[noreturn, gnu::cold]] void fail(std::size_t bytes, const char* why) const;
  // Posted: another core found no budget.
  void arrived() override;
  void discarded() override;

  NodeMemory& node_;
  MemoryBudget& budget_;
  const unsigned index_;
  std::optional<CoreHeap> heap_;
  Reactor* core_ = nullptr;
  std::uint64_t used_ = 0;      // by chunks and large blocks
  std::uint64_t own_ = 0;       // taken of the own share, whole portions
  std::uint64_t borrowed_ = 0;  // taken of others', likewise
  std::vector<std::uint64_t> borrowed_of_;
  Time next_trim_{};
  Time next_ask_{};
  std::optional<Random> chance_;  // of a simulation that refuses at random
  MemoryCounters counts_;

  Reactor* posted_to_ = nullptr;  // as core_, but stays: other cores read it
  // What other cores write.
  alignas(64) std::atomic<bool> asked_ = false;
  std::atomic<std::uint64_t> foreign_bytes_ = 0;
  std::atomic<std::uint64_t> foreign_blocks_ = 0;
};

/// The memory of all cores of a node. Made before the cores and destroyed after them, by who runs
/// them.
class NodeMemory {
 public:
  struct Settings {
    std::uint64_t share = 0;    ///< Bytes of each core.
    std::uint64_t reserve = 0;  ///< Beside it, of each core.
    /// Refuses one in so many requests that may fail although there is budget; 0: none. For
    /// simulations.
    unsigned refuse_one_in = 0;
    std::uint64_t seed = 0;
  };
  NodeMemory(unsigned cores, const Settings& settings);

  CoreMemory& core(unsigned index) { return *cores_[index]; }
  MemoryBudget& budget() { return budget_; }
  const Settings& settings() const { return settings_; }

 private:
  const Settings settings_;
  MemoryBudget budget_;
  std::vector<std::unique_ptr<CoreMemory>> cores_;
};

/// What `options` come to for a node of so many cores. Errors: kInvalidArgument.
Result<NodeMemory::Settings> settings_of(const MemoryOptions& options, std::uint64_t default_share);

}  // namespace troupe::io
