#include "io/net/stream.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "io/net/socket.h"
#include "io/reactor.h"

namespace troupe::io {

Task<Result<Stream>> Stream::connect(Address peer, Deadline deadline) {
  Result<Descriptor> opened = open_socket(peer.family(), SOCK_STREAM);
  if (!opened) co_return opened.error();
  Descriptor socket = std::move(*opened);
  RequestArguments arguments;
  arguments.kind = RequestKind::kConnect;
  arguments.descriptor = socket.number();
  arguments.data = const_cast<sockaddr*>(peer.data());
  arguments.bytes = peer.bytes();
  const Call<StatusAwaiter> call(arguments, deadline, "connect");
  const Status connected = co_await call;
  if (!connected) co_return connected.error();
  co_return Stream(std::move(socket));
}

RequestArguments Stream::to_receive(std::span<std::byte> buffer) const {
  TROUPE_DCHECK(!buffer.empty(), "receive into an empty buffer: its 0 would look like the end");
  RequestArguments arguments;
  arguments.kind = RequestKind::kReceive;
  arguments.descriptor = socket_.number();
  arguments.data = buffer.data();
  arguments.bytes = request_bytes(buffer.size());
  arguments.stream = true;
  return arguments;
}

Call<CountAwaiter> Stream::receive(std::span<std::byte> buffer, Deadline deadline) {
  return Call<CountAwaiter>(to_receive(buffer), deadline, "receive");
}

Call<PieceAwaiter> Stream::receive(Deadline deadline) {
  RequestArguments arguments;
  arguments.kind = RequestKind::kReceivePiece;
  arguments.descriptor = socket_.number();
  arguments.stream = true;
  return Call<PieceAwaiter>(arguments, deadline, "receive");
}

Result<Piece> PieceAwaiter::await_resume() {
  const Result<std::size_t> received = outcome();
  if (!received) return received.error();
  return *received == 0 ? Piece() : Piece(std::span(piece(), *received));
}

Piece::~Piece() {
  if (!bytes_.empty()) Reactor::current().backend().give_back(bytes_.data());
}

RequestArguments Stream::to_send(std::span<const std::byte> bytes) const {
  TROUPE_CHECK(bytes.size() <= Request::kBytesMax, "send of %zu bytes: at most %u at once",
               bytes.size(), Request::kBytesMax);
  RequestArguments arguments;
  arguments.kind = RequestKind::kSend;
  arguments.descriptor = socket_.number();
  arguments.data = const_cast<std::byte*>(bytes.data());
  arguments.bytes = request_bytes(bytes.size());
  return arguments;
}

Call<StatusAwaiter> Stream::send(std::span<const std::byte> bytes, Deadline deadline) {
  return Call<StatusAwaiter>(to_send(bytes), deadline, "send");
}

SendReceiveCall Stream::send_and_receive(std::span<const std::byte> bytes,
                                         std::span<std::byte> buffer,
                                         SendReceiveDeadlines deadlines) {
  RequestArguments receive = to_receive(buffer);
  receive.waits_first = true;  // the peer is to see the answer first
  return SendReceiveCall(to_send(bytes), receive, deadlines);
}

Status Stream::shutdown_send() {
  if (!is_open()) return socket_error(-EBADF, "shutdown");
  return socket_status(socket_calls().shutdown(socket_.number(), SHUT_WR), "shutdown");
}

Status Stream::shutdown_receive() {
  if (!is_open()) return socket_error(-EBADF, "shutdown");
  return socket_status(socket_calls().shutdown(socket_.number(), SHUT_RD), "shutdown");
}

Status Stream::set_nodelay(bool nodelay) {
  return set_socket_flag(socket_, IPPROTO_TCP, TCP_NODELAY, nodelay, "set_nodelay");
}

Status Stream::reset() {
  if (!is_open()) return socket_error(-EBADF, "reset");
  const linger at_once = {1, 0};
  const int result =
      socket_calls().set_option(socket_.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
  return socket_status(result, "reset");
}

Result<Address> Stream::peer_address() const { return peer_address_of(socket_); }

Result<Address> Stream::local_address() const { return local_address_of(socket_); }

std::string Stream::describe(const Error& error) const {
  const Result<Address> peer = peer_address();
  return peer ? io::describe(error, *peer) : error.describe();
}

Result<Stream> AcceptAwaiter::await_resume() {
  const Result<std::size_t> accepted = outcome();
  if (!accepted) return accepted.error();
  return Stream(Descriptor(static_cast<int>(*accepted)));
}

Result<Listener> Listener::bind(Address address, ListenOptions options) {
  TROUPE_TRY(Descriptor socket, open_socket(address.family(), SOCK_STREAM));
  // A server that starts again finds its port, whatever connections of the last one linger.
  TROUPE_TRY(set_socket_flag(socket, SOL_SOCKET, SO_REUSEADDR, true, "bind"));
  if (options.reuse_port) {
    TROUPE_TRY(set_socket_flag(socket, SOL_SOCKET, SO_REUSEPORT, true, "bind"));
  }
  SocketCalls& calls = socket_calls();
  int bound = calls.bind(socket.number(), address.data(), address.bytes());
  if (bound == -EADDRINUSE && options.replace_stale && !address.path().empty() &&
      calls.remove_stale(address.data(), address.bytes()) == 0) {
    bound = calls.bind(socket.number(), address.data(), address.bytes());
  }
  TROUPE_TRY(socket_status(bound, "bind"));
  TROUPE_TRY(socket_status(socket_calls().listen(socket.number(), options.backlog), "listen"));
  return Listener(std::move(socket));
}

Call<AcceptAwaiter> Listener::accept(Deadline deadline) {
  RequestArguments arguments;
  arguments.kind = RequestKind::kAccept;
  arguments.descriptor = socket_.number();
  return Call<AcceptAwaiter>(arguments, deadline, "accept");
}

Result<Address> Listener::local_address() const { return local_address_of(socket_); }

}  // namespace troupe::io
