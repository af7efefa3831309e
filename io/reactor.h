// Reactor: one core's loop. Takes what came in, fires timers, runs what is ready, publishes,
// sleeps.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/core_context.h"
#include "base/time.h"
#include "io/backend.h"
#include "io/exchange.h"
#include "io/timer_wheel.h"

namespace troupe::io {

/// How a reactor divides its time. The defaults suit a machine with a CPU per core.
struct ReactorOptions {
  /// Runnables per turn, at most: bounds how long inbound messages and timers wait.
  unsigned nodes_per_turn = 256;
  /// Turns between two looks at the backend, at most, while the core is busy and has no kernel
  /// operation under way; with one, it looks every turn.
  unsigned turns_per_poll = 32;
  /// The least and the longest time an idle core polls before it sleeps; it adapts in between.
  /// Waking a sleeping core costs 15 to 20 µs, so a few times that pays off.
  Duration spin_min = Duration(0);
  Duration spin_max = std::chrono::microseconds(50);
};

/// What a reactor did since it was made. Thread: owner core only.
struct ReactorCounters {
  std::uint64_t turns = 0;
  std::uint64_t runnables = 0;   ///< Runnables run.
  std::uint64_t sleeps = 0;      ///< Times the core waited in its backend.
  std::uint64_t wakes_sent = 0;  ///< Sleeping cores that this core woke.
  std::uint64_t clock_reads = 0;
  std::uint64_t spins = 0;  ///< Turns taken while idle, before sleeping.
};

/// One core. Thread: owner core only, except where a function says otherwise. While it is used on
/// its thread it must be the current CoreContext (the engines bind it). The layers above derive
/// from it.
class Reactor : public CoreContext {
 public:
  /// The cached time is refreshed at least once in so many messages.
  static constexpr unsigned kMessagesPerRefresh = 64;

  /// `backend` must outlive the reactor. `seed` decides all chance on this core.
  Reactor(std::uint16_t index, Backend& backend, std::uint64_t seed, ReactorOptions options = {});
  /// Waits until the kernel has let go of every request of this core.
  virtual ~Reactor();

  /// The reactor whose turn it is on this thread. Aborts elsewhere in debug builds.
  static Reactor& current() { return static_cast<Reactor&>(CoreContext::current()); }

  /// Sets what moves messages between cores; it must outlive the last turn. Without one, none move.
  void attach(Exchange& exchange) { exchange_ = &exchange; }

  TimerWheel& timers() { return timers_; }
  void arm_timer(Timer& timer, Time at) final { timers_.arm(timer, at); }
  void disarm_timer(Timer& timer) final { timers_.cancel(timer); }
  Backend& backend() { return backend_; }
  const ReactorOptions& options() const { return options_; }
  const ReactorCounters& counters() const { return counters_; }

  /// Notes that `count` messages were handled, and refreshes now() when enough were. The reactor
  /// itself counts one per runnable.
  void count_messages(unsigned count) {
    messages_ += count;
    if (messages_ >= kMessagesPerRefresh) [[unlikely]]
      refresh_time();
  }

  /// One turn. True if it did anything or left anything: the core must not sleep then.
  bool turn();

  /// Takes turns, polls and sleeps until a stop is requested. Returns after the turn in which it is
  /// seen. For a core with a thread of its own.
  void run();

  /// For a run that ends before the program does, between the last turn and the end of what it
  /// leaves behind: takes every request back from the kernel and forgets what is ready, while all
  /// they belong to still lives. Afterwards it may be destroyed in any order.
  void abandon();

  /// Announces that this core is about to sleep, then looks once more. False if there is something
  /// to do after all (nothing is announced then). After true, sleep and call finish_sleep().
  [[nodiscard]] bool prepare_sleep();
  /// Takes the announcement back.
  void finish_sleep();

  /// Wakes the core if it sleeps or is about to. Any thread; call it after the sequentially
  /// consistent store that publishes what the core is to see. Costs one load if the core is awake.
  void wake_if_sleeping();

  /// Ends run() after the current turn. Any thread, as long as the reactor lives. Idempotent.
  void request_stop();
  /// Any thread.
  bool stop_requested() const {
    // Pairs with request_stop(): what came before it is visible here.
    return (requests_.load(std::memory_order_acquire) & kStop) != 0;
  }

  /// Puts `work` in the run queue when the core is told of a signal, the first time only. `work`
  /// must live until the last turn. Without it, signals are ignored.
  void on_signal(Runnable& work) { signal_work_ = &work; }
  /// The signal that the core was told of; 0 if none.
  int signal() const { return signal_; }
  /// Tells the core of signal `number` (1 to 64). Any thread, and a signal handler: takes no lock,
  /// allocates nothing, touches no thread-local.
  void post_signal(int number);
  /// Takes in what was requested since the last turn: false if that is the end of run(). The
  /// engine of a simulation calls it before each turn(); run() does so itself.
  bool heed_requests() {
    // Pairs with the fetch_or in request_stop() and post_signal(): what came before is visible.
    const std::uint32_t requests = requests_.load(std::memory_order_acquire);
    return requests == 0 || heed(requests);
  }

 private:
  // What requests_ holds: the wish to stop, and above it the number of a signal.
  static constexpr std::uint32_t kStop = 1;
  static constexpr unsigned kSignalShift = 1;

  bool heed(std::uint32_t requests);
  void refresh_time();
  bool run_ready();
  bool spin(Time idle_since);
  void sleep(Time idle_since);
  void grow_spin_budget();
  void shrink_spin_budget();

  Backend& backend_;
  Exchange* exchange_ = nullptr;
  unsigned messages_ = 0;
  int signal_ = 0;
  Runnable* signal_work_ = nullptr;
  const ReactorOptions options_;
  Duration spin_budget_;
  ReactorCounters counters_;
  TimerWheel timers_;

  // On a line of their own: other cores read them, this core's hot fields stay unshared.
  alignas(64) std::atomic<bool> sleeping_ = false;
  std::atomic<std::uint32_t> requests_ = 0;
  static_assert(std::atomic<bool>::is_always_lock_free &&
                    std::atomic<std::uint32_t>::is_always_lock_free,
                "a signal handler uses them");
};

}  // namespace troupe::io
