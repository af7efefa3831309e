#include "io/tcp.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "io/reactor.h"

namespace troupe::io {

namespace {

Error system_error(const char* operation) {
  return Error(Code::kIo, static_cast<std::uint64_t>(errno), operation);
}

/// A socket for the current core's backend.
Result<Descriptor> open_socket(const Address& address) {
  Backend& backend = Reactor::current().backend();
  if (!backend.supports(RequestKind::kConnect)) {
    return Error(Code::kUnsupported, 0, "this backend has no sockets");
  }
  const int type = SOCK_STREAM | SOCK_CLOEXEC | backend.descriptor_flags();
  const int number = ::socket(address.family(), type, 0);
  if (number < 0) return system_error("socket");
  return Descriptor(number);
}

Status set_flag(const Descriptor& socket, int level, int option, bool value, const char* name) {
  const int number = value ? 1 : 0;
  if (::setsockopt(socket.number(), level, option, &number, sizeof number) == 0) return ok();
  return system_error(name);
}

template <class Ask>
Result<Address> ask_address(const Descriptor& socket, Ask ask, const char* name) {
  sockaddr_storage given{};
  socklen_t bytes = sizeof given;
  if (ask(socket.number(), reinterpret_cast<sockaddr*>(&given), &bytes) != 0) {
    return system_error(name);
  }
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

RequestArguments TcpStream::to_receive(std::span<std::byte> buffer) const {
  TROUPE_DCHECK(!buffer.empty(), "receive into an empty buffer: its 0 would look like the end");
  RequestArguments arguments;
  arguments.kind = RequestKind::kReceive;
  arguments.descriptor = socket_.number();
  arguments.data = buffer.data();
  arguments.bytes = limited(buffer.size());
  arguments.stream = true;
  return arguments;
}

RequestArguments TcpStream::to_send(std::span<const std::byte> bytes) const {
  TROUPE_CHECK(bytes.size() <= Request::kBytesMax, "send of %zu bytes: at most %u at once",
               bytes.size(), Request::kBytesMax);
  RequestArguments arguments;
  arguments.kind = RequestKind::kSend;
  arguments.descriptor = socket_.number();
  arguments.data = const_cast<std::byte*>(bytes.data());
  arguments.bytes = limited(bytes.size());
  return arguments;
}

Call<CountAwaiter> TcpStream::receive(std::span<std::byte> buffer, Deadline deadline) {
  return Call<CountAwaiter>(to_receive(buffer), deadline, "receive");
}

Call<StatusAwaiter> TcpStream::send(std::span<const std::byte> bytes, Deadline deadline) {
  return Call<StatusAwaiter>(to_send(bytes), deadline, "send");
}

SendReceiveCall TcpStream::send_and_receive(std::span<const std::byte> bytes,
                                            std::span<std::byte> buffer,
                                            SendReceiveDeadlines deadlines) {
  RequestArguments receive = to_receive(buffer);
  receive.waits_first = true;  // the peer is to see the answer first
  return SendReceiveCall(to_send(bytes), receive, deadlines);
}

Status TcpStream::shutdown_send() {
  if (::shutdown(socket_.number(), SHUT_WR) == 0) return ok();
  return system_error("shutdown");
}

Status TcpStream::shutdown_receive() {
  if (::shutdown(socket_.number(), SHUT_RD) == 0) return ok();
  return system_error("shutdown");
}

Status TcpStream::set_nodelay(bool nodelay) {
  return set_flag(socket_, IPPROTO_TCP, TCP_NODELAY, nodelay, "set_nodelay");
}

Result<Address> TcpStream::peer_address() const {
  return ask_address(socket_, ::getpeername, "peer_address");
}

Result<Address> TcpStream::local_address() const {
  return ask_address(socket_, ::getsockname, "local_address");
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
  if (::bind(socket.number(), address.data(), address.bytes()) != 0) return system_error("bind");
  if (::listen(socket.number(), options.backlog) != 0) return system_error("listen");
  return TcpListener(std::move(socket));
}

Call<AcceptAwaiter> TcpListener::accept(Deadline deadline) {
  RequestArguments arguments;
  arguments.kind = RequestKind::kAccept;
  arguments.descriptor = socket_.number();
  return Call<AcceptAwaiter>(arguments, deadline, "accept");
}

Result<Address> TcpListener::local_address() const {
  return ask_address(socket_, ::getsockname, "local_address");
}

}  // namespace troupe::io
