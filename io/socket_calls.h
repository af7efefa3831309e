// SocketCalls: what a kernel does with sockets at once, without making anybody wait.
#pragma once

#include <sys/socket.h>

namespace troupe::io {

/// Numbers from here on are descriptors of a simulation; no real kernel gives them.
inline constexpr int kSimulatedDescriptorFirst = 1 << 30;

/// The calls of the same names. Each gives what the call gives, or an errno below zero; none waits
/// or is interrupted. Thread: any for the kernel's own; a simulation's, the one of the simulation.
class SocketCalls {
 public:
  /// A socket of `family` (AF_INET, AF_INET6, AF_UNIX) and `type` (SOCK_STREAM, SOCK_DGRAM) that
  /// is closed on exec. `flags`: the backend's, Backend::descriptor_flags.
  virtual int open(int family, int type, int flags) = 0;
  virtual int bind(int descriptor, const sockaddr* address, socklen_t bytes) = 0;
  /// connect() of a datagram socket, which does not wait.
  virtual int connect_datagrams(int descriptor, const sockaddr* address, socklen_t bytes) = 0;
  virtual int listen(int descriptor, int backlog) = 0;
  /// getsockname(): `bytes` are set.
  virtual int local_address(int descriptor, sockaddr_storage& address, socklen_t& bytes) = 0;
  /// getpeername().
  virtual int peer_address(int descriptor, sockaddr_storage& address, socklen_t& bytes) = 0;
  virtual int set_option(int descriptor, int level, int option, const void* value,
                         socklen_t bytes) = 0;
  virtual int shutdown(int descriptor, int how) = 0;
  /// Removes the file of a Unix socket that nobody listens on. -EADDRINUSE if somebody does, or it
  /// is another kind of file; -ENOENT if there is none.
  virtual int remove_stale(const sockaddr* address, socklen_t bytes) = 0;
  virtual int close(int descriptor) = 0;

 protected:
  ~SocketCalls() = default;
};

}  // namespace troupe::io
