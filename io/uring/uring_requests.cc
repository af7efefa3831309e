// The part of UringBackend that carries requests into the kernel and back.
#include <cerrno>

#include "base/check.h"
#include "io/uring/uring_backend.h"
#include "io/uring/uring_prepare.h"

namespace troupe::io {

/// Asks the kernel what it can do; without an answer (before 5.6), nothing.
void UringBackend::probe() {
  io_uring_probe* const answer = io_uring_get_probe_ring(&ring_);
  if (answer == nullptr) return;
  for (unsigned i = 0; i < kRequestKinds; ++i) {
    const int operation = uring_operation(static_cast<RequestKind>(i));
    if (operation == kNoUringOperation) continue;
    if (io_uring_opcode_supported(answer, operation) != 0) supported_ |= 1u << i;
  }
  // A flag, which cannot be asked for; it came with the operation that makes sockets.
  accepts_many_ = io_uring_opcode_supported(answer, IORING_OP_SOCKET) != 0;
  io_uring_free_probe(answer);
}

bool UringBackend::supports(RequestKind kind) const {
  // Threads do what the ring does not.
  if (kind >= RequestKind::kOpen || kind == RequestKind::kSync) return true;
  return (supported_ >> static_cast<unsigned>(kind) & 1) != 0;
}

bool UringBackend::in_ring(const RequestArguments& of) const {
  if (!files_in_ring_ && of_file(of)) return false;
  return (supported_ >> static_cast<unsigned>(of.kind) & 1) != 0;
}

void UringBackend::note_named(const Request& request, int change) {
  if (!names_descriptor(request.arguments.kind)) return;
  known(request.arguments.descriptor).requests += static_cast<unsigned>(change);
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
  if (of.descriptor < 0 && names_descriptor(of.kind)) [[unlikely]] {
    finish(request, -EBADF);
    return;
  }
  if (!in_ring(of)) [[unlikely]] {
    if (of_file(of)) {
      worker_.submit(request);
    } else {
      finish(request, Request::kUnsupported);
    }
    return;
  }
  if (of.kind == RequestKind::kAccept && accepts_many_) {
    Known& about = known(of.descriptor);
    if (!about.acceptor) about.acceptor = std::make_unique<UringAcceptor>(*this, of.descriptor);
    request.place_ = Request::Place::kWaiting;
    about.acceptor->add(request);
    return;
  }
  note_named(request, 1);
  io_uring_sqe* const free = queued_.empty() ? entry() : nullptr;
  if (free != nullptr) [[likely]] {
    put(*free, request);
  } else {
    queued_.push(request);
  }
}

void UringBackend::put(io_uring_sqe& entry, Request& request) {
  prepare_uring_entry(entry, request.arguments);
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
      note_named(request, -1);
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
    case Request::Place::kWithWorker:
      worker_.cancel(request);
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
  note_named(request, -1);
  finish(request, request.result_);
}

void UringBackend::reclaim(Request& request) {
  while (request.submitted()) {
    if (request.place_ == Request::Place::kWithWorker) {
      worker_.reclaim(request);
      continue;
    }
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
  worker_.reclaim_all();
}

unsigned UringBackend::detach(int descriptor) {
  unsigned ended = worker_.detach(descriptor);
  if (descriptor < 0 || static_cast<std::size_t>(descriptor) >= known_.size()) return ended;
  Known& about = known_[static_cast<std::size_t>(descriptor)];
  ended += about.requests;
  bool tell_kernel = about.requests != 0;
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
  const auto names = [descriptor](const Request& request) {
    return names_descriptor(request.arguments.kind) && request.arguments.descriptor == descriptor;
  };
  for (Request* request = queued_.first(); request != nullptr;) {
    Request* const next = RequestList::after(*request);
    if (names(*request)) cancel(*request);
    request = next;
  }
  for (Request* request = in_kernel_.first(); request != nullptr;
       request = RequestList::after(*request)) {
    if (!names(*request)) continue;
    request->detached_ = true;
    cancel(*request);
  }
  // Now, before the number can name another file: entries that are still in the ring find it here,
  // and a listener gives its port back.
  enter_kernel();
  return ended;
}

}  // namespace troupe::io
