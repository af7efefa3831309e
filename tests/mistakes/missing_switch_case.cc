// A switch that forgets a message, with the options that actor_binary compiles with.
#include "actor/actor.h"
#include "actor/testing/sample.actor.h"

using namespace troupe;

// error: enumeration value 'kDouble' not explicitly handled in switch
Behavior numbered(sample::Numbered::Self self) {
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case sample::Numbered::Kind::kStop:
        co_return;
      case sample::Numbered::Kind::kUnknown:
        break;
#if defined(MISTAKE)
      default:
        break;
#else
      case sample::Numbered::Kind::kDouble:
        msg.double_().reply(2 * self.key());
        break;
#endif
    }
  }
}
