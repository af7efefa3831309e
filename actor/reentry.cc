#include "actor/reentry.h"

#include "actor/ask.h"
#include "actor/ask_circle.h"
#include "actor/cell.h"
#include "actor/cell_inline.h"
#include "actor/core.h"
#include "actor/relations.h"
#include "base/check.h"

namespace troupe {

using protocols::AskPart;
using protocols::Frame;
using protocols::FrameType;
using transport::FrameQueue;

Interleaving Reentry::rule_for(const Frame& frame) const {
  const FrameType type = frame.header.type;
  if (type == FrameType::kStopAfterQueued) return Interleaving::kNone;
  if (type_.reentrancy == Reentrancy::kInterleave) return Interleaving::kAlways;
  if (type_.interleaving == nullptr) return Interleaving::kNone;
  return type_.interleaving(frame.header.kind);
}

// ---- what waits ----

void Reentry::begin(FrameQueue& mailbox) {
  FrameQueue all;
  all.prepend(mailbox);
  while (!all.empty()) admit(all.pop(), mailbox);
}

void Reentry::end(FrameQueue& mailbox) {
  held_.prepend(mailbox);
  mailbox.prepend(held_);
  offered_ = nullptr;
  admitted_ = 0;
}

bool Reentry::admit(Frame* frame, FrameQueue& mailbox) {
  if (rule_for(*frame) == Interleaving::kAlways && handling() + admitted_ < kHandledAtOnceMax) {
    admit_now(frame, mailbox);
    return true;
  }
  held_.push(frame);
  return offer(mailbox) && offered_ == frame;
}

void Reentry::admit_now(Frame* frame, FrameQueue& mailbox) {
  ++admitted_;
  mailbox.push(frame);
}

bool Reentry::offer(FrameQueue& mailbox) {
  if (offered_ != nullptr || held_.empty()) return false;
  if (handling() + admitted_ >= kHandledAtOnceMax) return false;
  const Frame& first = *held_.front();
  if (first.header.type == FrameType::kStopAfterQueued) {
    // It closes the mailbox: handlers may wait for what is still to come.
    if (handling() != 0 || !mailbox.empty()) return false;
  } else if (const Interleaving rule = rule_for(first); rule != Interleaving::kAlways) {
    if (writers_ != 0 || (readers_ != 0 && rule != Interleaving::kReadonly)) return false;
  }
  Frame* frame = held_.pop();
  offered_ = frame;
  mailbox.push(frame);
  return true;
}

void Reentry::put_back(FrameQueue& earlier, FrameQueue& mailbox) {
  FrameQueue in_line;
  while (!earlier.empty()) {
    Frame* frame = earlier.pop();
    if (rule_for(*frame) == Interleaving::kAlways) {
      admit_now(frame, mailbox);
    } else {
      in_line.push(frame);
    }
  }
  if (offered_ != nullptr) {
    // Its turn is over: others come first.
    FrameQueue all;
    all.prepend(mailbox);
    while (!all.empty()) {
      Frame* frame = all.pop();
      (frame == offered_ ? in_line : mailbox).push(frame);
    }
    offered_ = nullptr;
  }
  held_.prepend(in_line);
}

Frame* Reentry::withdraw(const AskPart& ask) { return withdraw_ask_from(held_, ask); }

Frame* Reentry::pop_oldest(FrameQueue& mailbox) {
  FrameQueue& from = held_.empty() ? mailbox : held_;
  if (from.empty() || from.front()->header.type == FrameType::kStopAfterQueued) return nullptr;
  Frame* frame = from.pop();
  if (&from == &mailbox) left_mailbox(*frame);
  return frame;
}

void Reentry::left_mailbox(const Frame& frame) {
  if (&frame == offered_) {
    offered_ = nullptr;
  } else {
    --admitted_;
  }
}

// ---- handlers ----

Manner Reentry::began(const Frame& frame) {
  // A Down comes from no mailbox, and waits for nobody.
  const bool is_down = frame.header.type == FrameType::kDown;
  if (!is_down) left_mailbox(frame);
  const Interleaving rule = rule_for(frame);
  if (is_down || rule == Interleaving::kAlways) {
    ++beside_;
    return Manner::kBeside;
  }
  // Out of turn too: it may go on when the one that waits for it no longer does.
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

/// Of two readers neither waits for the other, unless somebody who does is between them.
bool Reentry::stands_in_the_way(const Handling& handling) const {
  if (handling.manner_ != Manner::kReader) return handling.manner_ == Manner::kWriter;
  const auto waits_for_readers = [this](const Frame& frame) {
    return rule_for(frame) == Interleaving::kNone;
  };
  if (offered_ != nullptr && waits_for_readers(*offered_)) return true;
  for (const Frame* frame = held_.front(); frame != nullptr; frame = frame->next) {
    if (waits_for_readers(*frame)) return true;
  }
  return false;
}

bool Reentry::may_wait_for_asks(Time deadline) const {
  for (const Handling* handling = first_; handling != nullptr; handling = handling->next_) {
    if (may_lead_to(*handling->strand_, deadline) && stands_in_the_way(*handling)) return true;
  }
  return false;
}

bool Reentry::blocked_by(const Operation& ask) const {
  for (const Handling* handling = first_; handling != nullptr; handling = handling->next_) {
    if (handling->strand_->needs(ask, kAwaitLevelsMax) && stands_in_the_way(*handling)) return true;
  }
  return false;
}

bool Reentry::some_handler_needs(const Operation& ask) const {
  for (const Handling* handling = first_; handling != nullptr; handling = handling->next_) {
    if (handling->strand_->needs(ask, kAwaitLevelsMax)) return true;
  }
  return false;
}

void Handling::begin_in(const Strand& strand) {
  Reentry* reentry = cell_->reentry();
  if (reentry == nullptr) return;
  strand_ = &strand;
  next_ = reentry->first_;
  if (next_ != nullptr) next_->previous_ = this;
  reentry->first_ = this;
}

Handling::~Handling() {
  if (cell_ == nullptr) return;
  Reentry* reentry = cell_->reentry();
  if (reentry == nullptr) return;  // the actor takes no more, or its behaviour is destroyed
  if (strand_ != nullptr) {
    (previous_ != nullptr ? previous_->next_ : reentry->first_) = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
  }
  reentry->ended(manner_);
  cell_->offer_held();
}

ReentryPeriod::ReentryPeriod(Cell& cell) : cell_(cell) { cell_.begin_reentry(); }
ReentryPeriod::~ReentryPeriod() { cell_.end_reentry(); }

// ---- the cell's part ----

Reentry* Cell::reentry_of_relations() const { return relations_->reentry.get(); }

void Cell::begin_reentry() {
  Relations& own = relations();
  TROUPE_CHECK(reentry() == nullptr, "%s: its behaviour is entered again already", type_.name);
  own.reentry = std::make_unique<Reentry>(type_);
  intake_ |= kReentrant;
  own.reentry->begin(mailbox_);
}

void Cell::end_reentry() {
  if (reentry() == nullptr) return;
  relations_->reentry->end(mailbox_);
  relations_->reentry.reset();
  intake_ &= static_cast<std::uint8_t>(~kReentrant);
  if (receiver_ && deliverable()) schedule();
}

void Cell::offer_held() {
  if (reentry()->offer(mailbox_) && receiver_) schedule();
}

Handling Cell::begin_handling(const Frame& frame) {
  if (reentry() == nullptr) return Handling(*this, Manner::kBeside);  // its last message
  const Manner manner = reentry()->began(frame);
  offer_held();  // a reader lets the next one begin
  return Handling(*this, manner);
}

// What the limits let in.
void Cell::enqueue_reentrant(Frame* frame) {
  count_message(*frame);
  const bool admitted = reentry()->admit(frame, mailbox_);
  if (receiver_ && deliverable()) schedule();
  if (!admitted && frame->header.type == FrameType::kAsk) look_for_circle(*frame);
}

// ---- asks in a circle ----

bool Cell::waits_for(const Operation& ask) const {
  if (reentry() != nullptr) return reentry()->blocked_by(ask);
  return !receiver_ && !receives_in_branches_ && strand_.needs(ask, kAwaitLevelsMax);
}

bool Cell::answers_after(const Operation& ask) const {
  if (reentry() != nullptr && reentry()->some_handler_needs(ask)) return true;
  return strand_.needs(ask, kAwaitLevelsMax);
}

/// Of an ask that has come while others are in its way. If it cannot be known here, a search is on
/// its way.
void Cell::look_for_circle(const Frame& frame) {
  const Time deadline(Duration(frame.ask().deadline));
  const bool possible = reentry() != nullptr
                            ? reentry()->may_wait_for_asks(deadline)
                            : !receives_in_branches_ && may_lead_to(strand_, deadline);
  if (!possible) return;
  CallerTrail trail(address_, call_of(frame.ask()));
  switch (trail.follow(core_)) {
    case CallerTrail::Found::kNothing:
      return;
    case CallerTrail::Found::kElsewhere:
      return search_elsewhere(core_, address_, frame.ask(), trail);
    case CallerTrail::Found::kCircle:
      note_circle(core_, trail);
      return circle_found(frame.ask());
  }
}

void Cell::circle_found(const AskPart& ask) {
  Frame* frame = reentry() != nullptr ? reentry()->withdraw(ask) : withdraw_ask_from(mailbox_, ask);
  if (frame == nullptr) return;  // its turn has come after all
  if (reentry() != nullptr && type_.reentrancy == Reentrancy::kCallChain) {
    reentry()->admit_now(frame, mailbox_);
    if (receiver_) schedule();
  } else {
    --queued_;
    queued_bytes_ -= frame->header.bytes;
    drop(frame, DropReason::kWouldDeadlock);
    if (relations_ != nullptr) wake_room_waiters();
  }
  if (reentry() != nullptr) offer_held();  // what was behind it
}

}  // namespace troupe
