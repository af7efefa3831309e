// Condition: coroutines of one core that wait until something they look at has become true.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "base/home_core.h"
#include "base/result.h"
#include "base/time.h"
#include "base/wait_queue.h"

namespace troupe {

class Condition;

namespace detail {

/// One wait. Whether it holds is looked at when it is notified and again when its turn comes.
class ConditionWait : public QueuedWait {
 public:
  void run() final;
  const char* name() const final { return "condition"; }
  Status await_resume();

 protected:
  ConditionWait(Condition& condition, Deadline deadline);
  ~ConditionWait() = default;
  virtual bool holds() = 0;

 private:
  friend class troupe::Condition;
  bool try_now() final;

  Condition& condition_;
};

template <class Predicate>
class PredicateWait final : public ConditionWait {
 public:
  PredicateWait(Condition& condition, Predicate predicate, Deadline deadline)
      : ConditionWait(condition, deadline), predicate_(std::move(predicate)) {}

 private:
  bool holds() override { return predicate_(); }

  Predicate predicate_;
};

/// A wait() not yet begun: movable, so that all_of and first_of can take it. Await it once.
template <class Predicate>
class [[nodiscard("a wait begins when it is awaited")]] ConditionRequest {
 public:
  ConditionRequest(Condition& condition, Predicate predicate, Deadline deadline)
      : condition_(condition), predicate_(std::move(predicate)), deadline_(deadline) {}
  PredicateWait<Predicate> operator co_await() && {
    return PredicateWait<Predicate>(condition_, std::move(predicate_), deadline_);
  }

 private:
  Condition& condition_;
  Predicate predicate_;
  Deadline deadline_;
};

}  // namespace detail

/// Whoever changes what is waited for says so with a notify; there are no other wake-ups. What the
/// predicates look at belongs to this core, so no lock goes with it. Allocates nothing.
///
/// Thread: one core only. Lifetime: outlives whoever waits; aborts otherwise.
class Condition {
 public:
  Condition() = default;
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;
  ~Condition();

  /// `co_await condition.wait([&] { return free > 0; }, within(50ms));`: a Status. Ok: `predicate`
  /// holds now, with nothing having run in between; at once if it held already. Errors:
  /// kDeadlineExceeded, also by the deadline of the call; kCancelled or kStopping.
  ///
  /// `predicate` is called often, by whoever notifies: it must be cheap, not throw and not use this
  /// object. What it refers to must live as long as the wait; locals of the awaiting coroutine do.
  template <class Predicate>
    requires std::is_invocable_r_v<bool, Predicate&>
  auto wait(Predicate predicate, Deadline deadline = kNoDeadline) {
    return detail::ConditionRequest<Predicate>(*this, std::move(predicate), deadline);
  }

  /// Wakes the one that has waited longest of those whose predicate holds. Not remembered if there
  /// is none; handed on if that one is cancelled, or its predicate no longer holds, before it runs.
  void notify_one();
  /// Wakes all whose predicate holds.
  void notify_all();

  /// How many wait. Counts them.
  std::size_t waiting() const { return waiting_.size(); }

 private:
  friend class detail::ConditionWait;
  void wake(detail::ConditionWait& wait);

  detail::WaitQueue waiting_;
  std::size_t woken_ = 0;  // notified, and their turn has not come yet
  detail::HomeCore home_;
};

}  // namespace troupe
