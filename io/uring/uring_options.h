// UringOptions: what a ring may use of the kernel. UringFeatures: what it does use.
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::io {

/// Each feature is tried when a ring is made and left out where the kernel lacks it; a switch that
/// is off leaves it out everywhere. The numbers are the first kernels that have it.
struct UringOptions {
  static constexpr unsigned kEntriesDefault = 256;

  /// Submissions that fit between two calls to the kernel; rounded up to a power of two. From 1.
  unsigned entries = kEntriesDefault;
  /// The kernel completes requests when the core asks, without interrupting it (6.1).
  bool deferred_work = true;
  /// It does so when the core is in the kernel anyway (5.19). deferred_work includes it.
  bool cooperative_work = true;
  /// Calls name the ring without looking a descriptor up (5.18).
  bool registered_ring = true;
  /// Sockets that are used again and again are looked up once (5.19).
  bool registered_files = true;
  /// One submission accepts many connections (5.19).
  bool multishot_accept = true;
  /// One submission receives again and again, into buffers that the kernel chooses (6.0).
  bool multishot_receive = true;
  /// Files are the ring's, as far as the kernel can; otherwise threads'.
  bool files_in_ring = true;
  /// Sends of so many bytes or more are not copied (6.0); 0: none. Such a send ends when the peer
  /// has acknowledged what was sent, as the buffer is the kernel's until then, and a peer that has
  /// nothing to say acknowledges 40 ms late; each one costs a second completion; and one whose peer
  /// does not acknowledge it by its deadline breaks the connection. Worth it for large sends to
  /// other machines, never on loopback, which copies all the same.
  std::uint32_t zero_copy_bytes_min = 0;
};

/// What a ring uses.
struct UringFeatures {
  bool deferred_work = false;
  bool cooperative_work = false;
  bool registered_ring = false;
  bool registered_files = false;
  bool multishot_accept = false;
  bool multishot_receive = false;
  bool zero_copy_send = false;
};

}  // namespace troupe::io
