#include "io/request_awaiter.h"

#include "io/backend.h"
#include "io/descriptor.h"
#include "io/reactor.h"

namespace troupe::io {

RequestAwaiter::~RequestAwaiter() {
  take_back();
  drop_unseen();
}

/// What nobody will see: a connection, an open file, received bytes.
void RequestAwaiter::drop_unseen() {
  const bool opens = arguments.kind == RequestKind::kAccept || arguments.kind == RequestKind::kOpen;
  if (opens && result_ >= 0 && !taken_) [[unlikely]] {
    taken_ = true;
    Reactor::current().backend().close(result_);
  }
  if (arguments.kind == RequestKind::kReceivePiece && result_ > 0 && !taken_) [[unlikely]] {
    taken_ = true;
    Reactor::current().backend().give_back(piece());
  }
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
  const bool abandoned = destroyed_ || Reactor::current().backend().ending();
  if (has_rest(result) && !abandoned) {
    if (!detached()) {
      send_rest(static_cast<std::uint32_t>(result));
      return;
    }
    result = -ECANCELED;
  }
  result_ = result;
  if (armed()) Reactor::current().timers().cancel(*this);
  if (!abandoned) {
    complete();
  } else if (!destroyed_) {
    drop_unseen();  // Nobody will destroy the frame either.
  }
}

/// A send, and a write to a file, is done when all is sent. What sent nothing does not go on.
bool RequestAwaiter::has_rest(int sent) const {
  const bool all = arguments.kind == RequestKind::kSend ||
                   (arguments.kind == RequestKind::kWrite && arguments.file);
  return all && sent > 0 && static_cast<std::uint32_t>(sent) < arguments.bytes;
}

void RequestAwaiter::send_rest(std::uint32_t bytes) {
  done_ += bytes;
  arguments.data = static_cast<std::byte*>(arguments.data) + bytes;
  arguments.bytes -= bytes;
  if (arguments.offset != RequestArguments::kAtPosition) arguments.offset += bytes;
  Backend& backend = Reactor::current().backend();
  backend.submit(*this);
  // What ended the part before ends the whole.
  if (reason_) backend.cancel(*this);
}

Result<std::size_t> RequestAwaiter::outcome() {
  taken_ = true;
  if (!began_) return Error(*reason_, 0, name_);
  if (result_ >= 0) return done_ + static_cast<std::size_t>(result_);
  if (result_ == Request::kUnsupported) {
    return Error(Code::kUnsupported, 0, "this backend has no such operation of the kernel");
  }
  if (result_ == Request::kOverloaded) {
    return Error(
        Code::kOverloaded, Request::kFilesWaitingMax,
        "so many requests for files wait (Request::kFilesWaitingMax), or no thread is to be had");
  }
  // Without a reason of its own it was its descriptor that was closed. A close that was interrupted
  // has closed all the same.
  const bool interrupted = result_ == -EINTR && arguments.kind != RequestKind::kClose;
  if (result_ == -ECANCELED || (interrupted && reason_)) {
    return Error(reason_.value_or(Code::kCancelled), 0, name_);
  }
  return Error(Code::kIo, static_cast<std::uint64_t>(-result_), name_);
}

}  // namespace troupe::io
