#include "actor/stop_request.h"

#include "actor/core.h"

namespace troupe {

void StopRequest::ask() {
  asked_ = true;
  while (first_ != nullptr) {
    StopWait& wait = *first_;
    wait.unlink();
    if (wait.armed()) Core::current().timers().cancel(wait);
    wait.complete();
  }
}

bool StopWait::start(std::coroutine_handle<> handle, const CallContext& context) {
  Core& core = Core::current();
  awaiting_ = context.strand;
  if (core.stop_request.asked()) return false;
  if (std::optional<Code> reason = awaiting_->cancelled()) {
    reason_ = reason;
    return false;
  }
  deadline_ = Deadline::earlier(deadline_, Deadline(context.deadline));
  if (deadline_.reached(core.now())) {
    reason_ = Code::kDeadlineExceeded;
    return false;
  }
  begin(handle, context);
  if (deadline_.at() != Time::max()) core.timers().arm(*this, deadline_.at());
  next_ = core.stop_request.first_;
  if (next_ != nullptr) next_->link_ = &next_;
  link_ = &core.stop_request.first_;
  core.stop_request.first_ = this;
  return true;
}

Status StopWait::await_resume() {
  if (reason_) return Error(*reason_);
  Core::current().stop_request.look();
  // To main this is what kStop is to an actor: it knows, and may await again to say goodbye.
  if (awaiting_->cancelled() == Code::kStopping) awaiting_->clear_cancellation();
  return ok();
}

void StopWait::unlink() {
  *link_ = next_;
  if (next_ != nullptr) next_->link_ = link_;
  link_ = nullptr;
}

void StopWait::fire() {
  reason_ = Code::kDeadlineExceeded;
  unlink();
  complete();
}

void StopWait::cancel(Code reason) {
  reason_ = reason;
  unlink();
  if (armed()) Core::current().timers().cancel(*this);
  complete();
}

}  // namespace troupe
