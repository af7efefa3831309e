// The part of UringBackend that carries requests into the kernel and back.
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>

#include "base/check.h"
#include "io/uring_backend.h"

namespace troupe::io {

namespace {

int operation_of(RequestKind kind) {
  switch (kind) {
    case RequestKind::kAccept:
      return IORING_OP_ACCEPT;
    case RequestKind::kConnect:
      return IORING_OP_CONNECT;
    case RequestKind::kReceive:
      return IORING_OP_RECV;
    case RequestKind::kSend:
      return IORING_OP_SEND;
    case RequestKind::kRead:
      return IORING_OP_READ;
    case RequestKind::kWrite:
      return IORING_OP_WRITE;
    case RequestKind::kSync:
      return IORING_OP_FSYNC;
    case RequestKind::kPoll:
      return IORING_OP_POLL_ADD;
    case RequestKind::kShutdown:
      return IORING_OP_SHUTDOWN;
  }
  return IORING_OP_NOP;
}

void prepare(io_uring_sqe& entry, const RequestArguments& of) {
  const int flags = static_cast<int>(of.flags);
  switch (of.kind) {
    case RequestKind::kAccept:
      io_uring_prep_accept(&entry, of.descriptor, nullptr, nullptr, SOCK_CLOEXEC);
      break;
    case RequestKind::kConnect:
      io_uring_prep_connect(&entry, of.descriptor, static_cast<const sockaddr*>(of.data), of.bytes);
      break;
    case RequestKind::kReceive:
      io_uring_prep_recv(&entry, of.descriptor, of.data, of.bytes, flags);
      break;
    case RequestKind::kSend:
      io_uring_prep_send(&entry, of.descriptor, of.data, of.bytes, flags | MSG_NOSIGNAL);
      break;
    case RequestKind::kRead:
      io_uring_prep_read(&entry, of.descriptor, of.data, of.bytes, of.offset);
      break;
    case RequestKind::kWrite:
      io_uring_prep_write(&entry, of.descriptor, of.data, of.bytes, of.offset);
      break;
    case RequestKind::kSync:
      io_uring_prep_fsync(&entry, of.descriptor, of.flags != 0 ? IORING_FSYNC_DATASYNC : 0);
      break;
    case RequestKind::kPoll:
      io_uring_prep_poll_add(&entry, of.descriptor, of.flags);
      break;
    case RequestKind::kShutdown:
      io_uring_prep_shutdown(&entry, of.descriptor, flags);
      break;
  }
}

}  // namespace

/// Asks the kernel what it can do; without an answer (before 5.6), nothing.
void UringBackend::probe() {
  io_uring_probe* const answer = io_uring_get_probe_ring(&ring_);
  if (answer == nullptr) return;
  for (unsigned i = 0; i < kRequestKinds; ++i) {
    const int operation = operation_of(static_cast<RequestKind>(i));
    if (io_uring_opcode_supported(answer, operation) != 0) supported_ |= 1u << i;
  }
  // Flags, which cannot be asked for; they came with the operation that makes sockets.
  waits_first_ = accepts_many_ = io_uring_opcode_supported(answer, IORING_OP_SOCKET) != 0;
  io_uring_free_probe(answer);
}

bool UringBackend::supports(RequestKind kind) const {
  return (supported_ >> static_cast<unsigned>(kind) & 1) != 0;
}

UringBackend::Known& UringBackend::known(int descriptor) {
  const auto index = static_cast<std::size_t>(descriptor);
  if (index >= known_.size()) known_.resize(index + 1);
  return known_[index];
}

void UringBackend::attach(int descriptor) { known(descriptor); }

void UringBackend::submit(Request& request) {
  enter(request);
  const RequestArguments& of = request.arguments;
  TROUPE_DCHECK(of.bytes <= Request::kBytesMax, "a request of more than kBytesMax bytes");
  if (!supports(of.kind) || of.descriptor < 0) [[unlikely]] {
    finish(request, of.descriptor < 0 ? -EBADF : Request::kUnsupported);
    return;
  }
  Known& about = known(of.descriptor);
  if (of.kind == RequestKind::kAccept && accepts_many_) {
    if (!about.acceptor) about.acceptor = std::make_unique<UringAcceptor>(*this, of.descriptor);
    request.place_ = Request::Place::kWaiting;
    about.acceptor->add(request);
    return;
  }
  ++about.requests;
  io_uring_sqe* const free = queued_.empty() ? entry() : nullptr;
  if (free != nullptr) [[likely]] {
    put(*free, request);
  } else {
    queued_.push(request);
  }
}

void UringBackend::put(io_uring_sqe& entry, Request& request) {
  prepare(entry, request.arguments);
  if (request.arguments.waits_first && waits_first_) entry.ioprio |= IORING_RECVSEND_POLL_FIRST;
  io_uring_sqe_set_data64(&entry, tag_of(&request, kRequestTag));
  request.place_ = Request::Place::kInKernel;
  request.completions_owed_ = 1;
  request.cancel_owed_ = false;
  in_kernel_.push(request);
  unsubmitted_ = true;
}

void UringBackend::submit_queued() {
  while (!queued_.empty()) {
    io_uring_sqe* const free = entry();
    if (free == nullptr) return;
    put(*free, *queued_.pop());
  }
}

void UringBackend::cancel(Request& request) {
  if (request.cancel_wanted_) return;
  request.cancel_wanted_ = true;
  switch (request.place_) {
    case Request::Place::kNowhere:
      break;
    case Request::Place::kQueued:
      queued_.remove(request);
      --known(request.arguments.descriptor).requests;
      finish(request, -ECANCELED);
      break;
    case Request::Place::kWaiting:
      known(request.arguments.descriptor).acceptor->remove(request);
      finish(request, -ECANCELED);
      break;
    case Request::Place::kInKernel:
      request.cancel_owed_ = true;
      ++cancels_owed_;
      put_owed_cancel(request);
      break;
  }
}

/// Puts in the cancellation of a request that owes one, if there is room.
bool UringBackend::put_owed_cancel(Request& request) {
  if (!put_cancel(tag_of(&request, kRequestTag), tag_of(&request, kCancelTag))) return false;
  request.cancel_owed_ = false;
  --cancels_owed_;
  ++request.completions_owed_;
  return true;
}

void UringBackend::put_owed_cancels() {
  for (Request* request = in_kernel_.first(); request != nullptr && cancels_owed_ != 0;
       request = RequestList::after(*request)) {
    if (request->cancel_owed_ && !put_owed_cancel(*request)) return;
  }
}

bool UringBackend::put_cancel(std::uint64_t target, std::uint64_t tag) {
  io_uring_sqe* const free = entry();
  if (free == nullptr) return false;
  io_uring_prep_cancel64(free, target, 0);
  io_uring_sqe_set_data64(free, tag);
  unsubmitted_ = true;
  return true;
}

void UringBackend::handle_request(Request& request, int result) {
  request.result_ = result;
  if (request.cancel_owed_) {
    request.cancel_owed_ = false;
    --cancels_owed_;
  }
  settle(request);
}

void UringBackend::handle_cancel(Request& request, int result) {
  // Not found although it has not completed: the kernel had it in its hands just then, and may
  // have put it back to wait. Ask again.
  if (result == -ENOENT && request.completions_owed_ == 2) {
    request.cancel_owed_ = true;
    ++cancels_owed_;
  }
  settle(request);
}

/// One completion of the request has arrived: finishes it after the last.
void UringBackend::settle(Request& request) {
  if (--request.completions_owed_ != 0) return;
  in_kernel_.remove(request);
  --known(request.arguments.descriptor).requests;
  finish(request, request.result_);
}

void UringBackend::reclaim(Request& request) {
  while (request.submitted()) {
    cancel(request);
    if (request.submitted()) wait();
  }
}

void UringBackend::reclaim_all() {
  for (Known& about : known_) {
    if (about.acceptor) about.acceptor->cancel_waiting();
  }
  while (!queued_.empty()) cancel(*queued_.first());
  // All at once first: one call to the kernel.
  for (Request* request = in_kernel_.first(); request != nullptr;
       request = RequestList::after(*request)) {
    cancel(*request);
  }
  while (!in_kernel_.empty()) reclaim(*in_kernel_.first());
}

unsigned UringBackend::detach(int descriptor) {
  if (descriptor < 0 || static_cast<std::size_t>(descriptor) >= known_.size()) return 0;
  Known& about = known_[static_cast<std::size_t>(descriptor)];
  unsigned ended = about.requests;
  bool tell_kernel = ended != 0;
  if (about.acceptor) {
    ended += about.acceptor->cancel_waiting();
    about.acceptor->close();
    if (about.acceptor->busy()) {
      closed_acceptors_.push_back(std::move(about.acceptor));
      tell_kernel = true;
    }
    about.acceptor.reset();
  }
  if (!tell_kernel) return ended;
  for (Request* request = queued_.first(); request != nullptr;) {
    Request* const next = RequestList::after(*request);
    if (request->arguments.descriptor == descriptor) cancel(*request);
    request = next;
  }
  for (Request* request = in_kernel_.first(); request != nullptr;
       request = RequestList::after(*request)) {
    if (request->arguments.descriptor == descriptor) cancel(*request);
  }
  // Now, before the number can name another file: entries that are still in the ring find it here,
  // and a listener gives its port back.
  enter_kernel();
  return ended;
}

}  // namespace troupe::io
