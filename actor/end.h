// until_ended: the wait for another actor's end, for whoever does not watch.
#pragma once

#include "actor/ask.h"
#include "actor/control_frames.h"
#include "actor/message.h"
#include "actor/ref.h"
#include "base/result.h"
#include "base/time.h"

namespace troupe {

/// Awaits one actor's end. Lives in the awaiting frame; see until_ended().
class EndOperation final : public AskOperation {
 public:
  using AskOperation::AskOperation;
  EndOperation(protocols::Frame* frame, unsigned core, Deadline deadline)
      : AskOperation(frame, core, deadline) {}

  const char* name() const override { return "until_ended"; }
  Result<Down> await_resume();
};

/// A wait not yet begun: movable, so that all_of and first_of can take it.
class [[nodiscard("a wait begins when it is awaited")]] UntilEnded {
 public:
  UntilEnded(Address target, Deadline deadline, bool stop)
      : target_(target), deadline_(deadline), stop_(stop) {}
  EndOperation operator co_await() const;

 private:
  Address target_;
  Deadline deadline_;
  bool stop_;
};

/// `co_await until_ended(ref, within(1s))`: who ended, and why; of one that is gone already,
/// DownReason::kNoSuchActor. Errors: kDeadlineExceeded, it lives; those of every ask. Call on a
/// core.
template <class A>
UntilEnded until_ended(const Ref<A>& ref, Deadline deadline) {
  static_assert(!A::kKeyed, "a keyed actor has no single life to wait for");
  return UntilEnded(ref.address(), deadline, false);
}

/// `co_await graceful_stop(ref, within(1s))`: asks it to stop, and waits until it and its children
/// have ended. On kDeadlineExceeded it still lives, and stops when it can: Ref::kill() is the next
/// step.
template <class A>
UntilEnded graceful_stop(const Ref<A>& ref, Deadline deadline) {
  static_assert(!A::kKeyed, "a keyed actor has no single life to wait for");
  return UntilEnded(ref.address(), deadline, true);
}

}  // namespace troupe
