// CoreHeap: the heap of one core: a heap of mimalloc where the program is linked with it, else
// operator new.
#pragma once

#include <cstddef>

struct mi_heap_s;  // NOLINT(readability-identifier-naming): mimalloc's name

namespace troupe::io {

/// Made, used and destroyed on one thread; its blocks may be freed on any, without a lock. They
/// outlive it. Sanitized builds always use operator new, so that their tools see every block.
class CoreHeap {
 public:
  CoreHeap();
  ~CoreHeap();
  CoreHeap(const CoreHeap&) = delete;
  CoreHeap& operator=(const CoreHeap&) = delete;

  /// Aligned to 16; null if the machine gives no more.
  void* allocate(std::size_t bytes);
  /// Any thread.
  static void free(void* block);

  /// "mimalloc" or "operator new": the same for all heaps of a program.
  static const char* name();

 private:
  [[maybe_unused]] mi_heap_s* heap_ = nullptr;
};

}  // namespace troupe::io
