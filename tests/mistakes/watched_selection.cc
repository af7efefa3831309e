// A selection that is watched: who matches may change while one looks.
#include <chrono>

#include "actor/actor.h"
#include "actor/testing/sample.actor.h"

using namespace troupe;
using namespace std::chrono_literals;

// error: a selection cannot be watched, since who matches changes: watch each of as<A>()
// error: no matching member function for call to 'watch'
Behavior careful(sample::Watcher::Self self) {
  auto counters = co_await self.select("/user/*", within(1s));
  if (!counters) co_return;
#if defined(MISTAKE)
  self.watch(*counters);
  self.watch((*counters)[0]);
#else
  for (const Ref<sample::Counter>& each : counters->as<sample::Counter>()) self.watch(each);
#endif
}
