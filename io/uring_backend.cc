#include "io/uring_backend.h"

#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "io/uring_refusal.h"

namespace troupe::io {

namespace {

enum Tag : std::uint64_t { kWakeTag = 1, kCancelTag = 2 };

/// COOP_TASKRUN and DEFER_TASKRUN spare interrupts; TASKRUN_FLAG lets poll() see without a system
/// call that there is nothing to run.
constexpr unsigned kFlagsOfKind[UringBackend::kKinds] = {
    IORING_SETUP_CLAMP | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
    IORING_SETUP_CLAMP | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
    IORING_SETUP_CLAMP,
    0,
};

// The kernel gives the locked memory of a closed ring back some time after it is closed, so a
// system that starts right after another one may have to wait for it.
constexpr int kMemoryWaitsMax = 100;
constexpr timespec kMemoryWait = {0, 10'000'000};

/// io_uring_queue_init_params, falling back to later kinds and waiting for memory for up to 1 s.
int open_ring(io_uring& ring, unsigned entries, unsigned kind) {
  int waits = 0;
  for (;;) {
    io_uring_params parameters{};
    parameters.flags = kFlagsOfKind[kind];
    const int result = io_uring_queue_init_params(entries, &ring, &parameters);
    if (result == -EINVAL && kind + 1 < UringBackend::kKinds) {
      ++kind;
    } else if (result == -ENOMEM && waits < kMemoryWaitsMax) {
      ++waits;
      nanosleep(&kMemoryWait, nullptr);
    } else {
      return result;
    }
  }
}

}  // namespace

Result<std::unique_ptr<UringBackend>> UringBackend::create(unsigned entries, unsigned best_kind) {
  std::unique_ptr<UringBackend> backend(new UringBackend);
  const Status opened = backend->open(entries, best_kind);
  if (!opened) return opened.error();
  return backend;
}

Status UringBackend::open(unsigned entries, unsigned best_kind) {
  TROUPE_CHECK(best_kind < kKinds, "UringBackend has %u kinds of ring", kKinds);
  if (entries == 0) return Error(Code::kInvalidArgument, 0, "an io_uring needs at least one entry");
  const int result = open_ring(ring_, entries, best_kind);
  if (result < 0) return uring_refusal(-result, read_uring_permission());
  ring_open_ = true;
  // Blocking on purpose: a read of an empty non-blocking eventfd would complete with EAGAIN.
  wake_descriptor_ = eventfd(0, EFD_CLOEXEC);
  if (wake_descriptor_ < 0) {
    return Error(Code::kIo, static_cast<std::uint64_t>(errno),
                 "eventfd failed: raise the limit of files (ulimit -n)");
  }
  arm_wake_read();
  return ok();
}

UringBackend::~UringBackend() {
  if (wake_armed_) {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    TROUPE_CHECK(entry != nullptr, "the submission ring is full at its end");
    io_uring_prep_cancel64(entry, kWakeTag, 0);
    io_uring_sqe_set_data64(entry, kCancelTag);
    while (wake_armed_) {
      const int result = io_uring_submit_and_wait(&ring_, 1);
      TROUPE_CHECK(result >= 0 || result == -EINTR || result == -EAGAIN || result == -EBUSY,
                   "io_uring_enter at the end of a ring: %s; destroy it on the thread that made it",
                   std::strerror(-result));
      reap();
    }
  }
  if (ring_open_) io_uring_queue_exit(&ring_);
  if (wake_descriptor_ >= 0) close(wake_descriptor_);
}

Time UringBackend::now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return Time(std::chrono::seconds(time.tv_sec) + Duration(time.tv_nsec));
}

void UringBackend::poll() {
  // The read armed again below is submitted by the next sleep(): until then nobody needs it, as the
  // eventfd keeps its count.
  reap();
  if (!wake_armed_) arm_wake_read();
}

void UringBackend::sleep(Time until) {
  // A wake() that poll() has taken in counts for this sleep.
  for (poll(); !woken_; poll()) {
    __kernel_timespec limit{};
    __kernel_timespec* limit_or_none = nullptr;
    if (until != Time::max()) {
      const Duration left = until - now();
      if (left.count() <= 0) return;
      limit.tv_sec = left.count() / 1'000'000'000;
      limit.tv_nsec = left.count() % 1'000'000'000;
      limit_or_none = &limit;
    }
    io_uring_cqe* completion = nullptr;
    const int result =
        io_uring_submit_and_wait_timeout(&ring_, &completion, 1, limit_or_none, nullptr);
    if (reap() > 0) break;
    // A signal or a short lack of memory in the kernel: look at the clock and wait again.
    TROUPE_CHECK(result >= 0 || result == -ETIME || result == -EINTR || result == -EAGAIN ||
                     result == -EBUSY,
                 "io_uring_enter: %s", std::strerror(-result));
  }
  woken_ = false;
}

void UringBackend::wake() {
  const std::uint64_t one = 1;
  ssize_t written = 0;
  do {
    written = write(wake_descriptor_, &one, sizeof one);
  } while (written < 0 && errno == EINTR);
  TROUPE_CHECK(written == sizeof one, "write to an eventfd: %s", std::strerror(errno));
}

void UringBackend::arm_wake_read() {
  io_uring_sqe* entry = io_uring_get_sqe(&ring_);
  TROUPE_CHECK(entry != nullptr, "the submission ring is full: create it with more entries");
  io_uring_prep_read(entry, wake_descriptor_, &wake_count_, sizeof wake_count_, 0);
  io_uring_sqe_set_data64(entry, kWakeTag);
  wake_armed_ = true;
}

/// Takes in all completions; returns how many.
unsigned UringBackend::reap() {
  unsigned count = 0;
  io_uring_cqe* completion = nullptr;
  while (io_uring_peek_cqe(&ring_, &completion) == 0) {
    const std::uint64_t tag = io_uring_cqe_get_data64(completion);
    const int result = completion->res;
    io_uring_cqe_seen(&ring_, completion);
    handle(tag, result);
    ++count;
  }
  return count;
}

void UringBackend::handle(std::uint64_t tag, int result) {
  if (tag != kWakeTag) return;
  wake_armed_ = false;
  if (result == sizeof wake_count_) {
    woken_ = true;
    return;
  }
  TROUPE_CHECK(result == -ECANCELED || result == -EINTR || result == -EAGAIN,
               "io_uring read of an eventfd: %s", std::strerror(-result));
}

}  // namespace troupe::io
