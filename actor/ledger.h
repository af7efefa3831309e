// Ledger: what became of every user message. At any quiet moment, summed over the cores of a node:
// sent = handled + sum(dropped by reason) + queued. What a Stash keeps counts as queued.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.h"

namespace troupe {

/// Why a message was dropped: a closed list.
enum class DropReason : std::uint8_t {
  kMailboxFull,
  kDisplaced,  ///< By a newer one, under overflow drop_oldest.
  kLaneFull,   ///< The sending core's budget for frames to other cores was spent.
  kNoSuchActor,
  kActorStopped,
  kTooLarge,
  kWrongProtocol,  ///< The target is an actor of another type.
  kSystemStopping,
  kTooManyActors,     ///< The limit of actors per core kept a keyed actor from coming to life.
  kActivationFailed,  ///< So did an exception, at its start or before it had handled anything.
  kOutOfMemory,       ///< The node's memory budget is spent.
  kTimerCancelled,    ///< A timer's message was queued when its timer was cancelled or replaced.
  kTooManyTimers,     ///< The limit of timers per actor kept a timer from starting.
  kStashFull,         ///< A state deferred it, and had deferred as many as it may.
  kInjected,          ///< A test wanted it lost: Interceptor.
  kWouldDeadlock,     ///< An ask whose asker the asked actor waits for.
};
inline constexpr std::size_t kDropReasons = 16;

const char* to_string(DropReason reason);
/// What an ask that is dropped for `reason` is answered with.
Code code_for(DropReason reason);

/// Thread: owner core only; summed when the cores are quiet.
struct Ledger {
  std::uint64_t sent = 0;
  std::uint64_t handled = 0;
  std::uint64_t dropped[kDropReasons] = {};
  /// Answers that came after their ask had ended: not messages, counted for completeness.
  std::uint64_t late_answers = 0;
  /// Of those handled: unknown to this version of the contract, or given to Self::unhandled(),
  /// Downs too.
  std::uint64_t unhandled = 0;
  /// Of those handled: in which a handler failed, and its actor went on
  /// (HandlerDirective::kResume).
  std::uint64_t resumed = 0;

  std::uint64_t dropped_total() const {
    std::uint64_t total = 0;
    for (std::uint64_t count : dropped) total += count;
    return total;
  }
  Ledger& operator+=(const Ledger& other) {
    sent += other.sent;
    handled += other.handled;
    late_answers += other.late_answers;
    unhandled += other.unhandled;
    resumed += other.resumed;
    for (std::size_t i = 0; i < kDropReasons; ++i) dropped[i] += other.dropped[i];
    return *this;
  }
};

}  // namespace troupe
