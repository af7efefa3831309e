#include "base/block_pool.h"

#include <algorithm>

namespace troupe {

namespace {
// Blocks do not share a cache line with the chunk's own fields.
constexpr std::uintptr_t kFirstBlockAlign = 64;
// The chunk's fields, and what the heap's alignment of 16 leaves to the next line.
constexpr std::size_t kChunkHeadBytesMax = 96;
}  // namespace

// Lies at the start of its memory, before the blocks, which are all of one class.
struct BlockPool::Chunk {
  Chunk* next;
  Chunk* next_in_bucket;  // of a ChunkIndex, while there is one
  std::size_t bytes;
  std::uint32_t blocks;
  std::uint32_t free;  // while trim() counts

  std::uintptr_t begin() const { return reinterpret_cast<std::uintptr_t>(this); }
  bool wholly_free() const { return free == blocks; }
};

// Finds the chunk of a block by its address. Lies on the stack: who looks for memory has none.
class BlockPool::ChunkIndex {
 public:
  explicit ChunkIndex(Chunk* chunks) {
    for (Chunk* chunk = chunks; chunk != nullptr; chunk = chunk->next) {
      chunk->free = 0;
      Chunk*& bucket = buckets_[stretch_of(chunk->begin()) % kBuckets];
      chunk->next_in_bucket = bucket;
      bucket = chunk;
    }
  }

  Chunk& chunk_of(const void* block) const {
    // No chunk is longer than a stretch: it begins in the block's own or in the one before.
    const auto address = reinterpret_cast<std::uintptr_t>(block);
    Chunk* chunk = find(address, stretch_of(address));
    if (chunk == nullptr) chunk = find(address, stretch_of(address) - 1);
    TROUPE_CHECK(chunk != nullptr, "a block was freed into a pool that it did not come from");
    return *chunk;
  }

 private:
  static constexpr std::size_t kBuckets = 1024;
  static constexpr std::uintptr_t stretch_of(std::uintptr_t address) {
    return address / kChunkBytesMax;
  }
  Chunk* find(std::uintptr_t address, std::uintptr_t stretch) const {
    Chunk* chunk = buckets_[stretch % kBuckets];
    while (chunk != nullptr && address - chunk->begin() >= chunk->bytes) {
      chunk = chunk->next_in_bucket;
    }
    return chunk;
  }

  Chunk* buckets_[kBuckets] = {};
};

BlockPool::BlockPool(MemorySource& source) : source_(source) {
  if (&source == &plain_heap()) return;  // which belongs to no core, and knows no pools
  next_pool_ = source.pools_;
  source.pools_ = this;
}

BlockPool::~BlockPool() {
  while (chunks_ != nullptr) {
    Chunk* const next = chunks_->next;
    source_.give_back(chunks_, chunks_->bytes);
    chunks_ = next;
  }
  if (&source_ == &plain_heap()) return;
  BlockPool** link = &source_.pools_;
  while (*link != this) link = &(*link)->next_pool_;
  *link = next_pool_;
}

// Takes smaller chunks where larger ones are refused.
[[gnu::noinline]] void* BlockPool::try_refill(std::size_t index) {
  const std::size_t wanted = std::min(kChunkBytesMin << doublings_[index], kChunkBytesMax);
  for (std::size_t bytes = wanted; bytes >= kChunkBytesMin; bytes /= 2) {
    void* const memory = source_.take(bytes, Need::kMayFail);
    if (memory != nullptr) return cut(index, memory, bytes);
  }
  doublings_[index] = 0;  // the next attempt asks for little at once
  return nullptr;
}

// The budget first; the reserve, if it must, in the smallest chunks there are.
[[gnu::noinline]] void* BlockPool::refill(std::size_t index) {
  if (!source_.tight()) {
    if (void* const block = try_refill(index); block != nullptr) return block;
  }
  return cut(index, source_.take(kChunkBytesMin, Need::kMust), kChunkBytesMin);
}

// Cuts a new chunk into blocks, lowest address first on the list so that neighbours are used
// together. Gives the first of them.
void* BlockPool::cut(std::size_t index, void* memory, std::size_t bytes) {
  ++heap_calls_;
  reserved_bytes_ += bytes;
  if (kChunkBytesMin << doublings_[index] < kChunkBytesMax) ++doublings_[index];
  const std::size_t size = class_bytes(index);
  auto* const chunk = static_cast<Chunk*>(memory);
  const std::uintptr_t blocks_begin =
      (chunk->begin() + sizeof(Chunk) + kFirstBlockAlign - 1) & ~(kFirstBlockAlign - 1);
  // As many wherever the heap put it: a simulation must not depend on addresses.
  const std::size_t count = (bytes - kChunkHeadBytesMax) / size;
  static_assert(sizeof(Chunk) + kFirstBlockAlign - 16 <= kChunkHeadBytesMax);
  *chunk = Chunk{chunks_, nullptr, bytes, static_cast<std::uint32_t>(count), 0};
  chunks_ = chunk;

  auto* const first = reinterpret_cast<std::byte*>(blocks_begin);
  for (std::size_t i = count - 1; i > 0; --i) {
    auto* block = reinterpret_cast<Free*>(first + i * size);
    block->next = heads_[index];
    heads_[index] = block;
  }
  return first;
}

void* BlockPool::allocate_large(std::size_t bytes) {
  ++heap_calls_;
  return source_.take(bytes, Need::kMust);
}

void* BlockPool::try_allocate_large(std::size_t bytes) {
  void* const block = source_.take(bytes, Need::kMayFail);
  if (block != nullptr) ++heap_calls_;
  return block;
}

void BlockPool::free_large(void* block, std::size_t bytes) { source_.give_back(block, bytes); }

bool BlockPool::has_spare(std::size_t bytes, std::size_t count) const {
#if defined(TROUPE_SANITIZED)
  return false;
#else
  if (bytes > kPooledBytesMax) return false;
  const Free* block = heads_[class_of(bytes)];
  for (; block != nullptr && count > 0; block = block->next) --count;
  return count == 0;
#endif
}

BlockPool::Trimmed BlockPool::trim() {
  Trimmed trimmed;
  ChunkIndex index(chunks_);
  bool any = false;
  for (const Free* block : heads_) {
    for (; block != nullptr; block = block->next) {
      ++trimmed.looked_at;
      Chunk& chunk = index.chunk_of(block);
      ++chunk.free;
      any |= chunk.wholly_free();
    }
  }
  if (!any) return trimmed;
  drop_free_blocks_of(index);
  for (Chunk** link = &chunks_; *link != nullptr;) {
    Chunk* const chunk = *link;
    if (!chunk->wholly_free()) {
      link = &chunk->next;
      continue;
    }
    *link = chunk->next;
    ++trimmed.chunks;
    reserved_bytes_ -= chunk->bytes;
    source_.give_back(chunk, chunk->bytes);
  }
  return trimmed;
}

// Keeps the order of those that stay: the block used last is still used next.
void BlockPool::drop_free_blocks_of(const ChunkIndex& chunks) {
  for (std::size_t index = 0; index < kClasses; ++index) {
    Free** link = &heads_[index];
    while (*link != nullptr) {
      if (chunks.chunk_of(*link).wholly_free()) {
        *link = (*link)->next;
        doublings_[index] = 0;
      } else {
        link = &(*link)->next;
      }
    }
  }
}

}  // namespace troupe
