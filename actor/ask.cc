#include "actor/ask.h"

#include <utility>

#include "actor/ask_circle.h"
#include "actor/cell.h"

namespace troupe {

using protocols::AskPart;
using protocols::Frame;

AskOperation::~AskOperation() {
  if (frame_ != nullptr) abandon();
  if (answer_ != nullptr) Core::current().release_answer(answer_);
}

// The frame was not sent; nobody waits for its answer.
void AskOperation::abandon() {
  Core& core = Core::current();
  frame_->header.flags |= protocols::frame_flag::kAnswered;
  core.settle(frame_, Code::kCancelled);
  core.release(frame_);
  frame_ = nullptr;
}

bool AskOperation::fail_now(Code code) {
  error_ = code;
  if (frame_ != nullptr) abandon();
  return false;
}

bool AskOperation::start(std::coroutine_handle<> handle, const CallContext& context) {
  Core& core = Core::current();
  if (frame_ == nullptr) [[unlikely]]
    return fail_now(static_cast<Code>(core_));
  context_ = &context;
  asked_.note(*frame_, core_, core.now());
  if (std::optional<Code> reason = context.strand->cancelled()) [[unlikely]]
    return fail_now(*reason);
  deadline_ = Deadline::earlier(deadline_, Deadline(context.deadline));
  if (deadline_.reached(core.now())) [[unlikely]]
    return fail_now(Code::kDeadlineExceeded);
  if (core.asks.full()) [[unlikely]]
    return fail_now(Code::kTooManyAsks);
  if (core_ >= core.node().cores()) [[unlikely]]
    return fail_now(Code::kNoSuchActor);
  if (core_ != core.index() && !core.exchange.could_have_room(frame_->header.bytes)) [[unlikely]]
    return fail_now(Code::kLaneFull);

  ticket_ = core.asks.insert(*this);
  frame_->ask() = AskPart{core.node().number(), core.index(), ticket_.slot, ticket_.nonce,
                          deadline_.at().time_since_epoch().count()};
  begin(handle, context);
  core.timers().arm(*this, deadline_.at());
  if (core_ == core.index() || core.exchange.has_room(core_, frame_->header.bytes) ||
      protocols::is_control(frame_->header.type)) [[likely]] {
    transmit();
  } else {
    core.exchange.room_waiters().add(*this);
  }
  return true;
}

// On this core the answer may come before this returns (a full mailbox, say); complete() goes
// through the run queue, so nothing resumes in here.
void AskOperation::transmit() {
  Core& core = Core::current();
  const auto to = static_cast<std::uint16_t>(core_);
  if (protocols::is_control(frame_->header.type)) [[unlikely]] {
    return core.send_control(to, std::exchange(frame_, nullptr));
  }
  ++core.ledger.sent;
  core.send(to, std::exchange(frame_, nullptr));
}

void AskOperation::room_available() {
  Core& core = Core::current();
  if (core.exchange.has_room(core_, frame_->header.bytes)) {
    transmit();
  } else {
    core.exchange.room_waiters().add(*this);
  }
}

void AskOperation::resolve(Frame* answer) {
  answer_ = answer;
  Core::current().timers().cancel(*this);
  complete();
}

void AskOperation::give_up(Code code) {
  error_ = code;
  Core::current().asks.take(ticket_.slot, ticket_.nonce);
  transport::RoomWaiters::remove(*this);
  if (frame_ != nullptr) abandon();
  complete();
}

Error AskOperation::failed(const Error& error) const {
  if (!asked_.known() || error.is(Code::kDenied)) return error;
  return error.with_incident(incident_ != 0 ? incident_ : note_incident(nullptr));
}

/// `cell`: of whom was asked, to tell what it does.
std::uint32_t AskOperation::note_incident(const Cell* cell) const {
  Core& core = Core::current();
  AskIncident incident;
  incident.asked = asked_;
  incident.failed_at = core.now();
  if (context_->trace != nullptr) incident.trace = *context_->trace;
  if (cell != nullptr) {
    incident.state = cell->state();
    incident.circle = circle_of_waits(core, *cell);
  }
  return core.ask_incidents.add(std::move(incident), core.index());
}

void AskOperation::fire() {
  // Now: what it waits for may have the same deadline, and be over when the coroutine goes on.
  if (asked_.known()) incident_ = note_incident(asked_.find(Core::current()));
  give_up(Code::kDeadlineExceeded);
}

void AskOperation::cancel(Code reason) {
  Core::current().timers().cancel(*this);
  give_up(reason);
}

}  // namespace troupe
