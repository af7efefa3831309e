// MemorySource: where the pools of one core get their chunks and large blocks, within a budget.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace troupe {

class BlockPool;

/// What happens when there is no budget left.
enum class Need : std::uint8_t {
  kMayFail,  ///< Null: the caller drops or refuses something, and says so.
  kMust,     ///< The core's reserve is used; if that is gone too, the process ends.
};

/// What a source did, in bytes where nothing else is said. Of one core, or a sum over cores.
struct MemoryCounters {
  std::uint64_t share = 0;     ///< This core's part of the node's budget; 0: without a limit.
  std::uint64_t reserve = 0;   ///< Beside it, for what must not fail.
  std::uint64_t used = 0;      ///< By chunks of the pools and large blocks.
  std::uint64_t reserved = 0;  ///< Of that, by chunks of the pools, whether their blocks are used.
  std::uint64_t large = 0;     ///< Of that, by large blocks.
  std::uint64_t peak = 0;      ///< The most that was used.
  std::uint64_t borrowed = 0;  ///< Budget of other cores that this one holds.
  std::uint64_t borrowed_peak = 0;
  std::uint64_t lent = 0;           ///< Budget of this core that others hold.
  std::uint64_t heap_calls = 0;     ///< Chunks and large blocks taken from the heap.
  std::uint64_t refusals = 0;       ///< Requests that found no budget.
  std::uint64_t reserve_calls = 0;  ///< Requests that had to go to the reserve.
  std::uint64_t reclaimed = 0;      ///< Chunks that were wholly free and went back.
  std::uint64_t foreign_frees = 0;  ///< Blocks of this core that another one was done with.

  MemoryCounters& operator+=(const MemoryCounters& other);
  /// One line for people, without an end.
  std::string text() const;
};

/// Thread: owner core only, except where a function says otherwise. Outlives its pools.
class MemorySource {
 public:
  MemorySource() = default;
  MemorySource(const MemorySource&) = delete;
  MemorySource& operator=(const MemorySource&) = delete;
  virtual ~MemorySource() = default;

  /// A block of `bytes`, aligned to 16. Null only if it may fail.
  [[nodiscard]] virtual void* take(std::size_t bytes, Need need) = 0;
  /// Gives back a block that this source gave, with the bytes it was asked for.
  virtual void give_back(void* block, std::size_t bytes) = 0;
  /// Gives back a block that the source of core `owner` gave. Any core.
  virtual void give_back_elsewhere(unsigned owner, void* block, std::size_t bytes) = 0;

  virtual MemoryCounters counters() const = 0;

  /// Whether what must not fail lives on the reserve, and no budget can be had for it: nothing that
  /// could be refused should begin. One load as long as there is budget.
  bool tight() { return tight_ && !relieve(); }

  /// Counts blocks of this core that another one was done with.
  void note_foreign_frees(std::uint64_t blocks) { foreign_frees_ += blocks; }

 protected:
  /// What trimming came to: bytes given back, and blocks that were looked at.
  struct Trimmed {
    std::size_t chunks = 0;
    std::size_t looked_at = 0;
  };
  /// Has each pool give its wholly free chunks back, by give_back().
  Trimmed trim_pools();
  std::size_t reserved_bytes() const;

  /// Tries to get budget for what lives on the reserve: true if nothing does any more.
  virtual bool relieve() { return true; }

  bool tight_ = false;
  std::uint64_t foreign_frees_ = 0;

 private:
  friend class BlockPool;  // enters itself
  BlockPool* pools_ = nullptr;
};

/// The plain heap without a limit, for pools that nobody gave another source. Any thread; its
/// counters stay 0.
MemorySource& plain_heap();

}  // namespace troupe
