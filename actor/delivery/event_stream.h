// EventStream: who on a core wants to know of which events, and which other cores do.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "actor/address.h"
#include "actor/delivery/event.h"
#include "base/result.h"
#include "protocols/frame.h"

namespace troupe {

class Core;
class KeyedTarget;

/// Subscriptions of one core to events of one class, at most.
inline constexpr std::size_t kEventSubscriptionsMax = 1024;

/// Is told of events of one class. Thread: the core it is added on.
class EventListener {
 public:
  /// Must not await. An event that is published meanwhile on this core is not delivered to anybody
  /// but counted (a listener whose message is dropped would otherwise cause the next event).
  virtual void event(const EventRecord& record) = 0;

 protected:
  ~EventListener() = default;
};

/// What one core did. Thread: owner core only.
struct EventCounters {
  std::uint64_t published = 0;   ///< On this core, where somebody wanted them.
  std::uint64_t delivered = 0;   ///< To listeners of this core.
  std::uint64_t suppressed = 0;  ///< Published while another was being delivered.
};

/// One of each core. An event goes to the listeners of its core at once, and to each other core
/// that has any in one frame, best effort: a lane without room drops it, counted as any message.
/// Events of one core arrive in their order. Where nobody on any core has subscribed to a class,
/// publishing costs the test of a bit. Thread: owner core only.
class EventStream {
 public:
  explicit EventStream(Core& core);
  ~EventStream();

  bool wanted(EventClass event_class) const { return (wanted_ & bit(event_class)) != 0; }
  template <class E>
  void publish(const E& event) {
    if (wanted(E::kClass)) publish_record(event.record());
  }

  // ---- what the runtime publishes ----

  void actor_failed(const Cell& cell, const Failure& failure, Directive directive) {
    if (wanted(EventClass::kFailed)) publish(ActorFailed(cell, failure, directive));
  }
  void actor_restarted(const Cell& cell, std::uint64_t restarts) {
    if (wanted(EventClass::kRestarted)) publish(ActorRestarted(cell, restarts));
  }
  /// Of pipes, which are no actors to anybody, nothing is published.
  void actor_stopped(const Cell& cell, DownReason reason) {
    if (wanted(EventClass::kStopped)) publish_stopped(cell, reason);
  }
  /// Counts it in the ledger too.
  void message_unhandled(const Cell& cell, std::uint16_t kind);

  // ---- subscriptions ----

  /// Until remove(): `listener` must live as long. Errors: kOverloaded (kEventSubscriptionsMax).
  Status add(EventClass event_class, EventListener& listener);
  void remove(EventClass event_class, EventListener& listener);

  using Receiver = std::function<void(const EventRecord&)>;
  /// Of an actor, until it ends; a second one of the same class replaces the first.
  Status subscribe(Cell& actor, EventClass event_class, Receiver receiver);
  void unsubscribe(Cell& actor, EventClass event_class);
  void actor_ended(Address actor);

  const EventCounters& counters() const { return counters_; }

  // ---- from other cores ----

  /// The type that topic frames of events have for their key.
  static constexpr std::uint64_t kKeyType = 0;
  /// An event of another core.
  void deliver(protocols::Frame* frame);
  /// Another core has its first listener, or lost its last.
  void note_interest(const protocols::Frame& frame);

 private:
  struct ActorListener;
  struct Class {
    std::vector<EventListener*> listeners;  // null: removed during a delivery
    std::size_t living = 0;
    std::vector<std::uint16_t> cores;
    std::unique_ptr<KeyedTarget> topic;
  };

  static constexpr unsigned bit(EventClass event_class) {
    return 1U << static_cast<unsigned>(event_class);
  }
  Class& of(EventClass event_class) { return classes_[static_cast<std::size_t>(event_class)]; }
  void publish_record(const EventRecord& record);
  void publish_stopped(const Cell& cell, DownReason reason);
  void deliver_here(const EventRecord& record);
  void send(const EventRecord& record, std::uint16_t to);
  void announce(EventClass event_class, protocols::FrameType type);
  void look_again(EventClass event_class);
  template <class Which>
  void retire(Which which);

  Core& core_;
  unsigned wanted_ = 0;
  bool delivering_ = false;
  std::array<Class, kEventClasses> classes_;
  std::vector<std::unique_ptr<ActorListener>> actors_;
  // Of subscriptions that ended during a delivery: it may be theirs.
  std::vector<std::unique_ptr<ActorListener>> retired_;
  EventCounters counters_;
};

}  // namespace troupe
