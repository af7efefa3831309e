#include "io/uring/uring_backend.h"

#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "io/uring/uring_refusal.h"

namespace troupe::io {

namespace {

// What each kind of ring asks of the kernel, best first. COOP_TASKRUN and DEFER_TASKRUN spare
// interrupts; TASKRUN_FLAG lets poll() see without a system call that there is nothing to run.
constexpr unsigned kDeferred = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                               IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
                               IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CLAMP;
constexpr unsigned kCooperative =
    IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_CLAMP;
constexpr unsigned kPlain = IORING_SETUP_CLAMP;

// The kernel gives the locked memory of a closed ring back some time after it is closed, so a
// system that starts right after another one may have to wait for it.
constexpr int kMemoryWaitsMax = 100;
constexpr timespec kMemoryWait = {0, 10'000'000};

/// io_uring_queue_init_params, falling back to later kinds and waiting for memory for up to 1 s.
int open_ring(io_uring& ring, const UringOptions& options) {
  unsigned flags = kPlain;
  if (options.cooperative_work) flags = kCooperative;
  if (options.deferred_work) flags = kDeferred;
  int waits = 0;
  for (;;) {
    io_uring_params parameters{};
    parameters.flags = flags;
    const int result = io_uring_queue_init_params(options.entries, &ring, &parameters);
    if (result == -EINVAL && flags != kPlain) {
      flags = flags == kDeferred ? kCooperative : kPlain;
    } else if (result == -ENOMEM && waits < kMemoryWaitsMax) {
      ++waits;
      nanosleep(&kMemoryWait, nullptr);
    } else {
      return result;
    }
  }
}

}  // namespace

Result<std::unique_ptr<UringBackend>> UringBackend::create(UringOptions options) {
  std::unique_ptr<UringBackend> backend(new UringBackend);
  const Status opened = backend->open(options);
  if (!opened) return opened.error();
  return backend;
}

Status UringBackend::open(const UringOptions& options) {
  if (options.entries == 0) {
    return Error(Code::kInvalidArgument, 0, "UringOptions::entries: at least one");
  }
  const int result = open_ring(ring_, options);
  if (result < 0) return uring_refusal(-result, read_uring_permission());
  ring_open_ = true;
  // Blocking on purpose: a read of an empty non-blocking eventfd would complete with EAGAIN.
  wake_descriptor_ = eventfd(0, EFD_CLOEXEC);
  if (wake_descriptor_ < 0) {
    return Error(Code::kIo, static_cast<std::uint64_t>(errno),
                 "eventfd failed: raise the limit of files (ulimit -n)");
  }
  probe(options);
  arm_wake_read();
  return ok();
}

UringBackend::~UringBackend() {
  TROUPE_CHECK(requests_ == 0, "a backend ends before the requests of its core");
  for (Known& known : known_) {
    if (!known.acceptor) continue;
    known.acceptor->close();
    if (known.acceptor->busy()) closed_acceptors_.push_back(std::move(known.acceptor));
  }
  for (Known& known : known_) {
    if (!known.receiver) continue;
    known.receiver->close();
    if (known.receiver->busy()) closed_receivers_.push_back(std::move(known.receiver));
  }
  if (wake_armed_) put_cancel(kWakeTag, kIgnoredTag);
  while (wake_armed_ || !closed_acceptors_.empty() || !closed_receivers_.empty()) wait();
  if (ring_open_) io_uring_queue_exit(&ring_);
  if (wake_descriptor_ >= 0) close(wake_descriptor_);
}

Time UringBackend::now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return Time(std::chrono::seconds(time.tv_sec) + Duration(time.tv_nsec));
}

void UringBackend::poll() {
  if (cancels_owed_ != 0) [[unlikely]]
    put_owed_cancels();
  if (!queued_.empty()) [[unlikely]]
    submit_queued();
  // One call does both: submits, and runs what the kernel has put off or had no room to report.
  constexpr unsigned kPutOff = IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW;
  if (unsubmitted_ || (IO_URING_READ_ONCE(*ring_.sq.kflags) & kPutOff) != 0) enter_kernel();
  reap();
  if (worker_.has_requests()) [[unlikely]]
    worker_.reap();
  // Submitted by the next sleep() at the latest: until then nobody needs it, as the eventfd keeps
  // its count.
  if (!wake_armed_) arm_wake_read();
}

