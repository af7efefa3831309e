// The waits for the next message: a behaviour's own, one inside a task or a branch, one with a
// deadline.
#pragma once

#include <coroutine>
#include <optional>

#include "actor/cell.h"
#include "actor/cell_inline.h"
#include "base/promise.h"
#include "base/result.h"
#include "base/strand.h"
#include "base/time.h"
#include "base/timer.h"

namespace troupe {

/// What receive() gives, awaited in the behaviour itself: no operation, since nobody but the cell
/// ends it.
template <class A>
class [[nodiscard]] DirectReceive {
 public:
  DirectReceive(Cell& cell, PromiseBase& promise) : cell_(cell), promise_(promise) {}

  bool await_ready() const { return cell_.can_receive(); }
  void await_suspend(std::coroutine_handle<> receiver) { cell_.wait(receiver); }
  [[gnu::always_inline]] typename A::Message await_resume() {
    return typename A::Message(cell_.take(promise_));
  }

 private:
  Cell& cell_;
  PromiseBase& promise_;
};

/// A receive that others can end: the loser of a first_of, one with a deadline. Lives in the
/// awaiting frame, which may be destroyed while it waits. Allocates nothing.
class ReceiveOperation : public Operation, private Timer {
 public:
  bool await_ready() const { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    return start(handle, handle.promise());
  }

  void cancel(Code reason) final;
  const char* name() const final { return "receive"; }
  /// It waits in a strand of its own, of which the behaviour awaits the end.
  bool in_branch() const { return in_branch_; }
  const Strand& waits_in() const { return strand(); }
  /// For the cell, which resumes the coroutine then.
  void message_came();

 protected:
  ReceiveOperation(Cell& cell, Deadline deadline) : cell_(cell), deadline_(deadline) {}
  ~ReceiveOperation();

  /// Why it ended without a message; kStopping: with kStop.
  std::optional<Code> ended_without_message();
  Delivery take() { return cell_.take_for(*this, *promise_); }
  static constexpr Delivery stop() { return Delivery{nullptr, kKindStop}; }

 private:
  bool start(std::coroutine_handle<> handle, PromiseBase& promise);
  void end_with(Code reason);
  void fire() final;

  Cell& cell_;
  PromiseBase* promise_ = nullptr;
  Deadline deadline_;
  bool in_branch_ = false;
  bool waits_ = false;
  bool timed_out_ = false;
  std::optional<Code> ended_;
};

template <class A>
class [[nodiscard]] TaskReceive final : public ReceiveOperation {
 public:
  explicit TaskReceive(Cell& cell) : ReceiveOperation(cell, Deadline(Time::max())) {}

  typename A::Message await_resume() {
    const std::optional<Code> ended = ended_without_message();
    return typename A::Message(ended ? stop() : take());
  }
};

template <class A>
class [[nodiscard]] TimedReceive final : public ReceiveOperation {
 public:
  using ReceiveOperation::ReceiveOperation;
  TimedReceive(Cell& cell, Deadline deadline) : ReceiveOperation(cell, deadline) {}

  Result<typename A::Message> await_resume() {
    using Message = typename A::Message;
    const std::optional<Code> ended = ended_without_message();
    if (!ended) return Message(take());
    if (*ended == Code::kStopping) return Message(stop());
    return Error(*ended);
  }
};

/// A receive not yet begun: movable, so that all_of and first_of can take it.
template <class A>
class [[nodiscard]] Receive {
 public:
  explicit Receive(Cell& cell) : cell_(&cell) {}
  Cell& cell() const { return *cell_; }
  TaskReceive<A> operator co_await() const { return TaskReceive<A>(*cell_); }

 private:
  Cell* cell_;
};

/// The same with a deadline.
template <class A>
class [[nodiscard]] ReceiveWithin {
 public:
  ReceiveWithin(Cell& cell, Deadline deadline) : cell_(&cell), deadline_(deadline) {}
  TimedReceive<A> operator co_await() const { return TimedReceive<A>(*cell_, deadline_); }

 private:
  Cell* cell_;
  Deadline deadline_;
};

}  // namespace troupe
