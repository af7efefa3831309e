#include "io/uring/uring_acceptor.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "io/uring/uring_backend.h"

namespace troupe::io {

void UringAcceptor::add(Request& request) {
  if (given_ == kept_.size()) {
    waiting_.push(request);
    if (!armed_) arm();
    return;
  }
  const int connection = kept_[given_++];
  if (given_ == kept_.size()) {
    kept_.clear();
    given_ = 0;
  }
  backend_.finish(request, connection);
}

unsigned UringAcceptor::cancel_waiting() {
  unsigned count = 0;
  for (; Request* request = waiting_.pop(); ++count) backend_.finish(*request, -ECANCELED);
  return count;
}

void UringAcceptor::handle(int result, bool more) {
  if (!more) armed_ = false;
  if (result >= 0) {
    if (closed_) {
      ::close(result);
    } else if (Request* request = waiting_.pop(); request != nullptr) {
      backend_.finish(*request, result);
    } else {
      kept_.push_back(result);
      if (kept_.size() - given_ >= kAheadMax) pause();
    }
  } else if (result != -ECANCELED) {
    // Nobody waits: the next accept makes the kernel try, and say, again.
    if (Request* request = waiting_.pop(); request != nullptr) backend_.finish(*request, result);
  }
  if (!armed_ && !closed_ && !waiting_.empty()) arm();
}

void UringAcceptor::handle_pause(int result) {
  pausing_ = false;
  // Not found although it is there: the kernel had it in its hands just then.
  const bool wanted = closed_ || kept_.size() - given_ >= kAheadMax;
  if (result == -ENOENT && wanted) pause();
}

void UringAcceptor::close() {
  closed_ = true;
  for (; given_ < kept_.size(); ++given_) ::close(kept_[given_]);
  pause();
}

void UringAcceptor::arm() {
  io_uring_sqe* const entry = backend_.entry();
  if (entry == nullptr) {
    while (Request* request = waiting_.pop()) backend_.finish(*request, -EAGAIN);
    return;
  }
  io_uring_prep_multishot_accept(entry, descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
  io_uring_sqe_set_data64(entry, UringBackend::tag_of(this, UringBackend::kAcceptorTag));
  backend_.unsubmitted_ = true;
  armed_ = true;
}

void UringAcceptor::pause() {
  if (!armed_ || pausing_) return;
  pausing_ = backend_.put_cancel(UringBackend::tag_of(this, UringBackend::kAcceptorTag),
                                 UringBackend::tag_of(this, UringBackend::kPauseTag));
}

}  // namespace troupe::io
