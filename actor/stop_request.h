// StopRequest: whether the program was asked to end, as one core knows it, and the wait for that.
#pragma once

#include <coroutine>
#include <optional>

#include "base/error.h"
#include "base/result.h"
#include "base/strand.h"
#include "base/time.h"
#include "io/timer.h"

namespace troupe {

class StopWait;

/// Part of a Core. Thread: its own only. Allocates nothing.
class StopRequest {
 public:
  /// The program was asked to end: resumes everybody who waits for that. Idempotent.
  void ask();

  /// Whether it was. Notes that somebody took note of it.
  bool look() {
    looked_ |= asked_;
    return asked_;
  }
  bool asked() const { return asked_; }
  /// Somebody on this core knows of the request.
  bool looked() const { return looked_; }

 private:
  friend class StopWait;
  StopWait* first_ = nullptr;  // those who wait, linked
  bool asked_ = false;
  bool looked_ = false;
};

/// Awaits the request. Lives in the awaiting frame.
class StopWait final : public Operation, private io::Timer {
 public:
  explicit StopWait(Deadline deadline) : deadline_(deadline) {}

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    return start(handle, handle.promise().context());
  }
  Status await_resume();

  void cancel(Code reason) override;
  const char* name() const override { return "until_stopped"; }

 private:
  friend class StopRequest;
  bool start(std::coroutine_handle<> handle, const CallContext& context);
  void unlink();
  void fire() override;

  Deadline deadline_;
  Strand* awaiting_ = nullptr;  // of the awaiting coroutine
  std::optional<Code> reason_;  // why it ended without the request
  StopWait* next_ = nullptr;
  StopWait** link_ = nullptr;  // what points to this; null unless linked
};

/// A wait not yet begun: movable, so that all_of and first_of can take it.
class [[nodiscard("a wait begins when it is awaited")]] UntilStopped {
 public:
  explicit UntilStopped(Deadline deadline) : deadline_(deadline) {}
  StopWait operator co_await() const { return StopWait(deadline_); }

 private:
  Deadline deadline_;
};

}  // namespace troupe
