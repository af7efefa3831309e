#include "io/net/socket.h"

#include <algorithm>
#include <cerrno>

#include "io/reactor.h"

namespace troupe::io {

namespace {

using AddressCall = int (SocketCalls::*)(int descriptor, sockaddr_storage& address,
                                         socklen_t& bytes);

Result<Address> ask_address(const Descriptor& socket, AddressCall call, const char* operation) {
  if (!socket.is_open()) return socket_error(-EBADF, operation);
  sockaddr_storage given{};
  socklen_t bytes = 0;
  const int result = (socket_calls().*call)(socket.number(), given, bytes);
  if (result < 0) return socket_error(result, operation);
  return Address::from(given, bytes);
}

}  // namespace

Error socket_error(int result, const char* operation) {
  return Error(Code::kIo, static_cast<std::uint64_t>(-result), operation);
}

Status socket_status(int result, const char* operation) {
  return result < 0 ? Status(socket_error(result, operation)) : ok();
}

SocketCalls& socket_calls() { return *Reactor::current().backend().sockets(); }

Result<Descriptor> open_socket(int family, int type) {
  Backend& backend = Reactor::current().backend();
  if (backend.sockets() == nullptr) {
    return Error(Code::kUnsupported, 0, "this backend has no sockets");
  }
  const int number = socket_calls().open(family, type, backend.descriptor_flags());
  if (number < 0) return socket_error(number, "socket");
  return Descriptor(number);
}

Status set_socket_flag(const Descriptor& socket, int level, int option, bool value,
                       const char* operation) {
  if (!socket.is_open()) return socket_error(-EBADF, operation);
  const int number = value ? 1 : 0;
  return socket_status(
      socket_calls().set_option(socket.number(), level, option, &number, sizeof number), operation);
}

Result<Address> local_address_of(const Descriptor& socket) {
  return ask_address(socket, &SocketCalls::local_address, "local_address");
}

Result<Address> peer_address_of(const Descriptor& socket) {
  return ask_address(socket, &SocketCalls::peer_address, "peer_address");
}

std::uint32_t request_bytes(std::size_t bytes) {
  return static_cast<std::uint32_t>(std::min<std::size_t>(bytes, Request::kBytesMax));
}

}  // namespace troupe::io
