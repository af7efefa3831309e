#include "actor/delivery/event_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "actor/cell_inline.h"
#include "actor/core.h"
#include "actor/delivery/pipe.h"
#include "actor/relations.h"
#include "actor/target.h"

namespace troupe {

using protocols::Frame;
using protocols::FrameType;

struct EventStream::ActorListener final : EventListener {
  ActorListener(Address to, EventClass wanted, Receiver function)
      : actor(to), event_class(wanted), receiver(std::move(function)) {}
  void event(const EventRecord& record) override { receiver(record); }

  Address actor;
  EventClass event_class;
  Receiver receiver;
};

EventStream::EventStream(Core& core) : core_(core) {
  for (std::size_t i = 0; i < kEventClasses; ++i) {
    const char name = static_cast<char>(i);
    classes_[i].topic = std::make_unique<KeyedTarget>(kKeyType, std::string_view(&name, 1));
  }
}
EventStream::~EventStream() = default;

// ---- publishing ----

void EventStream::message_unhandled(const Cell& cell, std::uint16_t kind) {
  ++core_.ledger.unhandled;
  if (wanted(EventClass::kUnhandled)) publish(UnhandledMessage(cell, kind));
}

void EventStream::publish_stopped(const Cell& cell, DownReason reason) {
  if (&cell.type() != &Pipe::kType) publish(ActorStopped(cell, reason));
}

void EventStream::publish_record(const EventRecord& record) {
  if (delivering_) {
    ++counters_.suppressed;
    return;
  }
  ++counters_.published;
  // A frame that is dropped on its way is an event too, which must not follow this one.
  delivering_ = true;
  for (const std::uint16_t to : of(record.event_class).cores) send(record, to);
  delivering_ = false;
  deliver_here(record);
}

void EventStream::deliver_here(const EventRecord& record) {
  Class& receivers = of(record.event_class);
  const bool outermost = !std::exchange(delivering_, true);
  // By index: a listener may add and remove.
  const std::size_t count = receivers.listeners.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (receivers.listeners[i] == nullptr) continue;
    ++counters_.delivered;
    receivers.listeners[i]->event(record);
  }
  if (!outermost) return;
  delivering_ = false;
  retired_.clear();
  look_again(record.event_class);
}

void EventStream::send(const EventRecord& record, std::uint16_t to) {
  const auto kind = static_cast<std::uint16_t>(record.event_class);
  Frame* frame = new_frame_for(core_, *of(record.event_class).topic, MessageSpec{0, kind},
                               FrameType::kTell, record.words());
  ++core_.ledger.sent;
  if (frame == nullptr) {
    const Code why =
        why_no_frame(core_, *of(record.event_class).topic, FrameType::kTell, record.words());
    return core_.drop_unsent(
        why == Code::kTooLarge ? DropReason::kTooLarge : DropReason::kOutOfMemory, 0, kind,
        Address{0, to, Address::kNobody, 0});
  }
  record.write(frame->payload());
  frame->header.flags |= protocols::frame_flag::kTopic;
  if (!core_.exchange.has_room(to, frame->header.bytes))
    return core_.refuse_beyond_budget(to, frame);
  core_.exchange.send(to, frame, transport::LaneClass::kUser);
}

void EventStream::deliver(Frame* frame) {
  ++core_.ledger.handled;
  const EventRecord record = EventRecord::read(frame->payload());
  core_.release(frame);
  deliver_here(record);
}

// ---- subscriptions ----

Status EventStream::add(EventClass event_class, EventListener& listener) {
  Class& receivers = of(event_class);
  if (receivers.living >= kEventSubscriptionsMax) {
    return Error(Code::kOverloaded, kEventSubscriptionsMax, "event subscriptions of a core");
  }
  receivers.listeners.push_back(&listener);
  if (++receivers.living == 1) announce(event_class, FrameType::kWatch);
  wanted_ |= bit(event_class);
  return ok();
}

void EventStream::remove(EventClass event_class, EventListener& listener) {
  Class& receivers = of(event_class);
  const auto found = std::ranges::find(receivers.listeners, &listener);
  if (found == receivers.listeners.end()) return;
  *found = nullptr;
  if (--receivers.living == 0) announce(event_class, FrameType::kUnwatch);
  if (!delivering_) look_again(event_class);
}

void EventStream::look_again(EventClass event_class) {
  Class& receivers = of(event_class);
  if (receivers.living != receivers.listeners.size()) std::erase(receivers.listeners, nullptr);
  if (receivers.living != 0 || !receivers.cores.empty()) {
    wanted_ |= bit(event_class);
  } else {
    wanted_ &= ~bit(event_class);
  }
}

Status EventStream::subscribe(Cell& actor, EventClass event_class, Receiver receiver) {
  unsubscribe(actor, event_class);
  auto listener =
      std::make_unique<ActorListener>(actor.address(), event_class, std::move(receiver));
  TROUPE_TRY(add(event_class, *listener));
  actors_.push_back(std::move(listener));
  actor.note_event_subscription();
  return ok();
}

template <class Which>
void EventStream::retire(Which which) {
  for (std::unique_ptr<ActorListener>& listener : actors_) {
    if (!which(*listener)) continue;
    remove(listener->event_class, *listener);
    retired_.push_back(std::move(listener));
  }
  std::erase(actors_, nullptr);
  if (!delivering_) retired_.clear();
}

void EventStream::unsubscribe(Cell& actor, EventClass event_class) {
  retire([&](const ActorListener& listener) {
    return listener.actor == actor.address() && listener.event_class == event_class;
  });
}

void EventStream::actor_ended(Address actor) {
  retire([actor](const ActorListener& listener) { return listener.actor == actor; });
}

// ---- other cores ----

void EventStream::announce(EventClass event_class, FrameType type) {
  for (unsigned core = 0; core < core_.node().cores(); ++core) {
    if (core == core_.index()) continue;
    Frame* frame = new_frame_for(core_, *of(event_class).topic,
                                 MessageSpec{0, static_cast<std::uint16_t>(event_class)}, type, 0);
    frame->header.flags |= protocols::frame_flag::kTopic;
    core_.send_control(static_cast<std::uint16_t>(core), frame);
  }
}

void EventStream::note_interest(const Frame& frame) {
  if (frame.header.kind >= kEventClasses) return;
  const auto event_class = static_cast<EventClass>(frame.header.kind);
  std::vector<std::uint16_t>& cores = of(event_class).cores;
  std::erase(cores, frame.header.source_core);
  if (frame.header.type == FrameType::kWatch) cores.push_back(frame.header.source_core);
  if (!delivering_) look_again(event_class);
}

}  // namespace troupe
