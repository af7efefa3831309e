// Hierarchical timer wheel: O(1) arm and cancel, no allocation, ticks of 65.5 µs, any Time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/time.h"
#include "io/timer.h"

namespace troupe::io {

/// The timers of one core. Thread: owner core only. Allocates: never. Timers are the caller's; each
/// must be cancelled, or have fired, before it or the wheel ends.
///
/// Order: timers of different ticks fire in time order, timers of one moment in the order they were
/// armed. A timer armed for a moment that has passed counts as due at the moment of arming.
class TimerWheel {
 public:
  /// A tick is 2^16 ns: it bounds sorting, not precision; due times are compared exactly.
  static constexpr unsigned kTickBits = 16;
  /// Timers that one advance() fires at most, so that a crowd cannot hold up the core's turn.
  static constexpr unsigned kFiresPerAdvanceMax = 4096;
  /// Timers that one advance() sorts nearer at most, for the same reason.
  static constexpr unsigned kMovesPerAdvanceMax = 16384;

  /// `start`: no later than the first time given to advance().
  explicit TimerWheel(Time start);
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  /// Makes `timer` fire at the first advance() that begins later and is given `at` or more. Aborts
  /// in debug builds if it is armed.
  void arm(Timer& timer, Time at) {
    TROUPE_DCHECK(!timer.armed(), "a timer is armed twice; cancel it first");
    timer.at_ = at;
    const std::uint64_t tick = tick_of(at);
    append(tick <= current_ ? kDue : position(tick, current_), timer);
    if (at < earliest_) earliest_ = at;
    ++armed_;
  }

  /// Makes `timer` not fire. Aborts in debug builds if it is not armed.
  void cancel(Timer& timer) {
    TROUPE_DCHECK(timer.armed(), "a timer is cancelled that is not armed; ask armed() first");
    unlink(timer);
    --armed_;
  }

  /// Fires what is due at `now`, which never goes back. True if any fired or the limit left some
  /// for the next call. What fires may arm and cancel any timer, but must not call advance().
  bool advance(Time now) {
    if (now < earliest_) [[likely]]
      return false;
    return advance_slowly(now);
  }

  /// The earliest moment at which advance() could have work: never later than the earliest timer,
  /// equal to it unless very many share a slot. Time::max() if there is none.
  Time next_expiry() const;

  std::size_t armed() const { return armed_; }

 private:
  static constexpr unsigned kLevelBits = 6;
  static constexpr unsigned kSlotsPerLevel = 1u << kLevelBits;
  static constexpr unsigned kLevels = 8;
  static_assert(kLevels * kLevelBits + kTickBits == 64, "the levels cover every Time");
  // Two lists beside the levels: timers of the current tick or earlier, and those about to fire.
  static constexpr unsigned kDue = kLevels * kSlotsPerLevel;
  static constexpr unsigned kFiring = kDue + 1;
  static constexpr unsigned kLists = kFiring + 1;
  static constexpr unsigned kNone = kLists;
  static constexpr unsigned kExactScanMax = 16;

  /// The head of a circular list; its `at_` holds its own index, so that cancel() finds the bit.
  class Head final : public Timer {
   public:
    void fire() override {}
  };

  static std::uint64_t tick_of(Time at) {
    // Flipping the sign bit maps every Time to an unsigned number in the same order.
    return (static_cast<std::uint64_t>(at.time_since_epoch().count()) ^ kSignBit) >> kTickBits;
  }
  static Time start_of(std::uint64_t tick) {
    return Time(Duration(static_cast<std::int64_t>((tick << kTickBits) ^ kSignBit)));
  }
  /// The level is that of the highest digit in which `tick` differs from `base`: so all timers of
  /// one tick are always in one list, in the order they were armed.
  static unsigned position(std::uint64_t tick, std::uint64_t base) {
    const unsigned bit = 63u - static_cast<unsigned>(std::countl_zero((tick ^ base) | 1));
    const unsigned level = bit / kLevelBits;
    return level * kSlotsPerLevel +
           static_cast<unsigned>((tick >> (level * kLevelBits)) & (kSlotsPerLevel - 1));
  }

  void append(unsigned index, Timer& timer) {
    Head& head = heads_[index];
    timer.next_ = &head;
    timer.previous_ = head.previous_;
    head.previous_->next_ = &timer;
    head.previous_ = &timer;
    occupied_[index / 64] |= std::uint64_t{1} << (index % 64);
  }
  void unlink(Timer& timer) {
    Timer* next = timer.next_;
    Timer* previous = timer.previous_;
    next->previous_ = previous;
    previous->next_ = next;
    timer.next_ = nullptr;
    if (next == previous) {  // Only the head is left.
      const auto index = static_cast<std::uint64_t>(next->at_.time_since_epoch().count());
      occupied_[index / 64] &= ~(std::uint64_t{1} << (index % 64));
    }
  }
  bool empty(unsigned index) const { return heads_[index].next_ == &heads_[index]; }

  bool advance_slowly(Time now);
  bool collect(Time now);
  bool collect_partly_due(Time now, unsigned moves);
  bool cascade(unsigned& moves);
  void splice(unsigned source, unsigned target);
  unsigned next_slot() const;
  std::uint64_t slot_start(unsigned index) const;
  Time earliest_in(unsigned index, unsigned scan_max, Time otherwise) const;

  static constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

  Time earliest_ = Time::max();  // No timer is due before it; may be too early after a cancel.
  std::uint64_t current_;        // Every timer of this tick or earlier is in kDue or kFiring.
  std::size_t armed_ = 0;
  unsigned cascading_ = kNone;  // The slot being sorted nearer; begins at tick current_ + 1.
  std::uint64_t occupied_[kLevels + 1] = {};
  Head heads_[kLists];
};

}  // namespace troupe::io
