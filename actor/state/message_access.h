// MessageAccess: what a Stash, unhandled() and handle() do with a message whose contract they do
// not know.
#pragma once

#include <cstdint>
#include <utility>

#include "actor/message.h"
#include "protocols/frame.h"

namespace troupe {

struct MessageAccess {
  /// Null for kStop, and once it was moved away.
  static protocols::Frame* frame(const ReceivedMessage& message) { return message.frame_; }
  static std::uint16_t kind(const ReceivedMessage& message) { return message.kind_; }
  /// Its frame is the caller's from here on.
  static protocols::Frame* take(ReceivedMessage& message) {
    message.kind_ = ReceivedMessage::kMovedFrom;
    return std::exchange(message.frame_, nullptr);
  }
};

}  // namespace troupe
