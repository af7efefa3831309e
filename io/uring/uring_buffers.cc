#include "io/uring/uring_buffers.h"

#include <sys/mman.h>

#include "base/check.h"
#include "io/receive_buffers.h"

namespace troupe::io {

namespace {

constexpr std::size_t kMemoryBytes =
    std::size_t{UringBuffers::kBuffers} * ReceiveBuffers::kBufferBytes;
// The kernel wants it at the start of a page.
constexpr std::size_t kEntriesBytes = UringBuffers::kBuffers * sizeof(io_uring_buf);

void* map(std::size_t bytes) {
  void* const at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return at == MAP_FAILED ? nullptr : at;
}

}  // namespace

bool UringBuffers::open(io_uring& ring) {
  entries_ = static_cast<io_uring_buf_ring*>(map(kEntriesBytes));
  if (entries_ == nullptr) return false;
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uint64_t>(entries_);
  registration.ring_entries = kBuffers;
  registration.bgid = kGroup;
  if (io_uring_register_buf_ring(&ring, &registration, 0) != 0) return false;
  memory_ = static_cast<std::byte*>(map(kMemoryBytes));
  if (memory_ == nullptr) return false;
  io_uring_buf_ring_init(entries_);
  for (unsigned i = 0; i < kBuffers; ++i) put(i);
  return true;
}

UringBuffers::~UringBuffers() {
  if (memory_ != nullptr) munmap(memory_, kMemoryBytes);
  if (entries_ != nullptr) munmap(entries_, kEntriesBytes);
}

std::byte* UringBuffers::buffer_of(std::uint32_t completion_flags) const {
  const std::size_t index = completion_flags >> IORING_CQE_BUFFER_SHIFT;
  TROUPE_DCHECK(index < kBuffers, "the kernel took buffer %zu of %u", index, kBuffers);
  return memory_ + index * ReceiveBuffers::kBufferBytes;
}

bool UringBuffers::owns(const std::byte* at) const {
  return memory_ != nullptr && at >= memory_ && at < memory_ + kMemoryBytes;
}

void UringBuffers::give_back(const std::byte* at) {
  put(static_cast<unsigned>(static_cast<std::size_t>(at - memory_) / ReceiveBuffers::kBufferBytes));
}

void UringBuffers::put(unsigned index) {
  std::byte* const at = memory_ + std::size_t{index} * ReceiveBuffers::kBufferBytes;
  io_uring_buf_ring_add(entries_, at, ReceiveBuffers::kBufferBytes,
                        static_cast<unsigned short>(index), io_uring_buf_ring_mask(kBuffers), 0);
  // Publishes the entry to the kernel, which reads the tail with acquire.
  io_uring_buf_ring_advance(entries_, 1);
}

}  // namespace troupe::io
