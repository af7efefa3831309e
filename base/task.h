// Task<T>: a coroutine that somebody awaits. Lazy, move-only, awaited once.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/promise.h"
#include "base/result.h"

namespace troupe {

template <class T>
class Task;

namespace detail {

/// Ends of a Task: go on with whoever awaits it. The hand-over is a tail call under clang.
struct ResumeAwaiter {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
    return ended.promise().continuation();
  }
  void await_resume() const noexcept {}
};

class TaskPromiseBase : public PromiseBase {
 public:
  std::suspend_always initial_suspend() noexcept { return {}; }
  ResumeAwaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() { failure_ = std::current_exception(); }

  std::coroutine_handle<> continuation() const { return continuation_; }
  void continue_with(std::coroutine_handle<> handle) { continuation_ = handle; }

 protected:
  void rethrow_failure() {
    if (failure_) [[unlikely]]
      std::rethrow_exception(failure_);
  }

 private:
  std::coroutine_handle<> continuation_ = std::noop_coroutine();
  std::exception_ptr failure_;
};

template <class T>
class TaskPromise : public TaskPromiseBase {
 public:
  Task<T> get_return_object();

  template <class U>
    requires std::is_convertible_v<U, T>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() {
    rethrow_failure();
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
};

template <>
class TaskPromise<void> : public TaskPromiseBase {
 public:
  Task<void> get_return_object();
  void return_void() {}
  void take() { rethrow_failure(); }
};

}  // namespace detail

/// A T to come. Runs when awaited, on the awaiting core; an exception inside comes out of the
/// await. Write parameters by value: the frame outlives the call.
template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::TaskPromise<T>;
  using Handle = std::coroutine_handle<promise_type>;
  using Value = T;

  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  class Awaiter {
   public:
    explicit Awaiter(Handle handle) : handle_(handle) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> parent) noexcept {
      handle_.promise().run_for(parent.promise());
      handle_.promise().continue_with(parent);
      return handle_;
    }
    T await_resume() {
      handle_.promise().end();
      return handle_.promise().take();
    }

   private:
    Handle handle_;
  };
  Awaiter operator co_await() && noexcept {
    TROUPE_DCHECK(handle_, "a Task is awaited after it was moved away");
    return Awaiter(handle_);
  }

  /// The coroutine, for reports of what it awaits; null after a move. Valid as long as the Task.
  const PromiseBase* promise() const { return handle_ ? &handle_.promise() : nullptr; }
  /// It has come to its end, or was moved away.
  bool ended() const { return !handle_ || handle_.done(); }

 private:
  Handle handle_;
};

template <class T>
Task<T> detail::TaskPromise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<TaskPromise<T>>::from_promise(*this));
}
inline Task<void> detail::TaskPromise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<TaskPromise<void>>::from_promise(*this));
}

}  // namespace troupe
