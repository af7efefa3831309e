// The part of SimNetwork that carries datagrams.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "io/sim/sim_network.h"

namespace troupe::io {

namespace {

// How much later than others one comes that may be overtaken.
constexpr int kReorderDelays = 10;

/// What a request sends, and where to.
SimDatagram read_datagram(const RequestArguments& of, std::optional<Address>& to) {
  SimDatagram datagram;
  if (of.kind == RequestKind::kSend) {
    const auto* const data = static_cast<const std::byte*>(of.data);
    datagram.bytes.assign(data, data + of.bytes);
    return datagram;
  }
  const msghdr& message = *static_cast<const msghdr*>(of.data);
  for (std::size_t i = 0; i < message.msg_iovlen; ++i) {
    const auto* const data = static_cast<const std::byte*>(message.msg_iov[i].iov_base);
    datagram.bytes.insert(datagram.bytes.end(), data, data + message.msg_iov[i].iov_len);
  }
  if (message.msg_name != nullptr) {
    to = read_address(static_cast<const sockaddr*>(message.msg_name), message.msg_namelen);
  }
  return datagram;
}

/// Puts `datagram` where a request wants it; how many bytes of it there was room for.
int write_datagram(const SimDatagram& datagram, const RequestArguments& of) {
  if (of.kind == RequestKind::kReceive) {
    const std::size_t bytes = std::min<std::size_t>(of.bytes, datagram.bytes.size());
    std::copy_n(datagram.bytes.begin(), bytes, static_cast<std::byte*>(of.data));
    return static_cast<int>(bytes);
  }
  msghdr& message = *static_cast<msghdr*>(of.data);
  std::size_t done = 0;
  for (std::size_t i = 0; i < message.msg_iovlen; ++i) {
    const std::size_t bytes = std::min(message.msg_iov[i].iov_len, datagram.bytes.size() - done);
    std::copy_n(datagram.bytes.begin() + static_cast<std::ptrdiff_t>(done), bytes,
                static_cast<std::byte*>(message.msg_iov[i].iov_base));
    done += bytes;
  }
  message.msg_flags = done < datagram.bytes.size() ? MSG_TRUNC : 0;
  if (message.msg_name != nullptr) {
    std::memcpy(message.msg_name, datagram.from.data(),
                std::min(message.msg_namelen, datagram.from.bytes()));
    message.msg_namelen = datagram.from.bytes();
  }
  return static_cast<int>(done);
}

}  // namespace

int SimNetwork::connect_datagrams(int descriptor, const sockaddr* address, socklen_t bytes) {
  SimSocket* const socket = find(descriptor);
  if (socket == nullptr) return -EBADF;
  const std::optional<Address> given = read_address(address, bytes);
  if (!given || given->family() != socket->family) return -EAFNOSUPPORT;
  const Address peer = destination(*given);
  const int bound = bind_somewhere(*socket, descriptor, peer);
  if (bound < 0) return bound;
  if (socket->local->is_any()) socket->local = peer.with_port(socket->local->port());
  socket->peer = peer;
  return 0;
}

int SimNetwork::receive_datagram(SimSocket& socket, const RequestArguments& of) {
  if (socket.error != 0) return -std::exchange(socket.error, 0);
  if (socket.datagrams.empty()) return -EAGAIN;
  const int bytes = write_datagram(socket.datagrams.front(), of);
  socket.datagram_bytes -= socket.datagrams.front().bytes.size();
  socket.datagrams.pop_front();
  return bytes;
}

int SimNetwork::send_datagram(int descriptor, SimSocket& socket, const RequestArguments& of) {
  if (socket.error != 0) return -std::exchange(socket.error, 0);
  std::optional<Address> to = socket.peer;
  SimDatagram datagram = read_datagram(of, to);
  if (!to) return -EDESTADDRREQ;
  if (to->family() != socket.family) return -EAFNOSUPPORT;
  if (datagram.bytes.size() > options_.datagram_bytes_max) return -EMSGSIZE;
  const Address any = to->is_v6() ? Address::any_v6(0) : Address::any(0);
  const int bound = bind_somewhere(socket, descriptor, any);
  if (bound < 0) return bound;
  to = destination(*to);
  datagram.from = socket.local->is_any() ? to->with_port(socket.local->port()) : *socket.local;
  const int bytes = static_cast<int>(datagram.bytes.size());
  ++counters_.datagrams;
  if (chance(options_.datagram_loss_one_in)) {
    ++counters_.datagrams_lost;
    return bytes;
  }
  int copies = 1;
  if (chance(options_.datagram_duplicate_one_in)) {
    ++counters_.datagrams_doubled;
    ++copies;
  }
  for (; copies > 0; --copies) {
    Time due = std::max(socket.last_datagram, after_delay());
    if (chance(options_.datagram_reorder_one_in)) {
      ++counters_.datagrams_reordered;
      due = after(options_.delay_min, kReorderDelays * options_.delay_max);
    } else {
      socket.last_datagram = due;
    }
    events_.add(due, [this, to = *to, descriptor, id = socket.id, datagram] {
      deliver_datagram(to, descriptor, id, datagram);
    });
  }
  return bytes;
}

void SimNetwork::deliver_datagram(const Address& to, int sender, std::uint64_t sender_id,
                                  const SimDatagram& datagram) {
  const int descriptor = find_receiver(to, datagram.from);
  SimSocket* const receiver = find(descriptor);
  if (receiver == nullptr) {
    ++counters_.datagrams_unheard;
    // Linux tells only those who are connected.
    SimSocket* const source = find(sender, sender_id);
    if (source == nullptr || !source->peer) return;
    source->error = ECONNREFUSED;
    progress(sender);
    return;
  }
  if (receiver->datagram_bytes + datagram.bytes.size() > options_.datagram_buffer_bytes) {
    ++counters_.datagrams_dropped;
    return;
  }
  receiver->datagram_bytes += datagram.bytes.size();
  receiver->datagrams.push_back(datagram);
  progress(descriptor);
}

}  // namespace troupe::io
