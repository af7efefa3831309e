// What sockets of all kinds share: being made, asked and told, without waiting.
#pragma once

#include "base/result.h"
#include "io/descriptor.h"
#include "io/net/address.h"
#include "io/socket_calls.h"

namespace troupe::io {

/// Of a call that gave `result`, an errno below zero; `operation` is a literal.
Error socket_error(int result, const char* operation);
Status socket_status(int result, const char* operation);

/// Of the current core. Only where open_socket() has given a socket.
SocketCalls& socket_calls();

/// A socket for the current core's backend; `type`: SOCK_STREAM or SOCK_DGRAM. Errors: kIo with the
/// errno (EMFILE, EAFNOSUPPORT, …); kUnsupported where the backend has no sockets.
Result<Descriptor> open_socket(int family, int type);
Status set_socket_flag(const Descriptor& socket, int level, int option, bool value,
                       const char* operation);
/// An address with the errors of getsockname() and getpeername(); EBADF if it is not open.
Result<Address> local_address_of(const Descriptor& socket);
Result<Address> peer_address_of(const Descriptor& socket);

/// Of one operation, which takes Request::kBytesMax bytes at most.
std::uint32_t request_bytes(std::size_t bytes);

}  // namespace troupe::io
