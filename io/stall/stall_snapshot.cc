#include "io/stall/stall_snapshot.h"

#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <mutex>

#include "base/check.h"

namespace troupe::io {

namespace {

constexpr int kSignal = SIGURG;
// The handler's own frames: take(), the handler and the kernel's way into it.
constexpr int kNativeFramesSkipped = 3;

// Of those who make and destroy requests; a handler takes no lock.
std::mutex disposition_mutex;
unsigned holders = 0;
struct sigaction previous;  // NOLINT: the type is the kernel's

}  // namespace

struct SnapshotRequest::Disposition {
  /// Installs the handler, unless the program has one: then false.
  static bool hold() {
    const std::lock_guard lock(disposition_mutex);
    if (holders == 0) {
      struct sigaction present{};
      TROUPE_CHECK(sigaction(kSignal, nullptr, &present) == 0, "sigaction(%d)", kSignal);
      const bool free = (present.sa_flags & SA_SIGINFO) == 0 &&
                        (present.sa_handler == SIG_DFL || present.sa_handler == SIG_IGN);
      if (!free) return false;
      // The first call loads the unwinder, which a handler must not.
      void* frame = nullptr;
      backtrace(&frame, 1);
      struct sigaction action{};
      action.sa_sigaction = &SnapshotRequest::handle;
      action.sa_flags = SA_SIGINFO | SA_RESTART;
      TROUPE_CHECK(sigaction(kSignal, &action, &previous) == 0, "sigaction(%d)", kSignal);
    }
    ++holders;
    return true;
  }
  static void release() {
    const std::lock_guard lock(disposition_mutex);
    if (--holders == 0) sigaction(kSignal, &previous, nullptr);
  }
};

void StallSnapshot::take(const Reactor& core) {
  progress = core.progress();
  const Strand* const strand = core.running();
  in_strand = strand != nullptr;
  owner[0] = 0;
  stack = AsyncStack();
  if (in_strand) {
    if (strand->owner() != nullptr) strand->owner()->describe(owner.data(), owner.size());
    stack.add_running(*strand);
  }
  native_frames = backtrace(native.data(), static_cast<int>(native.size()));
}

std::string StallSnapshot::text() const {
  std::string text = "no coroutine: the runtime, or what starts an actor";
  if (in_strand) text = owner[0] != 0 ? owner.data() : "a task";
  for (const char character : "\n" + stack.text()) {
    text += character;
    if (character == '\n') text += "  ";
  }
  // Allocates one block for all, which free() gives back.
  const std::unique_ptr<char*, decltype(&std::free)> symbols(
      backtrace_symbols(native.data(), native_frames), &std::free);
  if (symbols != nullptr && native_frames > kNativeFramesSkipped) {
    text += "\n  native stack, for addr2line:";
    for (int i = kNativeFramesSkipped; i < native_frames; ++i) {
      text += std::string("\n    ") + symbols.get()[i];
    }
  }
  return text;
}

SnapshotRequest::SnapshotRequest(const Reactor& core)
    : core_(core), possible_(Disposition::hold()), thread_(pthread_self()) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, kSignal);
  if (possible_) pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

SnapshotRequest::~SnapshotRequest() {
  if (!possible_) return;
  // One that was sent and not yet handled would find nothing here: this thread, the one it was
  // sent to, takes it now and no other follows.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, kSignal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const timespec at_once{};
  while (sigtimedwait(&signals, nullptr, &at_once) > 0) {
  }
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  Disposition::release();
}

void SnapshotRequest::ask() {
  // Pairs with the load in handle(), on the thread that is interrupted.
  asked_.store(asked_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  sigval value{};
  value.sival_ptr = this;
  // Fails only if the thread's queue of signals is full; then no answer comes.
  pthread_sigqueue(thread_, kSignal, value);
}

const StallSnapshot* SnapshotRequest::answer() const {
  // Pairs with the store in handle(): the snapshot is whole.
  const std::uint32_t answered = answered_.load(std::memory_order_acquire);
  return answered == asked_.load(std::memory_order_relaxed) ? &snapshot_ : nullptr;
}

// On the thread of the core: it is interrupted anywhere, and nothing else of it runs meanwhile.
void SnapshotRequest::handle(int, siginfo_t* info, void*) {
  // Others may send the signal too: a socket, or somebody by hand.
  if (info->si_code != SI_QUEUE || info->si_pid != getpid()) return;
  const int saved_errno = errno;
  auto* const request = static_cast<SnapshotRequest*>(info->si_value.sival_ptr);
  // Pairs with the store in ask(). A snapshot that was answered may be read at this moment.
  const std::uint32_t asked = request->asked_.load(std::memory_order_acquire);
  if (asked != request->answered_.load(std::memory_order_relaxed)) {
    request->snapshot_.take(request->core_);
    // Pairs with the load in answer().
    request->answered_.store(asked, std::memory_order_release);
  }
  errno = saved_errno;
}

}  // namespace troupe::io
