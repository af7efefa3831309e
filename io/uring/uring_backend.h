// UringBackend: a core's clock, waiting, wake-ups and kernel operations on Linux's io_uring.
#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/backend.h"
#include "io/files/file_worker.h"
#include "io/kernel_sockets.h"
#include "io/receive_buffers.h"
#include "io/uring/uring_acceptor.h"
#include "io/uring/uring_buffers.h"
#include "io/uring/uring_files.h"
#include "io/uring/uring_options.h"
#include "io/uring/uring_receiver.h"

namespace troupe::io {

/// Time is CLOCK_MONOTONIC. Thread: created, used and destroyed on the core's own thread (the
/// kernel accepts one submitter per ring), except wake(). Holds two file descriptors. Allocates
/// when a descriptor with a higher number than ever before is attached, once per listener, and once
/// per stream that receives pieces. What this kernel's io_uring does not do with files, threads do
/// (FileWorker).
///
/// A request is finished when its own completion has arrived and, if it was cancelled, that of the
/// cancellation too. So the kernel never looks for the address of a request that is gone.
class UringBackend final : public Backend {
 public:
  /// Fails with kIo and the errno if io_uring is forbidden or absent, or if descriptors or locked
  /// memory run out; the context says what to change. Linux before 5.15 is not supported.
  static Result<std::unique_ptr<UringBackend>> create(UringOptions options = {});

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
  SocketCalls* sockets() override { return &KernelSockets::instance(); }

  void give_back(std::byte* buffer) override;

  /// Calls of the kernel's io_uring_enter so far.
  std::uint64_t enters() const { return enters_; }
  /// What this ring uses of the kernel.
  const UringFeatures& features() const { return features_; }

 private:
  friend class UringAcceptor;
  friend class UringReceiver;

  /// What is known of a descriptor.
  struct Known {
    std::uint32_t requests = 0;  // in the kernel or queued, that name it
    std::uint16_t uses = 0;      // requests so far, up to UringFiles::kRequestsBefore
    bool registered = false;     // with files_
    bool copies = false;         // zero copy was tried in vain
    std::unique_ptr<UringAcceptor> acceptor;
    std::unique_ptr<UringReceiver> receiver;
  };

  // What a completion is of, in the low bits of its tag; above them, the address of whose it is.
  enum Tag : std::uint64_t {
    kRequestTag = 0,
    kCancelTag = 1,
    kAcceptorTag = 2,
    kWakeTag = 3,
    kIgnoredTag = 4,
    kPauseTag = 5,
    kReceiverTag = 6,
    kReceiverPauseTag = 7,
    kTagMask = 7,
  };
  static std::uint64_t tag_of(const void* address, Tag tag) {
    return reinterpret_cast<std::uint64_t>(address) | tag;
  }

  UringBackend() = default;

  Status open(const UringOptions& options);
  void probe(const UringOptions& options);
  void arm_wake_read();
  bool in_ring(const RequestArguments& of) const;
  void note_named(const Request& request, int change);
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
  void release_closed(UringReceiver& receiver);
  void put_or_queue(Request& request);
  bool looked_up_once(int descriptor);
  void receive_aside(Request& request);
  bool receives_now(Request& request);
  bool copies_instead(Request& request);
  void break_off(Request& request);
  void take_buffer_back(Request& request);
  void handle_request(Request& request, int result, std::uint32_t flags);
  void handle_cancel(Request& request, int result);
  void settle(Request& request);
  Known& known(int descriptor);

  io_uring ring_{};
  bool ring_open_ = false;
  int wake_descriptor_ = -1;
  std::uint64_t wake_count_ = 0;  // The kernel writes it while wake_armed_.
  bool wake_armed_ = false;
  bool woken_ = false;  // A wake() was reaped for which no sleep() has ended yet.

  std::uint64_t enters_ = 0;
  std::uint32_t supported_ = 0;  // by the ring; a bit per RequestKind
  bool files_in_ring_ = true;
  bool waits_first_ = false;  // A receive can wait before it tries (5.19 and later).
  UringFeatures features_;
  std::uint32_t zero_copy_bytes_min_ = UINT32_MAX;
  UringFiles files_;
  UringBuffers provided_;
  ReceiveBuffers spare_;
  bool unsubmitted_ = false;        // Entries of requests are in the submission ring.
  std::uint32_t cancels_owed_ = 0;  // Requests in_kernel_ whose cancellation is yet to be put in.
  RequestList queued_;              // No room in the submission ring.
  RequestList in_kernel_;           // In the submission ring or beyond.
  std::vector<Known> known_;        // by descriptor
  // Until the kernel lets go.
  std::vector<std::unique_ptr<UringAcceptor>> closed_acceptors_;
  std::vector<std::unique_ptr<UringReceiver>> closed_receivers_;
  FileWorker worker_{*this};
};

}  // namespace troupe::io
