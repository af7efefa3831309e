#include <utility>

#include "examples/philosophers/dinner.h"

namespace philosophers {

using troupe::Behavior;
using troupe::Code;
using troupe::CoreContext;
using troupe::Duration;
using troupe::Ref;
using troupe::Status;
using troupe::Task;
using troupe::within;

namespace {

Duration up_to(Duration most) {
  const auto bound = static_cast<std::uint64_t>(most.count()) + 1;
  return Duration(static_cast<std::int64_t>(CoreContext::current().random.below(bound)));
}

/// How one goes about its forks.
struct Reach {
  Ref<Fork> first;
  Ref<Fork> second;
  Duration patience;
  Duration second_patience;
  Duration reach_max;  // from the first fork to the wish for the second
};

/// Both forks, or an error and neither.
Task<Status> take_both(Reach reach, std::uint32_t number) {
  auto took = co_await reach.first.ask(within(reach.patience)).take(number);
  auto reached = co_await troupe::sleep_for(up_to(reach.reach_max));
  if (took && reached) {
    auto took_second = co_await reach.second.ask(within(reach.second_patience)).take(number);
    if (took_second) co_return troupe::ok();
    // The answer may be under way: what is not wanted is put down all the same.
    reach.second.tell().put_down(number);
    reach.first.tell().put_down(number);
    co_return took_second.error();
  }
  reach.first.tell().put_down(number);
  co_return took ? reached.error() : took.error();
}

}  // namespace

Behavior philosopher(Philosopher::Self self, std::uint32_t number, Ref<Fork> left, Ref<Fork> right,
                     Ref<Table> table, DinnerOptions options) {
  // The last seat has fork 0 to its right: it alone begins with that one, and so breaks the circle.
  const bool right_first = options.manner == Manner::kOrdered && number + 1 == options.seats;
  const bool impatient = options.manner == Manner::kImpatient;
  const Reach reach{right_first ? right : left, right_first ? left : right, options.patience,
                    impatient ? options.impatience : options.patience, options.reach_max};

  Share share;
  while (share.meals < options.meals) {
    auto thought = co_await self.sleep_for(up_to(options.think_max));
    if (!thought) co_return;  // told to stop: it holds nothing
    const troupe::Time hungry_since = self.now();
    auto forks = co_await take_both(reach, number);
    while (!forks && impatient && forks.error().is(Code::kDeadlineExceeded)) {
      ++share.gave_up;
      // By chance, so that those who gave up together do not come back together.
      auto paused = co_await self.sleep_for(up_to(options.impatience));
      if (!paused) co_return;
      auto again = co_await take_both(reach, number);
      forks = std::move(again);
    }
    if (!forks) {
      ++share.gave_up;
      break;
    }
    share.hungry += self.now() - hungry_since;
    if (options.observer) options.observer(number, true);
    auto ate = co_await self.sleep_for(up_to(options.eat_max));
    if (options.observer) options.observer(number, false);
    reach.first.tell().put_down(number);
    reach.second.tell().put_down(number);
    if (!ate) co_return;
    ++share.meals;
  }
  table.tell().leaves(number, share.meals, share.gave_up, share.hungry.count());
}

}  // namespace philosophers
