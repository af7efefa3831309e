// A handler that leads to a state its result does not name.
#include "actor/actor.h"
#include "actor/testing/sample.actor.h"

using namespace troupe;

struct Busy {
  void on(sample::Numbered::Double question) { question.reply(2); }
};
struct Idle {
  // error: no viable conversion from returned value of type 'Busy'
#if defined(MISTAKE)
  Next<Idle> on(sample::Numbered::Double) { return Busy{}; }
#else
  Next<Busy> on(sample::Numbered::Double) { return Busy{}; }
#endif
};

Behavior numbered(sample::Numbered::Self self) {
  StateMachine<sample::Numbered, Idle, Busy> machine(self, Idle{});
  co_await machine.run();
}
