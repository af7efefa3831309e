// Time points and deadlines on the core's own clock: monotonic on a machine, virtual in simulation.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

namespace troupe {

using Duration = std::chrono::nanoseconds;

/// The clock that Time counts on. It has no now(): the time comes from the reactor's backend.
struct CoreClock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = Duration;
  using time_point = std::chrono::time_point<CoreClock, Duration>;
  static constexpr bool is_steady = true;
};

/// Nanoseconds of the node's clock. Comparable between the cores of one node, not between nodes.
using Time = CoreClock::time_point;

/// `time + duration` that stays at the far end instead of wrapping.
constexpr Time saturating_add(Time time, Duration duration) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(time.time_since_epoch().count(), duration.count(), &sum)) {
    return duration.count() > 0 ? Time::max() : Time::min();
  }
  return Time(Duration(sum));
}

/// The moment after which an answer is no longer wanted. Absolute, so it can be passed on.
class Deadline {
 public:
  explicit constexpr Deadline(Time at) : at_(at) {}

  constexpr Time at() const { return at_; }
  constexpr bool reached(Time now) const { return now >= at_; }
  /// What is left, never negative.
  constexpr Duration left(Time now) const { return now >= at_ ? Duration(0) : at_ - now; }

  static constexpr Deadline earlier(Deadline a, Deadline b) { return a.at_ < b.at_ ? a : b; }
  friend constexpr auto operator<=>(const Deadline&, const Deadline&) = default;

 private:
  Time at_;
};

}  // namespace troupe
