// BlockPool: the memory of one core for frames, coroutine frames and cells. No lock, no heap call
// once warm.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/check.h"

namespace troupe {

/// Free lists by size class. Thread: owner core only; a block goes back to the pool it came from.
/// Classes are multiples of 32 bytes up to 1 KiB, then 2 and 4 KiB; larger blocks go to the heap.
/// In sanitized builds every block is a heap block, so that use after free is seen.
class BlockPool {
 public:
  static constexpr std::size_t kPooledBytesMax = 4096;

  BlockPool() = default;
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;
  ~BlockPool();

  /// At least `bytes`, aligned to 32 (pooled) or 16 (larger). Never null: out of memory ends the
  /// process.
  [[gnu::always_inline]] void* allocate(std::size_t bytes) {
#if !defined(TROUPE_SANITIZED)
    if (bytes <= kPooledBytesMax) [[likely]] {
      Free*& head = heads_[class_of(bytes)];
      if (head != nullptr) [[likely]] {
        Free* block = head;
        head = block->next;
        return block;
      }
      return refill(class_of(bytes));
    }
#endif
    return allocate_large(bytes);
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

  /// Bytes taken from the heap for pooled blocks; they return only when the pool ends.
  std::size_t reserved_bytes() const { return reserved_bytes_; }
  /// Calls that reached the heap since the start: constant while the pool is warm.
  std::uint64_t heap_calls() const { return heap_calls_; }

 private:
  struct Free {
    Free* next;
  };
  struct Chunk {
    Chunk* next;
  };
  static constexpr std::size_t kSmallMax = 1024;
  // Between a cell and its behaviour's frame, steps of 64 would waste an eighth of an idle actor.
  static constexpr std::size_t kStep = 32;
  static constexpr std::size_t kClasses = kSmallMax / kStep + 2;
  static constexpr std::size_t kChunkBytes = 256 * 1024;

  static constexpr std::size_t class_of(std::size_t bytes) {
    if (bytes <= kSmallMax) [[likely]] {
      return (bytes + kStep - 1) / kStep - (bytes != 0 ? 1 : 0);
    }
    return bytes <= 2048 ? kClasses - 2 : kClasses - 1;
  }
  static constexpr std::size_t class_bytes(std::size_t index) {
    return index < kClasses - 2 ? (index + 1) * kStep : (index == kClasses - 2 ? 2048 : 4096);
  }

  void* refill(std::size_t index);
  void* allocate_large(std::size_t bytes);
  void free_large(void* block, std::size_t bytes);

  Free* heads_[kClasses] = {};
  Chunk* chunks_ = nullptr;
  std::size_t reserved_bytes_ = 0;
  std::uint64_t heap_calls_ = 0;
};

}  // namespace troupe
