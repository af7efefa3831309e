// ReceiveBuffers: memory for what is received before anybody has said where to put it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"

namespace troupe::io {

/// Buffers of one size, of one core: one is in use only while there is something in it that was
/// received and not yet dealt with. So a connection that is silent has none. Thread: owner core
/// only. Those given back are kept for the next; the heap is asked when there are none.
class ReceiveBuffers {
 public:
  /// Bytes of a buffer: what one receive gives at most.
  static constexpr std::uint32_t kBufferBytes = 16 * 1024;
  /// Buffers of a core in use at once, at most: 64 MiB.
  static constexpr std::uint32_t kBuffersMax = 4096;
  /// Buffers that are kept when nobody uses them: 2 MiB.
  static constexpr std::uint32_t kBuffersKept = 128;

  ReceiveBuffers() = default;
  ReceiveBuffers(const ReceiveBuffers&) = delete;
  ReceiveBuffers& operator=(const ReceiveBuffers&) = delete;
  ~ReceiveBuffers();

  /// A buffer, or null if kBuffersMax are in use.
  std::byte* take();
  void give_back(std::byte* buffer);

  std::uint32_t in_use() const { return in_use_; }

 private:
  std::vector<std::byte*> kept_;
  std::uint32_t in_use_ = 0;
};

}  // namespace troupe::io
