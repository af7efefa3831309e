// HealthCheck: looks at an actor from time to time, and has it fail when it is not well.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "actor/ref.h"
#include "actor/supervision/supervision.h"
#include "base/result.h"
#include "base/strand.h"
#include "base/task.h"
#include "base/time.h"
#include "base/timer.h"

namespace troupe {

class Cell;

/// Part of a Cell's relations: the checks of one actor. Thread: its core.
class HealthMonitor final : private Timer {
 public:
  HealthMonitor(Cell& cell, HealthCheck check);
  ~HealthMonitor();

  /// No check begins any more. True if one is under way: it ends soon, and calls the cell's
  /// health_check_ended().
  bool end();

 private:
  void fire() override;
  void schedule_next();
  void begin();
  void checked(const Status& status);
  void fail(const std::string& why);

  class Run;
  Cell& cell_;
  const HealthCheck check_;
  Strand strand_;
  bool running_ = false;
  bool ending_ = false;
  std::uint32_t failures_ = 0;    // in a row
  const void* oldest_ = nullptr;  // the message that waited longest, at the last look
};

/// Asks the actor as `check(reference)` does, a Task<Status> function: `self.spawn<Worker>(
/// {.supervision = Supervision{.health = health_check<Worker>(5s, ping)}}, worker)`. An error, an
/// exception, or no answer within `within` is a failed check.
template <class A>
HealthCheck health_check(Duration every, std::function<Task<Status>(Ref<A>)> check,
                         Duration within = std::chrono::seconds(1), std::uint32_t failures = 1) {
  return HealthCheck{
      .every = every,
      .within = within,
      .failures = failures,
      .check = [check = std::move(check)](Address address) { return check(Ref<A>(address)); }};
}

/// Asks nothing: it is not well if the message that waits longest is the same one as at the check
/// before. For actors whose contract has no question for that.
inline HealthCheck health_by_progress(Duration every, std::uint32_t failures = 1) {
  return HealthCheck{.every = every, .failures = failures};
}

}  // namespace troupe
