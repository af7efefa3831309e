// UDP: datagrams to and from peers.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/time.h"
#include "io/descriptor.h"
#include "io/net/address.h"
#include "io/request_awaiter.h"

namespace troupe::io {

/// A datagram that came. An empty one is one too.
class Datagram {
 public:
  Datagram(std::size_t bytes, const Address& peer, bool truncated)
      : bytes(bytes), peer(peer), truncated(truncated) {}

  std::size_t bytes;  ///< That are in the buffer.
  Address peer;       ///< Who sent it, or who says so.
  bool truncated;     ///< It was longer than the buffer; the rest is lost.
};

/// Gives a Datagram or an error. Lives in the awaiting frame, with all that the kernel writes.
class ReceiveFromAwaiter final : public RequestAwaiter {
 public:
  ReceiveFromAwaiter(const RequestArguments& buffer, Deadline deadline, const char* name);
  ~ReceiveFromAwaiter() { take_back(); }
  Result<Datagram> await_resume();

 private:
  sockaddr_storage peer_{};
  iovec piece_{};
  msghdr message_{};
};

/// Gives ok or an error. Lives in the awaiting frame, with all that the kernel reads.
class SendToAwaiter final : public RequestAwaiter {
 public:
  SendToAwaiter(const RequestArguments& bytes, const Address& peer, Deadline deadline);
  ~SendToAwaiter() { take_back(); }
  Status await_resume();

 private:
  Address peer_;
  iovec piece_{};
  msghdr message_{};
};

/// A send not yet begun: see Call.
class [[nodiscard("an operation begins when it is awaited")]] SendToCall {
 public:
  SendToCall(const RequestArguments& bytes, const Address& peer, Deadline deadline)
      : bytes_(bytes), peer_(peer), deadline_(deadline) {}
  SendToAwaiter operator co_await() const { return SendToAwaiter(bytes_, peer_, deadline_); }

 private:
  RequestArguments bytes_;
  Address peer_;
  Deadline deadline_;
};

struct UdpOptions {
  /// Several sockets, one on each core say, share the port; the kernel deals datagrams out by their
  /// senders.
  bool reuse_port = false;
};

/// A socket for datagrams. Move-only. Thread: the core that it was made on. Its functions do not
/// allocate. Deadlines, cancellation and errors as of Stream. The network may lose a datagram, give
/// it twice, or give a later one first: nobody is told.
class UdpSocket {
 public:
  /// What one IPv4 datagram holds at most; IPv6 holds 20 bytes more.
  static constexpr std::size_t kDatagramBytesMax = 65'507;

  /// Port 0: the kernel chooses, local_address() tells. Does not wait. Errors: kIo with the errno
  /// (EADDRINUSE, EACCES, EMFILE, …); kInvalidArgument for a Unix address; kUnsupported where the
  /// backend has no sockets.
  static Result<UdpSocket> bind(Address address, UdpOptions options = {});

  /// Not open.
  UdpSocket() = default;

  /// From now on only `peer` is heard, send() goes to it, and if it answers that nobody listens
  /// there, the next operation gives ECONNREFUSED. Does not wait.
  Status connect(const Address& peer);

  /// Waits for a datagram. `buffer`, which may be empty, is the kernel's until this ends.
  Call<ReceiveFromAwaiter> receive_from(std::span<std::byte> buffer,
                                        Deadline deadline = kContextDeadline);
  /// Sends one datagram; `bytes` are the kernel's until this ends. Errors beside the usual ones:
  /// kIo, EMSGSIZE: more than kDatagramBytesMax.
  SendToCall send_to(std::span<const std::byte> bytes, const Address& peer,
                     Deadline deadline = kContextDeadline);
  /// The same to the peer of connect(); without one EDESTADDRREQ.
  Call<StatusAwaiter> send(std::span<const std::byte> bytes, Deadline deadline = kContextDeadline);

  Result<Address> local_address() const;
  /// Of connect().
  Result<Address> peer_address() const;

  bool is_open() const { return socket_.is_open(); }
  /// What waits on it ends with kCancelled. Datagrams that nobody took are lost.
  void close() { socket_.close(); }

 private:
  explicit UdpSocket(Descriptor socket) : socket_(std::move(socket)) {}

  Descriptor socket_;
};

}  // namespace troupe::io
