// A class of handlers that forgets a message: the compiler names the message.
#include "actor/actor.h"
#include "actor/testing/sample.actor.h"

using namespace troupe;

// error: visit: no alternative takes sample::Numbered::Double (ask double)
class NumberedHandlers {
 public:
#if !defined(MISTAKE)
  void on(sample::Numbered::Double question) { question.reply(2); }
#endif
};

Behavior numbered(sample::Numbered::Self self) { return handlers<NumberedHandlers>()(self); }
