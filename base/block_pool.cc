#include "base/block_pool.h"

#include <new>

namespace troupe {

namespace {
constexpr std::align_val_t kBlockAlign{64};
}  // namespace

BlockPool::~BlockPool() {
  while (chunks_ != nullptr) {
    Chunk* next = chunks_->next;
    ::operator delete(chunks_, kBlockAlign);
    chunks_ = next;
  }
}

// Cuts a new chunk into blocks, lowest address first on the list so that neighbours are used
// together.
[[gnu::noinline]] void* BlockPool::refill(std::size_t index) {
  ++heap_calls_;
  auto* bytes = static_cast<std::byte*>(::operator new(kChunkBytes, kBlockAlign));
  reserved_bytes_ += kChunkBytes;
  auto* chunk = reinterpret_cast<Chunk*>(bytes);
  chunk->next = chunks_;
  chunks_ = chunk;

  const std::size_t size = class_bytes(index);
  const std::size_t count = (kChunkBytes - 64) / size;
  std::byte* first = bytes + 64;
  for (std::size_t i = count - 1; i > 0; --i) {
    auto* block = reinterpret_cast<Free*>(first + i * size);
    block->next = heads_[index];
    heads_[index] = block;
  }
  return first;
}

void* BlockPool::allocate_large(std::size_t bytes) {
  ++heap_calls_;
  return ::operator new(bytes);
}

void BlockPool::free_large(void* block, std::size_t) { ::operator delete(block); }

}  // namespace troupe
