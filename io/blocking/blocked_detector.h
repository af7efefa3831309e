// BlockedDetector: finds out, in debug builds, that a core's thread slept inside a runnable.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace troupe::io {

/// Whether this build looks. Sanitizers wait for locks of their own.
#if defined(NDEBUG) || defined(TROUPE_SANITIZED)
inline constexpr bool kDetectsBlocking = false;
#else
inline constexpr bool kDetectsBlocking = true;
#endif

/// A thread that gives up its CPU by itself has waited: for a system call, a page of a file, a
/// lock. The kernel counts how often. A core's thread does that in its backend and nowhere else, so
/// the counts before and after a runnable are the same, unless it blocked. Being preempted is
/// counted elsewhere. Costs one system call a runnable. Thread: the core's own.
class BlockedDetector {
 public:
  /// Shorter waits are nobody's fault, above all: the allocator's, a line to standard error.
  static constexpr Duration kReportedMin = std::chrono::milliseconds(1);

  /// Before a runnable: notes how often this thread has waited.
  void begin() { waits_ = read_waits(); }
  /// After it: whether the thread has waited since.
  bool waited() const { return read_waits() != waits_; }

  /// True for the 1st, 2nd, 4th, 8th, … time it is called: what to report, of many.
  bool worth_a_line() {
    ++found_;
    return (found_ & (found_ - 1)) == 0;
  }
  std::uint64_t found() const { return found_; }

 private:
  static std::int64_t read_waits();

  std::int64_t waits_ = 0;
  std::uint64_t found_ = 0;
};

}  // namespace troupe::io
