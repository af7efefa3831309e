// sleep_for, sleep_until and yield: awaiting time, or everybody else's turn.
#pragma once

#include <coroutine>
#include <optional>

#include "base/result.h"
#include "base/strand.h"
#include "base/time.h"
#include "io/reactor.h"

namespace troupe::io {

namespace detail {

/// Lives in the awaiting frame while it sleeps.
class SleepAwaiter final : public Operation, private Timer {
 public:
  explicit SleepAwaiter(Time at) : at_(at) {}

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    const CallContext& context = handle.promise().context();
    reason_ = context.strand->cancelled();
    if (reason_) return false;
    begin(handle, context);
    // Nothing comes after Time::max(), so a sleep without end needs no timer.
    if (at_ != Time::max()) Reactor::current().timers().arm(*this, at_);
    return true;
  }
  Status await_resume() const { return reason_ ? Status(Error(*reason_)) : ok(); }

  void cancel(Code reason) override {
    reason_ = reason;
    if (armed()) Reactor::current().timers().cancel(*this);
    complete();
  }
  const char* name() const override { return "sleep"; }

 private:
  void fire() override { complete(); }

  const Time at_;
  std::optional<Code> reason_;
};

/// Lives in the awaiting frame while it is in the run queue.
class YieldAwaiter final : public Operation {
 public:
  YieldAwaiter() = default;

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    const CallContext& context = handle.promise().context();
    reason_ = context.strand->cancelled();
    if (reason_) return false;
    begin(handle, context);
    complete();
    return true;
  }
  Status await_resume() const { return reason_ ? Status(Error(*reason_)) : ok(); }

  void cancel(Code) override {}  // Never waits: it completed as it began.
  const char* name() const override { return "yield"; }

 private:
  std::optional<Code> reason_;
};

}  // namespace detail

/// A sleep not yet begun: movable, so that all_of and first_of can take it. Await it once, on a
/// core.
class [[nodiscard]] Sleep {
 public:
  explicit Sleep(Time at) : at_(at) {}
  detail::SleepAwaiter operator co_await() const { return detail::SleepAwaiter(at_); }

 private:
  Time at_;
};

/// A yield not yet begun.
class [[nodiscard]] Yield {
 public:
  Yield() = default;
  detail::YieldAwaiter operator co_await() const { return detail::YieldAwaiter(); }
};

/// Awaits the moment `at` of the core's clock; never ends early. Time::max() sleeps until
/// cancelled. Gives ok, or kCancelled or kStopping: the reason the strand was cancelled with, also
/// if that happened before. Suspends through the run queue even if `at` has passed.
inline Sleep sleep_until(Time at) { return Sleep(at); }

/// As sleep_until, `duration` from the current core's cached now(). Call on a core.
inline Sleep sleep_for(Duration duration) {
  return Sleep(saturating_add(CoreContext::current().now(), duration));
}

/// Lets everything that is ready run once before this coroutine goes on. Gives ok, or the reason of
/// a cancellation that happened before.
inline Yield yield() { return Yield(); }

}  // namespace troupe::io

namespace troupe {
using io::sleep_for;
using io::sleep_until;
using io::yield;
}  // namespace troupe
