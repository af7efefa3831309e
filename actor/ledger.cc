#include "actor/ledger.h"

namespace troupe {

const char* to_string(DropReason reason) {
  switch (reason) {
    case DropReason::kMailboxFull:
      return "mailbox_full";
    case DropReason::kDisplaced:
      return "displaced";
    case DropReason::kLaneFull:
      return "lane_full";
    case DropReason::kNoSuchActor:
      return "no_such_actor";
    case DropReason::kActorStopped:
      return "actor_stopped";
    case DropReason::kTooLarge:
      return "too_large";
    case DropReason::kWrongProtocol:
      return "wrong_protocol";
    case DropReason::kSystemStopping:
      return "system_stopping";
    case DropReason::kTooManyActors:
      return "too_many_actors";
    case DropReason::kActivationFailed:
      return "activation_failed";
    case DropReason::kOutOfMemory:
      return "out_of_memory";
    case DropReason::kTimerCancelled:
      return "timer_cancelled";
    case DropReason::kTooManyTimers:
      return "too_many_timers";
    case DropReason::kStashFull:
      return "stash_full";
    case DropReason::kInjected:
      return "injected";
    case DropReason::kWouldDeadlock:
      return "would_deadlock";
  }
  return "unknown";
}

Code code_for(DropReason reason) {
  switch (reason) {
    case DropReason::kMailboxFull:
    case DropReason::kDisplaced:
      return Code::kMailboxFull;
    case DropReason::kLaneFull:
      return Code::kLaneFull;
    case DropReason::kNoSuchActor:
    case DropReason::kWrongProtocol:
      return Code::kNoSuchActor;
    case DropReason::kActorStopped:
      return Code::kActorStopped;
    case DropReason::kTooLarge:
      return Code::kTooLarge;
    case DropReason::kSystemStopping:
      return Code::kSystemStopping;
    case DropReason::kTooManyActors:
      return Code::kTooManyActors;
    case DropReason::kActivationFailed:
      return Code::kFailed;
    case DropReason::kOutOfMemory:
      return Code::kOutOfMemory;
    case DropReason::kTimerCancelled:
      return Code::kCancelled;
    case DropReason::kTooManyTimers:
    case DropReason::kStashFull:
      return Code::kOverloaded;
    case DropReason::kInjected:
      return Code::kNoReply;
    case DropReason::kWouldDeadlock:
      return Code::kWouldDeadlock;
  }
  return Code::kNoReply;
}

}  // namespace troupe
