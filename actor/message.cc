#include "actor/message.h"

namespace troupe {

void ReceivedMessage::settle_and_release() {
  Core& core = Core::current();
  core.settle(frame_, kind_ == kKindUnknown ? Code::kUnsupported : code_for_unanswered());
  core.release(frame_);
}

std::uint16_t ReceivedMessage::note_unknown(Delivery delivery) {
  Core& core = Core::current();
  const protocols::Frame& frame = *delivery.frame;
  const bool keyed = frame.has(protocols::frame_flag::kKeyed);
  const Cell* cell =
      keyed ? core.keyed.find(frame.key().type, {frame.key_text(), frame.key().key_bytes})
            : core.cells.find(frame.header.slot, frame.header.incarnation);
  if (cell != nullptr) core.events.message_unhandled(*cell, frame.header.kind);
  return kKindUnknown;
}

void ReceivedMessage::fail_wrong_kind(std::uint16_t wanted, const ActorType& type) const {
  const auto name = [&](std::uint16_t kind) -> const char* {
    switch (kind) {
      case kKindStop:
        return "stop";
      case kKindDown:
        return "down";
      case kKindUnknown:
        return "unknown";
      case kMovedFrom:
        return "moved from";
      default: {
        const char* known = type.kind_name(kind);
        return known != nullptr ? known : "unknown";
      }
    }
  };
  fail_check(__FILE__, __LINE__, "%s: read as %s, but the message is %s; look at kind() first",
             type.name, name(wanted), name(kind_));
}

}  // namespace troupe
