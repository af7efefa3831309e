#include "base/wait_queue.h"

#include "base/check.h"

namespace troupe::detail {

std::size_t WaitQueue::size() const {
  std::size_t count = 0;
  for (const QueuedWait* wait = first_; wait != nullptr; wait = wait->next_) ++count;
  return count;
}

void WaitQueue::add_last(QueuedWait& wait) {
  wait.next_ = nullptr;
  wait.previous_ = last_;
  (last_ != nullptr ? last_->next_ : first_) = &wait;
  last_ = &wait;
}

void WaitQueue::add_first(QueuedWait& wait) {
  wait.previous_ = nullptr;
  wait.next_ = first_;
  (first_ != nullptr ? first_->previous_ : last_) = &wait;
  first_ = &wait;
}

void WaitQueue::remove(QueuedWait& wait) {
  (wait.previous_ != nullptr ? wait.previous_->next_ : first_) = wait.next_;
  (wait.next_ != nullptr ? wait.next_->previous_ : last_) = wait.previous_;
}

QueuedWait::~QueuedWait() {
  if (state_ == State::kWaiting) stop_waiting();
}

bool QueuedWait::suspend(std::coroutine_handle<> handle, const CallContext& context) {
  if (const std::optional<Code> reason = context.strand->cancelled()) {
    refuse(Error(*reason));
    return false;
  }
  if (try_now()) return false;
  deadline_ = Deadline::earlier(deadline_, Deadline(context.deadline));
  if (deadline_.reached(CoreContext::current().now())) {
    refuse(Error(Code::kDeadlineExceeded));
    return false;
  }
  begin(handle, context);
  state_ = State::kWaiting;
  queue_.add_last(*this);
  arm();
  return true;
}

void QueuedWait::grant() {
  stop_waiting();
  state_ = State::kGranted;
  complete();
}

void QueuedWait::fail(Error error) {
  stop_waiting();
  error_ = error;
  complete();
}

void QueuedWait::give_up(Code reason) {
  fail(Error(reason));
  left();
}

bool QueuedWait::too_late() {
  TROUPE_DCHECK(granted(), "too_late() of a wait that was not granted, or twice");
  state_ = State::kEnded;
  const std::optional<Code> reason = strand().cancelled();
  if (reason) error_ = Error(*reason);
  return reason.has_value();
}

void QueuedWait::wait_again() {
  begin_again();
  state_ = State::kWaiting;
  queue_.add_first(*this);
  arm();
}

void QueuedWait::stop_waiting() {
  TROUPE_DCHECK(state_ == State::kWaiting, "a wait ends that does not wait");
  state_ = State::kEnded;
  queue_.remove(*this);
  if (armed()) CoreContext::current().disarm_timer(*this);
}

void QueuedWait::arm() {
  // Nothing comes after Time::max(), so a wait without a deadline needs no timer.
  if (deadline_.at() != Time::max()) CoreContext::current().arm_timer(*this, deadline_.at());
}

}  // namespace troupe::detail
