// Reactor: one core's loop. Takes what came in, fires timers, runs what is ready, publishes,
// sleeps.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/core_context.h"
#include "base/log.h"
#include "base/time.h"
#include "io/backend.h"
#include "io/blocking/blocked_detector.h"
#include "io/exchange.h"
#include "io/posted.h"
#include "io/timer_wheel.h"

namespace troupe::io {

class BlockingPools;

/// How many runnables of each group run where all groups have more than they may: 4 of users for 4
/// of the system and 1 in the background. Each at least 1.
struct GroupShares {
  unsigned system = 4;
  unsigned user = 4;
  unsigned background = 1;

  unsigned sum() const { return system + user + background; }
};

/// How a reactor divides its time. The defaults suit a machine with a CPU per core.
struct ReactorOptions {
  /// Runnables per turn, at most: bounds how long inbound messages and timers wait.
  unsigned nodes_per_turn = 256;
  /// A turn ends early, at the end of a group's portion, when it is seen to have taken so long: by
  /// the cached time, so only long turns of more than 64 messages are.
  Duration turn_time_max = std::chrono::microseconds(500);
  /// nodes_per_turn is at least their sum: so each group that has something runs in every turn.
  GroupShares shares = {};
  /// Turns between two looks at the backend, at most, while the core is busy and has no kernel
  /// operation under way; with one, it looks every turn.
  unsigned turns_per_poll = 32;
  /// The least and the longest time an idle core polls before it sleeps; it adapts in between.
  /// Waking a sleeping core costs 15 to 20 µs, so a few times that pays off.
  Duration spin_min = Duration(0);
  Duration spin_max = std::chrono::microseconds(50);
  /// In debug builds, on a machine: reports runnables in which the thread waits instead of the
  /// coroutine (BlockedDetector).
  bool detect_blocking = true;
  /// Where that is reported; must outlive the reactor.
  Log* log = &Log::standard_error();
};

/// What a reactor did since it was made. Thread: owner core only.
struct ReactorCounters {
  std::uint64_t turns = 0;
  std::uint64_t runnables = 0;   ///< Runnables run.
  std::uint64_t sleeps = 0;      ///< Times the core waited in its backend.
  std::uint64_t wakes_sent = 0;  ///< Sleeping cores that this core woke.
  std::uint64_t clock_reads = 0;
  std::uint64_t spins = 0;    ///< Turns taken while idle, before sleeping.
  std::uint64_t blocked = 0;  ///< Runnables that blocked the thread for a while: debug builds.
  /// Times one runnable kept the core for longer than the stall detector allows, and for how long
  /// the longest did (to a few percent). 0 without a detector, as in simulation.
  std::uint64_t stalls = 0;
  Duration longest_stall = Duration(0);
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
  /// Sets where blocking work of this core goes; must outlive the core.
  void attach(BlockingPools& pools) { pools_ = &pools; }
  /// Null where no engine attached any.
  BlockingPools* pools() const { return pools_; }

  TimerWheel& timers() { return timers_; }
  const TimerWheel& timers() const { return timers_; }
  void arm_timer(Timer& timer, Time at) final { timers_.arm(timer, at); }
  void disarm_timer(Timer& timer) final { timers_.cancel(timer); }
  Backend& backend() { return backend_; }
  const ReactorOptions& options() const { return options_; }
  ReactorCounters counters() const;

