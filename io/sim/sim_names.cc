// The part of SimNetwork that knows who is bound where.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io/sim/sim_network.h"

namespace troupe::io {

namespace {

/// Whether a socket bound to `a` and one bound to `b` could be meant by the same packet. Their
/// ports are equal. [::] takes IPv4 too.
bool overlap(const Address& a, const Address& b) {
  if (a.is_any() && (a.is_v6() || !b.is_v6())) return true;
  if (b.is_any() && (b.is_v6() || !a.is_v6())) return true;
  return a == b;
}

}  // namespace

bool SimNetwork::conflicts(const SimSocket& socket, const Address& address, bool to_listen) {
  const auto [first, last] = ports(socket).equal_range(address.port());
  return std::any_of(first, last, [&](const Names::value_type& entry) {
    const SimSocket& other = *find(entry.second);
    if (&other == &socket || !overlap(*other.local, address)) return false;
    if (socket.reuse_port && other.reuse_port) return false;
    const bool listens = to_listen || other.state == SimSocket::State::kListening;
    return listens || !socket.reuse_address || !other.reuse_address;
  });
}

int SimNetwork::bind(int descriptor, const sockaddr* address, socklen_t bytes) {
  SimSocket* const socket = find(descriptor);
  if (socket == nullptr) return -EBADF;
  if (socket->local) return -EINVAL;
  const std::optional<Address> wanted = read_address(address, bytes);
  if (!wanted || wanted->family() != socket->family) return -EAFNOSUPPORT;
  if (wanted->is_unix()) return bind_unix(*socket, descriptor, *wanted);
  return bind_port(*socket, descriptor, *wanted);
}

int SimNetwork::bind_port(SimSocket& socket, int descriptor, Address address) {
  if (address.port() == 0) {
    const std::uint16_t begun = next_port_;
    do {
      address = address.with_port(next_port_);
      next_port_ = next_port_ == kPortLast ? kPortFirst : next_port_ + 1;
    } while (ports(socket).contains(address.port()) && next_port_ != begun);
    if (ports(socket).contains(address.port())) return -EADDRINUSE;
  } else if (conflicts(socket, address, false)) {
    return -EADDRINUSE;
  }
  ports(socket).emplace(address.port(), descriptor);
  socket.local = address;
  return 0;
}

int SimNetwork::bind_unix(SimSocket& socket, int descriptor, const Address& address) {
  // Without a name the kernel would choose one, which no program of ours asks for.
  if (address.bytes() <= sizeof(sa_family_t)) return -EINVAL;
  if (!paths_.emplace(address.to_string(), descriptor).second) return -EADDRINUSE;
  socket.local = address;
  return 0;
}

int SimNetwork::bind_somewhere(SimSocket& socket, int descriptor, const Address& like) {
  if (socket.local || socket.family == AF_UNIX) return 0;
  const int bound = bind_port(socket, descriptor, like.with_port(0));
  return bound == -EADDRINUSE ? -EADDRNOTAVAIL : bound;
}

void SimNetwork::unbind(const SimSocket& socket, int descriptor) {
  if (!socket.local) return;
  if (socket.family == AF_UNIX) {
    const auto named = paths_.find(socket.local->to_string());
    if (named == paths_.end() || named->second != descriptor) return;
    // A file outlives its socket.
    named->second = kOnlyAFile;
    if (socket.local->path().empty()) paths_.erase(named);
    return;
  }
  Names& names = ports(socket);
  const auto [first, last] = names.equal_range(socket.local->port());
  names.erase(std::find_if(
      first, last, [&](const Names::value_type& entry) { return entry.second == descriptor; }));
}

int SimNetwork::remove_stale(const sockaddr* address, socklen_t bytes) {
  const std::optional<Address> named = read_address(address, bytes);
  if (!named || named->path().empty()) return -EINVAL;
  const auto found = paths_.find(named->to_string());
  if (found == paths_.end()) return -ENOENT;
  if (found->second != kOnlyAFile) return -EADDRINUSE;
  paths_.erase(found);
  return 0;
}

/// The listener for a connection to `address`, or why there is none. Among several that share the
/// port, chance decides.
int SimNetwork::find_listener(const Address& address, int& descriptor) {
  if (address.is_unix()) {
    const auto found = paths_.find(address.to_string());
    if (found == paths_.end()) return address.path().empty() ? -ECONNREFUSED : -ENOENT;
    const SimSocket* const socket = find(found->second);
    descriptor = found->second;
    const bool listens = socket != nullptr && socket->state == SimSocket::State::kListening;
    return listens ? 0 : -ECONNREFUSED;
  }
  std::vector<int> exact;
  std::vector<int> any;
  const auto [first, last] = tcp_.equal_range(address.port());
  for (auto entry = first; entry != last; ++entry) {
    const SimSocket& socket = *find(entry->second);
    if (socket.state != SimSocket::State::kListening || !overlap(*socket.local, address)) continue;
    (*socket.local == address ? exact : any).push_back(entry->second);
  }
  const std::vector<int>& found = exact.empty() ? any : exact;
  if (found.empty()) return -ECONNREFUSED;
  descriptor = found.size() == 1 ? found[0] : found[random_.below(found.size())];
  return 0;
}

/// The socket for a datagram from `from` to `address`; -1 if there is none. The better it fits, the
/// more it is meant: connected to the sender, bound to the address, bound to all.
int SimNetwork::find_receiver(const Address& address, const Address& from) {
  std::vector<int> found;
  int best = 0;
  const auto [first, last] = udp_.equal_range(address.port());
  for (auto entry = first; entry != last; ++entry) {
    const SimSocket& socket = *find(entry->second);
    if (!overlap(*socket.local, address)) continue;
    if (socket.peer && !(*socket.peer == from)) continue;
    const int fit = 1 + (*socket.local == address ? 1 : 0) + (socket.peer ? 2 : 0);
    if (fit < best) continue;
    if (fit > best) found.clear();
    best = fit;
    found.push_back(entry->second);
  }
  if (found.empty()) return -1;
  return found.size() == 1 ? found[0] : found[random_.below(found.size())];
}

}  // namespace troupe::io
