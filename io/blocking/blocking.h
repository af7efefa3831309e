// blocking: awaits a function that blocks, run on a thread of a named pool instead of on the core.
#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "base/strand.h"
#include "base/time.h"
#include "base/wait_queue.h"
#include "io/blocking/pools.h"
#include "io/timer.h"

namespace troupe::io {

namespace detail {

class BlockingWait;

/// The job of a blocking(). Knows who waits for it, if anybody still does: the core's knowledge.
class AwaitedJob : public BlockingJob {
 public:
  using BlockingJob::BlockingJob;
  void came_home() final;
  BlockingWait* wait = nullptr;
};

/// The wait for a job. Lives in the awaiting frame.
class BlockingWait : public Operation, private Timer {
 public:
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    return start(handle, handle.promise().context());
  }
  void cancel(Code reason) final { give_up(reason); }
  const char* name() const final { return "blocking"; }

 protected:
  BlockingWait(std::string_view pool, Deadline deadline, WhenFull when_full)
      : pool_name_(pool), deadline_(deadline), when_full_(when_full) {}
  /// A frame may be destroyed as it stands when its core ends.
  ~BlockingWait();

  virtual std::shared_ptr<AwaitedJob> make_job(Reactor& home) = 0;
  /// Why there is no result, if there is none.
  const std::optional<Error>& error() const { return error_; }
  AwaitedJob& job() { return *job_; }

 private:
  friend class AwaitedJob;
  bool start(std::coroutine_handle<> handle, const CallContext& context);
  std::optional<Error> submit(const CallContext& context);
  void fire() final { give_up(Code::kDeadlineExceeded); }
  void give_up(Code reason);
  void end();

  const std::string_view pool_name_;
  Deadline deadline_;
  const WhenFull when_full_;
  BlockingPool* pool_ = nullptr;
  std::shared_ptr<AwaitedJob> job_;
  std::optional<Error> error_;
};

template <class F>
using BlockingValue = std::invoke_result_t<F&>;

/// What an await of the function gives: its own Result, or one around what it returns.
template <class T>
struct BlockingResult {
  using Type = Result<T>;
};
template <class T>
  requires kIsResult<T>
struct BlockingResult<T> {
  using Type = T;
};

template <class F>
class FunctionJob final : public AwaitedJob {
 public:
  using Given = typename BlockingResult<BlockingValue<F>>::Type;

  FunctionJob(Reactor& home, F function) : AwaitedJob(home), function_(std::move(function)) {}

  void work() override {
    try {
      if constexpr (std::is_void_v<BlockingValue<F>>) {
        function_();
        result_.emplace(ok());
      } else {
        result_.emplace(function_());
      }
    } catch (...) {
      failure_ = std::current_exception();
    }
  }
  Given take() {
    if (failure_) std::rethrow_exception(std::move(failure_));
    return std::move(*result_);
  }

 private:
  F function_;
  std::optional<Given> result_;
  std::exception_ptr failure_;
};

template <class F>
class BlockingAwaiter final : public BlockingWait {
 public:
  using Job = FunctionJob<F>;

  BlockingAwaiter(std::string_view pool, F function, Deadline deadline, WhenFull when_full)
      : BlockingWait(pool, deadline, when_full), function_(std::move(function)) {}

  typename Job::Given await_resume() {
    if (error()) return *error();
    return static_cast<Job&>(job()).take();
  }

 private:
  std::shared_ptr<AwaitedJob> make_job(Reactor& home) override {
    return std::make_shared<Job>(home, std::move(function_));
  }

  F function_;
};

/// A call not yet begun: movable, so that all_of and first_of can take it.
template <class F>
class [[nodiscard("the function is called when this is awaited")]] BlockingCall {
 public:
  BlockingCall(std::string_view pool, F function, Deadline deadline, WhenFull when_full)
      : pool_(pool), function_(std::move(function)), deadline_(deadline), when_full_(when_full) {}
  BlockingAwaiter<F> operator co_await() && {
    return BlockingAwaiter<F>(pool_, std::move(function_), deadline_, when_full_);
  }

 private:
  std::string_view pool_;
  F function_;
  Deadline deadline_;
  WhenFull when_full_;
};

}  // namespace detail

/// `auto rows = co_await blocking("database", [query] { return database->ask(query); });`
///
/// Calls `function` on a thread of the pool, which SystemOptions::pools declares, and gives a
/// Result of what it returns; a function that returns a Result gives that. What it throws comes out
/// of the await. It is moved there and must own what it uses, by value: when the deadline (its own
/// or its call's) or a cancellation ends the await while the function runs, nobody can stop it. It
/// runs on, its result is dropped and counted (PoolCounters::abandoned), and the frame that awaited
/// it may be gone: what it refers to must outlive the system, or be shared. A function that has not
/// begun is never called then. See docs/adr/0013-blocking-work.md. Simulation calls it too, at a
/// random virtual time (SimOptions::blocking_delay_min): for a run to repeat, it must give the same
/// each time.
///
/// Errors beside the function's: kOverloaded, the pool's queue is full (detail = the limit, context
/// = the pool); kDeadlineExceeded; kCancelled or kStopping, the strand's reason; kInvalidArgument,
/// there is no such pool; kIo, no thread could be had. A result that is there before the end took
/// effect is given. Thread: a core's. Allocates one block of the heap.
///
/// `pool`: the name must live until the await has ended, as a literal does.
template <class F>
  requires std::is_invocable_v<F&>
auto blocking(std::string_view pool, F function, Deadline deadline = kNoDeadline) {
  return detail::BlockingCall<F>(pool, std::move(function), deadline, WhenFull::kFail);
}
/// The same on the pool kDefaultPool.
template <class F>
  requires std::is_invocable_v<F&>
auto blocking(F function, Deadline deadline = kNoDeadline) {
  return detail::BlockingCall<F>(kDefaultPool, std::move(function), deadline, WhenFull::kFail);
}

/// As blocking(), but a full queue makes the coroutine wait its turn instead of failing: for work
/// that is limited elsewhere. kOverloaded then means that kPoolJobsMax of them wait.
template <class F>
  requires std::is_invocable_v<F&>
auto blocking_wait(std::string_view pool, F function, Deadline deadline = kNoDeadline) {
  return detail::BlockingCall<F>(pool, std::move(function), deadline, WhenFull::kWait);
}

}  // namespace troupe::io

namespace troupe {
using io::blocking;
using io::blocking_wait;
}  // namespace troupe
