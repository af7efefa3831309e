// UringBackend: a core's clock, waiting and wake-ups on Linux's io_uring.
#pragma once

#include <liburing.h>

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "base/time.h"
#include "io/backend.h"

namespace troupe::io {

/// Time is CLOCK_MONOTONIC. Thread: created, used and destroyed on the core's own thread (the
/// kernel accepts one submitter per ring), except wake(). Holds two file descriptors.
class UringBackend final : public Backend {
 public:
  static constexpr unsigned kEntriesDefault = 256;
  /// Kinds of ring, best first; each later one asks less of the kernel (6.1, 5.19, 5.6, 5.1).
  static constexpr unsigned kKinds = 4;

  /// `entries`: submissions that fit between two calls to the kernel; rounded up to a power of two.
  /// `best_kind`: the first kind of ring to try; an older kernel gets a later one. Fails with kIo
  /// and the errno if io_uring is forbidden or absent, or if descriptors or locked memory run out;
  /// the context says what to change.
  static Result<std::unique_ptr<UringBackend>> create(unsigned entries = kEntriesDefault,
                                                      unsigned best_kind = 0);

  UringBackend(const UringBackend&) = delete;
  UringBackend& operator=(const UringBackend&) = delete;
  /// Waits until the kernel has given back the buffer of the wake-up read.
  ~UringBackend() override;

  Time now() override;
  void poll() override;
  void sleep(Time until) override;
  void wake() override;
  bool publishes_now() override { return true; }

 private:
  UringBackend() = default;

  Status open(unsigned entries, unsigned best_kind);
  void arm_wake_read();
  unsigned reap();
  void handle(std::uint64_t tag, int result);

  io_uring ring_{};
  bool ring_open_ = false;
  int wake_descriptor_ = -1;
  std::uint64_t wake_count_ = 0;  // The kernel writes it while wake_armed_.
  bool wake_armed_ = false;
  bool woken_ = false;  // A wake() was reaped for which no sleep() has ended yet.
};

}  // namespace troupe::io
