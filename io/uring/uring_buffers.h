// UringBuffers: memory that the kernel itself takes to receive into.
#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>

namespace troupe::io {

/// A ring of provided buffers. While a buffer is in the ring the kernel may take it for any socket
/// that has something; then it is ours until give_back(). Thread: the ring's. Must live as long as
/// the ring.
class UringBuffers {
 public:
  /// Of all buffers: 2 MiB, touched as they are used. A power of two.
  static constexpr unsigned kBuffers = 128;
  static constexpr std::uint16_t kGroup = 0;

  UringBuffers() = default;
  UringBuffers(const UringBuffers&) = delete;
  UringBuffers& operator=(const UringBuffers&) = delete;
  ~UringBuffers();

  /// False if the kernel knows no such ring (before 5.19) or has no memory for it.
  bool open(io_uring& ring);
  bool is_open() const { return memory_ != nullptr; }

  /// The buffer that a completion names.
  std::byte* buffer_of(std::uint32_t completion_flags) const;
  /// Whether `at` points into a buffer of these.
  bool owns(const std::byte* at) const;
  /// `at`: anywhere in the buffer.
  void give_back(const std::byte* at);

 private:
  void put(unsigned index);

  io_uring_buf_ring* entries_ = nullptr;
  std::byte* memory_ = nullptr;
};

}  // namespace troupe::io
