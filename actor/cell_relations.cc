// Who is told of an actor's end, and of whose end it is told.
#include <algorithm>
#include <string>

#include "actor/cell_inline.h"
#include "actor/control_frames.h"
#include "actor/core.h"
#include "actor/names/core_names.h"
#include "actor/relations.h"
#include "actor/reply.h"

namespace troupe {

using protocols::Frame;
using protocols::FrameType;

bool Cell::is_watching(Address target) {
  return relations_ != nullptr && relations_->watching.contains(target);
}

void Cell::watch(Address target) {
  if (is_watching(target)) return;
  Relations& own = relations();
  TROUPE_CHECK(own.watching.size() < kWatchesMax,
               "actor %s watches %zu others, the limit; unwatch those that no longer matter",
               type_.name, kWatchesMax);
  own.watching.add(target);
  core_.send_control(target.core, watch_frame(core_, FrameType::kWatch, target, address_));
}

void Cell::link(Address target) {
  // Before the watch: of one that is gone, the news comes at once.
  std::unique_ptr<AddressSet>& linked = relations().linked;
  if (linked == nullptr) linked = std::make_unique<AddressSet>();
  linked->add(target);
  watch(target);
}

void Cell::unwatch(Address target) {
  if (relations_ == nullptr) return;
  if (relations_->linked != nullptr) relations_->linked->remove(target);
  if (relations_->watching.remove(target)) {
    core_.send_control(target.core, watch_frame(core_, FrameType::kUnwatch, target, address_));
    return;
  }
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
  // kStop may be on its way: of a stop, or of break_off().
  const bool ends = stopping_ || ((unusual_ & kUnwanted) != 0 && !stop_delivered_);
  urgent_ = ends || !downs.empty();
}

/// True if the frame was kept.
bool Cell::take_down(Frame* frame) {
  const Address target = ended_in(*frame);
  // Of somebody no longer watched: unwatch() and this crossed on their way.
  if (closed() || relations_ == nullptr || !relations_->watching.remove(target)) return false;
  if (relations_->linked != nullptr && relations_->linked->remove(target)) {
    fail(Failure(FailureKind::kDeathPact,
                 "an actor that it was linked to has ended: " + std::string(end_text_in(*frame))));
    return false;
  }
  relations_->downs.push(frame);
  urgent_ = true;
  if (receiver_) schedule();
  return true;
}

// Each of them once: the lists go with the actor.
void Cell::tell_of_end() {
  Relations& own = *relations_;
  for (Address target : own.watching) {
    core_.send_control(target.core, watch_frame(core_, FrameType::kUnwatch, target, address_));
  }
  const std::string_view text = own.end_text != nullptr ? *own.end_text : std::string_view();
  for (Address watcher : own.watchers) {
    core_.send_control(watcher.core, down_frame(core_, watcher, address_, reason_, text));
  }
  for (const protocols::AskPart& ask : own.awaiting_end) {
    core_.send_control(ask.core, end_answer(core_, ask, address_, reason_, text));
  }
  if (own.listed) core_.names->ended(address_);
  own.room_waiters.wake_all();
  if (own.topics != nullptr) {
    for (TopicEntry* topic : *own.topics) core_.topics.subscriber_ended(*topic);
  }
  if (own.hears_events) core_.events.actor_ended(address_);
  while (!own.downs.empty()) core_.release(own.downs.pop());
}

void Cell::note_listed() { relations().listed = true; }

void Cell::await_end(const protocols::AskPart& ask) {
  std::vector<protocols::AskPart>& asks = relations().awaiting_end;
  if (asks.size() == asks.capacity()) {
    // Before it grows: those that nobody waits for any more.
    const std::int64_t now = core_.now().time_since_epoch().count();
    std::erase_if(asks, [now](const protocols::AskPart& old) { return old.deadline < now; });
  }
  if (asks.size() >= kWatchesMax) {
    core_.send_control(ask.core, new_failure(core_, ask, 0, 0, Code::kOverloaded, kWatchesMax));
    return;
  }
  asks.push_back(ask);
}

void Cell::add_watcher(Address watcher) { relations().watchers.add(watcher); }

void Cell::remove_watcher(Address watcher) {
  if (relations_ != nullptr) relations_->watchers.remove(watcher);
}

std::vector<TopicEntry*>& Cell::topics() {
  std::unique_ptr<std::vector<TopicEntry*>>& topics = relations().topics;
  if (topics == nullptr) topics = std::make_unique<std::vector<TopicEntry*>>();
  return *topics;
}

void Cell::note_event_subscription() { relations().hears_events = true; }

std::uint32_t Cell::count_pipes(int added) {
  return relations().pipes += static_cast<std::uint32_t>(added);
}

transport::RoomWaiters& Cell::room_waiters() { return relations().room_waiters; }

}  // namespace troupe
