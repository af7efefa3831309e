// Scope: children that run beside the coroutine that started them, and end before the scope does.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

#include "base/combine.h"
#include "base/home_core.h"
#include "base/promise.h"
#include "base/result.h"
#include "base/strand.h"
#include "base/task.h"
#include "base/time.h"
#include "base/timer.h"
#include "base/wait_queue.h"

namespace troupe {

class Scope;

/// What the failure of a child means for its siblings. An exception always cancels them.
enum class OnFailure : std::uint8_t {
  kCancelSiblings,  ///< They are told to end: the result is wanted whole or not at all.
  kCollect,         ///< They go on, and failures are counted: a server and its connections.
};

/// Children of a Scope at once, at most, unless the options say otherwise.
inline constexpr std::size_t kChildrenMax = 65'536;

struct ScopeOptions {
  OnFailure on_failure = OnFailure::kCancelSiblings;
  /// start() awaits room beyond it. At least 1.
  std::size_t children_max = kChildrenMax;
};

/// How the children of a Scope ended: a Status, ok or the first failure, and how many there were.
class [[nodiscard]] ScopeEnd : public Status {
 public:
  ScopeEnd(Status status, std::size_t failures) : Status(status), failures_(failures) {}

  /// Children that failed, the one of error() included. One that ends with the error it was
  /// cancelled with has not failed.
  std::size_t failures() const { return failures_; }

 private:
  std::size_t failures_;
};

template <>
inline constexpr bool kIsResult<ScopeEnd> = true;

namespace detail {

/// The coroutine around a child: a strand of its own, listed in its scope. Destroys itself.
class ScopeChild {
 public:
  class promise_type final : public PromiseBase {
   public:
    template <class Awaitable>
    promise_type(Scope* scope, const Awaitable& awaitable) : scope_(*scope) {
      if constexpr (requires { awaitable.promise(); }) task_ = awaitable.promise();
    }

    ScopeChild get_return_object() {
      return ScopeChild(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept;
    void return_value(const Status& status) {
      if (!status) error_ = status.error();
    }
    void unhandled_exception();

   private:
    friend class troupe::Scope;
    friend class ScopeChild;
    Scope& scope_;
    Strand strand_;
    // Kept here: the starter may end, and the message whose trace it is, before this child does.
    TraceContext trace_{};
    const PromiseBase* task_ = nullptr;  // null if the child is no Task
    std::source_location started_;
    std::optional<Error> error_;
    promise_type* next_ = nullptr;
    promise_type* previous_ = nullptr;
  };

  /// Runs the child up to its first suspension. It inherits deadline and trace from `starter`.
  void start(PromiseBase& starter);

 private:
  explicit ScopeChild(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

template <class Awaitable>
ScopeChild run_child([[maybe_unused]] Scope* scope, Awaitable awaitable) {
  using Value = AwaitResult<Awaitable&&>;
  static_assert(std::is_void_v<Value> || std::is_base_of_v<Status, Value>,
                "a child of a Scope gives a Status or nothing; it hands on what it found out, in "
                "a Channel say");
  if constexpr (std::is_void_v<Value>) {
    co_await std::move(awaitable);
    co_return ok();
  } else {
    const Status ended = co_await std::move(awaitable);
    co_return ended;
  }
}

/// The wait for room, and then the start. Lives in the starting frame.
class StartWait : public QueuedWait {
 public:
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    starter_ = &handle.promise();
    return suspend(handle, handle.promise().context());
  }
  bool await_resume();
  const char* name() const final { return "start"; }

 protected:
  StartWait(Scope& scope, Deadline deadline);
  ~StartWait();
  virtual ScopeChild make_child(Scope* scope) = 0;

 private:
  bool try_now() final;
  void start();

  Scope& scope_;
  PromiseBase* starter_ = nullptr;
  bool started_ = false;
};

template <class Awaitable>
class StartAwaiter final : public StartWait {
 public:
  StartAwaiter(Scope& scope, Awaitable child, Deadline deadline)
      : StartWait(scope, deadline), child_(std::move(child)) {}

 private:
  ScopeChild make_child(Scope* scope) override { return run_child(scope, std::move(child_)); }

  Awaitable child_;
};

/// A start() not yet begun.
template <class Awaitable>
class [[nodiscard("a child starts when this is awaited")]] StartRequest {
 public:
  StartRequest(Scope& scope, Awaitable child, Deadline deadline)
      : scope_(scope), child_(std::move(child)), deadline_(deadline) {}
  StartAwaiter<Awaitable> operator co_await() && {
    return StartAwaiter<Awaitable>(scope_, std::move(child_), deadline_);
  }

 private:
  Scope& scope_;
  Awaitable child_;
  Deadline deadline_;
};

/// The wait for the last child. Lives in the joining frame.
class JoinAwaiter final : public Operation, private Timer {
 public:
  JoinAwaiter(Scope& scope, Deadline deadline) : scope_(scope), deadline_(deadline) {}
  ~JoinAwaiter();

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    return suspend(handle, handle.promise().context());
  }
  ScopeEnd await_resume();
  void run() override;
  void cancel(Code reason) override { give_up(reason); }
  const char* name() const override { return "scope"; }
  void show_branches(AsyncStack& stack) const override;
  bool needs(const Operation& other, unsigned levels) const override;
  /// Not if it ends by itself before its call does.
  bool may_need_others() const override { return !ends_by_itself_; }

 private:
  friend class troupe::Scope;
  bool suspend(std::coroutine_handle<> handle, const CallContext& context);
  void fire() override { give_up(Code::kDeadlineExceeded); }
  void watch(const Strand& strand);
  void give_up(Code reason);
  void all_ended();

  Scope& scope_;
  Deadline deadline_;
  std::optional<Code> given_up_;
  bool waiting_ = false;         // suspended, and not in the run queue
  bool ends_by_itself_ = false;  // it has a deadline before that of its call
};

/// A join() not yet begun.
class [[nodiscard("children are awaited when this is")]] JoinRequest {
 public:
  JoinRequest(Scope& scope, Deadline deadline) : scope_(scope), deadline_(deadline) {}
  JoinAwaiter operator co_await() const { return JoinAwaiter(scope_, deadline_); }

