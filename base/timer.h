// Timer: a moment at which a core calls back. Intrusive, so arming allocates nothing.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace troupe {

namespace io {
class TimerWheel;
}

/// Derive and implement fire(). Must be disarmed before it is destroyed. Thread: owner core only.
class Timer {
 public:
  /// Called on the owner core, once per arm, never before the time it was armed for. May arm again.
  virtual void fire() = 0;

  bool armed() const { return next_ != nullptr; }
  Time at() const { return at_; }

 protected:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() = default;

 private:
  friend class io::TimerWheel;
  Timer* next_ = nullptr;
  Timer* previous_ = nullptr;
  Time at_{};
};

}  // namespace troupe
