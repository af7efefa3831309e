// UringBackend: a core's clock, waiting, wake-ups and kernel operations on Linux's io_uring.
#pragma once

#include <liburing.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/backend.h"
#include "io/uring_acceptor.h"

namespace troupe::io {

/// Time is CLOCK_MONOTONIC. Thread: created, used and destroyed on the core's own thread (the
/// kernel accepts one submitter per ring), except wake(). Holds two file descriptors. Allocates
/// when a descriptor with a higher number than ever before is attached, and once per listener.
///
/// A request is finished when its own completion has arrived and, if it was cancelled, that of the
/// cancellation too. So the kernel never looks for the address of a request that is gone.
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
  /// Waits until the kernel has given everything back.
  ~UringBackend() override;

  const char* name() const override { return "io_uring"; }
  Time now() override;
  void poll() override;
  void sleep(Time until) override;
  void wake() override;
  bool publishes_now() override { return true; }

  bool supports(RequestKind kind) const override;
  void submit(Request& request) override;
  void cancel(Request& request) override;
  void reclaim(Request& request) override;
  void reclaim_all() override;
  void attach(int descriptor) override;
  unsigned detach(int descriptor) override;

  /// Whether one submission accepts many connections (5.19 and later).
  bool accepts_many() const { return accepts_many_; }
  /// For tests: forgets that it can.
  void accept_one_by_one() { accepts_many_ = false; }

 private:
  friend class UringAcceptor;

  /// What is known of a descriptor.
  struct Known {
    std::uint32_t requests = 0;  // in the kernel or queued, that name it
    std::unique_ptr<UringAcceptor> acceptor;
  };

  // What a completion is of, in the low bits of its tag; above them, the address of whose it is.
  enum Tag : std::uint64_t {
    kRequestTag = 0,
    kCancelTag = 1,
    kAcceptorTag = 2,
    kWakeTag = 3,
    kIgnoredTag = 4,
    kPauseTag = 5,
    kTagMask = 7,
  };
  static std::uint64_t tag_of(const void* address, Tag tag) {
    return reinterpret_cast<std::uint64_t>(address) | tag;
  }

  UringBackend() = default;

  Status open(unsigned entries, unsigned best_kind);
  void probe();
  void arm_wake_read();
  io_uring_sqe* entry();
  void enter_kernel();
  void submit_queued();
  void wait();
  void put(io_uring_sqe& entry, Request& request);
  bool put_owed_cancel(Request& request);
  void put_owed_cancels();
  bool put_cancel(std::uint64_t target, std::uint64_t tag);
  unsigned reap();
  void handle(std::uint64_t tag, int result, std::uint32_t flags);
  void release_closed(UringAcceptor& acceptor);
  void handle_request(Request& request, int result);
  void handle_cancel(Request& request, int result);
  void settle(Request& request);
  Known& known(int descriptor);

  io_uring ring_{};
  bool ring_open_ = false;
  int wake_descriptor_ = -1;
  std::uint64_t wake_count_ = 0;  // The kernel writes it while wake_armed_.
  bool wake_armed_ = false;
  bool woken_ = false;  // A wake() was reaped for which no sleep() has ended yet.

  std::uint32_t supported_ = 0;  // a bit per RequestKind
  bool accepts_many_ = false;
  bool waits_first_ = false;        // A receive can wait before it tries (5.19 and later).
  bool unsubmitted_ = false;        // Entries of requests are in the submission ring.
  std::uint32_t cancels_owed_ = 0;  // Requests in_kernel_ whose cancellation is yet to be put in.
  RequestList queued_;              // No room in the submission ring.
  RequestList in_kernel_;           // In the submission ring or beyond.
  std::vector<Known> known_;        // by descriptor
  std::vector<std::unique_ptr<UringAcceptor>> closed_acceptors_;  // until the kernel lets go
};

}  // namespace troupe::io
