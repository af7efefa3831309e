// every: a periodic timer that does not drift, and says what it missed.
#pragma once

#include <coroutine>
#include <cstdint>

#include "base/check.h"
#include "base/result.h"
#include "base/time.h"
#include "io/reactor.h"
#include "io/sleep.h"

namespace troupe::io {

/// One tick of an Interval.
struct Tick {
  Time due{};                ///< When it was to be: a whole number of periods after the first.
  std::uint64_t missed = 0;  ///< Ticks since the one before that nobody was there for.
};

/// `Interval ticker = every(10ms);` and then, in a loop, `auto tick = co_await ticker.next();`.
///
/// Ticks are due at start + period, start + 2 periods and so on, however late each one is taken and
/// whatever its work takes. Who is late by whole periods gets one tick for all of them, the latest,
/// and learns how many it missed. Allocates nothing. Thread: one core, one coroutine at a time.
/// Lifetime: outlives its awaits.
class Interval {
 public:
  /// The first tick is due at `start`. `period` is at least 1 ns; aborts otherwise.
  Interval(Time start, Duration period) : due_(start), period_(period) {
    TROUPE_CHECK(period.count() > 0, "an Interval needs a period above 0");
  }

  class Awaiter;
  class Next;
  /// Awaits the next tick: a Result<Tick>. At once, through the run queue, if it is due already.
  /// Errors: kCancelled or kStopping, the strand's reason; the tick is kept for the next call then.
  [[nodiscard]] Next next();

  Duration period() const { return period_; }
  /// When the next tick is due.
  Time due() const { return due_; }

 private:
  Tick take(Time now);

  Time due_;
  Duration period_;
};

/// Lives in the awaiting frame.
class Interval::Awaiter {
 public:
  explicit Awaiter(Interval& interval) : interval_(interval), sleep_(interval.due_) {}

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    return sleep_.await_suspend(handle);
  }
  Result<Tick> await_resume() {
    const Status slept = sleep_.await_resume();
    if (!slept) return slept.error();
    return interval_.take(Reactor::current().now());
  }

 private:
  Interval& interval_;
  detail::SleepAwaiter sleep_;
};

/// A wait not yet begun: movable, so that all_of and first_of can take it.
class Interval::Next {
 public:
  explicit Next(Interval& interval) : interval_(interval) {}
  Awaiter operator co_await() const { return Awaiter(interval_); }

 private:
  Interval& interval_;
};

inline Interval::Next Interval::next() { return Next(*this); }

inline Tick Interval::take(Time now) {
  const std::int64_t missed = now > due_ ? (now - due_).count() / period_.count() : 0;
  // Never beyond now, so it does not overflow.
  const Time due = due_ + missed * period_;
  due_ = saturating_add(due, period_);
  return Tick{due, static_cast<std::uint64_t>(missed)};
}

/// An Interval that ticks first one `period` from the current core's cached now(). Call on a core.
inline Interval every(Duration period) {
  return Interval(saturating_add(CoreContext::current().now(), period), period);
}

}  // namespace troupe::io

namespace troupe {
using io::every;
using io::Interval;
using io::Tick;
}  // namespace troupe
