// Streams of bytes to a peer, over TCP or Unix sockets, and listeners that accept them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/task.h"
#include "base/time.h"
#include "io/descriptor.h"
#include "io/net/address.h"
#include "io/net/owned_socket.h"
#include "io/request_awaiter.h"
#include "io/send_receive_awaiter.h"

namespace troupe::io {

/// Bytes that a core received into a buffer of its own, until they are dealt with. Move-only; keep
/// it no longer than that, buffers are few. Thread: the core that received it, whose turns it must
/// not outlive.
class Piece {
 public:
  /// Nothing: the end of a stream.
  Piece() = default;
  explicit Piece(std::span<std::byte> bytes) : bytes_(bytes) {}
  Piece(Piece&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  Piece& operator=(Piece&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Piece();

  /// As long as this lives, and may be written to. Empty where the stream ends.
  std::span<std::byte> bytes() const { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

/// Gives a Piece or an error. Lives in the awaiting frame.
class PieceAwaiter final : public RequestAwaiter {
 public:
  PieceAwaiter(const RequestArguments& arguments, Deadline deadline, const char* name)
      : RequestAwaiter(arguments, deadline, name) {}
  Result<Piece> await_resume();
};

/// A connection. Move-only. Thread: the core that it was made on. Its functions do not allocate.
///
/// Each operation ends at its deadline, or the call context's if that is earlier, with
/// kDeadlineExceeded; and when its strand is cancelled, with the reason. The socket is as before
/// then, except for bytes that a send has sent. One strand may receive while another sends; two
/// that do the same share the bytes between them.
///
/// Errors of the kernel are kIo with the errno (ECONNRESET: the peer is gone, EPIPE: nobody
/// receives any more) and the operation as context. An operation on a closed stream gives kIo,
/// EBADF; one that waits while the stream is closed gives kCancelled. The stream must not be
/// destroyed while an operation waits: see Descriptor.
class Stream {
 public:
  /// Connects to `peer`, over TCP or, if it is a Unix address, there. Errors: kIo with the errno
  /// (ECONNREFUSED, ENETUNREACH, EMFILE, …; of a path ENOENT, EACCES); kUnsupported where the
  /// backend has no sockets.
  static Task<Result<Stream>> connect(Address peer, Deadline deadline = kContextDeadline);

  /// Not connected.
  Stream() = default;
  /// Takes a connected socket with the flags of this core's backend (Backend::descriptor_flags).
  explicit Stream(Descriptor socket) : socket_(std::move(socket)) {}
  /// Adopts what another core of the same system has released; from now on it is this core's.
  explicit Stream(OwnedSocket socket) : socket_(socket.take()) {}

  /// Waits for bytes, up to buffer.size(), at most Request::kBytesMax; gives how many, 0 when the
  /// peer has ended its direction. `buffer` must not be empty, and is the kernel's until this ends:
  /// what came before a deadline or a cancellation could take effect is given, not lost.
  Call<CountAwaiter> receive(std::span<std::byte> buffer, Deadline deadline = kContextDeadline);
  /// The same into a buffer that the core lends when there is something to put into it: a
  /// connection that is silent costs no buffer, and the kernel is asked once for many receives.
  /// What comes while nobody awaits is received ahead, up to 64 KiB; do not release() the stream
  /// after that. Errors beside the others: kIo with ENOBUFS, when ReceiveBuffers::kBuffersMax
  /// pieces of this core are alive.
  Call<PieceAwaiter> receive(Deadline deadline = kContextDeadline);
  /// Sends all of `bytes`, at most Request::kBytesMax, which are the kernel's until this ends. Ok
  /// says that they are on their way, not that they have arrived. After an error an unknown part of
  /// them is, and the stream is good for nothing but being closed.
  Call<StatusAwaiter> send(std::span<const std::byte> bytes, Deadline deadline = kContextDeadline);

  /// As send() and receive(), begun together: who answers and then waits for the next question
  /// saves a call to the kernel. Gives both results once both have ended. An error of the send ends
  /// the receive too; the receive's may be earlier than the end of the send, which goes on.
  /// `buffer` may not be where `bytes` are.
  SendReceiveCall send_and_receive(std::span<const std::byte> bytes, std::span<std::byte> buffer,
                                   SendReceiveDeadlines deadlines);

  /// Ends this direction: the peer receives 0. Does not wait.
  Status shutdown_send();
  /// Ends the other direction on this side: who receives, now or later, gets what has come, and
  /// then 0. So a server ends its connections in order: what was asked is answered first. Does not
  /// wait.
  Status shutdown_receive();
  /// true sends small pieces at once instead of waiting for more. Default of TCP: false.
  /// A Unix stream always does, and gives kIo, EOPNOTSUPP.
  Status set_nodelay(bool nodelay);

  Result<Address> peer_address() const;
  Result<Address> local_address() const;
  /// The error with the peer's address, if that is known still.
  std::string describe(const Error& error) const;

  bool is_open() const { return socket_.is_open(); }
  /// Bytes on their way still go out; received bytes that nobody took make the kernel reset the
  /// connection.
  void close() { socket_.close(); }
  /// Closes it without the rest: the peer gets ECONNRESET, and what is on its way either way is
  /// lost.
  Status reset();
  /// Gives the socket away, to another core (see HandOver) or owner. Operations that are awaited on
  /// it end with kCancelled or with what they got by then: await their ends first.
  OwnedSocket release() { return OwnedSocket(socket_.release()); }

 private:
  RequestArguments to_receive(std::span<std::byte> buffer) const;
  RequestArguments to_send(std::span<const std::byte> bytes) const;

  Descriptor socket_;
};

struct ListenOptions {
  /// Connections that wait to be accepted, at most; the kernel has a limit of its own (somaxconn).
  int backlog = 4096;
  /// Several listeners, one on each core say, share the port; the kernel deals connections out.
  bool reuse_port = false;
  /// The file of a Unix socket that nobody listens on, left by a program that has ended, is
  /// replaced. Two programs that do so at the same moment may take it from each other.
  bool replace_stale = false;
};

/// Gives a Stream or an error. Lives in the awaiting frame.
class AcceptAwaiter final : public RequestAwaiter {
 public:
  AcceptAwaiter(const RequestArguments& arguments, Deadline deadline, const char* name)
      : RequestAwaiter(arguments, deadline, name) {}
  Result<Stream> await_resume();
};

/// Accepts connections. Move-only. Thread: the core that it was made on. Operations and errors as
/// of Stream.
class Listener {
 public:
  /// Binds to `address` and listens. Port 0: the kernel chooses, local_address() tells. A Unix path
  /// becomes a file, which stays when the listener ends. Does not wait. Errors: kIo with the errno
  /// (EADDRINUSE, EACCES, EMFILE, …); kUnsupported where the backend has no sockets.
  static Result<Listener> bind(Address address, ListenOptions options = {});

  Listener() = default;

  /// Waits for a connection. Several strands may wait: the first gets the first. Errors beside the
  /// usual ones: EMFILE, ENFILE, when there is no descriptor for it: the connection stays in the
  /// backlog, so wait a little before the next try.
  Call<AcceptAwaiter> accept(Deadline deadline = kContextDeadline);

  Result<Address> local_address() const;
  bool is_open() const { return socket_.is_open(); }
  /// Connections that nobody has accepted are reset.
  void close() { socket_.close(); }

 private:
  explicit Listener(Descriptor socket) : socket_(std::move(socket)) {}

  Descriptor socket_;
};

}  // namespace troupe::io
