// UringFiles: descriptors that the kernel looks up once for all requests of a ring.
#pragma once

#include <liburing.h>

#include <cstdint>

namespace troupe::io {

/// The table of registered files of one ring. Looking a descriptor up costs two atomic operations
/// on each request, registering it two calls to the kernel in its life: so it is for descriptors
/// that are used often. A registered file stays open until it is removed, whoever closes its
/// number. Thread: the ring's.
class UringFiles {
 public:
  /// Slots of the table, at most. The limit of open files may allow less.
  static constexpr std::uint32_t kSlotsMax = 16 * 1024;
  /// Requests after which a descriptor is registered.
  static constexpr std::uint16_t kRequestsBefore = 16;

  /// False if the kernel has no such table (before 5.19) or no room for it.
  bool open(io_uring& ring);
  bool is_open() const { return slots_ != 0; }

  /// Registers `descriptor` in the slot of its own number. False if there is none for it.
  bool add(int descriptor);
  void remove(int descriptor);

 private:
  io_uring* ring_ = nullptr;
  std::uint32_t slots_ = 0;
};

}  // namespace troupe::io
