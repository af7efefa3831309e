#include "actor/time/receive.h"

#include "actor/core.h"
#include "actor/relations.h"

namespace troupe {

ReceiveOperation::~ReceiveOperation() {
  if (!waits_) return;
  // The behaviour ends here.
  if (armed()) cell_.core().timers().cancel(*this);
  leave();
  cell_.stop_waiting(*this);
}

bool ReceiveOperation::start(std::coroutine_handle<> handle, PromiseBase& promise) {
  const CallContext& context = promise.context();
  promise_ = &promise;
  in_branch_ = context.strand != &cell_.strand();
  begin(handle, context);
  const std::optional<Code> reason = context.strand->cancelled();
  if (reason && (*reason != Code::kStopping || !cell_.is_to_stop())) {
    end_with(*reason);
    return true;
  }
  if (cell_.can_receive()) {
    leave();
    return false;
  }
  if (!cell_.wait_for(*this, handle)) {
    end_with(Code::kStopping);
    return true;
  }
  waits_ = true;
  if (deadline_.at() == Time::max()) return true;
  // In a later turn, even if it has passed: what is queued comes first.
  cell_.core().timers().arm(*this, deadline_.at());
  return true;
}

void ReceiveOperation::message_came() {
  waits_ = false;
  if (armed()) cell_.core().timers().cancel(*this);
  leave();
  cell_.receive_over(*this);
}

void ReceiveOperation::end_with(Code reason) {
  ended_ = reason;
  if (armed()) cell_.core().timers().cancel(*this);
  if (waits_) cell_.stop_waiting(*this);
  waits_ = false;
  complete();
}

void ReceiveOperation::cancel(Code reason) {
  // The actor is to end: kStop is on its way.
  if (reason == Code::kStopping && cell_.is_to_stop()) return;
  end_with(reason);
}

void ReceiveOperation::fire() {
  // The cell is about to resume it with kStop, or to destroy its frame.
  if (cell_.is_to_stop() && !in_branch_) return;
  timed_out_ = true;
  end_with(Code::kDeadlineExceeded);
}

std::optional<Code> ReceiveOperation::ended_without_message() {
  if (timed_out_ && cell_.can_deliver()) return std::nullopt;  // it came at the last moment
  return ended_;
}

// ---- the cell's part ----

bool Cell::receives_in_branch() const {
  return (unusual_ & kOperation) != 0 && relations_->receiving->in_branch();
}

bool Cell::wait_for(ReceiveOperation& operation, std::coroutine_handle<> receiver) {
  TROUPE_CHECK(!receiver_ && (unusual_ & kOperation) == 0, "%s: two receive() at a time",
               type_.name);
  if ((unusual_ & kUnwanted) != 0 && operation.in_branch()) {
    if (stop_delivered_) return false;
    urgent_ = true;  // the other branches end in order before the behaviour does
    unusual_ &= static_cast<std::uint8_t>(~kSuspended);
    receiver_ = receiver;
  } else if (unusual_ != 0) {
    wait_unusually(receiver);
  } else {
    receiver_ = receiver;
  }
  if (operation.in_branch()) receives_in_branches_ = true;
  relations().receiving = &operation;
  unusual_ |= kOperation;
  if (receiver_ && deliverable()) schedule();
  return true;
}

void Cell::receive_over(const ReceiveOperation& operation) {
  if ((unusual_ & kOperation) == 0 || relations_->receiving != &operation) return;
  relations_->receiving = nullptr;
  unusual_ &= static_cast<std::uint8_t>(~kOperation);
}

void Cell::stop_waiting(const ReceiveOperation& operation) {
  receive_over(operation);
  receiver_ = nullptr;
  relations_->parked_receiver = nullptr;
}

Delivery Cell::take_for(const ReceiveOperation& operation, PromiseBase& promise) {
  if (operation.in_branch()) receives_in_branches_ = true;
  if (budget_ == 0) budget_ = 1;
  const Delivery delivery = take(promise);
  if (delivery.kind == kKindStop && operation.in_branch()) {
    if (stopping_) {
      unusual_ &= static_cast<std::uint8_t>(~kUnwanted);
      urgent_ = true;
    } else {
      stop_delivered_ = false;  // of break_off(): wait_unusually() gives it once more
    }
  }
  return delivery;
}

}  // namespace troupe
