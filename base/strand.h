// Strand: one line of execution, and how it is told to end. Operation: the one thing it waits for.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <optional>

#include "base/check.h"
#include "base/core_context.h"
#include "base/error.h"
#include "base/run_queue.h"
#include "base/time.h"

namespace troupe {

class AsyncStack;
class Operation;
class PromiseBase;

/// W3C trace context as it travels in a frame: version, trace id, parent id, flags.
struct TraceContext {
  unsigned char bytes[25];
};

/// An ask as its frame names it: the entry of whoever waits for the answer. All zero: none.
struct CallId {
  std::uint16_t node = 0;
  std::uint16_t core = 0;
  std::uint32_t slot = 0;
  std::uint64_t nonce = 0;

  explicit operator bool() const { return nonce != 0; }
  friend bool operator==(const CallId&, const CallId&) = default;
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

  /// In whose share of the core it runs: what completes an operation puts it there.
  Group group() const { return group_; }
  void set_group(Group group) { group_ = group; }

  /// What this strand waits for now; null while it runs or is about to.
  Operation* waiting() const { return waiting_; }
  /// As Operation::needs, of what this strand waits for.
  inline bool needs(const Operation& other, unsigned levels) const;

  // ---- for reports: base/async_stack.h ----

  /// Whose the first coroutine is: the user's, or the runtime's around what the user wrote.
  enum class First : std::uint8_t { kOfUser, kOfRuntime };

  /// `first` is its first coroutine from now on.
  void begin_with(const PromiseBase& first, First kind = First::kOfUser) {
    kind_ = kind;
    // Pairs with the load in first(), in a signal handler: the promise is whole.
    first_.store(&first, std::memory_order_release);
  }
  /// To be called before the frame of the first coroutine is destroyed, if the strand lives on.
  void forget_first() {
    // Pairs with the load in first(), in a signal handler, which looks into the frame no more.
    first_.store(nullptr, std::memory_order_release);
  }
  /// Null before it begins and after its end. Also in a signal handler on the core's thread.
  const PromiseBase* first() const { return first_.load(std::memory_order_acquire); }
  First kind() const { return kind_; }

  /// Whose strand this is: the actor; null for what belongs to no actor.
  const Runnable* owner() const { return owner_; }
  void belong_to(const Runnable* owner) { owner_ = owner; }
  /// A branch or a child of `parent`: of the same actor and group.
  void inherit(const Strand& parent) {
    owner_ = parent.owner_;
    group_ = parent.group_;
  }

 private:
  friend class Operation;
  Operation* waiting_ = nullptr;
  const Runnable* owner_ = nullptr;
  std::atomic<const PromiseBase*> first_ = nullptr;
  std::uint16_t cancelled_ = 0;
  First kind_ = First::kOfUser;
  Group group_ = Group::kUser;
};

/// While it lives, `strand` is what the core runs; afterwards what it ran before. For a coroutine
/// that is resumed inside another one's run.
class RunningStrand {
 public:
  explicit RunningStrand(const Strand& strand)
      : core_(CoreContext::current()), previous_(core_.running()) {
    core_.note_running(&strand);
  }
  ~RunningStrand() { core_.note_running(previous_); }
  RunningStrand(const RunningStrand&) = delete;
  RunningStrand& operator=(const RunningStrand&) = delete;

 private:
  CoreContext& core_;
  const Strand* previous_;
};

/// What a coroutine inherits from the one that awaits it.
struct CallContext {
  Time deadline = Time::max();          ///< Asks made below end no later than this.
  Strand* strand = nullptr;             ///< Whose cancellation applies. Never null once running.
  const TraceContext* trace = nullptr;  ///< Of the message being handled; null if it carried none.
  CallId call;                          ///< Of the ask being handled, if it is one.
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
  /// Adds the strands that this waits for, or where else to look, to a report.
  virtual void show_branches(AsyncStack&) const {}
  /// Whether it could need another one: an ask does others' work, a combination its branches'.
  virtual bool may_need_others() const { return false; }
  /// True: as long as `other` is under way, this one can only fail, not end well. Looks through as
  /// many combinations and scopes within one another as `levels` says.
  virtual bool needs(const Operation& other, [[maybe_unused]] unsigned levels) const {
    return this == &other;
  }

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
    runs_in_ = context.strand;
    runs_in_->waiting_ = this;
  }

  /// The result is stored: resume the coroutine when its turn comes.
  void complete() {
    runs_in_->waiting_ = nullptr;
    CoreContext::current().ready.push(*this, runs_in_->group());
  }

  /// The wait is over without complete(): the caller resumes the coroutine itself, or its frame is
  /// about to go.
  void leave() { runs_in_->waiting_ = nullptr; }

  /// For an operation that looks once more in run(): goes on with the coroutine, or waits anew (a
  /// cancellation between complete() and run() did not reach it: it asks strand() first).
  void resume() { handle_.resume(); }
  void begin_again() { runs_in_->waiting_ = this; }
  /// Whose operation this is. Valid from begin() on.
  const Strand& strand() const { return *runs_in_; }

 private:
  std::coroutine_handle<> handle_;
};

inline bool Strand::needs(const Operation& other, unsigned levels) const {
  return waiting_ != nullptr && waiting_->needs(other, levels);
}

inline void Strand::cancel(Code reason) {
  if (cancelled_ != 0) return;
  cancelled_ = static_cast<std::uint16_t>(reason);
  if (Operation* waiting = waiting_; waiting != nullptr) waiting->cancel(reason);
}

}  // namespace troupe
