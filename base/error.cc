#include "base/error.h"

#include <cstring>

namespace troupe {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::kCancelled:
      return "cancelled";
    case Code::kDeadlineExceeded:
      return "deadline_exceeded";
    case Code::kStopping:
      return "stopping";
    case Code::kNoReply:
      return "no_reply";
    case Code::kDenied:
      return "denied";
    case Code::kNoSuchActor:
      return "no_such_actor";
    case Code::kActorStopped:
      return "actor_stopped";
    case Code::kMailboxFull:
      return "mailbox_full";
    case Code::kLaneFull:
      return "lane_full";
    case Code::kUnsupported:
      return "unsupported";
    case Code::kTooLarge:
      return "too_large";
    case Code::kTooManyAsks:
      return "too_many_asks";
    case Code::kTooManyActors:
      return "too_many_actors";
    case Code::kFailed:
      return "failed";
    case Code::kSystemStopping:
      return "system_stopping";
    case Code::kInvalidArgument:
      return "invalid_argument";
    case Code::kIo:
      return "io";
    case Code::kMalformed:
      return "malformed";
    case Code::kClosed:
      return "closed";
    case Code::kOverloaded:
      return "overloaded";
    case Code::kOutOfMemory:
      return "out_of_memory";
    case Code::kWouldDeadlock:
      return "would_deadlock";
  }
  return "unknown_code";
}

std::string Error::describe() const {
  std::string text(to_string(code_));
  if (code_ == Code::kDenied) text += " (reason " + std::to_string(denial_) + ")";
  if (code_ == Code::kIo) {
    // Null where there is no such number; safe on any thread, unlike strerror.
    const char* const words = strerrordesc_np(static_cast<int>(detail_));
    const char* const name = strerrorname_np(static_cast<int>(detail_));
    text += " (";
    text += words != nullptr ? words : "error " + std::to_string(detail_);
    if (name != nullptr) text += std::string(", ") + name;
    text += ")";
  } else if (detail_ != 0) {
    text += " (" + std::to_string(detail_) + ")";
  }
  if (context_ != nullptr) {
    text += ": ";
    text += context_;
  }
  if (incident() != 0 && IncidentText::describe != nullptr) {
    const std::string more = IncidentText::describe(incident());
    if (!more.empty()) text += (context_ != nullptr ? ", " : ": ") + more;
  }
  return text;
}

}  // namespace troupe