  /// Notes that `count` messages were handled, and refreshes now() when enough were. The reactor
  /// itself counts one per runnable.
  void count_messages(unsigned count) {
    // Pairs with the load in progress(); orders nothing.
    const std::uint64_t messages = messages_.load(std::memory_order_relaxed) + count;
    messages_.store(messages, std::memory_order_relaxed);
    if (messages >= refresh_at_) [[unlikely]]
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

  // ---- for the stall detector: any thread, as long as the reactor lives ----

  /// Equal for two looks if the core ran the same thing all the while, and does not wait in its
  /// backend; or waited all the while.
  struct Progress {
    std::uint64_t turns = 0;
    std::uint64_t messages = 0;
    bool resting = true;  ///< It sleeps in its backend.

    friend bool operator==(const Progress&, const Progress&) = default;
  };
  Progress progress() const {
    // All pair with the stores of the core and order nothing: what they are to show is that
    // nothing moves.
    return {turns_.load(std::memory_order_relaxed), messages_.load(std::memory_order_relaxed),
            resting_.load(std::memory_order_relaxed)};
  }
  /// One thread at a time tells: another stall; how long the present one has lasted.
  void note_stall();
  void note_stall_lasted(Duration lasted);

  /// Puts `work` in the run queue when the core is told of a signal, the first time only. `work`
  /// must live until the last turn. Without it, signals are ignored.
  void on_signal(Runnable& work) { signal_work_ = &work; }
  /// The signal that the core was told of; 0 if none.
  int signal() const { return signal_; }
  /// Tells the core of signal `number` (1 to 64). Any thread, and a signal handler: takes no lock,
  /// allocates nothing, touches no thread-local.
  void post_signal(int number);
  /// Hands `posted` to the core, which takes it in before one of its next turns, in the order it
  /// was posted in. Any thread, as long as the core lives.
  void post(Posted& posted);
  /// Discards what was posted and not taken in. For the engine, after the last turn, when nobody
  /// posts any more and all of the core is still there.
  void discard_posted();

  /// Takes in what was requested or posted since the last turn: false if that is the end of run().
  /// The engine of a simulation calls it before each turn(); run() does so itself.
  bool heed_requests() {
    // Pairs with the fetch_or in request_stop(), post_signal() and post(): what came before is
    // visible.
    const std::uint32_t requests = requests_.load(std::memory_order_acquire);
    return requests == 0 || heed(requests);
  }

 protected:
  /// What `work` is, for a report: a literal, or lives as long as the reactor.
  virtual const char* describe(const Runnable& work) const;

 private:
  // What requests_ holds: the wish to stop, that something was posted, and above them the number
  // of a signal.
  static constexpr std::uint32_t kStop = 1;
  static constexpr std::uint32_t kPosted = 2;
  static constexpr unsigned kSignalShift = 2;

  bool heed(std::uint32_t requests);
  void take_posted();
  void refresh_time();
  bool run_ready();
  void run_watched(Runnable& work);
  bool next_group();
  bool spin(Time idle_since);
  void sleep(Time idle_since);
  void grow_spin_budget();
  void shrink_spin_budget();

  Backend& backend_;
  Exchange* exchange_ = nullptr;
  BlockingPools* pools_ = nullptr;
  std::atomic<std::uint64_t> messages_ = 0;
  std::uint64_t refresh_at_ = 0;  // messages_, when the time is to be read again
  std::atomic<std::uint64_t> turns_ = 0;
  int signal_ = 0;
  Runnable* signal_work_ = nullptr;
  const ReactorOptions options_;
  Duration spin_budget_;
  BlockedDetector detector_;
  // Whose turn it is among the groups, and for how many more: both last from turn to turn.
  Group group_ = Group::kUser;
  unsigned portion_left_ = 0;
  std::array<unsigned, kGroups> portions_;
  ReactorCounters counters_;
  TimerWheel timers_;

  // On a line of their own: other cores read them, this core's hot fields stay unshared.
  alignas(64) std::atomic<bool> sleeping_ = false;
  std::atomic<std::uint32_t> requests_ = 0;
  std::atomic<Posted*> posted_ = nullptr;  // newest first
  std::atomic<bool> resting_ = false;
  std::atomic<std::uint64_t> stalls_ = 0;
  std::atomic<std::int64_t> longest_stall_ = 0;
  static_assert(std::atomic<bool>::is_always_lock_free &&
                    std::atomic<std::uint32_t>::is_always_lock_free,
                "a signal handler uses them");
};

}  // namespace troupe::io
