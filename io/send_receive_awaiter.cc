#include "io/send_receive_awaiter.h"

#include <algorithm>
#include <cerrno>

#include "io/backend.h"
#include "io/reactor.h"

namespace troupe::io {

SendReceiveAwaiter::~SendReceiveAwaiter() {
  destroyed_ = true;
  for (Part* part : {&send_, &receive_}) {
    if (part->submitted()) [[unlikely]]
      Reactor::current().backend().reclaim(*part);
  }
}

bool SendReceiveAwaiter::start(std::coroutine_handle<> handle, const CallContext& context) {
  Reactor& core = Reactor::current();
  deadlines_.both = Deadline::earlier(deadlines_.both, Deadline(context.deadline));
  deadlines_.receive = Deadline::earlier(deadlines_.receive, deadlines_.both);
  std::optional<Code> reason = context.strand->cancelled();
  if (!reason && deadlines_.both.reached(core.now())) reason = Code::kDeadlineExceeded;
  if (reason) {
    send_.reason = receive_.reason = reason;
    return false;
  }
  begin(handle, context);
  arm(deadlines_.receive.at());
  // Both at once: neither may be the last to finish before the other has begun.
  under_way_ = 2;
  begin_part(send_);
  const bool refused = under_way_ < 2 && send_.failed();
  if (refused) receive_.reason = Code::kCancelled;
  begin_part(receive_);
  return true;
}

void SendReceiveAwaiter::begin_part(Part& part) {
  if (part.reason) return part_finished(part, -ECANCELED);
  Reactor::current().backend().submit(part);
}

void SendReceiveAwaiter::end_part(Part& part, Code reason) {
  if (part.reason || !part.submitted()) return;
  part.reason = reason;
  Reactor::current().backend().cancel(part);
}

void SendReceiveAwaiter::cancel(Code reason) {
  end_part(send_, reason);
  end_part(receive_, reason);
}

void SendReceiveAwaiter::fire() {
  end_part(receive_, Code::kDeadlineExceeded);
  if (deadlines_.both.reached(Reactor::current().now())) {
    end_part(send_, Code::kDeadlineExceeded);
  } else if (under_way_ > 0) {
    arm(deadlines_.both.at());
  }
}

void SendReceiveAwaiter::arm(Time at) {
  if (at != Time::max()) Reactor::current().timers().arm(*this, at);
}

void SendReceiveAwaiter::part_finished(Part& part, int result) {
  if (&part == &send_) {
    if (result > 0 && send_rest(result)) return;
    // Closed in the midst: its number may be another's by now.
    const bool cut_off =
        result > 0 && part.detached() && static_cast<std::uint32_t>(result) < send_.arguments.bytes;
    part.result = cut_off ? -ECANCELED : result;
    // The connection is good for nothing but being closed.
    if (part.failed() && !abandoned()) end_part(receive_, send_.reason.value_or(Code::kCancelled));
  } else {
    part.result = result;
  }
  if (--under_way_ > 0) return;
  if (armed()) Reactor::current().timers().cancel(*this);
  if (!abandoned()) complete();
}

/// Nobody goes on: the frame is destroyed, or the core ends.
bool SendReceiveAwaiter::abandoned() const {
  return destroyed_ || Reactor::current().backend().ending();
}

/// A send is done when all is sent: true if it goes on.
bool SendReceiveAwaiter::send_rest(int sent) {
  const auto bytes = static_cast<std::uint32_t>(sent);
  if (bytes >= send_.arguments.bytes || abandoned() || send_.detached()) return false;
  send_.arguments.data = static_cast<std::byte*>(send_.arguments.data) + bytes;
  send_.arguments.bytes -= bytes;
  Backend& backend = Reactor::current().backend();
  backend.submit(send_);
  // What ended the part before ends the whole.
  if (send_.reason) backend.cancel(send_);
  return true;
}

Error SendReceiveAwaiter::error_of(const Part& part, const char* operation) {
  if (part.result == Request::kUnsupported) {
    return Error(Code::kUnsupported, 0, "this backend has no such operation of the kernel");
  }
  // Without a reason of its own it was its descriptor that was closed.
  if (part.result == -ECANCELED || (part.result == -EINTR && part.reason)) {
    return Error(part.reason.value_or(Code::kCancelled), 0, operation);
  }
  return Error(Code::kIo, static_cast<std::uint64_t>(-part.result), operation);
}

SentAndReceived SendReceiveAwaiter::await_resume() const {
  return SentAndReceived{send_.failed() ? Status(error_of(send_, "send")) : ok(),
                         receive_.failed()
                             ? Result<std::size_t>(error_of(receive_, "receive"))
                             : Result<std::size_t>(static_cast<std::size_t>(receive_.result))};
}

}  // namespace troupe::io
