// StallWatch: a thread that sees when a core runs one thing for too long, and says what.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "io/reactor.h"

namespace troupe::io {

/// How long a runnable may keep its core before that is reported, unless the options say otherwise.
inline constexpr Duration kStallAfterDefault = std::chrono::milliseconds(25);

/// One for the cores of an engine. While a core stalls, and so during an endless loop too, `log`
/// gets one warning: which core, for how long, how much of it on the CPU, which actor, its chain of
/// awaits, the native stack; and one when the core goes on. A call that blocks the thread is a
/// stall like any other. Every stall is counted (ReactorCounters::stalls). See docs/debugging.md.
///
/// A stall is seen when it has lasted between `threshold` and 1.5 times that; after a while in
/// which all cores slept, up to 5 times that.
class StallWatch {
 public:
  /// Of each core at most one stall is reported in so long; the next report counts the others.
  static constexpr Duration kReportEvery = std::chrono::seconds(1);
  /// How long the stalled thread may take to say what it does: it may be in the kernel, out of the
  /// reach of signals.
  static constexpr Duration kAnswerWithin = std::chrono::milliseconds(20);

  /// `threshold`: at least 1 ms. `log` must outlive this. If no thread can be had, `log` gets a
  /// warning and nothing is watched.
  StallWatch(Duration threshold, Log& log, Duration report_every = kReportEvery);
  /// After the last detach().
  ~StallWatch();
  StallWatch(const StallWatch&) = delete;
  StallWatch& operator=(const StallWatch&) = delete;

  /// Watches the core of this thread from now on, until detach(): that belongs on this thread too,
  /// before the core's end.
  void attach(Reactor& core);
  void detach(Reactor& core);

 private:
  class Watched;

  void run();
  Duration look_at_all();
  void look(Watched& watched);
  void report_begin(Watched& watched);
  void report_end(Watched& watched);

  const Duration threshold_;
  const Duration report_every_;
  Log& log_;
  std::mutex mutex_;  // Of all below; the cores take it in attach() and detach() alone.
  std::condition_variable ending_;
  bool end_ = false;
  bool warned_of_signal_ = false;
  std::vector<std::unique_ptr<Watched>> watched_;
  std::thread thread_;
};

}  // namespace troupe::io
