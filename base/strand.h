// Strand: one line of execution, and how it is told to end. Operation: the one thing it waits for.
#pragma once

#include <coroutine>
#include <optional>

#include "base/check.h"
#include "base/core_context.h"
#include "base/error.h"
#include "base/run_queue.h"
#include "base/time.h"

namespace troupe {

class Operation;

/// W3C trace context as it travels in a frame: version, trace id, parent id, flags.
struct TraceContext {
  unsigned char bytes[25];
};

/// A chain of coroutines of which one runs or one operation is awaited. A behaviour, a root task
/// and each branch of all_of or first_of has its own. Thread: owner core only.
///
/// Cancellation is a value: cancel() makes the awaited operation, and every later one until
/// clear_cancellation(), return an error; no frame is destroyed while an operation is under way.
class Strand {
 public:
  Strand() = default;
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  /// Ends the awaited operation with `reason`: kCancelled or kStopping, or kDeadlineExceeded for a
  /// child whose scope is out of time. The first reason stays.
  void cancel(Code reason);

  /// The reason for which operations end at once, if any.
  std::optional<Code> cancelled() const {
    return cancelled_ == 0 ? std::nullopt : std::optional<Code>(static_cast<Code>(cancelled_));
  }
  void clear_cancellation() { cancelled_ = 0; }

  /// What this strand waits for now; null while it runs or is about to.
  Operation* waiting() const { return waiting_; }

 private:
  friend class Operation;
  Operation* waiting_ = nullptr;
  std::uint16_t cancelled_ = 0;
};

/// What a coroutine inherits from the one that awaits it.
struct CallContext {
  Time deadline = Time::max();          ///< Asks made below end no later than this.
  Strand* strand = nullptr;             ///< Whose cancellation applies. Never null once running.
  const TraceContext* trace = nullptr;  ///< Of the message being handled; null if it carried none.
};

/// A suspended await. Lives in the awaiter, in the awaiting coroutine's frame; completes once, by
/// going through the run queue, so that nothing resumes inside somebody else's call.
class Operation : public Runnable {
 public:
  /// Ends the operation with `reason`; must lead to complete(), at once or later. Called at most
  /// once, and not after complete().
  virtual void cancel(Code reason) = 0;
  /// What it is, for reports: "ask", "sleep", …
  virtual const char* name() const = 0;

  void run() override { resume(); }

 protected:
  Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  ~Operation() = default;

  /// Registers as what `context`'s strand waits for; `handle` is resumed after complete().
  void begin(std::coroutine_handle<> handle, const CallContext& context) {
    TROUPE_DCHECK(context.strand != nullptr, "a coroutine awaits outside any strand");
    handle_ = handle;
    strand_ = context.strand;
    strand_->waiting_ = this;
  }

  /// The result is stored: resume the coroutine when its turn comes.
  void complete() {
    strand_->waiting_ = nullptr;
    CoreContext::current().ready.push(*this);
  }

  /// For an operation that looks once more in run(): goes on with the coroutine, or waits anew (a
  /// cancellation between complete() and run() did not reach it: it asks strand() first).
  void resume() { handle_.resume(); }
  void begin_again() { strand_->waiting_ = this; }
  /// Whose operation this is. Valid from begin() on.
  const Strand& strand() const { return *strand_; }

 private:
  std::coroutine_handle<> handle_;
  Strand* strand_ = nullptr;
};

inline void Strand::cancel(Code reason) {
  if (cancelled_ != 0) return;
  cancelled_ = static_cast<std::uint16_t>(reason);
  if (Operation* waiting = waiting_; waiting != nullptr) waiting->cancel(reason);
}

}  // namespace troupe
