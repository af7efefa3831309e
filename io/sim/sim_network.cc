#include "io/sim/sim_network.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace troupe::io {

namespace {

// As the kernel's somaxconn.
constexpr int kBacklogMax = 4096;

Address unnamed() {
  sockaddr_storage given{};
  given.ss_family = AF_UNIX;
  return Address::from(given, sizeof(sa_family_t));
}

/// As a socket of `family` says it: one of IPv6 writes IPv4 addresses in its own way.
Address shown(const Address& address, int family) {
  if (family != AF_INET6 || address.family() != AF_INET) return address;
  sockaddr_storage mapped{};
  auto& v6 = reinterpret_cast<sockaddr_in6&>(mapped);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(address.port());
  v6.sin6_addr.s6_addr[10] = v6.sin6_addr.s6_addr[11] = 0xff;
  const auto& v4 = *reinterpret_cast<const sockaddr_in*>(address.data());
  std::memcpy(&v6.sin6_addr.s6_addr[12], &v4.sin_addr, sizeof v4.sin_addr);
  return Address::from(mapped, sizeof v6);
}

void write_address(const Address& from, sockaddr_storage& address, socklen_t& bytes) {
  std::memcpy(&address, from.data(), from.bytes());
  bytes = from.bytes();
}

}  // namespace

std::optional<Address> read_address(const void* address, socklen_t bytes) {
  sockaddr_storage given{};
  if (bytes < sizeof(sa_family_t) || bytes > sizeof given) return std::nullopt;
  std::memcpy(&given, address, bytes);
  const Address read = Address::from(given, bytes);
  if (read.family() != given.ss_family) return std::nullopt;
  return read;
}

Address destination(const Address& address) {
  if (!address.is_any()) return address;
  return address.is_v6() ? Address::loopback_v6(address.port()) : Address::loopback(address.port());
}

SimNetwork::SimNetwork(const Time& clock, std::uint64_t seed, SimNetworkOptions options)
    : clock_(clock), options_(options), random_(seed) {
  next_port_ = static_cast<std::uint16_t>(kPortFirst + random_.below(kPortLast - kPortFirst + 1));
}

Status SimNetwork::check_options() const {
  const auto wrong = [](const char* which) { return Error(Code::kInvalidArgument, 0, which); };
  if (options_.delay_min.count() < 0 || options_.delay_max < options_.delay_min) {
    return wrong("SimNetworkOptions: 0 <= delay_min <= delay_max must hold");
  }
  if (options_.completion_delay_max.count() < 0 || options_.cancel_delay_max.count() < 0 ||
      options_.connect_timeout.count() < 0) {
    return wrong("SimNetworkOptions: durations must not be negative");
  }
  if (options_.send_buffer_bytes == 0 || options_.receive_buffer_bytes == 0) {
    return wrong("SimNetworkOptions: buffers hold at least 1 byte");
  }
  return ok();
}

SimSocket* SimNetwork::find(int descriptor) {
  if (descriptor < kSimulatedDescriptorFirst) return nullptr;
  const auto index = static_cast<std::size_t>(descriptor - kSimulatedDescriptorFirst);
  return index < sockets_.size() ? sockets_[index].get() : nullptr;
}

SimSocket* SimNetwork::find(int descriptor, std::uint64_t id) {
  SimSocket* const socket = find(descriptor);
  return socket != nullptr && socket->id == id ? socket : nullptr;
}

/// The lowest number that is free, as a kernel gives it; -EMFILE.
int SimNetwork::add_socket(SimSocket socket) {
  if (open_sockets_ >= options_.sockets_max) return -EMFILE;
  ++open_sockets_;
  socket.id = ++last_id_;
  auto free = std::ranges::find_if(sockets_, [](const auto& socket) { return !socket; });
  if (free == sockets_.end()) free = sockets_.insert(free, nullptr);
  *free = std::make_unique<SimSocket>(std::move(socket));
  return kSimulatedDescriptorFirst + static_cast<int>(free - sockets_.begin());
}

/// A random time from now.
Time SimNetwork::after(Duration least, Duration most) {
  const auto spread = static_cast<std::uint64_t>((most - least).count());
  return saturating_add(clock_,
                        least + Duration(static_cast<std::int64_t>(random_.below(spread + 1))));
}

int SimNetwork::open(int family, int type, int) {
  if (family != AF_INET && family != AF_INET6 && family != AF_UNIX) return -EAFNOSUPPORT;
  if (type != SOCK_STREAM && (type != SOCK_DGRAM || family == AF_UNIX)) return -ESOCKTNOSUPPORT;
  SimSocket socket;
  socket.family = family;
  socket.datagrams_only = type == SOCK_DGRAM;
  return add_socket(std::move(socket));
}

