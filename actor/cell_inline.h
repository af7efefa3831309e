// The part of Cell that every message passes, inline in who sends and in who receives.
#pragma once

#include <utility>

#include "actor/cell.h"
#include "actor/children.h"
#include "actor/core.h"

namespace troupe {

inline void Children::add(Cell& child) {
  child.next_sibling_ = first_;
  if (first_ != nullptr) first_->previous_sibling_ = &child;
  first_ = &child;
}

inline void Children::remove(Cell& child) {
  (child.previous_sibling_ != nullptr ? child.previous_sibling_->next_sibling_ : first_) =
      child.next_sibling_;
  if (child.next_sibling_ != nullptr) {
    child.next_sibling_->previous_sibling_ = child.previous_sibling_;
  }
  if (names_ != nullptr) [[unlikely]]
    forget_name(child);
}

inline void Cell::schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  core_.ready.push(*this, strand_.group());
}

inline void Cell::count_message(const protocols::Frame& frame) {
  ++queued_;
  queued_bytes_ += frame.header.bytes;
  if (queued_ == warn_at_) [[unlikely]]
    warn_about_depth();
}

inline void Cell::push_message(protocols::Frame* frame) {
  mailbox_.push(frame);
  count_message(*frame);
}

inline protocols::Frame* Cell::pop_message() {
  protocols::Frame* frame = mailbox_.pop();
  --queued_;
  queued_bytes_ -= frame->header.bytes;
  return frame;
}

inline void Cell::enqueue(protocols::Frame* frame) {
  if (intake_ != 0 || !has_room(frame->header.bytes)) [[unlikely]]
    return enqueue_unusually(frame);
  push_message(frame);
  if (receiver_) {
    schedule();
  } else if (frame->header.type == protocols::FrameType::kAsk) [[unlikely]] {
    look_for_circle(*frame);
  }
}

[[gnu::always_inline]] inline Delivery Cell::take(PromiseBase& promise) {
  --budget_;
  if (keyed_ != nullptr) {
    keyed_->last_active = core_.now();
    ++keyed_->taken;
  }
  // What is taken is no part of the message before.
  promise.context().deadline = Time::max();
  promise.context().call = CallId();
  if (urgent_) [[unlikely]]
    return take_urgent();
  protocols::Frame* frame = pop_message();
  if (frame->header.type != protocols::FrameType::kTell) {
    if (frame->header.type != protocols::FrameType::kAsk) [[unlikely]]
      return take_special(frame);
    promise.context().deadline = Time(Duration(frame->ask().deadline));
    promise.context().call = call_of(frame->ask());
  }
  ++core_.ledger.handled;
  if (relations_ != nullptr) wake_room_waiters();
  return Delivery{frame, frame->header.kind};
}

inline void Core::deliver_here(protocols::Frame* frame, const Address& target,
                               std::uint32_t protocol) {
  Cell* cell = cells.find(target.slot, target.incarnation);
  if (cell == nullptr || cell->type().protocol() != protocol || inspected_) [[unlikely]]
    return deliver(frame);
  cell->enqueue(frame);
}

}  // namespace troupe
