// forward: a message that was received goes on whole to another actor of the same protocol.
#pragma once

#include <concepts>
#include <type_traits>

#include "actor/delivery/handed_on.h"
#include "actor/ref.h"

namespace troupe {

/// `forward(std::move(msg), next);` sends what was received to `next` as it is, a message that this
/// version of the contract does not know too. Whoever asked stays the asker: the right to answer
/// moves along, and the deadline stays. On this core nothing is copied (but from a spawned actor to
/// a keyed one, and to a longer key); to another core the bytes are.
///
/// At most once, as tell(): what cannot be sent is dropped, counted and warned about, and an ask
/// answered so. Aborts for kStop and kDown, and for an ask that was answered. Takes part in no
/// order: it is sent when this is called, by the forwarding actor.
template <class Message, class A>
  requires std::same_as<Message, typename A::Message>
void forward(Message&& message, const Ref<A>& to) {
  static_assert(!std::is_reference_v<Message>, "forward(std::move(msg), to)");
  HandedOn::send(HandedOn::take(message), to.target());
}

}  // namespace troupe
