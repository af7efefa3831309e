// The part of UringBackend that carries requests into the kernel and back.
#include <cerrno>

#include "base/check.h"
#include "io/uring/uring_backend.h"
#include "io/uring/uring_prepare.h"

namespace troupe::io {

namespace {

/// Kinds that a descriptor sees again and again.
bool is_frequent(RequestKind kind) {
  return kind == RequestKind::kReceive || kind == RequestKind::kSend ||
         kind == RequestKind::kRead || kind == RequestKind::kWrite || kind == RequestKind::kPoll;
}

bool receives(RequestKind kind) {
  return kind == RequestKind::kReceive || kind == RequestKind::kReceivePiece;
}

}  // namespace

/// Asks the kernel what it can do. Some of it cannot be asked for: operations that came with the
/// same version of the kernel tell.
void UringBackend::probe(const UringOptions& options) {
  features_.deferred_work = (ring_.flags & IORING_SETUP_DEFER_TASKRUN) != 0;
  features_.cooperative_work = (ring_.flags & IORING_SETUP_COOP_TASKRUN) != 0;
  files_in_ring_ = options.files_in_ring;
  io_uring_probe* const answer = io_uring_get_probe_ring(&ring_);
  if (answer == nullptr) return;
  for (unsigned i = 0; i < kRequestKinds; ++i) {
    const int operation = uring_operation(static_cast<RequestKind>(i));
    if (operation == kNoUringOperation) continue;
    if (io_uring_opcode_supported(answer, operation) != 0) supported_ |= 1u << i;
  }
  const bool since_5_19 = io_uring_opcode_supported(answer, IORING_OP_SOCKET) != 0;
  const bool since_6_0 = io_uring_opcode_supported(answer, IORING_OP_SEND_ZC) != 0;
  io_uring_free_probe(answer);

  waits_first_ = since_5_19;
  features_.multishot_accept = options.multishot_accept && since_5_19;
  features_.multishot_receive = options.multishot_receive && since_6_0 && provided_.open(ring_);
  features_.registered_files = options.registered_files && files_.open(ring_);
  features_.zero_copy_send = options.zero_copy_bytes_min != 0 && since_6_0;
  if (features_.zero_copy_send) zero_copy_bytes_min_ = options.zero_copy_bytes_min;
  // Last: what registers otherwise may name the ring by its descriptor.
  features_.registered_ring = options.registered_ring && io_uring_register_ring_fd(&ring_) == 1;
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

// What had the number before may have been closed unseen.
void UringBackend::attach(int descriptor) {
  Known& about = known(descriptor);
  if (about.registered) files_.remove(descriptor);
  about.registered = false;
  about.copies = false;
  about.uses = 0;
}

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
  if (of.kind == RequestKind::kAccept && features_.multishot_accept) {
    Known& about = known(of.descriptor);
    if (!about.acceptor) about.acceptor = std::make_unique<UringAcceptor>(*this, of.descriptor);
    request.place_ = Request::Place::kWaiting;
    about.acceptor->add(request);
    return;
  }
  if (receives(of.kind)) {
    Known& about = known(of.descriptor);
    if (of.kind == RequestKind::kReceivePiece) {
      request.arguments.data = nullptr;
      if (features_.multishot_receive && !about.receiver) {
        about.receiver = std::make_unique<UringReceiver>(*this, of.descriptor);
      }
    }
    if (about.receiver) {
      about.receiver->add(request);
      return;
    }
  }
  note_named(request, 1);
  put_or_queue(request);
}

void UringBackend::put_or_queue(Request& request) {
  io_uring_sqe* const free = queued_.empty() ? entry() : nullptr;
  if (free != nullptr) [[likely]] {
    put(*free, request);
  } else {
    request.place_ = Request::Place::kQueued;
    queued_.push(request);
  }
}

void UringBackend::put(io_uring_sqe& entry, Request& request) {
  const RequestArguments& of = request.arguments;
  if (of.kind == RequestKind::kSend && of.bytes >= zero_copy_bytes_min_ &&
      !known(of.descriptor).copies) [[unlikely]] {
    io_uring_prep_send_zc(&entry, of.descriptor, of.data, of.bytes,
                          static_cast<int>(of.flags) | MSG_NOSIGNAL, 0);
  } else {
    prepare_uring_entry(entry, of);
  }
  if (of.waits_first && waits_first_) entry.ioprio |= IORING_RECVSEND_POLL_FIRST;
  if (is_frequent(of.kind) && looked_up_once(of.descriptor)) entry.flags |= IOSQE_FIXED_FILE;
  io_uring_sqe_set_data64(&entry, tag_of(&request, kRequestTag));
  request.place_ = Request::Place::kInKernel;
  request.completions_owed_ = 1;
  request.cancel_owed_ = false;
  request.has_result_ = false;
  in_kernel_.push(request);
  unsubmitted_ = true;
}

/// Whether the kernel knows the descriptor by its slot. Registers it when it has been used often.
bool UringBackend::looked_up_once(int descriptor) {
  Known& about = known(descriptor);
  if (about.registered) return true;
  if (!features_.registered_files || about.uses > UringFiles::kRequestsBefore) return false;
  // One try: where there is no slot for it, it stays as it is.
  if (++about.uses <= UringFiles::kRequestsBefore) return false;
  about.registered = files_.add(descriptor);
  return about.registered;
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
      take_buffer_back(request);
      finish(request, -ECANCELED);
      break;
    case Request::Place::kWaiting:
      if (request.arguments.kind == RequestKind::kAccept) {
        known(request.arguments.descriptor).acceptor->remove(request);
      } else {
        known(request.arguments.descriptor).receiver->remove(request);
      }
      finish(request, -ECANCELED);
      break;
    case Request::Place::kInKernel:
      if (request.has_result_) {
        break_off(request);
        break;
      }
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

void UringBackend::handle_request(Request& request, int result, std::uint32_t flags) {
  if ((flags & IORING_CQE_F_NOTIF) != 0) {
    // Zero copy: the buffer is ours again.
    settle(request);
    return;
  }
  request.result_ = result;
  if (request.cancel_owed_) {
    request.cancel_owed_ = false;
    --cancels_owed_;
  }
  if ((flags & IORING_CQE_F_MORE) != 0) {
    request.has_result_ = true;
    ++request.completions_owed_;
    if (request.cancel_wanted_) break_off(request);
  }
  settle(request);
}

void UringBackend::handle_cancel(Request& request, int result) {
  // Not found although it has not completed: the kernel had it in its hands just then, and may
  // have put it back to wait. Ask again.
  if (result == -ENOENT && request.completions_owed_ == 2 && !request.has_result_) {
    request.cancel_owed_ = true;
    ++cancels_owed_;
  }
  settle(request);
}

/// One completion of the request has arrived: finishes it after the last, or goes on with it.
void UringBackend::settle(Request& request) {
  if (--request.completions_owed_ != 0) return;
  in_kernel_.remove(request);
  const RequestKind kind = request.arguments.kind;
  if (kind == RequestKind::kReceivePiece && receives_now(request)) return;
  if (kind == RequestKind::kSend && features_.zero_copy_send && copies_instead(request)) return;
  note_named(request, -1);
  finish(request, request.result_);
}

/// True if a send without copying was refused, and goes on as an ordinary one.
bool UringBackend::copies_instead(Request& request) {
  Known& about = known(request.arguments.descriptor);
  // Not on this kind of socket; or beyond the limit of locked memory (ulimit -l).
  const bool refused = request.result_ == -EOPNOTSUPP || request.result_ == -ENOMEM;
  if (!refused || about.copies || request.cancel_wanted_) return false;
  about.copies = true;
  put_or_queue(request);
  return true;
}

/// Of a kReceivePiece that no UringReceiver has: first it waits until there is something, then it
/// takes a buffer and receives. True if it goes on.
bool UringBackend::receives_now(Request& request) {
  RequestArguments& of = request.arguments;
  int& result = request.result_;
  if (of.data != nullptr) {
    if (result > 0) return false;
    take_buffer_back(request);
    if (result != -EAGAIN) return false;
    // Somebody else received it: wait on.
  } else {
    if (result < 0) return false;
    if (!request.cancel_wanted_) {
      of.data = spare_.take();
      of.bytes = ReceiveBuffers::kBufferBytes;
    }
    if (of.data == nullptr) {
      result = -ENOBUFS;
      if (!request.cancel_wanted_) return false;
    }
  }
  if (request.cancel_wanted_) {
    result = -ECANCELED;
    return false;
  }
  put_or_queue(request);
  return true;
}

/// Serves a request that waited for a UringReceiver without it.
void UringBackend::receive_aside(Request& request) {
  ++known(request.arguments.descriptor).requests;
  put_or_queue(request);
}

/// Of a send without copy that the peer does not acknowledge: only the end of the connection frees
/// its buffer.
void UringBackend::break_off(Request& request) {
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  // Makes TCP forget what it has yet to send, and reset the connection.
  ::connect(request.arguments.descriptor, &nobody, sizeof nobody);
  request.result_ = -ECANCELED;
}

void UringBackend::take_buffer_back(Request& request) {
  RequestArguments& of = request.arguments;
  if (of.kind != RequestKind::kReceivePiece || of.data == nullptr) return;
  give_back(static_cast<std::byte*>(of.data));
  of.data = nullptr;
}

void UringBackend::give_back(std::byte* buffer) {
  if (provided_.owns(buffer)) {
    provided_.give_back(buffer);
  } else {
    spare_.give_back(buffer);
  }
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
    if (about.receiver) about.receiver->cancel_waiting();
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
  if (about.receiver) {
    ended += about.receiver->cancel_waiting();
    about.receiver->close();
    if (about.receiver->busy()) {
      closed_receivers_.push_back(std::move(about.receiver));
      tell_kernel = true;
    }
    about.receiver.reset();
  }
  if (about.registered) {
    files_.remove(descriptor);
    about.registered = false;
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
