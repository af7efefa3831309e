// HandedOn: a received message whose frame goes on, for forward() and unhandled().
#pragma once

#include "actor/message.h"
#include "actor/target.h"

namespace troupe {

/// Not for users: see forward() and Self::unhandled(). Thread: the receiving core.
class HandedOn {
 public:
  /// Takes the frame of a tell or an ask, whose right to answer goes with it. Aborts for what is
  /// no message (a stop, a down), was moved from, or was answered.
  static protocols::Frame* take(ReceivedMessage& message);

  /// Sends the frame to another actor of its protocol. Owns it.
  static void send(protocols::Frame* frame, const Address& target);
  static void send(protocols::Frame* frame, const KeyedTarget& target);
};

}  // namespace troupe
