// EpollBackend: a core's clock, waiting, wake-ups and kernel operations where io_uring is
// forbidden.
#pragma once

#include <sys/epoll.h>

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

namespace troupe::io {

/// Tries each request on its non-blocking descriptor, and again when epoll says that it may go on.
/// Time is CLOCK_MONOTONIC. Thread: created, used and destroyed on the core's own thread, except
/// wake(). Holds two file descriptors. Allocates when a descriptor with a higher number than ever
/// before is attached.
///
/// The kernel knows no buffer between two calls, so a cancellation takes effect at once. But epoll
/// knows no files: their requests go to threads (FileWorker).
class EpollBackend final : public Backend {
 public:
  /// Fails with kIo and the errno if descriptors or memory run out.
  static Result<std::unique_ptr<EpollBackend>> create();

  EpollBackend(const EpollBackend&) = delete;
  EpollBackend& operator=(const EpollBackend&) = delete;
  ~EpollBackend() override;

  const char* name() const override { return "epoll"; }
  Time now() override;
  void poll() override;
  void sleep(Time until) override;
  void wake() override;
  bool publishes_now() override { return true; }

  bool supports(RequestKind) const override { return true; }
  void submit(Request& request) override;
  void cancel(Request& request) override;
  void reclaim(Request& request) override;
  void reclaim_all() override;
  int descriptor_flags() const override;
  void attach(int descriptor) override;
  unsigned detach(int descriptor) override;
  void give_back(std::byte* buffer) override { buffers_.give_back(buffer); }
  SocketCalls* sockets() override { return &KernelSockets::instance(); }

 private:
  /// What is known of a descriptor. Once it had to wait, epoll tells of each change (EPOLLET), so
  /// that waiting again costs no call.
  struct Known {
    RequestList readers;  // in order: the first gets what comes first
    RequestList writers;
    bool watched = false;
    // While watched, false: it had nothing to give, or no room, and no event has come since. So
    // trying would be in vain.
    bool readable = true;
    bool writable = true;
    bool ended = false;  // It was said that a direction has ended, which is said once.
  };
  // Events taken in by one call.
  static constexpr int kEventsMax = 256;
  // While what is submitted goes through without waiting, events may stay away for so many polls.
  static constexpr unsigned kPollsWithoutLookMax = 8;

  EpollBackend() = default;

  Status open();
  Known& known(int descriptor);
  static void forget(Known& about);
  static RequestList& list_for(Known& about, const Request& request);
  static bool may_succeed(const Known& about, const Request& request);
  bool try_queued();
  int try_once(Known& about, Request& request);
  int receive_piece(RequestArguments& of);
  void wait_for_change(Request& request);
  void retry(Known& about, RequestList& list);
  void look(Time until);
  int wait_for(epoll_event* events, Duration left);
  void handle(std::uint32_t events, int descriptor);
  void take_wake();

  int epoll_ = -1;
  int wake_descriptor_ = -1;
  bool woken_ = false;  // A wake() was taken in for which no sleep() has ended yet.
  bool waits_in_nanoseconds_ = true;
  unsigned polls_without_look_ = 0;
  RequestList queued_;  // not tried yet
  ReceiveBuffers buffers_;
  std::vector<Known> known_;
  FileWorker worker_{*this};
};

}  // namespace troupe::io
