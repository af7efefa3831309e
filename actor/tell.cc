#include "actor/tell.h"

namespace troupe {

using protocols::Frame;

TellOperation::~TellOperation() {
  if (frame_ != nullptr) abandon(Code::kCancelled);  // never awaited
}

void TellOperation::abandon(Code code) {
  Core& core = Core::current();
  core.settle(frame_, code);  // the handles inside
  core.release(frame_);
  frame_ = nullptr;
}

bool TellOperation::start(std::coroutine_handle<> handle, const CallContext& context) {
  if (frame_ == nullptr) {
    result_ = Error(static_cast<Code>(core_));
    return false;
  }
  if (std::optional<Code> reason = context.strand->cancelled()) {
    result_ = Error(*reason);
    abandon(*reason);
    return false;
  }
  if (attempt()) return false;
  begin(handle, context);
  return true;
}

void TellOperation::cancel(Code reason) {
  transport::RoomWaiters::remove(*this);
  result_ = Error(reason);
  abandon(reason);
  complete();
}

void TellOperation::room_available() {
  if (attempt()) complete();
}

bool TellOperation::attempt() {
  Core& core = Core::current();
  if (core_ >= core.node().cores()) {
    result_ = Error(Code::kNoSuchActor);
    abandon(Code::kNoSuchActor);
    return true;
  }
  if (core_ != core.index()) {
    if (!core.exchange.could_have_room(frame_->header.bytes)) {
      result_ = Error(Code::kLaneFull, frame_->header.bytes);
      abandon(Code::kLaneFull);
      return true;
    }
    if (!core.exchange.has_room(core_, frame_->header.bytes)) {
      core.exchange.room_waiters().add(*this);
      return false;
    }
  } else {
    const bool keyed = frame_->has(protocols::frame_flag::kKeyed);
    Cell* cell =
        keyed ? core.keyed.find(frame_->key().type, {frame_->key_text(), frame_->key().key_bytes})
              : core.cells.find(frame_->header.slot, frame_->header.incarnation);
    if (!keyed && (cell == nullptr || !cell->takes_messages())) {
      const Code code = cell == nullptr ? Code::kNoSuchActor : Code::kActorStopped;
      result_ = Error(code);
      abandon(code);
      return true;
    }
    if (cell != nullptr && !cell->has_room(frame_->header.bytes)) {
      cell->room_waiters().add(*this);
      return false;
    }
  }
  ++core.ledger.sent;
  core.send(static_cast<std::uint16_t>(core_), std::exchange(frame_, nullptr));
  return true;
}

}  // namespace troupe