void UringBackend::sleep(Time until) {
  const std::uint64_t finished = finished_;
  // A wake() that poll() has taken in counts for this sleep.
  for (poll(); !woken_ && finished_ == finished; poll()) {
    if (!wake_armed_) continue;
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
    ++enters_;
    const int result =
        io_uring_submit_and_wait_timeout(&ring_, &completion, 1, limit_or_none, nullptr);
    unsubmitted_ = io_uring_sq_ready(&ring_) != 0;
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
  io_uring_sqe* const free = entry();
  if (free == nullptr) return;  // The next poll() tries again.
  io_uring_prep_read(free, wake_descriptor_, &wake_count_, sizeof wake_count_, 0);
  io_uring_sqe_set_data64(free, kWakeTag);
  wake_armed_ = true;
}

/// A free entry of the submission ring, which is emptied for it if it is full; null if the kernel
/// takes none just now.
io_uring_sqe* UringBackend::entry() {
  io_uring_sqe* free = io_uring_get_sqe(&ring_);
  if (free != nullptr) [[likely]]
    return free;
  enter_kernel();
  return io_uring_get_sqe(&ring_);
}

void UringBackend::enter_kernel() {
  ++enters_;
  const int result = io_uring_submit_and_get_events(&ring_);
  // What was not taken stays in the ring.
  unsubmitted_ = io_uring_sq_ready(&ring_) != 0;
  TROUPE_CHECK(result >= 0 || result == -EINTR || result == -EAGAIN || result == -EBUSY,
               "io_uring_enter: %s; a ring is used on the thread that made it",
               std::strerror(-result));
}

/// Blocks until something has completed, and takes it in.
void UringBackend::wait() {
  if (cancels_owed_ != 0) put_owed_cancels();
  submit_queued();
  for (const auto& acceptor : closed_acceptors_) acceptor->retry_close();
  for (const auto& receiver : closed_receivers_) receiver->retry_close();
  if (io_uring_cq_ready(&ring_) == 0) {
    ++enters_;
    const int result = io_uring_submit_and_wait(&ring_, 1);
    unsubmitted_ = io_uring_sq_ready(&ring_) != 0;
    TROUPE_CHECK(result >= 0 || result == -EINTR || result == -EAGAIN || result == -EBUSY,
                 "io_uring_enter at the end of a ring: %s; destroy it on the thread that made it",
                 std::strerror(-result));
  }
  reap();
}

/// Takes in completions, up to the limit of one poll(); returns how many.
unsigned UringBackend::reap() {
  unsigned count = 0;
  // Not io_uring_peek_cqe, which would enter the kernel for each batch that it has put off.
  while (count < kCompletionsPerPollMax && io_uring_cq_ready(&ring_) != 0) {
    io_uring_cqe* const completion = &ring_.cq.cqes[*ring_.cq.khead & ring_.cq.ring_mask];
    const std::uint64_t tag = io_uring_cqe_get_data64(completion);
    const int result = completion->res;
    const std::uint32_t flags = completion->flags;
    io_uring_cqe_seen(&ring_, completion);
    handle(tag, result, flags);
    ++count;
  }
  return count;
}

void UringBackend::handle(std::uint64_t tag, int result, std::uint32_t flags) {
  const std::uint64_t address = tag & ~std::uint64_t{kTagMask};
  const auto acceptor = [](std::uint64_t at) -> UringAcceptor& {
    return *reinterpret_cast<UringAcceptor*>(at);
  };
  const auto receiver = [](std::uint64_t at) -> UringReceiver& {
    return *reinterpret_cast<UringReceiver*>(at);
  };
  switch (tag == LIBURING_UDATA_TIMEOUT ? std::uint64_t{kIgnoredTag} : tag & kTagMask) {
    case kRequestTag:
      handle_request(*reinterpret_cast<Request*>(address), result, flags);
      break;
    case kCancelTag:
      handle_cancel(*reinterpret_cast<Request*>(address), result);
      break;
    case kAcceptorTag:
      acceptor(address).handle(result, (flags & IORING_CQE_F_MORE) != 0);
      release_closed(acceptor(address));
      break;
    case kPauseTag:
      acceptor(address).handle_pause(result);
      release_closed(acceptor(address));
      break;
    case kReceiverTag:
      receiver(address).handle(result, flags);
      release_closed(receiver(address));
      break;
    case kReceiverPauseTag:
      receiver(address).handle_pause(result);
      release_closed(receiver(address));
      break;
    case kWakeTag:
      wake_armed_ = false;
      if (result == sizeof wake_count_) {
        woken_ = true;
        break;
      }
      TROUPE_CHECK(result == -ECANCELED || result == -EINTR || result == -EAGAIN,
                   "io_uring read of an eventfd: %s", std::strerror(-result));
      break;
    default:
      break;
  }
}

/// Destroys an acceptor whose listener is closed, once the kernel has let go of it.
void UringBackend::release_closed(UringAcceptor& acceptor) {
  if (closed_acceptors_.empty() || acceptor.busy()) return;
  std::erase_if(closed_acceptors_, [&](const auto& closed) { return closed.get() == &acceptor; });
}

void UringBackend::release_closed(UringReceiver& receiver) {
  if (closed_receivers_.empty() || receiver.busy()) return;
  std::erase_if(closed_receivers_, [&](const auto& closed) { return closed.get() == &receiver; });
}

}  // namespace troupe::io
