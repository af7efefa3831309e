#include "actor/cell.h"

#include <algorithm>
#include <cstring>
#include <exception>

#include "actor/cell_inline.h"
#include "actor/control_frames.h"
#include "actor/core.h"
#include "actor/interceptor.h"
#include "actor/relations.h"
#include "actor/time/receive.h"
#include "actor/time/timers.h"

namespace troupe {

using protocols::Frame;
using protocols::FrameType;

const char* to_string(DownReason reason) {
  switch (reason) {
    case DownReason::kNormal:
      return "normal";
    case DownReason::kStopped:
      return "stopped";
    case DownReason::kFailed:
      return "failed";
    case DownReason::kNoSuchActor:
      return "no_such_actor";
    case DownReason::kKilled:
      return "killed";
    case DownReason::kNodeLost:
      return "node_lost";
  }
  return "unknown";
}

void Behavior::promise_type::report_end() noexcept { cell_->behavior_ended(); }

Cell::Cell(Core& core, const ActorType& type, Address address, Cell* parent, Guardian guardian)
    : Runnable(&strand_),
      core_(core),
      type_(type),
      mailbox_messages_max_(
          std::min(type.mailbox_messages, core.node().options().mailbox_messages_max)),
      guardian_(guardian),
      address_(address),
      parent_(parent) {
  strand_.belong_to(this);
  if (parent != nullptr) strand_.set_group(parent->strand_.group());
  siblings().add(*this);
}

Cell::~Cell() = default;

Cell::Relations& Cell::relations() {
  if (!relations_) relations_ = std::make_unique<Relations>();
  return *relations_;
}

Children& Cell::siblings() {
  return parent_ != nullptr ? parent_->relations().children : core_.guardian(guardian_);
}

Children* Cell::children() const {
  return relations_ != nullptr && !relations_->children.empty() ? &relations_->children : nullptr;
}

std::string_view Cell::name() const {
  return relations_ != nullptr ? std::string_view(relations_->name) : std::string_view();
}

void Cell::set_name(std::string_view name) {
  relations().name = name;
  siblings().enter(relations_->name, *this);
}

// ---- life ----

void Cell::start(Behavior behavior) {
  begin(behavior.release());
  schedule();
}

void Cell::begin(Behavior::Handle behavior) {
  CallContext context;
  context.strand = &strand_;
  behavior.promise().start_in(context);
}

void Cell::run() {
  scheduled_ = false;
  if (unusual_ != 0) [[unlikely]] {
    // Of most actors the only time that they are attended to.
    if ((unusual_ & kAttend) != 0) {
      return phase_ == Phase::kLiving ? behavior_gone() : attend();
    }
    if ((unusual_ & kSuspended) != 0) return;  // resume() schedules what there is to do
    if ((unusual_ & kOperation) != 0 && deliverable()) {
      // It goes on in a strand of its own, if it is in a branch.
      core_.note_running(&relations_->receiving->waits_in());
      relations_->receiving->message_came();
    }
  }
  budget_ = kMessagesPerTurn;
  if (receiver_ && deliverable()) [[likely]] {
    std::exchange(receiver_, nullptr).resume();
  } else if (!started_) {
    started_ = true;
    behavior().resume();
  } else if (next_behavior_) {
    received_ = true;
    Behavior::Handle last = behavior();
    begin(std::exchange(next_behavior_, nullptr));
    last.destroy();
    behavior().resume();
  }
  core_.count_messages(kMessagesPerTurn - budget_);
  if (receiver_ && deliverable()) schedule();
}

// In a signal handler too: no lock, no allocation, nothing of stdio.
void Cell::describe(char* text, std::size_t bytes) const {
  const auto append = [&](std::string_view part) {
    const std::size_t size = std::min(part.size(), bytes - 1);
    std::memcpy(text, part.data(), size);
    text += size;
    bytes -= size;
  };
  append(type_.name);
  if (keyed_ != nullptr) {
    append(" '");
    append(key());
    append("'");
  }
  *text = 0;
}

const char* Cell::awaited_in(const PromiseBase& innermost) const {
  if (!receiver_) return nullptr;
  // A promise of any type derives from PromiseBase first, and is aligned alike.
  const auto receiver = std::coroutine_handle<PromiseBase>::from_address(receiver_.address());
  return &receiver.promise() == &innermost ? "receive" : nullptr;
}

void Cell::request_stop() {
  if (stopping_) return;
  stopping_ = true;
  if (phase_ != Phase::kLiving) return wind_up();
  // Without a behaviour, or soon: its end looks at stopping_.
  if ((unusual_ & (kAttend | kUnwanted)) != 0) return;
  if ((unusual_ & kSuspended) != 0) resume();
  urgent_ = true;
  // First: in a branch kStop comes before what else the stop ends, and wins a first_of.
  if (receiver_) schedule();
  strand_.cancel(Code::kStopping);
}

void Cell::passivate() {
  passivating_ = true;
  request_stop();
}

bool Cell::idle_since(Time moment) const {
  if (reentry() != nullptr && !reentry()->idle()) return false;
  return receiver_ && mailbox_.empty() && !urgent_ && keyed_->last_active <= moment;
}

void Cell::replace_behavior(Behavior next) {
  next_behavior_ = next.release();
  schedule();
}

void Cell::behavior_ended() {
  unusual_ |= kAttend;
  schedule();
}

// What comes next where there is no behaviour to go on with.
void Cell::attend() {
  switch (phase_) {
    case Phase::kLiving:
      return behavior_gone();
    case Phase::kEnding:
      if (children() != nullptr) return;
      // Its health check may be under way, and knows this cell.
      if (relations_ != nullptr && relations_->health && relations_->health->end()) return;
      return finish_end();
    case Phase::kClearing:
      if (stopping_) return end(DownReason::kStopped);
      if (children() == nullptr || supervised()->on_restart() != OnRestart::kStopChildren) {
        continue_restart();
      }
      return;
    case Phase::kBackingOff:
    case Phase::kAwaitingRound:
      if (stopping_) end(DownReason::kStopped);
      return;
    case Phase::kEscalated:
      if (stopping_) end_failed(*relations_->failed);
      return;
  }
}

void Cell::behavior_gone() {
  if (relations_ == nullptr && !promise().failed()) [[likely]] {
    destroy_behavior();
    if (relations_ == nullptr) {
      // Most actors: nothing is to be decided, and nobody to be told.
      intake_ |= kClosed;
      if (stop_delivered_) reason_ = DownReason::kStopped;
      return finish_end();
    }
    return end(stop_delivered_ ? DownReason::kStopped : DownReason::kNormal);
  }
  behavior_gone_with_relations();
}

void Cell::behavior_gone_with_relations() {
  std::optional<Failure> failure = take_failure();
  destroy_behavior();
  if (failure && (stopping_ || restart_requested_)) note_failure(*failure, "");
  if (restart_requested_ && !stopping_) return begin_restart();
  if (failure) return stopping_ ? end_failed(*failure) : decide(*failure);
  if (stop_delivered_) return end(DownReason::kStopped);
  if (stopping_) return end(DownReason::kNormal);
  decide_at_end();
}

void Cell::destroy_behavior() {
  receiver_ = nullptr;
  if (relations_ != nullptr) {
    end_reentry();
    cancel_timers();
  }
  if (next_behavior_) std::exchange(next_behavior_, nullptr).destroy();
  if (!has_behavior()) return;  // it could not be made
  Behavior::Handle last = behavior();
  strand_.forget_first();
  last.destroy();
}

void Cell::end(DownReason reason) {
  phase_ = Phase::kEnding;
  reason_ = reason;
  unusual_ |= kAttend;
  intake_ |= kClosed;
  if (children() == nullptr) return attend();
  // Children end first; the last one has attend() called.
  for (Cell* child = children()->newest(); child != nullptr; child = child->older_sibling()) {
    child->request_stop();
  }
}

// Inline in finish_end(), which every actor comes to.
[[gnu::always_inline]] void Cell::leave_parent() {
  siblings().remove(*this);
  if (parent_ == nullptr || parent_->children() != nullptr) return;
  if (parent_->phase_ == Phase::kEnding || parent_->phase_ == Phase::kClearing) {
    parent_->schedule();
  }
}

void Cell::finish_end() {
  // Nothing runs in its strand any more, which goes with it.
  core_.note_running(nullptr);
  core_.cells.remove(address_.slot);
  core_.events.actor_stopped(*this, reason_);
  if (relations_ != nullptr) tell_of_end();
  if (keyed_ != nullptr) {
    // Without progress its next activation would end as this one did, and so on.
    const bool idle = !has_received() || (reason_ == DownReason::kFailed && keyed_->taken == 0);
    if (!stopping_ && idle) drop_mailbox(DropReason::kActivationFailed);
    core_.keyed.ended(*this);
  } else if (!mailbox_.empty()) {
    drop_mailbox(DropReason::kActorStopped);
  }
  leave_parent();
  core_.delete_cell(*this);
}

// ---- messages ----

void Cell::enqueue_unusually(Frame* frame) {
  if (closed()) {
    // A keyed actor is more than its activations: the next one takes what comes while this one
    // ends.
    if (keyed_ == nullptr || core_.stopping()) {
      // It ends already: what asks it to is no message that is lost.
      if (frame->header.type == FrameType::kStopAfterQueued) return core_.release(frame);
      drop(frame, DropReason::kActorStopped);
      return;
    }
  }
  if (!has_room(frame->header.bytes) && frame->header.type != FrameType::kStopAfterQueued) {
    overflow(frame);
    return;
  }
  enqueue_in_limits(frame);
}

void Cell::enqueue_in_limits(Frame* frame) {
  if (reentry() != nullptr) return enqueue_reentrant(frame);
  push_message(frame);
  if (receiver_) {
    schedule();
  } else if (frame->header.type == FrameType::kAsk) {
    look_for_circle(*frame);
  }
}

void Cell::overflow(Frame* frame) {
  if (type_.overflow == Overflow::kReject) {
    drop(frame, DropReason::kMailboxFull, queued_);
    return;
  }
  // Room is made and taken before anything is dropped: who is told of drops may send to this actor.
  std::uint32_t depth = queued_;
  transport::FrameQueue displaced;
  while (!has_room(frame->header.bytes)) {
    Frame* oldest = pop_oldest();
    if (oldest == nullptr) break;
    displaced.push(oldest);
  }
  if (reentry() != nullptr) offer_held();
  const bool fits = has_room(frame->header.bytes);
  if (fits) enqueue_in_limits(frame);
  while (!displaced.empty()) drop(displaced.pop(), DropReason::kDisplaced, depth--);
  if (!fits) drop(frame, DropReason::kMailboxFull, queued_);
}

/// Of those that wait, to be dropped; null if there is none, or a stop comes first.
Frame* Cell::pop_oldest() {
  Frame* frame = nullptr;
  if (reentry() != nullptr) {
    frame = reentry()->pop_oldest(mailbox_);
  } else if (!mailbox_.empty() && mailbox_.front()->header.type != FrameType::kStopAfterQueued) {
    frame = mailbox_.pop();
  }
  if (frame == nullptr) return nullptr;
  --queued_;
  queued_bytes_ -= frame->header.bytes;
  return frame;
}

void Cell::warn_about_depth() {
  log_warning(
      core_.node().log(),
      "actor %s on core %u has %u messages queued (limit %u): it takes them slower than they "
      "come",
      type_.name, core_.index(), queued_, mailbox_messages_max_);
  warn_at_ *= 2;
}

void Cell::drop_mailbox(DropReason reason) {
  // What is there now: who is told of drops may send to this actor.
  transport::FrameQueue all;
  while (!mailbox_.empty()) all.push(pop_message());
  while (!all.empty()) {
    Frame* frame = all.pop();
    if (frame->header.type == FrameType::kStopAfterQueued) {
      core_.release(frame);
    } else {
      drop(frame, reason);
    }
  }
}

void Cell::control(Frame* frame) {
  switch (frame->header.type) {
    case FrameType::kStop:
      request_stop();
      break;
    case FrameType::kKill:
      fail(Failure(FailureKind::kKilled, "killed"));
      break;
    case FrameType::kWatch:
      add_watcher(watcher_in(*frame));
      break;
    case FrameType::kUnwatch:
      remove_watcher(watcher_in(*frame));
      break;
    case FrameType::kAwaitEnd:
      await_end(frame->ask());
      break;
    case FrameType::kDown:
      if (take_down(frame)) return;
      break;
    case FrameType::kTell:
    case FrameType::kAsk:
    case FrameType::kStopAfterQueued:
    case FrameType::kReply:
    case FrameType::kDenial:
    case FrameType::kFailure:
      fail_check(__FILE__, __LINE__, "frame type %d is no control of actors",
                 static_cast<int>(frame->header.type));
  }
  core_.release(frame);
}

// ---- receive ----

void Cell::wait(std::coroutine_handle<> receiver) {
  if (unusual_ != 0) [[unlikely]]
    return wait_unusually(receiver);
  receiver_ = receiver;
  if (deliverable()) schedule();
}

void Cell::wait_unusually(std::coroutine_handle<> receiver) {
  TROUPE_CHECK((unusual_ & kOperation) == 0, "%s: two receive() at a time", type_.name);
  if ((unusual_ & kUnwanted) == 0) {
    relations().parked_receiver = receiver;  // until resume()
    return;
  }
  if (!stop_delivered_) {
    // break_off() came while it awaited something else.
    unusual_ &= static_cast<std::uint8_t>(~kSuspended);
    receiver_ = receiver;
    urgent_ = true;
    schedule();
    return;
  }
  // It was told to stop and asks for more: its behaviour ends here.
  unusual_ |= kAttend;
  schedule();
}

/// A stop that was queued, or a timer's message, which is a tell from here on.
Delivery Cell::take_special(Frame* frame) {
  if (frame->header.type == kTimerMessage) {
    relations_->timers->message_taken(*frame);
    ++core_.ledger.handled;
    wake_room_waiters();
    return Delivery{frame, frame->header.kind};
  }
  if (frame->header.kind == kKindThrow) throw_failure(core_, frame);
  core_.release(frame);
  stopping_ = true;
  return deliver_stop();
}

void Cell::wake_room_waiters() {
  if (!relations_->room_waiters.empty()) relations_->room_waiters.wake_all();
}

Delivery Cell::take_urgent() {
  if ((unusual_ & kUnwanted) != 0 && !stopping_) {
    // break_off(): the behaviour is to end, whatever becomes of the actor. The cancellation stays.
    urgent_ = false;
    stop_delivered_ = true;
    budget_ = 0;  // its next receive() comes to wait_unusually()
    return Delivery{nullptr, kKindStop};
  }
  if (relations_ != nullptr && !relations_->downs.empty()) {
    Frame* frame = relations_->downs.pop();
    urgent_ = stopping_ || !relations_->downs.empty();
    return Delivery{frame, kKindDown};
  }
  return deliver_stop();
}

Delivery Cell::deliver_stop() {
  stop_delivered_ = true;
  unusual_ |= kUnwanted;
  intake_ |= kClosed;
  urgent_ = false;
  budget_ = 0;  // its next receive() comes to wait_unusually(), whatever is queued
  if (relations_ != nullptr) {
    end_reentry();
    cancel_timers();
  }
  if (!passivating_) drop_mailbox(DropReason::kActorStopped);
  // From here on it may await again, to say goodbye.
  strand_.clear_cancellation();
  return Delivery{nullptr, kKindStop};
}

}  // namespace troupe