int SimNetwork::listen(int descriptor, int backlog) {
  SimSocket* const socket = find(descriptor);
  if (socket == nullptr) return -EBADF;
  if (socket->datagrams_only) return -EOPNOTSUPP;
  const bool fresh = socket->state == SimSocket::State::kNew;
  if (!fresh && socket->state != SimSocket::State::kListening) return -EINVAL;
  if (!socket->local) return socket->family == AF_UNIX ? -EINVAL : -EDESTADDRREQ;
  if (socket->family != AF_UNIX && fresh && conflicts(*socket, *socket->local, true)) {
    return -EADDRINUSE;
  }
  socket->state = SimSocket::State::kListening;
  socket->backlog = std::clamp(backlog, 0, kBacklogMax);
  return 0;
}

int SimNetwork::local_address(int descriptor, sockaddr_storage& address, socklen_t& bytes) {
  const SimSocket* const socket = find(descriptor);
  if (socket == nullptr) return -EBADF;
  Address own = socket->family == AF_UNIX    ? unnamed()
                : socket->family == AF_INET6 ? Address::any_v6(0)
                                             : Address::any(0);
  if (const SimConnection* connection = connection_of(*socket); connection != nullptr) {
    own = connection->ends[socket->side].address;
  } else if (socket->local) {
    own = *socket->local;
  }
  write_address(shown(own, socket->family), address, bytes);
  return 0;
}

int SimNetwork::peer_address(int descriptor, sockaddr_storage& address, socklen_t& bytes) {
  const SimSocket* const socket = find(descriptor);
  if (socket == nullptr) return -EBADF;
  std::optional<Address> peer = socket->peer;
  if (const SimConnection* connection = connection_of(*socket);
      connection != nullptr && socket->state == SimSocket::State::kConnected &&
      !connection->ends[socket->side].dead) {
    peer = connection->ends[1 - socket->side].address;
  }
  if (!peer) return -ENOTCONN;
  write_address(shown(*peer, socket->family), address, bytes);
  return 0;
}

int SimNetwork::set_option(int descriptor, int level, int option, const void* value,
                           socklen_t bytes) {
  SimSocket* const socket = find(descriptor);
  if (socket == nullptr) return -EBADF;
  if (level == SOL_SOCKET && option == SO_LINGER) {
    linger given{};
    if (bytes < sizeof given) return -EINVAL;
    std::memcpy(&given, value, sizeof given);
    socket->reset_at_close = given.l_onoff != 0 && given.l_linger == 0;
    return 0;
  }
  int given = 0;
  if (bytes < sizeof given) return -EINVAL;
  std::memcpy(&given, value, sizeof given);
  if (level == IPPROTO_TCP && option == TCP_NODELAY) {
    return socket->family == AF_UNIX || socket->datagrams_only ? -EOPNOTSUPP : 0;
  }
  if (level != SOL_SOCKET) return -ENOPROTOOPT;
  if (option == SO_REUSEADDR) {
    socket->reuse_address = given != 0;
  } else if (option == SO_REUSEPORT) {
    if (socket->family == AF_UNIX) return -EOPNOTSUPP;
    socket->reuse_port = given != 0;
  } else {
    return -ENOPROTOOPT;
  }
  return 0;
}

int SimNetwork::shutdown(int descriptor, int how) {
  SimSocket* const socket = find(descriptor);
  if (socket == nullptr) return -EBADF;
  SimConnection* const connection = connection_of(*socket);
  if (connection == nullptr || socket->state != SimSocket::State::kConnected) return -ENOTCONN;
  SimEnd& end = connection->ends[socket->side];
  if (end.dead) return -ENOTCONN;
  if (how != SHUT_WR) end.stopped = true;
  if (how != SHUT_RD && !end.end_sent) end_direction(socket->connection, socket->side);
  progress(descriptor);
  return 0;
}

int SimNetwork::close(int descriptor) {
  if (find(descriptor) == nullptr) return -EBADF;
  // Out of the table first: whoever looks for it from here on finds nothing.
  const auto index = static_cast<std::size_t>(descriptor - kSimulatedDescriptorFirst);
  const std::unique_ptr<SimSocket> socket = std::move(sockets_[index]);
  --open_sockets_;
  unbind(*socket, descriptor);
  for (const SimWaiter& waiter : socket->readers) complete(waiter, -ECANCELED);
  for (const SimWaiter& waiter : socket->writers) complete(waiter, -ECANCELED);
  for (const std::uint64_t id : socket->arrived) close_end(id, 1, true);
  if (socket->connection != 0) {
    close_end(socket->connection, socket->side, socket->reset_at_close);
  }
  return 0;
}

}  // namespace troupe::io
