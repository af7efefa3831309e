#include "io/kernel_sockets.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

namespace troupe::io {

namespace {

/// As requests give it: what the call gave, or its errno below zero.
int result_of(int given) { return given < 0 ? -errno : given; }

sockaddr* any(sockaddr_storage& address) { return reinterpret_cast<sockaddr*>(&address); }

}  // namespace

KernelSockets& KernelSockets::instance() {
  static KernelSockets sockets;
  return sockets;
}

int KernelSockets::open(int family, int type, int flags) {
  return result_of(::socket(family, type | SOCK_CLOEXEC | flags, 0));
}

int KernelSockets::bind(int descriptor, const sockaddr* address, socklen_t bytes) {
  return result_of(::bind(descriptor, address, bytes));
}

int KernelSockets::connect_datagrams(int descriptor, const sockaddr* address, socklen_t bytes) {
  return result_of(::connect(descriptor, address, bytes));
}

int KernelSockets::listen(int descriptor, int backlog) {
  return result_of(::listen(descriptor, backlog));
}

int KernelSockets::local_address(int descriptor, sockaddr_storage& address, socklen_t& bytes) {
  bytes = sizeof address;
  return result_of(::getsockname(descriptor, any(address), &bytes));
}

int KernelSockets::peer_address(int descriptor, sockaddr_storage& address, socklen_t& bytes) {
  bytes = sizeof address;
  return result_of(::getpeername(descriptor, any(address), &bytes));
}

int KernelSockets::set_option(int descriptor, int level, int option, const void* value,
                              socklen_t bytes) {
  return result_of(::setsockopt(descriptor, level, option, value, bytes));
}

int KernelSockets::shutdown(int descriptor, int how) {
  return result_of(::shutdown(descriptor, how));
}

int KernelSockets::remove_stale(const sockaddr* address, socklen_t bytes) {
  if (address->sa_family != AF_UNIX) return -EINVAL;
  // Ends with a zero byte, or at the end of the structure.
  sockaddr_un named{};
  std::memcpy(&named, address, std::min<std::size_t>(bytes, sizeof named));
  const std::string path(named.sun_path, strnlen(named.sun_path, sizeof named.sun_path));
  struct stat about{};
  if (::lstat(path.c_str(), &about) != 0) return -errno;
  if (!S_ISSOCK(about.st_mode)) return -EADDRINUSE;
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return -errno;
  const int connected = result_of(::connect(probe, address, bytes));
  ::close(probe);
  // 0, or EAGAIN of a full backlog: somebody is there.
  if (connected != -ECONNREFUSED) return -EADDRINUSE;
  return result_of(::unlink(path.c_str()));
}

// Sockets do not linger unless told to, so this does not wait; a failure leaves nothing to do.
int KernelSockets::close(int descriptor) { return result_of(::close(descriptor)); }

}  // namespace troupe::io
