#include "io/blocking/blocking.h"

namespace troupe::io::detail {

void AwaitedJob::came_home() {
  if (wait != nullptr) std::exchange(wait, nullptr)->end();
}

BlockingWait::~BlockingWait() {
  if (job_ == nullptr || job_->wait == nullptr) return;
  if (armed()) Reactor::current().timers().cancel(*this);
  pool_->withdraw(*job_);
  job_->wait = nullptr;
}

bool BlockingWait::start(std::coroutine_handle<> handle, const CallContext& context) {
  error_ = submit(context);
  if (error_) {
    job_.reset();
    return false;
  }
  job_->wait = this;
  begin(handle, context);
  if (deadline_.at() != Time::max()) Reactor::current().timers().arm(*this, deadline_.at());
  return true;
}

/// Why it could not.
std::optional<Error> BlockingWait::submit(const CallContext& context) {
  Reactor& core = Reactor::current();
  if (const std::optional<Code> reason = context.strand->cancelled()) {
    return Error(*reason, 0, "blocking");
  }
  deadline_ = Deadline::earlier(deadline_, Deadline(context.deadline));
  if (deadline_.reached(core.now())) return Error(Code::kDeadlineExceeded, 0, "blocking");
  if (core.pools() == nullptr) {
    return Error(Code::kUnsupported, 0, "blocking: the engine of this core has no pools");
  }
  pool_ = core.pools()->find(pool_name_);
  if (pool_ == nullptr) {
    return Error(Code::kInvalidArgument, 0, "blocking: SystemOptions::pools has no such pool");
  }
  job_ = make_job(core);
  const Status submitted = pool_->submit(job_, when_full_);
  if (!submitted) return submitted.error();
  return std::nullopt;
}

void BlockingWait::give_up(Code reason) {
  // Done, and on its way home: the result is given.
  if (pool_->withdraw(*job_) == Withdrawal::kDone) return;
  error_ = Error(reason, 0, pool_->name());
  job_->wait = nullptr;
  end();
}

void BlockingWait::end() {
  if (armed()) Reactor::current().timers().cancel(*this);
  complete();
}

}  // namespace troupe::io::detail
