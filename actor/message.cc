#include "actor/message.h"

namespace troupe {

void ReceivedMessage::settle_and_release() {
  Core& core = Core::current();
  core.settle(frame_, kind_ == kKindUnknown ? Code::kUnsupported : Code::kNoReply);
  core.release(frame_);
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
