// The part of UringBackend that carries requests into the kernel and back.
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>

#include "base/check.h"
#include "io/uring/uring_backend.h"

namespace troupe::io {

namespace {

int operation_of(RequestKind kind) {
  switch (kind) {
    case RequestKind::kAccept:
      return IORING_OP_ACCEPT;
    case RequestKind::kConnect:
      return IORING_OP_CONNECT;
    case RequestKind::kReceive:
    case RequestKind::kReceivePiece:
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
    case RequestKind::kReceiveMessage:
      return IORING_OP_RECVMSG;
    case RequestKind::kSendMessage:
      return IORING_OP_SENDMSG;
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
    case RequestKind::kReceivePiece:
      // A buffer is taken when there is something to put into it.
      if (of.data == nullptr) {
        io_uring_prep_poll_add(&entry, of.descriptor, POLLIN);
      } else {
        io_uring_prep_recv(&entry, of.descriptor, of.data, of.bytes, MSG_DONTWAIT);
      }
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
    case RequestKind::kReceiveMessage:
      io_uring_prep_recvmsg(&entry, of.descriptor, static_cast<msghdr*>(of.data), of.flags);
      break;
    case RequestKind::kSendMessage:
      io_uring_prep_sendmsg(&entry, of.descriptor, static_cast<const msghdr*>(of.data),
                            of.flags | MSG_NOSIGNAL);
      break;
  }
}

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
  io_uring_probe* const answer = io_uring_get_probe_ring(&ring_);
  if (answer == nullptr) return;
  for (unsigned i = 0; i < kRequestKinds; ++i) {
    const int operation = operation_of(static_cast<RequestKind>(i));
    if (io_uring_opcode_supported(answer, operation) != 0) supported_ |= 1u << i;
  }
  const bool since_5_19 = io_uring_opcode_supported(answer, IORING_OP_SOCKET) != 0;
  const bool since_6_0 = io_uring_opcode_supported(answer, IORING_OP_SEND_ZC) != 0;
  io_uring_free_probe(answer);

  features_.multishot_accept = options.multishot_accept && since_5_19;
  features_.multishot_receive = options.multishot_receive && since_6_0 && provided_.open(ring_);
  features_.registered_files = options.registered_files && files_.open(ring_);
  features_.zero_copy_send = options.zero_copy_bytes_min != 0 && since_6_0;
  if (features_.zero_copy_send) zero_copy_bytes_min_ = options.zero_copy_bytes_min;
  // Last: what registers otherwise may name the ring by its descriptor.
  features_.registered_ring = options.registered_ring && io_uring_register_ring_fd(&ring_) == 1;
}

bool UringBackend::supports(RequestKind kind) const {
  return (supported_ >> static_cast<unsigned>(kind) & 1) != 0;
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
  if (!supports(of.kind) || of.descriptor < 0) [[unlikely]] {
    finish(request, of.descriptor < 0 ? -EBADF : Request::kUnsupported);
    return;
  }
  Known& about = known(of.descriptor);
  if (of.kind == RequestKind::kAccept && features_.multishot_accept) {
    if (!about.acceptor) about.acceptor = std::make_unique<UringAcceptor>(*this, of.descriptor);
    request.place_ = Request::Place::kWaiting;
    about.acceptor->add(request);
    return;
  }
  if (of.kind == RequestKind::kReceivePiece) {
    request.arguments.data = nullptr;
    if (features_.multishot_receive && !about.receiver) {
      about.receiver = std::make_unique<UringReceiver>(*this, of.descriptor);
    }
  }
  if (receives(of.kind) && about.receiver) {
    about.receiver->add(request);
    return;
  }
  ++about.requests;
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
    prepare(entry, of);
  }
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
      --known(request.arguments.descriptor).requests;
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
  Known& about = known(request.arguments.descriptor);
  const RequestKind kind = request.arguments.kind;
  if (kind == RequestKind::kReceivePiece && receives_now(request)) return;
  // Not on this kind of socket; or beyond the limit of locked memory (ulimit -l).
  const bool refused = request.result_ == -EOPNOTSUPP || request.result_ == -ENOMEM;
  if (kind == RequestKind::kSend && refused && features_.zero_copy_send && !about.copies &&
      !request.cancel_wanted_) [[unlikely]] {
    about.copies = true;
    put_or_queue(request);
    return;
  }
  --about.requests;
  finish(request, request.result_);
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
