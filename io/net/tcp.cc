#include "io/net/tcp.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "io/reactor.h"

namespace troupe::io {

namespace {

/// Of a call that gave `result`, an errno below zero.
Error system_error(int result, const char* operation) {
  return Error(Code::kIo, static_cast<std::uint64_t>(-result), operation);
}

Status status_of(int result, const char* operation) {
  return result < 0 ? Status(system_error(result, operation)) : ok();
}

/// Of the current core. There are some: a socket was made.
SocketCalls& sockets() { return *Reactor::current().backend().sockets(); }

/// A socket for the current core's backend.
Result<Descriptor> open_socket(const Address& address) {
  Backend& backend = Reactor::current().backend();
  if (backend.sockets() == nullptr) {
    return Error(Code::kUnsupported, 0, "this backend has no sockets");
  }
  const int number = sockets().open(address.family(), SOCK_STREAM, backend.descriptor_flags());
  if (number < 0) return system_error(number, "socket");
  return Descriptor(number);
}

Status set_flag(const Descriptor& socket, int level, int option, bool value, const char* name) {
  if (!socket.is_open()) return system_error(-EBADF, name);
  const int number = value ? 1 : 0;
  return status_of(sockets().set_option(socket.number(), level, option, &number, sizeof number),
                   name);
}

using AddressCall = int (SocketCalls::*)(int descriptor, sockaddr_storage& address,
                                         socklen_t& bytes);

Result<Address> ask_address(const Descriptor& socket, AddressCall call, const char* name) {
  if (!socket.is_open()) return system_error(-EBADF, name);
  sockaddr_storage given{};
  socklen_t bytes = 0;
  const int result = (sockets().*call)(socket.number(), given, bytes);
  if (result < 0) return system_error(result, name);
  return Address::from(given, bytes);
}

std::uint32_t limited(std::size_t bytes) {
  return static_cast<std::uint32_t>(std::min<std::size_t>(bytes, Request::kBytesMax));
}

}  // namespace

Task<Result<TcpStream>> TcpStream::connect(Address peer, Deadline deadline) {
  Result<Descriptor> opened = open_socket(peer);
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
  co_return TcpStream(std::move(socket));
}

Call<CountAwaiter> TcpStream::receive(std::span<std::byte> buffer, Deadline deadline) {
  TROUPE_DCHECK(!buffer.empty(), "receive into an empty buffer: its 0 would look like the end");
  RequestArguments arguments;
  arguments.kind = RequestKind::kReceive;
  arguments.descriptor = socket_.number();
  arguments.data = buffer.data();
  arguments.bytes = limited(buffer.size());
  arguments.stream = true;
  return Call<CountAwaiter>(arguments, deadline, "receive");
}

Call<PieceAwaiter> TcpStream::receive(Deadline deadline) {
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

Call<StatusAwaiter> TcpStream::send(std::span<const std::byte> bytes, Deadline deadline) {
  TROUPE_CHECK(bytes.size() <= Request::kBytesMax, "send of %zu bytes: at most %u at once",
               bytes.size(), Request::kBytesMax);
  RequestArguments arguments;
  arguments.kind = RequestKind::kSend;
  arguments.descriptor = socket_.number();
  arguments.data = const_cast<std::byte*>(bytes.data());
  arguments.bytes = limited(bytes.size());
  return Call<StatusAwaiter>(arguments, deadline, "send");
}

Status TcpStream::shutdown_send() {
  if (!is_open()) return system_error(-EBADF, "shutdown");
  return status_of(sockets().shutdown(socket_.number(), SHUT_WR), "shutdown");
}

Status TcpStream::set_nodelay(bool nodelay) {
  return set_flag(socket_, IPPROTO_TCP, TCP_NODELAY, nodelay, "set_nodelay");
}

Status TcpStream::reset() {
  if (!is_open()) return system_error(-EBADF, "reset");
  const linger at_once = {1, 0};
  const int result =
      sockets().set_option(socket_.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
  return status_of(result, "reset");
}

Result<Address> TcpStream::peer_address() const {
  return ask_address(socket_, &SocketCalls::peer_address, "peer_address");
}

Result<Address> TcpStream::local_address() const {
  return ask_address(socket_, &SocketCalls::local_address, "local_address");
}

std::string TcpStream::describe(const Error& error) const {
  const Result<Address> peer = peer_address();
  return peer ? io::describe(error, *peer) : error.describe();
}

Result<TcpStream> AcceptAwaiter::await_resume() {
  const Result<std::size_t> accepted = outcome();
  if (!accepted) return accepted.error();
  return TcpStream(Descriptor(static_cast<int>(*accepted)));
}

Result<TcpListener> TcpListener::bind(Address address, ListenOptions options) {
  TROUPE_TRY(Descriptor socket, open_socket(address));
  // A server that starts again finds its port, whatever connections of the last one linger.
  TROUPE_TRY(set_flag(socket, SOL_SOCKET, SO_REUSEADDR, true, "bind"));
  if (options.reuse_port) {
    TROUPE_TRY(set_flag(socket, SOL_SOCKET, SO_REUSEPORT, true, "bind"));
  }
  TROUPE_TRY(status_of(sockets().bind(socket.number(), address.data(), address.bytes()), "bind"));
  TROUPE_TRY(status_of(sockets().listen(socket.number(), options.backlog), "listen"));
  return TcpListener(std::move(socket));
}

Call<AcceptAwaiter> TcpListener::accept(Deadline deadline) {
  RequestArguments arguments;
  arguments.kind = RequestKind::kAccept;
  arguments.descriptor = socket_.number();
  return Call<AcceptAwaiter>(arguments, deadline, "accept");
}

Result<Address> TcpListener::local_address() const {
  return ask_address(socket_, &SocketCalls::local_address, "local_address");
}

}  // namespace troupe::io
