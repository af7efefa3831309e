// Backend: where one core's time, chance, waiting and wake-ups come from.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace troupe::io {

/// One per core. Thread: owner core only, except wake().
class Backend {
 public:
  virtual ~Backend() = default;

  /// Reads the clock. Never goes back.
  virtual Time now() = 0;
  /// Reaps what has completed, without waiting.
  virtual void poll() = 0;
  /// Waits until wake() is called, something completes, or `until` has come; Time::max() means no
  /// limit.
  virtual void sleep(Time until) = 0;
  /// Ends the current sleep() of this core, or the next one. Any thread, and a signal handler.
  virtual void wake() = 0;
  /// Whether what was written for other cores becomes visible to them this turn. Always, on a
  /// machine; the simulation delays.
  virtual bool publishes_now() = 0;
};

}  // namespace troupe::io
