#include "actor/supervision/supervision.h"

namespace troupe {

const char* to_string(Directive directive) {
  switch (directive) {
    case Directive::kRestart:
      return "restart";
    case Directive::kStop:
      return "stop";
    case Directive::kEscalate:
      return "escalate";
  }
  return "unknown";
}

Directive decide_by_default(const Failure& failure) {
  switch (failure.kind()) {
    case FailureKind::kException:
      return failure.is_standard() ? Directive::kRestart : Directive::kEscalate;
    case FailureKind::kUnhealthy:
      return Directive::kRestart;
    case FailureKind::kInitialization:
    case FailureKind::kKilled:
    case FailureKind::kDeathPact:
      break;
  }
  return Directive::kStop;
}

Directive decide_to_restart(const Failure&) { return Directive::kRestart; }
Directive decide_to_stop(const Failure&) { return Directive::kStop; }
Directive decide_to_escalate(const Failure&) { return Directive::kEscalate; }
Directive detail::decide_for_helper(const Failure&) { return Directive::kEscalate; }

}  // namespace troupe
