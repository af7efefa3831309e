// A coroutine cannot be entered while it awaits, whatever the contract allows.
#include "actor/actor.h"
#include "actor/testing/callers.h"

using namespace troupe;

Behavior desk(callers::Desk::Self self) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == callers::Desk::Kind::kStop) co_return;
  }
}

// error: handled beside each other, which a coroutine behaviour cannot do: write a handler class
Ref<callers::Desk> spawn_desk(Root root) {
#if defined(MISTAKE)
  return root.spawn<callers::Desk>(desk);
#else
  return root.spawn<callers::Desk>(handlers<callers::DeskHandlers>(),
                                   std::make_shared<callers::Noted>());
#endif
}
