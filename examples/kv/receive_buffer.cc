#include "examples/kv/receive_buffer.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace kv {

namespace {

// Fewer steps to what a client of large requests needs, and fewer copies on the way.
constexpr std::size_t kGrowth = 4;

}  // namespace

std::span<std::byte> ReceiveBuffer::room() {
  const std::size_t unread = end_ - begin_;
  if (unread == 0) {
    begin_ = end_ = 0;
    if (capacity_ > kBytesKept && !filled_) resize(0);
  }
  // For its own sake a stream of small commands gets no more than is kept.
  const bool wants_more = filled_ && capacity_ < kBytesKept;
  if (capacity_ == 0 || wants_more || unread == capacity_) {
    TROUPE_CHECK(unread < kBytesMax, "a request of %zu bytes that its parser did not refuse",
                 unread);
    resize(std::clamp(capacity_ * kGrowth, kBytesMin, kBytesMax));
  } else if (end_ == capacity_ || (begin_ > 0 && capacity_ - end_ < capacity_ / 2)) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, unread);
    begin_ = 0;
    end_ = unread;
  }
  filled_ = false;
  return std::as_writable_bytes(std::span(bytes_.get() + end_, capacity_ - end_));
}

void ReceiveBuffer::received(std::size_t bytes) {
  end_ += bytes;
  TROUPE_CHECK(end_ <= capacity_, "more bytes were received than there was room for");
  filled_ = end_ == capacity_;
}

void ReceiveBuffer::shrink() {
  const std::size_t unread = end_ - begin_;
  filled_ = false;
  if (unread == 0) {
    resize(0);
  } else if (std::bit_ceil(unread + 1) < capacity_) {
    resize(std::max(std::bit_ceil(unread + 1), kBytesMin));
  }
}

void ReceiveBuffer::resize(std::size_t capacity) {
  const std::size_t unread = end_ - begin_;
  std::unique_ptr<char[]> grown;
  if (capacity > 0) grown = std::make_unique_for_overwrite<char[]>(capacity);
  if (unread > 0) std::memcpy(grown.get(), bytes_.get() + begin_, unread);
  bytes_ = std::move(grown);
  capacity_ = capacity;
  begin_ = 0;
  end_ = unread;
}

}  // namespace kv
