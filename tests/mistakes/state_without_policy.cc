// A state that says nothing of a message: the compiler names the message.
#include "actor/actor.h"
#include "actor/testing/sample.actor.h"

using namespace troupe;

struct Idle {
#if !defined(MISTAKE)
  using Defers = Events<sample::Numbered::Double>;
#endif
};

// error: visit: no alternative takes sample::Numbered::Double (ask double)
Behavior numbered(sample::Numbered::Self self) {
  StateMachine<sample::Numbered, Idle> machine(self, Idle{});
  co_await machine.run();
}
