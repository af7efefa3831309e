// CoreContext: what every coroutine needs of the core it runs on: time, memory, chance, its queue.
#pragma once

#include <atomic>
#include <cstdint>
#include <source_location>

#include "base/block_pool.h"
#include "base/check.h"
#include "base/memory_source.h"
#include "base/random.h"
#include "base/run_queue.h"
#include "base/time.h"
#include "base/timer.h"

namespace troupe {

/// The part of a reactor that the lowest layer knows. Thread: owner core only.
class CoreContext {
 public:
  /// `memory` must outlive the core.
  CoreContext(std::uint16_t index, std::uint64_t seed, MemorySource& memory = plain_heap())
      : blocks(memory), messages(memory), random(seed), index_(index) {}
  CoreContext(const CoreContext&) = delete;
  CoreContext& operator=(const CoreContext&) = delete;

  /// The core whose turn it is on this thread. Aborts elsewhere.
  static CoreContext& current() {
    TROUPE_DCHECK(current_ != nullptr, "not on a core: call this from a behaviour or a task");
    return *current_;
  }
  static CoreContext* current_or_null() { return current_; }

  /// Makes `core` the current one while it lives: a turn of a reactor, or a step of the simulation.
  class Bind {
   public:
    explicit Bind(CoreContext& core) : previous_(current_) { current_ = &core; }
    ~Bind() { current_ = previous_; }
    Bind(const Bind&) = delete;
    Bind& operator=(const Bind&) = delete;

   private:
    CoreContext* previous_;
  };

  std::uint16_t index() const { return index_; }
  /// The turn's cached time; at most 64 messages old, never ahead of the clock.
  Time now() const { return now_; }

  /// The strand that runs now, for reports; null between strands. Also in a signal handler on the
  /// core's thread: the strand is whole then.
  const Strand* running() const {
    // Pairs with the store in note_running(), on the same thread: only a handler comes between.
    return running_.load(std::memory_order_acquire);
  }
  /// Whoever resumes a coroutine says in which strand; whoever ends one says null first.
  void note_running(const Strand* strand) {
    // Pairs with the load in running(): what was done to the strand comes before.
    running_.store(strand, std::memory_order_release);
  }

  /// Makes `timer`, which is not armed, fire at `at` or later: once, in a turn that begins after
  /// this call.
  virtual void arm_timer(Timer& timer, Time at) = 0;
  /// Makes `timer`, which is armed, not fire.
  virtual void disarm_timer(Timer& timer) = 0;

  /// What both pools below take from, for counters and for who asks whether to begin something.
  MemorySource& memory() const { return blocks.source(); }

  RunQueue ready;
  /// For what must not fail: coroutine frames, cells, answers, control.
  BlockPool blocks;
  /// For user messages, which are dropped when there is no memory. A pool of its own, so that they
  /// never lie in blocks of the reserve.
  BlockPool messages;
  Random random;
  /// Where a coroutine of this core awaited last. Debug builds alone note it.
  std::source_location last_await;

 protected:
  ~CoreContext() = default;
  Time now_{};

 private:
  // The only thread-local of the project: a thread runs one core, the simulation sets it each step.
  static inline constinit thread_local CoreContext* current_ = nullptr;
  std::uint16_t index_;
  std::atomic<const Strand*> running_ = nullptr;
};

/// `duration` from now, by the current core's cached time. Call on a core.
inline Deadline within(Duration duration) {
  return Deadline(saturating_add(CoreContext::current().now(), duration));
}

}  // namespace troupe
