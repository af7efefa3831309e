#include "actor/cell.h"

#include <algorithm>
#include <cstring>
#include <exception>

#include "actor/cell_inline.h"
#include "actor/control_frames.h"
#include "actor/core.h"

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
  }
  return "unknown";
}

// What most actors never have, so that idle ones stay small.
struct Cell::Relations {
  std::vector<Address> watchers;
  std::vector<Address> watching;
  transport::FrameQueue downs;  // kDown frames not yet received
  Cell* first_child = nullptr;
  transport::RoomWaiters room_waiters;
};

void Behavior::promise_type::report_end() noexcept { cell_->behavior_ended(); }

Cell::Cell(Core& core, const ActorType& type, Address address, Cell* parent)
    : Runnable(&strand_),
      core_(core),
      type_(type),
      mailbox_messages_max_(
          std::min(type.mailbox_messages, core.node().options().mailbox_messages_max)),
      address_(address),
      parent_(parent) {
  strand_.belong_to(this);
  if (parent == nullptr) return;
  strand_.set_group(parent->strand_.group());
  Relations& relations = parent->relations();
  next_sibling_ = relations.first_child;
  if (next_sibling_ != nullptr) next_sibling_->previous_sibling_ = this;
  relations.first_child = this;
}

Cell::~Cell() = default;

