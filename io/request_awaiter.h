// RequestAwaiter: awaiting one kernel operation, with a deadline and the strand's cancellation.
#pragma once

#include <cerrno>
#include <coroutine>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/result.h"
#include "base/strand.h"
#include "base/time.h"
#include "io/request.h"
#include "io/timer.h"

namespace troupe::io {

/// The wait for one operation. Lives in the awaiting frame; allocates nothing. Thread: owner core.
///
/// It ends when the kernel has let go of the buffer, never earlier. A deadline or a cancellation
/// asks the kernel to let go; what the kernel did by then counts: bytes that were received, or a
/// connection that was accepted, are given even so. A frame that is destroyed while it waits here
/// (an abandoned actor's) takes its buffers back from the kernel first, blocking; buffers are
/// declared before the await that names them, so they end after it.
class RequestAwaiter : public Operation, private Request, private Timer {
 public:
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    return start(handle, handle.promise().context());
  }

  void cancel(Code reason) final;
  const char* name() const final { return name_; }

 protected:
  /// `name`: a literal, the operation in errors and reports.
  RequestAwaiter(const RequestArguments& arguments, Deadline deadline, const char* name)
      : Request(arguments), deadline_(deadline), name_(name) {}
  ~RequestAwaiter();
  /// Makes sure that the kernel has let go, blocking. First in the destructor of an awaiter that
  /// has memory of its own for the kernel: the base's would come too late for it.
  void take_back();
  /// Instead of the buffer, what describes it: a msghdr in the awaiter itself.
  void replace_data(void* data) { arguments.data = data; }

  /// The kernel's result, or why there is none.
  Result<std::size_t> outcome();
  /// Of a kReceivePiece, after an outcome above 0: where it is.
  std::byte* piece() const { return static_cast<std::byte*>(arguments.data); }

 private:
  bool start(std::coroutine_handle<> handle, const CallContext& context);
  void finished(int result) final;
  void fire() final;
  void drop_unseen();
  bool has_rest(int sent) const;
  void send_rest(std::uint32_t bytes);

  Deadline deadline_;
  const char* const name_;
  std::size_t done_ = 0;        // Bytes that earlier submissions have sent or written.
  int result_ = -ECANCELED;     // Of the last submission.
  std::optional<Code> reason_;  // Why it is to end early, or never began.
  bool began_ = false;
  bool destroyed_ = false;
  bool taken_ = false;
};

/// Gives how many bytes, or what the operation counts.
class CountAwaiter final : public RequestAwaiter {
 public:
  CountAwaiter(const RequestArguments& arguments, Deadline deadline, const char* name)
      : RequestAwaiter(arguments, deadline, name) {}
  Result<std::size_t> await_resume() { return outcome(); }
};

/// Gives ok or an error.
class StatusAwaiter final : public RequestAwaiter {
 public:
  StatusAwaiter(const RequestArguments& arguments, Deadline deadline, const char* name)
      : RequestAwaiter(arguments, deadline, name) {}
  Status await_resume() {
    const Result<std::size_t> result = outcome();
    return result ? ok() : Status(result.error());
  }
};

/// An operation not yet begun: movable, so that all_of and first_of can take it. What it names must
/// stay until it has ended. Awaited once, on a core.
template <class Awaiter>
class [[nodiscard("an operation begins when it is awaited")]] Call {
 public:
  Call(const RequestArguments& arguments, Deadline deadline, const char* name)
      : arguments_(arguments), deadline_(deadline), name_(name) {}
  Awaiter operator co_await() const { return Awaiter(arguments_, deadline_, name_); }

 private:
  RequestArguments arguments_;
  Deadline deadline_;
  const char* name_;
};

/// No limit but the call context's.
inline constexpr Deadline kContextDeadline = Deadline(Time::max());

}  // namespace troupe::io