 private:
  Scope& scope_;
  Deadline deadline_;
};

}  // namespace detail

/// Children end before their scope: whoever makes one awaits join() before it leaves the block, on
/// every way out: a co_return, an exception, become(). A Scope destroyed while children run aborts,
/// and says where they were started and what they await. in_scope() below does the joining, also
/// when an exception passes.
///
///     Scope scope;
///     co_await scope.start(fetch(1));
///     co_await scope.start(fetch(2));
///     const ScopeEnd ended = co_await scope.join();
///
/// Each child is a strand: it is cancelled when a sibling fails (OnFailure), by cancel(), and when
/// the strand that awaits join() is cancelled; then it is awaited as ever. Its frame comes from the
/// core's pool; nothing else is allocated.
///
/// Thread: one core only.
class Scope {
 public:
  explicit Scope(ScopeOptions options = {});
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope();

  /// `co_await scope.start(task(…));` runs the child, which gives a Status or nothing, up to its
  /// first suspension; it inherits the deadline and trace of whoever starts it (which is why this
  /// is awaited). Awaits room while ScopeOptions::children_max run. True: it was started.
  ///
  /// False: it was not, and is destroyed. A sibling failed or the scope was cancelled; or the wait
  /// for room ended by `deadline` or that of the call, or this strand is cancelled. join() reports
  /// all but the caller's own cancel(), so only a loop without end has to look.
  template <class Awaitable>
  auto start(Awaitable child, Deadline deadline = kNoDeadline) {
    return detail::StartRequest<Awaitable>(*this, std::move(child), deadline);
  }

  /// `const ScopeEnd ended = co_await scope.join();` returns when no child runs. Ok: all ended well
  /// or, after cancel(), with that. Otherwise the first of these that applies: the error of the
  /// first child that failed; kCancelled, kStopping or kDeadlineExceeded (`deadline` or that of the
  /// call) if that made it cancel the children; why a child was not started. The exception of a
  /// child, if there was one, comes out instead.
  ///
  /// One coroutine at a time. A scope that ended well may be used again.
  detail::JoinRequest join(Deadline deadline = kNoDeadline) {
    return detail::JoinRequest(*this, deadline);
  }

  /// Tells the children to end, with `reason`, and starts no more. They are awaited by join().
  void cancel(Code reason = Code::kCancelled);
  /// No more children start: one failed, or the scope was cancelled.
  bool cancelled() const { return cancelled_; }

  /// Children that run now.
  std::size_t running() const { return running_; }
  /// Children that failed so far.
  std::size_t failures() const { return failures_; }
  std::size_t children_max() const { return options_.children_max; }

 private:
  friend class detail::JoinAwaiter;
  friend AsyncStack async_stack(const Scope& scope);
  friend class detail::ScopeChild;
  friend class detail::ScopeChild::promise_type;
  friend class detail::StartWait;
  using Child = detail::ScopeChild::promise_type;

  void add(Child& child);
  void remove(Child& child);
  void child_ended(Child& child);
  void child_failed(const std::optional<Error>& error);
  bool has_room() const { return running_ + promised_ < options_.children_max; }
  bool idle() const { return running_ + promised_ == 0; }
  /// Room appeared: starts who waits for it; or nothing runs any more: lets join() return.
  void settle();
  void show_children(AsyncStack& stack) const;
  bool some_child_needs(const Operation& other, unsigned levels) const;
  [[noreturn]] void abort_with_children() const;

  const ScopeOptions options_;
  Child* first_ = nullptr;
  Child* last_ = nullptr;
  std::size_t running_ = 0;
  std::size_t promised_ = 0;  // room kept for a start() that was woken
  std::size_t failures_ = 0;
  bool cancelled_ = false;
  std::optional<Error> failure_;
  std::optional<Error> refusal_;
  std::exception_ptr exception_;
  detail::WaitQueue starting_;
  detail::JoinAwaiter* joining_ = nullptr;
  detail::HomeCore home_;
};

/// What each child waits for, in the order of their starts. Thread: the scope's core only.
AsyncStack async_stack(const Scope& scope);

/// Runs `body(&scope, args…)`, a coroutine that gives a Status or nothing, as the first child of a
/// scope and joins it: so the body is cancelled too when a child fails, and no child outlives an
/// exception of the body. Gives what join() gives. The scope lives as long as the body and all
/// children.
template <class Body, class... Args>
Task<ScopeEnd> in_scope(Body body, Args... args) {
  Scope scope;
  co_await scope.start(body(&scope, std::move(args)...));
  ScopeEnd ended = co_await scope.join();
  co_return ended;
}

}  // namespace troupe
