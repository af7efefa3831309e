// Resume where the behaviour is gone: only what handles one message can be resumed.
#include "actor/actor.h"
#include "actor/testing/sample.actor.h"

using namespace troupe;

// error: no member named 'kResume' in 'troupe::Directive'
Supervision forgiving() {
  Supervision supervision;
#if defined(MISTAKE)
  supervision.decider = [](const Failure&) { return Directive::kResume; };
#else
  supervision.decider = [](const Failure&) { return Directive::kRestart; };
#endif
  return supervision;
}

HandlerDecider forgiving_handlers() {
  return [](const Failure&) { return HandlerDirective::kResume; };
}
