// KernelSockets: the real kernel's sockets, the same for every backend that asks it.
#pragma once

#include "io/socket_calls.h"

namespace troupe::io {

/// Thread: any. Has no state.
class KernelSockets final : public SocketCalls {
 public:
  static KernelSockets& instance();

  int open(int family, int type, int flags) override;
  int bind(int descriptor, const sockaddr* address, socklen_t bytes) override;
  int connect_datagrams(int descriptor, const sockaddr* address, socklen_t bytes) override;
  int listen(int descriptor, int backlog) override;
  int local_address(int descriptor, sockaddr_storage& address, socklen_t& bytes) override;
  int peer_address(int descriptor, sockaddr_storage& address, socklen_t& bytes) override;
  int set_option(int descriptor, int level, int option, const void* value,
                 socklen_t bytes) override;
  int shutdown(int descriptor, int how) override;
  int remove_stale(const sockaddr* address, socklen_t bytes) override;
  int close(int descriptor) override;
};

}  // namespace troupe::io
