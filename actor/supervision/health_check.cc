#include "actor/supervision/health_check.h"

#include <exception>
#include <string>

#include "actor/cell.h"
#include "actor/core.h"
#include "actor/supervision/supervised.h"
#include "base/combine.h"

namespace troupe {

/// One check: the first coroutine of the monitor's strand. Destroys itself.
class HealthMonitor::Run {
 public:
  static detail::Branch check(HealthMonitor* monitor) {
    const std::uint64_t behavior = monitor->cell_.supervised()->restarts();
    Status status = ok();
    std::string thrown;
    try {
      status = co_await monitor->check_.check(monitor->cell_.address());
    } catch (const std::exception& exception) {
      thrown = exception.what();
    } catch (...) {
      thrown = "an exception not derived from std::exception";
    }
    monitor->strand_.forget_first();
    monitor->running_ = false;
    if (monitor->cell_.supervised()->restarts() != behavior) {
      monitor->checked(ok());  // it was another behaviour that was looked at
    } else if (!thrown.empty()) {
      monitor->fail(thrown);
    } else {
      monitor->checked(status);
    }
  }
};

HealthMonitor::HealthMonitor(Cell& cell, HealthCheck check)
    : cell_(cell), check_(std::move(check)) {
  TROUPE_CHECK(check_.every > Duration(0) && check_.failures > 0,
               "HealthCheck: every and failures must be above 0");
  strand_.belong_to(&cell);
  schedule_next();
}

HealthMonitor::~HealthMonitor() {
  if (armed()) cell_.core().timers().cancel(*this);
}

bool HealthMonitor::end() {
  ending_ = true;
  if (armed()) cell_.core().timers().cancel(*this);
  if (running_) strand_.cancel(Code::kCancelled);
  return running_;
}

void HealthMonitor::schedule_next() {
  cell_.core().timers().arm(*this, saturating_add(cell_.core().now(), check_.every));
}

void HealthMonitor::fire() {
  if (running_) {
    strand_.cancel(Code::kDeadlineExceeded);  // it awaits what knows no deadline
    return;
  }
  begin();
}

void HealthMonitor::begin() {
  if (!check_.check) {
    auto* oldest = static_cast<protocols::Frame*>(const_cast<void*>(cell_.oldest_message()));
    // Its address alone says nothing: blocks are used again. A new message has no mark.
    const bool stuck =
        oldest != nullptr && oldest == oldest_ && oldest->has(protocols::frame_flag::kSeen);
    oldest_ = oldest;
    if (oldest != nullptr) oldest->header.flags |= protocols::frame_flag::kSeen;
    if (!stuck) return checked(ok());
    return fail("it has taken no message since the last check, and " +
                std::to_string(cell_.queued()) + " wait");
  }
  if (!cell_.has_behavior()) return schedule_next();  // it starts anew
  running_ = true;
  Core& core = cell_.core();
  const Time end = saturating_add(core.now(), check_.within);
  core.timers().arm(*this, end);
  CallContext context;
  context.deadline = end;
  context.strand = &strand_;
  strand_.clear_cancellation();
  strand_.set_group(cell_.strand().group());
  Run::check(this).start(context);
}

void HealthMonitor::checked(const Status& status) {
  if (!status) return fail(status.error().describe());
  failures_ = 0;
  if (armed()) cell_.core().timers().cancel(*this);
  if (ending_) return cell_.health_check_ended();
  schedule_next();
}

void HealthMonitor::fail(const std::string& why) {
  if (armed()) cell_.core().timers().cancel(*this);
  if (ending_) return cell_.health_check_ended();
  schedule_next();
  if (++failures_ < check_.failures) return;
  failures_ = 0;
  oldest_ = nullptr;
  cell_.fail(Failure(FailureKind::kUnhealthy, "its health check failed: " + why));
}

}  // namespace troupe
