#include "io/net/udp.h"

#include <sys/socket.h>

#include <cerrno>

#include "io/net/socket.h"

namespace troupe::io {

namespace {

RequestArguments whole(const Descriptor& socket, RequestKind kind, void* data, std::size_t bytes) {
  RequestArguments arguments;
  arguments.kind = kind;
  arguments.descriptor = socket.number();
  arguments.data = data;
  arguments.bytes = request_bytes(bytes);
  return arguments;
}

}  // namespace

ReceiveFromAwaiter::ReceiveFromAwaiter(const RequestArguments& buffer, Deadline deadline,
                                       const char* name)
    : RequestAwaiter(buffer, deadline, name) {
  piece_ = {buffer.data, buffer.bytes};
  message_.msg_name = &peer_;
  message_.msg_namelen = sizeof peer_;
  message_.msg_iov = &piece_;
  message_.msg_iovlen = 1;
  replace_data(&message_);
}

Result<Datagram> ReceiveFromAwaiter::await_resume() {
  const Result<std::size_t> received = outcome();
  if (!received) return received.error();
  return Datagram(*received, Address::from(peer_, message_.msg_namelen),
                  (message_.msg_flags & MSG_TRUNC) != 0);
}

SendToAwaiter::SendToAwaiter(const RequestArguments& bytes, const Address& peer, Deadline deadline)
    : RequestAwaiter(bytes, deadline, "send_to"), peer_(peer) {
  piece_ = {bytes.data, bytes.bytes};
  // The kernel only reads it.
  message_.msg_name = const_cast<sockaddr*>(peer_.data());
  message_.msg_namelen = peer_.bytes();
  message_.msg_iov = &piece_;
  message_.msg_iovlen = 1;
  replace_data(&message_);
}

Status SendToAwaiter::await_resume() {
  const Result<std::size_t> sent = outcome();
  return sent ? ok() : Status(sent.error());
}

Result<UdpSocket> UdpSocket::bind(Address address, UdpOptions options) {
  if (address.is_unix()) {
    return Error(Code::kInvalidArgument, 0, "UdpSocket::bind: a Unix address");
  }
  TROUPE_TRY(Descriptor socket, open_socket(address.family(), SOCK_DGRAM));
  if (options.reuse_port) {
    TROUPE_TRY(set_socket_flag(socket, SOL_SOCKET, SO_REUSEPORT, true, "bind"));
  }
  TROUPE_TRY(
      socket_status(socket_calls().bind(socket.number(), address.data(), address.bytes()), "bind"));
  return UdpSocket(std::move(socket));
}

Status UdpSocket::connect(const Address& peer) {
  if (!is_open()) return socket_error(-EBADF, "connect");
  return socket_status(
      socket_calls().connect_datagrams(socket_.number(), peer.data(), peer.bytes()), "connect");
}

Call<ReceiveFromAwaiter> UdpSocket::receive_from(std::span<std::byte> buffer, Deadline deadline) {
  return Call<ReceiveFromAwaiter>(
      whole(socket_, RequestKind::kReceiveMessage, buffer.data(), buffer.size()), deadline,
      "receive_from");
}

SendToCall UdpSocket::send_to(std::span<const std::byte> bytes, const Address& peer,
                              Deadline deadline) {
  return SendToCall(
      whole(socket_, RequestKind::kSendMessage, const_cast<std::byte*>(bytes.data()), bytes.size()),
      peer, deadline);
}

Call<StatusAwaiter> UdpSocket::send(std::span<const std::byte> bytes, Deadline deadline) {
  return Call<StatusAwaiter>(
      whole(socket_, RequestKind::kSend, const_cast<std::byte*>(bytes.data()), bytes.size()),
      deadline, "send");
}

Result<Address> UdpSocket::local_address() const { return local_address_of(socket_); }

Result<Address> UdpSocket::peer_address() const { return peer_address_of(socket_); }

}  // namespace troupe::io
