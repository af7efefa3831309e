// SendReceiveAwaiter: a send and a receive on one socket, begun together and awaited together.
#pragma once

#include <coroutine>
#include <cstddef>
#include <optional>

#include "base/result.h"
#include "base/strand.h"
#include "base/time.h"
#include "io/request.h"
#include "io/timer.h"

namespace troupe::io {

/// What became of both.
struct SentAndReceived {
  Status sent;                   ///< As of a send.
  Result<std::size_t> received;  ///< As of a receive.
};

/// When both are to end.
struct SendReceiveDeadlines {
  Deadline both;
  Deadline receive;  ///< Earlier, for the receive alone: the send goes on.
};

/// The wait for both. Lives in the awaiting frame; allocates nothing. Thread: owner core. Ends and
/// is destroyed as RequestAwaiter says; a send that fails ends the receive too.
class SendReceiveAwaiter final : public Operation, private Timer {
 public:
  SendReceiveAwaiter(const RequestArguments& send, const RequestArguments& receive,
                     SendReceiveDeadlines deadlines)
      : send_(*this, send), receive_(*this, receive), deadlines_(deadlines) {}
  ~SendReceiveAwaiter();

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    return start(handle, handle.promise().context());
  }
  SentAndReceived await_resume() const;

  void cancel(Code reason) override;
  const char* name() const override { return "send_and_receive"; }

 private:
  struct Part final : Request {
    Part(SendReceiveAwaiter& given, const RequestArguments& of) : Request(of), owner(given) {}
    void finished(int result) override { owner.part_finished(*this, result); }
    bool failed() const { return result < 0; }

    SendReceiveAwaiter& owner;
    std::optional<Code> reason;  // why it is to end early, or never began
    int result = -ECANCELED;
  };

  bool start(std::coroutine_handle<> handle, const CallContext& context);
  void begin_part(Part& part);
  void end_part(Part& part, Code reason);
  void part_finished(Part& part, int result);
  bool abandoned() const;
  bool send_rest(int sent);
  void fire() override;
  void arm(Time at);
  static Error error_of(const Part& part, const char* operation);

  Part send_;
  Part receive_;
  SendReceiveDeadlines deadlines_;
  unsigned under_way_ = 0;
  bool destroyed_ = false;
};

/// One not yet begun: movable, so that all_of and first_of can take it.
class [[nodiscard("an operation begins when it is awaited")]] SendReceiveCall {
 public:
  SendReceiveCall(const RequestArguments& send, const RequestArguments& receive,
                  SendReceiveDeadlines deadlines)
      : send_(send), receive_(receive), deadlines_(deadlines) {}
  SendReceiveAwaiter operator co_await() const {
    return SendReceiveAwaiter(send_, receive_, deadlines_);
  }

 private:
  RequestArguments send_;
  RequestArguments receive_;
  SendReceiveDeadlines deadlines_;
};

}  // namespace troupe::io