Cell::Relations& Cell::relations() {
  if (!relations_) relations_ = std::make_unique<Relations>();
  return *relations_;
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

/// Of the present behaviour, from begin() to begin_end().
Behavior::promise_type& Cell::promise() const {
  return static_cast<Behavior::promise_type&>(const_cast<PromiseBase&>(*strand_.first()));
}

void Cell::run() {
  scheduled_ = false;
  if (ended_) [[unlikely]] {
    begin_end();
    return;
  }
  budget_ = kMessagesPerTurn;
  if (receiver_ && deliverable()) [[likely]] {
    std::exchange(receiver_, nullptr).resume();
  } else if (!started_) {
    started_ = true;
    behavior().resume();
  } else if (next_behavior_) {
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
  if (stopping_ || ended_) return;
  stopping_ = true;
  urgent_ = true;
  strand_.cancel(Code::kStopping);
  if (receiver_) schedule();
}

void Cell::passivate() {
  passivating_ = true;
  request_stop();
}

bool Cell::idle_since(Time moment) const {
  return receiver_ && mailbox_.empty() && !urgent_ && keyed_->last_active <= moment;
}

void Cell::replace_behavior(Behavior next) {
  next_behavior_ = next.release();
  schedule();
}

void Cell::behavior_ended() {
  ended_ = true;
  reason_ = stop_delivered_ ? DownReason::kStopped : DownReason::kNormal;
  if (std::exception_ptr failure = promise().failure()) {
    reason_ = DownReason::kFailed;
    const char* what = "an exception not derived from std::exception";
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& exception) {
      what = exception.what();
      log_warning(core_.node().log(), "actor %s on core %u failed: %s", type_.name, core_.index(),
                  what);
    } catch (...) {
      log_warning(core_.node().log(), "actor %s on core %u failed: %s", type_.name, core_.index(),
                  what);
    }
  }
  schedule();
}

void Cell::begin_end() {
  if (ending_) return;
  ending_ = true;
  closed_ = true;
  receiver_ = nullptr;
  if (next_behavior_) std::exchange(next_behavior_, nullptr).destroy();
  Behavior::Handle last = behavior();
  strand_.forget_first();
  last.destroy();
  if (relations_ != nullptr && relations_->first_child != nullptr) {
    // Children end first; the last one calls finish_end() through child_ended().
    Cell* child = relations_->first_child;
    while (child != nullptr) {
      Cell* next = child->next_sibling_;
      child->request_stop();
      child = next;
    }
    return;
  }
  finish_end();
}

void Cell::child_ended(Cell& child) {
  if (child.previous_sibling_ != nullptr) {
    child.previous_sibling_->next_sibling_ = child.next_sibling_;
  } else {
    relations_->first_child = child.next_sibling_;
  }
  if (child.next_sibling_ != nullptr) {
    child.next_sibling_->previous_sibling_ = child.previous_sibling_;
  }
  if (ending_ && relations_->first_child == nullptr) finish_end();
}

void Cell::finish_end() {
  // Nothing runs in its strand any more, which goes with it.
  core_.note_running(nullptr);
  core_.cells.remove(address_.slot);
  if (relations_ != nullptr) {
    for (Address target : relations_->watching) {
      core_.send_control(target.core, watch_frame(core_, FrameType::kUnwatch, target, address_));
    }
    for (Address watcher : relations_->watchers) {
      core_.send_control(watcher.core, down_frame(core_, watcher, address_, reason_));
    }
    relations_->room_waiters.wake_all();
    while (!relations_->downs.empty()) core_.release(relations_->downs.pop());
  }
  if (keyed_ != nullptr) {
    core_.keyed.ended(*this);
  } else {
    drop_mailbox(DropReason::kActorStopped);
  }
  leave_parent();
  core_.delete_cell(*this);
}

void Cell::leave_parent() {
  if (parent_ != nullptr) parent_->child_ended(*this);
}

// ---- messages ----

void Cell::enqueue_or_drop(Frame* frame) {
  if (closed_) {
    // A keyed actor is more than its activations: the next one takes what comes while this one
    // ends.
    if (keyed_ == nullptr || core_.stopping()) {
      core_.drop(frame, DropReason::kActorStopped);
      return;
    }
  }
  if (!has_room(frame->header.bytes) && frame->header.type != FrameType::kStopAfterQueued) {
    overflow(frame);
    return;
  }
  push_message(frame);
  if (receiver_) schedule();
}

void Cell::overflow(Frame* frame) {
  if (type_.overflow == Overflow::kReject) {
    core_.drop(frame, DropReason::kMailboxFull);
    return;
  }
  while (!has_room(frame->header.bytes) && !mailbox_.empty() &&
         mailbox_.front()->header.type != FrameType::kStopAfterQueued) {
    core_.drop(pop_message(), DropReason::kDisplaced);
  }
  if (!has_room(frame->header.bytes)) {
    core_.drop(frame, DropReason::kMailboxFull);
    return;
  }
  push_message(frame);
  if (receiver_) schedule();
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
  while (!mailbox_.empty()) {
    Frame* frame = pop_message();
    if (frame->header.type == FrameType::kStopAfterQueued) {
      core_.release(frame);
    } else {
      core_.drop(frame, reason);
    }
  }
}

void Cell::control(Frame* frame) {
  switch (frame->header.type) {
    case FrameType::kStop:
      request_stop();
      break;
    case FrameType::kWatch:
      add_watcher(watcher_in(*frame));
      break;
    case FrameType::kUnwatch:
      remove_watcher(watcher_in(*frame));
      break;
    case FrameType::kDown:
      // Of somebody no longer watched: unwatch() and this crossed on their way.
      if (closed_ || !is_watching(ended_in(*frame))) break;
      std::erase(relations_->watching, ended_in(*frame));
      relations_->downs.push(frame);
      urgent_ = true;
      if (receiver_) schedule();
      return;
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
  if (stop_delivered_) [[unlikely]] {
    // It was told to stop and asks for more: its life ends here.
    ended_ = true;
    reason_ = DownReason::kStopped;
    schedule();
    return;
  }
  receiver_ = receiver;
  if (deliverable()) schedule();
}

Delivery Cell::take_stop(Frame* frame) {
  core_.release(frame);
  stopping_ = true;
  return deliver_stop();
}

void Cell::wake_room_waiters() {
  if (!relations_->room_waiters.empty()) relations_->room_waiters.wake_all();
}

Delivery Cell::take_urgent() {
  if (relations_ != nullptr && !relations_->downs.empty()) {
    Frame* frame = relations_->downs.pop();
    urgent_ = stopping_ || !relations_->downs.empty();
    return Delivery{frame, kKindDown};
  }
  return deliver_stop();
}

Delivery Cell::deliver_stop() {
  stop_delivered_ = true;
  closed_ = true;
  urgent_ = false;
  if (!passivating_) drop_mailbox(DropReason::kActorStopped);
  // From here on it may await again, to say goodbye.
  strand_.clear_cancellation();
  return Delivery{nullptr, kKindStop};
}

// ---- relations ----

bool Cell::is_watching(Address target) {
  return relations_ != nullptr &&
         std::ranges::find(relations_->watching, target) != relations_->watching.end();
}

void Cell::watch(Address target) {
  if (is_watching(target)) return;
  Relations& own = relations();
  TROUPE_CHECK(own.watching.size() < kWatchesMax,
               "actor %s watches %zu others, the limit; unwatch those that no longer matter",
               type_.name, kWatchesMax);
  own.watching.push_back(target);
  core_.send_control(target.core, watch_frame(core_, FrameType::kWatch, target, address_));
}

void Cell::unwatch(Address target) {
  if (is_watching(target)) {
    std::erase(relations_->watching, target);
    core_.send_control(target.core, watch_frame(core_, FrameType::kUnwatch, target, address_));
    return;
  }
  if (relations_ == nullptr) return;
  // It has ended already and its down message is queued: take that back.
  transport::FrameQueue& downs = relations_->downs;
  transport::FrameQueue kept;
  while (!downs.empty()) {
    Frame* frame = downs.pop();
    if (ended_in(*frame) == target) {
      core_.release(frame);
    } else {
      kept.push(frame);
    }
  }
  while (!kept.empty()) downs.push(kept.pop());
  urgent_ = stopping_ || !downs.empty();
}

void Cell::add_watcher(Address watcher) {
  Relations& own = relations();
  if (std::ranges::find(own.watchers, watcher) == own.watchers.end()) {
    own.watchers.push_back(watcher);
  }
}

void Cell::remove_watcher(Address watcher) {
  if (relations_ != nullptr) std::erase(relations_->watchers, watcher);
}

transport::RoomWaiters& Cell::room_waiters() { return relations().room_waiters; }

}  // namespace troupe
