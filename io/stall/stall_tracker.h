// StallTracker: from looks at a core's progress, when it stalls and for how long. StallLimit: which
// stalls are reported.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "io/reactor.h"

namespace troupe::io {

/// Of one core. Thread: one. It knows no clock: each look brings its time.
class StallTracker {
 public:
  /// A core that shows no progress for `threshold` stalls.
  explicit StallTracker(Duration threshold) : threshold_(threshold) {}

  enum class Event : std::uint8_t {
    kNone,
    kBegan,   ///< It stalls, and has done so for lasted().
    kGoesOn,  ///< Still; lasted() has grown.
    kEnded,   ///< It went on since the last look; lasted() says how long it stalled.
  };

  /// `progress` as it is at `now`; looks come in the order of time.
  Event look(const Reactor::Progress& progress, Time now) {
    if (progress == last_ && !progress.resting) {
      lasted_ = now - since_;
      if (stalled_) return Event::kGoesOn;
      if (lasted_ < threshold_) return Event::kNone;
      stalled_ = true;
      return Event::kBegan;
    }
    const bool ended = stalled_;
    // It went on at some moment between the last look and this one.
    if (ended) lasted_ += (now - since_ - lasted_) / 2;
    last_ = progress;
    since_ = now;
    stalled_ = false;
    return ended ? Event::kEnded : Event::kNone;
  }

  bool stalled() const { return stalled_; }
  /// What the core was seen to do at the last look.
  const Reactor::Progress& progress() const { return last_; }
  /// Of the present stall, or of the one that ended with the last look: from the first look that
  /// saw it, so up to the time between two looks too short.
  Duration lasted() const { return lasted_; }

 private:
  const Duration threshold_;
  Reactor::Progress last_;
  Time since_{};
  Duration lasted_{};
  bool stalled_ = false;
};

/// At most one report in a while. Thread: one.
class StallLimit {
 public:
  explicit StallLimit(Duration period) : period_(period) {}

  /// Whether a stall that goes on at `now` is to be reported; if not, it may be later.
  bool allows(Time now) {
    if (now < next_) return false;
    next_ = saturating_add(now, period_);
    return true;
  }
  /// A stall has ended that was not reported.
  void suppress() { ++suppressed_; }
  /// Stalls not reported since the last call.
  std::uint64_t take_suppressed() {
    const std::uint64_t suppressed = suppressed_;
    suppressed_ = 0;
    return suppressed;
  }

 private:
  const Duration period_;
  Time next_ = Time::min();
  std::uint64_t suppressed_ = 0;
};

}  // namespace troupe::io
