#include "io/request_awaiter.h"

#include "io/backend.h"
#include "io/descriptor.h"
#include "io/reactor.h"

namespace troupe::io {

RequestAwaiter::~RequestAwaiter() {
  take_back();
  // A connection that nobody will see.
  if (arguments.kind == RequestKind::kAccept && result_ >= 0 && !taken_) [[unlikely]]
    close_descriptor(result_);
}

void RequestAwaiter::take_back() {
  if (!submitted()) [[likely]]
    return;
  destroyed_ = true;
  Reactor::current().backend().reclaim(*this);
}

bool RequestAwaiter::start(std::coroutine_handle<> handle, const CallContext& context) {
  Reactor& core = Reactor::current();
  reason_ = context.strand->cancelled();
  if (reason_) return false;
  deadline_ = Deadline::earlier(deadline_, Deadline(context.deadline));
  if (deadline_.reached(core.now())) {
    reason_ = Code::kDeadlineExceeded;
    return false;
  }
  began_ = true;
  begin(handle, context);
  if (deadline_.at() != Time::max()) core.timers().arm(*this, deadline_.at());
  core.backend().submit(*this);
  return true;
}

void RequestAwaiter::cancel(Code reason) {
  if (reason_) return;  // The deadline was first: the kernel is asked already.
  reason_ = reason;
  Reactor::current().backend().cancel(*this);
}

void RequestAwaiter::fire() {
  if (reason_) return;
  reason_ = Code::kDeadlineExceeded;
  Reactor::current().backend().cancel(*this);
}

void RequestAwaiter::finished(int result) {
  if (result > 0 && arguments.kind == RequestKind::kSend && send_rest(result)) return;
  result_ = result;
  if (armed()) Reactor::current().timers().cancel(*this);
  if (!destroyed_) complete();
}

/// A send is done when all is sent: true if it goes on.
bool RequestAwaiter::send_rest(int sent) {
  const auto bytes = static_cast<std::uint32_t>(sent);
  if (bytes >= arguments.bytes || destroyed_) return false;
  done_ += bytes;
  arguments.data = static_cast<std::byte*>(arguments.data) + bytes;
  arguments.bytes -= bytes;
  Backend& backend = Reactor::current().backend();
  backend.submit(*this);
  // What ended the part before ends the whole.
  if (reason_) backend.cancel(*this);
  return true;
}

Result<std::size_t> RequestAwaiter::outcome() {
  taken_ = true;
  if (!began_) return Error(*reason_, 0, name_);
  if (result_ >= 0) return done_ + static_cast<std::size_t>(result_);
  if (result_ == Request::kUnsupported) {
    return Error(Code::kUnsupported, 0, "this backend has no such operation of the kernel");
  }
  // Without a reason of its own it was its descriptor that was closed.
  if (result_ == -ECANCELED || (result_ == -EINTR && reason_)) {
    return Error(reason_.value_or(Code::kCancelled), 0, name_);
  }
  return Error(Code::kIo, static_cast<std::uint64_t>(-result_), name_);
}

}  // namespace troupe::io
