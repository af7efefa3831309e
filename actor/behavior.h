// Behavior: the coroutine type of an actor's body.
#pragma once

#include <coroutine>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

#include "base/promise.h"

namespace troupe {

class Cell;
template <class A>
class DirectReceive;
template <class A>
class Receive;
template <class A>
class Self;

/// What a behaviour returns: `Behavior account(bank::Account::Self self, …)`. Its state is its
/// local variables; parameters by value, `self` first. Falling off the end (or co_return) ends the
/// actor; an exception that leaves it ends the actor as failed.
class [[nodiscard]] Behavior {
 public:
  class promise_type : public PromiseBase {
   public:
    // A coroutine passes its parameters to the promise: this is how a behaviour finds its cell.
    template <class A, class... Rest>
    explicit promise_type(Self<A>& self, Rest&...) : cell_(self.cell_) {}
    // The same for a lambda, whose first parameter is the lambda itself.
    template <class Lambda, class A, class... Rest>
      requires std::is_empty_v<Lambda>
    promise_type(Lambda&, Self<A>& self, Rest&...) : cell_(self.cell_) {}

    Behavior get_return_object() {
      return Behavior(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    using PromiseBase::await_transform;
    // A behaviour's own receive() needs nothing of what one inside a task or a branch does.
    template <class A>
    DirectReceive<A> await_transform(
        Receive<A>&& receive, std::source_location location = std::source_location::current()) {
      note_await(location);
      return DirectReceive<A>(receive.cell(), *this);
    }

    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct Ended {
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<promise_type> behavior) const noexcept {
          behavior.promise().report_end();
        }
        void await_resume() const noexcept {}
      };
      return Ended{};
    }
    void return_void() {}
    void unhandled_exception() { failure_ = std::current_exception(); }

    Cell& cell() const { return *cell_; }
    bool failed() const { return failure_ != nullptr; }
    std::exception_ptr failure() const { return failure_; }

   private:
    void report_end() noexcept;  // cell.cc

    Cell* cell_;
    std::exception_ptr failure_;
  };
  using Handle = std::coroutine_handle<promise_type>;

  Behavior(Behavior&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Behavior& operator=(Behavior&&) = delete;
  ~Behavior() {
    if (handle_) handle_.destroy();
  }

  /// The runtime takes the frame over.
  Handle release() { return std::exchange(handle_, nullptr); }

 private:
  explicit Behavior(Handle handle) : handle_(handle) {}
  Handle handle_;
};

}  // namespace troupe
