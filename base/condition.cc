#include "base/condition.h"

#include "base/check.h"

namespace troupe {

Condition::~Condition() {
  TROUPE_CHECK(waiting_.empty() && woken_ == 0,
               "a Condition is destroyed while %zu wait for it; end them first",
               waiting_.size() + woken_);
}

void Condition::notify_one() {
  home_.check("a Condition");
  for (detail::QueuedWait* wait = waiting_.first(); wait != nullptr; wait = waiting_.after(*wait)) {
    auto& oldest = static_cast<detail::ConditionWait&>(*wait);
    if (oldest.holds()) return wake(oldest);
  }
}

void Condition::notify_all() {
  home_.check("a Condition");
  for (detail::QueuedWait* wait = waiting_.first(); wait != nullptr;) {
    detail::QueuedWait* next = waiting_.after(*wait);
    auto& listed = static_cast<detail::ConditionWait&>(*wait);
    if (listed.holds()) wake(listed);
    wait = next;
  }
}

void Condition::wake(detail::ConditionWait& wait) {
  ++woken_;
  wait.grant();
}

namespace detail {

ConditionWait::ConditionWait(Condition& condition, Deadline deadline)
    : QueuedWait(condition.waiting_, deadline), condition_(condition) {}

bool ConditionWait::try_now() {
  condition_.home_.check("a Condition");
  return holds();
}

// Others ran since the notify: if they undid what it announced, the wait goes on where it was.
void ConditionWait::run() {
  if (!granted()) return resume();
  --condition_.woken_;
  if (strand().cancelled() || holds()) return resume();
  wait_again();
  condition_.notify_one();
}

Status ConditionWait::await_resume() {
  if (granted() && too_late()) condition_.notify_one();
  return error() ? Status(*error()) : ok();
}

}  // namespace detail

}  // namespace troupe
