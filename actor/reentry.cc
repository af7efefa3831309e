#include "actor/reentry.h"

#include "actor/ask.h"
#include "actor/ask_circle.h"
#include "actor/cell.h"
#include "actor/cell_inline.h"
#include "actor/core.h"
#include "actor/relations.h"
#include "actor/time/timers.h"
#include "base/check.h"

namespace troupe {

using protocols::AskPart;
using protocols::Frame;
using protocols::FrameType;
using transport::FrameQueue;

namespace {

/// Null if it is not among them.
Frame* withdraw_ask_from(FrameQueue& frames, const AskPart& ask) {
  Frame* found = nullptr;
  FrameQueue all;
  all.prepend(frames);
  while (!all.empty()) {
    Frame* frame = all.pop();
    if (frame->header.type == FrameType::kAsk && call_of(frame->ask()) == call_of(ask)) {
      found = frame;
    } else {
      frames.push(frame);
    }
  }
  return found;
}

}  // namespace

Interleaving Reentry::rule_for(const Frame& frame) const {
  const FrameType type = frame.header.type;
  // A stop that is queued waits for all that was queued before it.
  if (type == FrameType::kStopAfterQueued) return Interleaving::kNone;
  if (type_.reentrancy == Reentrancy::kInterleave) return Interleaving::kAlways;
  if (type_.interleaving == nullptr) return Interleaving::kNone;
  return type_.interleaving(frame.header.kind);
}

bool Reentry::runs_beside(const Frame& frame) const {
  return rule_for(frame) == Interleaving::kAlways && handling() < kHandledAtOnceMax;
}

Frame* Reentry::withdraw(const AskPart& ask) { return withdraw_ask_from(held_, ask); }

bool Reentry::offer(FrameQueue& mailbox) {
  if (offered_ != nullptr || held_.empty() || handling() >= kHandledAtOnceMax) return false;
  const bool reads = rule_for(*held_.front()) == Interleaving::kReadonly;
  if (writers_ != 0 || (readers_ != 0 && !reads)) return false;
  Frame* frame = held_.pop();
  offered_ = frame;
  mailbox.push(frame);
  return true;
}

Manner Reentry::began(const Frame& frame) {
  const Interleaving rule = rule_for(frame);
  // Out of turn, or its turn does not matter.
  if (&frame != offered_ || rule == Interleaving::kAlways) {
    if (&frame == offered_) offered_ = nullptr;
    ++beside_;
    return Manner::kBeside;
  }
  offered_ = nullptr;
  if (rule == Interleaving::kReadonly) {
    ++readers_;
    return Manner::kReader;
  }
  ++writers_;
  return Manner::kWriter;
}

void Reentry::ended(Manner manner) {
  switch (manner) {
    case Manner::kBeside:
      --beside_;
      break;
    case Manner::kReader:
      --readers_;
      break;
    case Manner::kWriter:
      --writers_;
      break;
  }
}

void Reentry::release_to(FrameQueue& mailbox) {
  held_.prepend(mailbox);
  mailbox.prepend(held_);
  offered_ = nullptr;
}

void Reentry::hold_all(FrameQueue& mailbox) {
  held_.prepend(mailbox);
  offered_ = nullptr;
}

Reentry* Cell::reentry_of_relations() const { return relations_->reentry.get(); }

Handling::~Handling() {
  if (cell_ != nullptr) cell_->handling_ended(manner_);
}

// ---- the cell's part ----

void Cell::allow_reentry() {
  Relations& own = relations();
  TROUPE_CHECK(reentry() == nullptr, "%s: its behaviour is entered again already", type_.name);
  own.reentry = std::make_unique<Reentry>(type_);
  own.reentry->hold_all(mailbox_);
  intake_ |= kReentrant;
  offer_held();
}

void Cell::end_reentry() {
  relations_->reentry->release_to(mailbox_);
  relations_->reentry.reset();
  intake_ &= static_cast<std::uint8_t>(~kReentrant);
}

void Cell::offer_held() {
  if (relations_->reentry->offer(mailbox_) && receiver_) schedule();
}

Handling Cell::begin_handling(const Frame& frame) {
  const Manner manner = relations_->reentry->began(frame);
  offer_held();  // a reader lets the next one begin
  return Handling(*this, manner);
}

void Cell::handling_ended(Manner manner) {
  if (reentry() == nullptr) return;  // its behaviour is to end
  reentry()->ended(manner);
  offer_held();
}

// What the limits let in.
void Cell::enqueue_reentrant(Frame* frame) {
  bool beside = reentry()->runs_beside(*frame);
  if (!beside && frame->header.type == FrameType::kAsk && closes_circle(*frame)) {
    if (type_.reentrancy != Reentrancy::kCallChain) return drop(frame, DropReason::kWouldDeadlock);
    beside = true;
  }
  count_message(*frame);
  if (!beside) {
    reentry()->hold(frame);
    return offer_held();
  }
  mailbox_.push(frame);
  if (receiver_) schedule();
}

// ---- asks in a circle ----

void Cell::enqueue_awaiting(Frame* frame) {
  if (closes_circle(*frame)) return drop(frame, DropReason::kWouldDeadlock);
  push_message(frame);
}

/// If it cannot be known here, a search is on its way.
bool Cell::closes_circle(const Frame& frame) {
  // What is done for an ask of this actor has its deadline, or an earlier one.
  const auto* awaited = dynamic_cast<const AskOperation*>(strand_.waiting());
  if (awaited != nullptr && Time(Duration(frame.ask().deadline)) > awaited->deadline().at()) {
    return false;
  }
  CallerTrail trail(address_, call_of(frame.ask()));
  switch (trail.follow(core_)) {
    case CallerTrail::Found::kNothing:
      return false;
    case CallerTrail::Found::kElsewhere:
      search_elsewhere(core_, address_, frame.ask(), trail);
      return false;
    case CallerTrail::Found::kCircle:
      note_circle(core_, trail);
      return true;
  }
  return false;
}

Frame* Cell::withdraw_ask(const AskPart& ask) {
  if (reentry() != nullptr) return reentry()->withdraw(ask);
  return withdraw_ask_from(mailbox_, ask);
}

void Cell::circle_found(const AskPart& ask) {
  Frame* frame = withdraw_ask(ask);
  if (frame == nullptr) return;  // its turn has come after all
  if (reentry() != nullptr && type_.reentrancy == Reentrancy::kCallChain) {
    mailbox_.push(frame);
    if (receiver_) schedule();
    return;
  }
  --queued_;
  queued_bytes_ -= frame->header.bytes;
  drop(frame, DropReason::kWouldDeadlock);
  if (relations_ != nullptr) wake_room_waiters();
}

}  // namespace troupe
