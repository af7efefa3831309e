// A visitor that forgets a message: the compiler names the message.
#include "actor/actor.h"
#include "actor/testing/sample.actor.h"

using namespace troupe;

// error: visit: no alternative takes sample::Numbered::Double (ask double)
Behavior numbered(sample::Numbered::Self self) {
  for (bool running = true; running;) {
    auto msg = co_await self.receive();
    visit(msg, overloaded{
#if !defined(MISTAKE)
                   [&](sample::Numbered::Double question) { question.reply(2 * self.key()); },
#endif
                   [](Unknown) {},
                   [&](Stop) { running = false; },
               });
  }
}
