#include "io/timer_wheel.h"

#include <algorithm>

namespace troupe::io {

TimerWheel::TimerWheel(Time start) : current_(tick_of(start)) {
  for (unsigned i = 0; i < kLists; ++i) {
    heads_[i].next_ = &heads_[i];
    heads_[i].previous_ = &heads_[i];
    heads_[i].at_ = Time(Duration(i));
  }
}

Time TimerWheel::next_expiry() const {
  if (!empty(kFiring)) return heads_[kFiring].next_->at_;
  if (!empty(kDue)) return earliest_in(kDue, kMovesPerAdvanceMax, Time::min());
  if (cascading_ != kNone) return start_of(current_ + 1);
  const unsigned index = next_slot();
  if (index == kNone) return Time::max();
  // The later of two lower bounds. Before earliest_, advance() would not even look.
  return std::max(earliest_, earliest_in(index, kExactScanMax, start_of(slot_start(index))));
}

bool TimerWheel::advance_slowly(Time now) {
  // All is collected before any fires, so what fire() arms for the past waits for the next call.
  const bool complete = collect(now);
  unsigned fired = 0;
  while (!empty(kFiring) && fired < kFiresPerAdvanceMax) {
    Timer& timer = *heads_[kFiring].next_;
    unlink(timer);
    --armed_;
    ++fired;
    timer.fire();
  }
  if (!complete || !empty(kFiring)) {
    earliest_ = Time::min();
    return true;
  }
  earliest_ = next_expiry();
  return fired > 0;
}

/// Moves what is due at `now` to kFiring, in order. False if the limit of moves ended it early.
bool TimerWheel::collect(Time now) {
  const std::uint64_t target = tick_of(now);
  unsigned moves = kMovesPerAdvanceMax;
  while (current_ < target) {
    splice(kDue, kFiring);  // Their ticks are over.
    if (cascading_ == kNone) {
      const unsigned index = next_slot();
      if (index == kNone || slot_start(index) > target) {
        current_ = target;
        return true;
      }
      if (moves == 0) return false;
      --moves;
      if (index < kSlotsPerLevel) {
        current_ = slot_start(index);
        splice(index, kDue);
        continue;
      }
      // Until it is empty, the slot still takes new timers (current_ stays just before it), so that
      // timers of one moment keep their order even if sorting takes several calls.
      current_ = slot_start(index) - 1;
      cascading_ = index;
    }
    if (!cascade(moves)) return false;
  }
  return collect_partly_due(now, moves);
}

/// The current tick is not over: takes only those whose own moment has come.
bool TimerWheel::collect_partly_due(Time now, unsigned moves) {
  for (Timer* timer = heads_[kDue].next_; timer != &heads_[kDue];) {
    if (moves == 0) return false;
    --moves;
    Timer& candidate = *timer;
    timer = timer->next_;
    if (candidate.at_ <= now) {
      unlink(candidate);
      append(kFiring, candidate);
    }
  }
  return true;
}

/// Sorts the slot `cascading_` into lower levels. False if the limit of moves ended it early.
bool TimerWheel::cascade(unsigned& moves) {
  const std::uint64_t base = current_ + 1;
  while (!empty(cascading_)) {
    if (moves == 0) return false;
    --moves;
    Timer& timer = *heads_[cascading_].next_;
    unlink(timer);
    append(position(tick_of(timer.at_), base), timer);
  }
  cascading_ = kNone;
  current_ = base;
  splice(0, kDue);  // The lower digits of `base` are zero, so slot 0 holds its very tick.
  return true;
}

void TimerWheel::splice(unsigned source, unsigned target) {
  if (empty(source)) return;
  Head& from = heads_[source];
  Head& to = heads_[target];
  Timer* first = from.next_;
  Timer* last = from.previous_;
  first->previous_ = to.previous_;
  to.previous_->next_ = first;
  last->next_ = &to;
  to.previous_ = last;
  from.next_ = &from;
  from.previous_ = &from;
  occupied_[source / 64] &= ~(std::uint64_t{1} << (source % 64));
  occupied_[target / 64] |= std::uint64_t{1} << (target % 64);
}

/// The earliest occupied slot: lower levels come before higher ones. kNone if there is none.
unsigned TimerWheel::next_slot() const {
  for (unsigned level = 0; level < kLevels; ++level) {
    if (occupied_[level] != 0) {
      return level * kSlotsPerLevel + static_cast<unsigned>(std::countr_zero(occupied_[level]));
    }
  }
  return kNone;
}

/// The first tick of an occupied slot: digits above its level are those of the current tick.
std::uint64_t TimerWheel::slot_start(unsigned index) const {
  const unsigned shift = index / kSlotsPerLevel * kLevelBits;
  const std::uint64_t above = current_ >> (shift + kLevelBits) << (shift + kLevelBits);
  return above | static_cast<std::uint64_t>(index % kSlotsPerLevel) << shift;
}

/// The earliest moment in a list, or `otherwise` if it is longer than `scan_max`.
Time TimerWheel::earliest_in(unsigned index, unsigned scan_max, Time otherwise) const {
  Time earliest = Time::max();
  const Timer* timer = heads_[index].next_;
  for (unsigned i = 0; timer != &heads_[index]; timer = timer->next_, ++i) {
    if (i == scan_max) return otherwise;
    if (timer->at_ < earliest) earliest = timer->at_;
  }
  return earliest;
}

}  // namespace troupe::io
