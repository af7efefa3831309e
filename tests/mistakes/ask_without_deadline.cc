// There is no ask without a deadline, and a duration is none: it does not say from when.
#include <chrono>

#include "actor/actor.h"
#include "actor/testing/sample.actor.h"

using namespace troupe;
using namespace std::chrono_literals;

// error: too few arguments to function call
// error: no viable conversion from 'chrono::seconds'
Task<Status> careful(Ref<sample::Counter> counter) {
#if defined(MISTAKE)
  auto without = co_await counter.ask().total();
  auto total = co_await counter.ask(1s).total();
#else
  auto total = co_await counter.ask(within(1s)).total();
#endif
  if (!total) co_return total.error();
  co_return ok();
}
