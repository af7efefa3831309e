#include "io/uring/uring_receiver.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io/uring/uring_backend.h"

namespace troupe::io {

void UringReceiver::add(Request& request) {
  request.place_ = Request::Place::kWaiting;
  if (kept_.empty()) {
    waiting_.push(request);
    if (!armed_) arm();
    return;
  }
  const Piece piece = kept_.front();
  if (give(piece, request)) {
    kept_.erase(kept_.begin());
  } else {
    kept_.front().at += request.arguments.bytes;
    kept_.front().result -= static_cast<int>(request.arguments.bytes);
  }
  backend_.finish(request, std::min(piece.result, static_cast<int>(request.arguments.bytes)));
}

/// Hands the piece over, or copies as much of it as there is room for: false if some is left.
bool UringReceiver::give(const Piece& piece, Request& request) {
  RequestArguments& to = request.arguments;
  if (to.kind == RequestKind::kReceivePiece) {
    to.data = piece.at;
    to.bytes = static_cast<std::uint32_t>(std::max(piece.result, 0));
    return true;
  }
  if (piece.result <= 0) {
    to.bytes = 0;
    return true;
  }
  const auto bytes = std::min(to.bytes, static_cast<std::uint32_t>(piece.result));
  std::memcpy(to.data, piece.at, bytes);
  to.bytes = bytes;
  if (bytes < static_cast<std::uint32_t>(piece.result)) return false;
  backend_.give_back(piece.at);
  return true;
}

unsigned UringReceiver::cancel_waiting() {
  unsigned count = 0;
  for (; Request* request = waiting_.pop(); ++count) backend_.finish(*request, -ECANCELED);
  return count;
}

void UringReceiver::handle(int result, std::uint32_t flags) {
  if ((flags & IORING_CQE_F_MORE) == 0) armed_ = false;
  std::byte* buffer = nullptr;
  if ((flags & IORING_CQE_F_BUFFER) != 0) buffer = backend_.provided_.buffer_of(flags);
  if (buffer != nullptr && (closed_ || result <= 0)) {
    backend_.give_back(buffer);
    buffer = nullptr;
  }
  if (closed_) return;
  if (result == -ENOBUFS) {
    // All provided buffers are in use: this one is served from the heap.
    if (Request* request = waiting_.pop(); request != nullptr) backend_.receive_aside(*request);
  } else if (result != -ECANCELED) {
    take_in({buffer, result});
  }
  if (!armed_ && !waiting_.empty()) arm();
}

void UringReceiver::take_in(const Piece& piece) {
  Request* const request = waiting_.pop();
  if (request == nullptr) {
    kept_.push_back(piece);
    if (kept_.size() >= kAheadMax) pause();
    return;
  }
  const bool all = give(piece, *request);
  const auto given = static_cast<int>(request->arguments.bytes);
  if (!all) kept_.push_back({piece.at + given, piece.result - given});
  backend_.finish(*request, piece.result < 0 ? piece.result : given);
  // Others who wait for pieces get the rest of this one.
  while (!kept_.empty() && !waiting_.empty()) add(*waiting_.pop());
}

void UringReceiver::handle_pause(int result) {
  pausing_ = false;
  // Not found although it is there: the kernel had it in its hands just then.
  if (result == -ENOENT && (closed_ || kept_.size() >= kAheadMax)) pause();
}

void UringReceiver::close() {
  closed_ = true;
  for (const Piece& piece : kept_) {
    if (piece.at != nullptr) backend_.give_back(piece.at);
  }
  kept_.clear();
  pause();
}

void UringReceiver::arm() {
  io_uring_sqe* const entry = backend_.entry();
  if (entry == nullptr) {
    while (Request* request = waiting_.pop()) backend_.finish(*request, -EAGAIN);
    return;
  }
  io_uring_prep_recv_multishot(entry, descriptor_, nullptr, 0, 0);
  entry->flags |= IOSQE_BUFFER_SELECT;
  entry->buf_group = UringBuffers::kGroup;
  io_uring_sqe_set_data64(entry, UringBackend::tag_of(this, UringBackend::kReceiverTag));
  backend_.unsubmitted_ = true;
  armed_ = true;
}

void UringReceiver::pause() {
  if (!armed_ || pausing_) return;
  pausing_ = backend_.put_cancel(UringBackend::tag_of(this, UringBackend::kReceiverTag),
                                 UringBackend::tag_of(this, UringBackend::kReceiverPauseTag));
}

}  // namespace troupe::io
