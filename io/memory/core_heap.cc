#include "io/memory/core_heap.h"

#include <new>

#if !defined(TROUPE_SANITIZED)
#include <mimalloc.h>

// Weak: this target does not link mimalloc, which would replace malloc in every test and program.
// actor_binary does; what others link decides for them.
#pragma weak mi_heap_new
#pragma weak mi_heap_collect
#pragma weak mi_heap_delete
#pragma weak mi_heap_malloc
#pragma weak mi_free
#endif

namespace troupe::io {

#if defined(TROUPE_SANITIZED)

CoreHeap::CoreHeap() = default;
CoreHeap::~CoreHeap() = default;
void* CoreHeap::allocate(std::size_t bytes) { return ::operator new(bytes, std::nothrow); }
void CoreHeap::free(void* block) { ::operator delete(block); }
const char* CoreHeap::name() { return "operator new"; }

#else

namespace {
bool has_mimalloc() { return mi_heap_new != nullptr; }
}  // namespace

CoreHeap::CoreHeap() : heap_(has_mimalloc() ? mi_heap_new() : nullptr) {}

// What still lies in it goes to the thread's own heap and is freed there as anywhere.
CoreHeap::~CoreHeap() {
  if (heap_ == nullptr) return;
  // Empty pages go back to the process: the thread's heap would keep them, and those of the next
  // system of this thread, and so on.
  mi_heap_collect(heap_, true);
  mi_heap_delete(heap_);
}

void* CoreHeap::allocate(std::size_t bytes) {
  if (heap_ != nullptr) return mi_heap_malloc(heap_, bytes);
  // mimalloc without memory for one more heap: nothing to allocate from either.
  return has_mimalloc() ? nullptr : ::operator new(bytes, std::nothrow);
}

void CoreHeap::free(void* block) {
  if (has_mimalloc()) {
    mi_free(block);
  } else {
    ::operator delete(block);
  }
}

const char* CoreHeap::name() { return has_mimalloc() ? "mimalloc" : "operator new"; }

#endif

}  // namespace troupe::io
