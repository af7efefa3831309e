// WaitQueue: coroutines of one core that wait for the same thing, oldest first. What Semaphore,
// Condition, Channel and Scope are made of.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/core_context.h"
#include "base/error.h"
#include "base/strand.h"
#include "base/time.h"
#include "base/timer.h"

namespace troupe {

/// The deadline of a wait that was given none: it ends with its call's deadline, if there is one.
inline constexpr Deadline kNoDeadline = Deadline(Time::max());

namespace detail {

class QueuedWait;

/// Linked through the waits, so waiting allocates nothing. Thread: owner core only. Whoever has one
/// checks in its destructor that nobody waits.
class WaitQueue {
 public:
  WaitQueue() = default;
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;

  bool empty() const { return first_ == nullptr; }
  /// The oldest; null if nobody waits.
  QueuedWait* first() const { return first_; }
  QueuedWait* after(const QueuedWait& wait) const;
  /// How many wait. Counts them.
  std::size_t size() const;

 private:
  friend class QueuedWait;
  void add_last(QueuedWait& wait);
  void add_first(QueuedWait& wait);
  void remove(QueuedWait& wait);

  QueuedWait* first_ = nullptr;
  QueuedWait* last_ = nullptr;
};

/// One await that may have to queue. Lives in the awaiting frame. Ends once, through the run queue,
/// by the first of: granted by the owner of the queue; failed by it; the deadline, its own or its
/// call's, whichever is earlier; a cancellation. Thread: owner core only. Allocates nothing.
///
/// What is granted stays reserved until the coroutine runs. If it is cancelled in between, the
/// await still says so, and the one that derives hands on what was granted: see too_late().
class QueuedWait : public Operation, private Timer {
 public:
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    return suspend(handle, handle.promise().context());
  }
  void cancel(Code reason) final { give_up(reason); }

  /// For the owner of the queue: ends the wait, with what it waited for.
  void grant();
  /// For the owner of the queue: ends the wait with an error.
  void fail(Error error);

 protected:
  /// `queue` must outlive the wait.
  QueuedWait(WaitQueue& queue, Deadline deadline) : queue_(queue), deadline_(deadline) {}
  /// A frame may be destroyed as it stands when its core ends.
  ~QueuedWait();

  /// False if there is nothing to wait for: the await goes on at once.
  bool suspend(std::coroutine_handle<> handle, const CallContext& context);
  /// Takes what is wanted, or refuse()s, if that is possible without waiting.
  virtual bool try_now() = 0;
  void refuse(Error error) { error_ = error; }
  /// This wait left the queue with nothing: those behind it may be able to go on.
  virtual void left() {}

  /// Granted, and not yet resumed.
  bool granted() const { return state_ == State::kGranted; }
  /// In await_resume(), if granted(): true if the strand was cancelled meanwhile. What was granted
  /// must be handed on then; error() says why.
  bool too_late();
  /// Once granted, queues again, first: what was granted is gone. For run().
  void wait_again();

  const std::optional<Error>& error() const { return error_; }

 private:
  friend class WaitQueue;
  enum class State : std::uint8_t { kNew, kWaiting, kGranted, kEnded };

  void fire() final { give_up(Code::kDeadlineExceeded); }
  void give_up(Code reason);
  void stop_waiting();
  void arm();

  WaitQueue& queue_;
  QueuedWait* next_ = nullptr;
  QueuedWait* previous_ = nullptr;
  Deadline deadline_;
  std::optional<Error> error_;
  State state_ = State::kNew;
};

inline QueuedWait* WaitQueue::after(const QueuedWait& wait) const { return wait.next_; }

}  // namespace detail

}  // namespace troupe
