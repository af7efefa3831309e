// BlockPool: the memory of one core for frames, coroutine frames and cells. No lock, no heap call
// once warm.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/memory_source.h"

namespace troupe {

/// Free lists by size class. Thread: owner core only; a block goes back to the pool it came from.
/// Classes are multiples of 32 bytes up to 1 KiB, then 2 and 4 KiB; larger blocks come from the
/// source one by one. In sanitized builds every block does, so that use after free is seen.
class BlockPool {
 public:
  static constexpr std::size_t kPooledBytesMax = 4096;
  /// The first chunk of a class, and what is taken when larger ones are refused; each further one
  /// has twice the bytes, up to the most.
  static constexpr std::size_t kChunkBytesMin = 16 * 1024;
  static constexpr std::size_t kChunkBytesMax = 256 * 1024;

  /// `source` must outlive the pool.
  explicit BlockPool(MemorySource& source = plain_heap());
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;
  ~BlockPool();

  /// At least `bytes`, aligned to 32 (pooled) or 16 (larger). Never null: beyond the budget it uses
  /// the reserve, and without that the process ends (Need::kMust).
  [[gnu::always_inline]] void* allocate(std::size_t bytes) { return take(bytes, Need::kMust); }
  /// The same; null if no budget is left for it.
  [[gnu::always_inline]] void* try_allocate(std::size_t bytes) {
    return take(bytes, Need::kMayFail);
  }

  /// Gives back a block of `bytes`, the same number it was asked for.
  [[gnu::always_inline]] void free(void* block, std::size_t bytes) {
#if !defined(TROUPE_SANITIZED)
    if (bytes <= kPooledBytesMax) [[likely]] {
      auto* node = static_cast<Free*>(block);
      node->next = heads_[class_of(bytes)];
      heads_[class_of(bytes)] = node;
      return;
    }
#endif
    free_large(block, bytes);
  }

  /// Whether `count` blocks of `bytes` can be had without more memory. Walks so many of the list.
  bool has_spare(std::size_t bytes, std::size_t count) const;

  /// Gives chunks without a block in use back to the source. Looks at every free block.
  struct Trimmed {
    std::size_t chunks = 0;
    std::size_t looked_at = 0;  ///< Free blocks.
  };
  Trimmed trim();

  MemorySource& source() const { return source_; }
  /// Bytes taken from the source for pooled blocks.
  std::size_t reserved_bytes() const { return reserved_bytes_; }
  /// Calls that reached the heap since the start: constant while the pool is warm.
  std::uint64_t heap_calls() const { return heap_calls_; }

 private:
  friend class MemorySource;  // its list of pools
  struct Free {
    Free* next;
  };
  struct Chunk;
  class ChunkIndex;
  static constexpr std::size_t kSmallMax = 1024;
  // Between a cell and its behaviour's frame, steps of 64 would waste an eighth of an idle actor.
  static constexpr std::size_t kStep = 32;
  static constexpr std::size_t kClasses = kSmallMax / kStep + 2;

  static constexpr std::size_t class_of(std::size_t bytes) {
    if (bytes <= kSmallMax) [[likely]] {
      return (bytes + kStep - 1) / kStep - (bytes != 0 ? 1 : 0);
    }
    return bytes <= 2048 ? kClasses - 2 : kClasses - 1;
  }
  static constexpr std::size_t class_bytes(std::size_t index) {
    return index < kClasses - 2 ? (index + 1) * kStep : (index == kClasses - 2 ? 2048 : 4096);
  }

  [[gnu::always_inline]] void* take(std::size_t bytes, Need need) {
#if !defined(TROUPE_SANITIZED)
    if (bytes <= kPooledBytesMax) [[likely]] {
      Free*& head = heads_[class_of(bytes)];
      if (head != nullptr) [[likely]] {
        Free* block = head;
        head = block->next;
        return block;
      }
      return need == Need::kMust ? refill(class_of(bytes)) : try_refill(class_of(bytes));
    }
#endif
    return need == Need::kMust ? allocate_large(bytes) : try_allocate_large(bytes);
  }
  [[gnu::returns_nonnull]] void* refill(std::size_t index);
  void* try_refill(std::size_t index);
  [[gnu::returns_nonnull]] void* allocate_large(std::size_t bytes);
  void* try_allocate_large(std::size_t bytes);
  void free_large(void* block, std::size_t bytes);
  void* cut(std::size_t index, void* memory, std::size_t bytes);
  void drop_free_blocks_of(const ChunkIndex& chunks);

  Free* heads_[kClasses] = {};
  MemorySource& source_;
  BlockPool* next_pool_ = nullptr;
  Chunk* chunks_ = nullptr;
  std::size_t reserved_bytes_ = 0;
  std::uint64_t heap_calls_ = 0;
  std::uint8_t doublings_[kClasses] = {};  // of the bytes of a class's next chunk
};

}  // namespace troupe
