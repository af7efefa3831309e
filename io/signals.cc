#include "io/signals.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <thread>

#include "base/check.h"

namespace troupe::io {

namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM};
constexpr std::size_t kSignalCount = sizeof kSignals / sizeof kSignals[0];

// Of makers and destroyers of watches; a handler takes no lock.
std::mutex watches_mutex;
struct sigaction previous[kSignalCount];  // NOLINT: the type is the kernel's

// The first signal since there is a watch: its milliseconds on the monotonic clock, and in the low
// eight bits its number, so that one exchange decides who is first. 0: none.
std::atomic<std::uint64_t> request = 0;
// Handlers that may hold a pointer into the list of watches.
std::atomic<unsigned> handlers = 0;
static_assert(std::atomic<std::uint64_t>::is_always_lock_free &&
                  std::atomic<unsigned>::is_always_lock_free &&
                  std::atomic<SignalWatch*>::is_always_lock_free,
              "a signal handler uses them");

constexpr unsigned kNumberBits = 8;

std::uint64_t milliseconds() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1000 +
         static_cast<std::uint64_t>(time.tv_nsec) / 1'000'000;
}

// Async-signal-safe: write and _exit alone.
[[noreturn]] void end_at_once(int number) {
  const char* text = number == SIGINT ? "troupe: SIGINT, the second signal: ended at once\n"
                                      : "troupe: SIGTERM, the second signal: ended at once\n";
  // Nobody is left to be told if this fails.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, std::strlen(text));
  _exit(128 + number);
}

}  // namespace

// Async-signal-safe, on any thread, several at once on different ones.
void SignalWatch::handle(int number) {
  const int saved_errno = errno;
  // Pairs with the load in the destructor, in one total order: either it sees this and waits, or
  // this handler, which reads the list later, does not find the watch any more.
  handlers.fetch_add(1, std::memory_order_seq_cst);
  const std::uint64_t now = milliseconds();
  std::uint64_t first = 0;
  // Pairs with the load in the constructor, in one total order: a watch that this handler does not
  // find in the list finds the request itself.
  if (request.compare_exchange_strong(first, now << kNumberBits | static_cast<unsigned>(number),
                                      std::memory_order_seq_cst)) {
    // Both loads pair with the stores in the constructor and the destructor.
    for (SignalWatch* watch = first_.load(std::memory_order_seq_cst); watch != nullptr;
         watch = watch->next_.load(std::memory_order_seq_cst)) {
      watch->core_.post_signal(number);
    }
  } else if (now - (first >> kNumberBits) >=
             static_cast<std::uint64_t>(kSameRequest / std::chrono::milliseconds(1))) {
    end_at_once(number);
  }
  // Pairs with the load in the destructor: what this handler did with a watch happens before its
  // end.
  handlers.fetch_sub(1, std::memory_order_release);
  errno = saved_errno;
}

SignalWatch::SignalWatch(Reactor& core) : core_(core) {
  const std::lock_guard lock(watches_mutex);
  // Relaxed: only holders of the lock write it.
  SignalWatch* const head = first_.load(std::memory_order_relaxed);
  if (head == nullptr) {
    // Before there is a handler, so nobody races with it.
    request.store(0, std::memory_order_relaxed);
  }
  // Relaxed: published by the next store.
  next_.store(head, std::memory_order_relaxed);
  // Pairs with the loads in handle(): who finds this watch finds it whole.
  first_.store(this, std::memory_order_seq_cst);
  if (head == nullptr) {
    struct sigaction action{};
    action.sa_handler = &SignalWatch::handle;
    action.sa_flags = SA_RESTART;
    for (int number : kSignals) sigaddset(&action.sa_mask, number);
    for (std::size_t i = 0; i < kSignalCount; ++i) {
      TROUPE_CHECK(sigaction(kSignals[i], &action, &previous[i]) == 0, "sigaction(%d): %s",
                   kSignals[i], std::strerror(errno));
    }
  }
  // Pairs with the exchange in handle(). Told twice is told once.
  const std::uint64_t pending = request.load(std::memory_order_seq_cst);
  if (pending != 0) core_.post_signal(static_cast<int>(pending & ((1u << kNumberBits) - 1)));
}

SignalWatch::~SignalWatch() {
  const std::lock_guard lock(watches_mutex);
  std::atomic<SignalWatch*>* link = &first_;
  // Relaxed: only holders of the lock write the list.
  while (link->load(std::memory_order_relaxed) != this) {
    link = &link->load(std::memory_order_relaxed)->next_;
  }
  if (link == &first_ && next_.load(std::memory_order_relaxed) == nullptr) {
    for (std::size_t i = 0; i < kSignalCount; ++i) sigaction(kSignals[i], &previous[i], nullptr);
  }
  // Pairs with the loads in handle(): from here on no handler finds this watch.
  link->store(next_.load(std::memory_order_relaxed), std::memory_order_seq_cst);
  // Pairs with the fetch_add and the fetch_sub in handle(). A handler is a few writes long, and
  // this thread's own has ended before this goes on.
  while (handlers.load(std::memory_order_seq_cst) != 0) std::this_thread::yield();
}

const char* signal_name(int number) {
  switch (number) {
    case SIGINT:
      return "SIGINT";
    case SIGTERM:
      return "SIGTERM";
    default:
      return "a signal";
  }
}

}  // namespace troupe::io
