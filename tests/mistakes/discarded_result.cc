// A Result that nobody looks at, and an ask that nobody awaits.
#include <chrono>

#include "actor/actor.h"
#include "actor/testing/sample.actor.h"

using namespace troupe;
using namespace std::chrono_literals;

Result<int> parse(int value) {
  if (value < 0) return Error(Code::kFailed, 0, "a negative value");
  return value;
}

// error: ignoring return value of function declared with 'nodiscard' attribute
// error: parse(1);
// error: counter.ask(within(1s)).total();
// error: co_await sleep_for(1s);
Task<Status> careful(Ref<sample::Counter> counter) {
#if defined(MISTAKE)
  parse(1);
  counter.ask(within(1s)).total();
  co_await sleep_for(1s);
#else
  auto parsed = parse(1);
  if (!parsed) co_return parsed.error();
  auto total = co_await counter.ask(within(1s)).total();
  if (!total) co_return total.error();
  auto slept = co_await sleep_for(1s);
  if (!slept) co_return slept;
#endif
  co_return ok();
}
