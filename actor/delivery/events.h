// Subscribing to events: in a coroutine, or as messages of an actor's own contract.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "actor/core.h"
#include "actor/delivery/event_stream.h"
#include "actor/delivery/handed_on.h"
#include "actor/self.h"
#include "base/channel.h"
#include "base/result.h"
#include "base/time.h"

namespace troupe {

/// Events that a subscription holds for its coroutine, unless it says otherwise.
inline constexpr std::size_t kEventBufferDefault = 256;

/// Events of type E (delivery/event.h) from all cores, for a coroutine that awaits them one by one:
///
///     EventSubscription<DroppedMessage> drops;
///     auto drop = co_await drops.next(within(1s));
///
/// Begins when it is made, on this core; other cores learn of it a little later. What comes while
/// the buffer is full is not kept, but counted. Best effort: see EventStream. Thread: the core it
/// was made on; not movable; outlives who awaits it.
template <class E>
class EventSubscription final : private EventListener {
 public:
  /// `buffer_max`: events, at least 1.
  explicit EventSubscription(std::size_t buffer_max = kEventBufferDefault)
      : core_(Core::current()), events_(buffer_max), status_(core_.events.add(E::kClass, *this)) {
    if (!status_) events_.close();
  }
  EventSubscription(const EventSubscription&) = delete;
  EventSubscription& operator=(const EventSubscription&) = delete;
  ~EventSubscription() { core_.events.remove(E::kClass, *this); }

  /// kOverloaded: the core has kEventSubscriptionsMax of this class; next() gives kClosed.
  const Status& status() const { return status_; }
  /// A Result<E>: the oldest event not yet taken. Errors: those of Channel::receive().
  auto next(Deadline deadline = kNoDeadline) { return events_.receive(deadline); }
  /// Events that came while the buffer was full.
  std::uint64_t overflowed() const { return overflowed_; }

 private:
  void event(const EventRecord& record) override {
    if (!events_.try_send(E(record))) ++overflowed_;
  }

  Core& core_;
  Channel<E> events_;
  Status status_;
  std::uint64_t overflowed_ = 0;
};

template <class A>
template <class E, class Map>
Status Self<A>::subscribe(Map map) const {
  return cell_->core().events.subscribe(
      *cell_, E::kClass, [map = std::move(map), me = ref()](const EventRecord& record) mutable {
        map(E(record), std::as_const(me));
      });
}

template <class A>
template <class E>
void Self<A>::unsubscribe() const {
  cell_->core().events.unsubscribe(*cell_, E::kClass);
}

}  // namespace troupe
