// The part of SimNetwork that makes connections and carries their bytes.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "io/sim/sim_network.h"

namespace troupe::io {

namespace {

// Until a connect knocks at a full backlog again; doubled each time.
constexpr Duration kKnockAgain = std::chrono::seconds(1);

}  // namespace

SimConnection* SimNetwork::connection_of(const SimSocket& socket) {
  const auto found = connections_.find(socket.connection);
  return found == connections_.end() ? nullptr : &found->second;
}

/// -EINPROGRESS if its end comes later.
int SimNetwork::begin_connect(int descriptor, SimSocket& socket, const RequestArguments& of) {
  if (socket.datagrams_only) {
    return connect_datagrams(descriptor, static_cast<const sockaddr*>(of.data), of.bytes);
  }
  std::optional<Address> to = read_address(of.data, of.bytes);
  if (!to || to->family() != socket.family) return -EAFNOSUPPORT;
  to = destination(*to);
  if (socket.state == SimSocket::State::kConnecting) return -EALREADY;
  if (socket.state != SimSocket::State::kNew) return -EISCONN;
  int listener = 0;
  if (to->is_unix()) {
    const int found = find_listener(*to, listener);
    if (found < 0) return found;
  }
  const int bound = bind_somewhere(socket, descriptor, *to);
  if (bound < 0) return bound;
  socket.state = SimSocket::State::kConnecting;
  const Time give_up = saturating_add(clock_, options_.connect_timeout);
  if (!to->is_unix() && chance(options_.connect_timeout_one_in)) {
    ++counters_.connections_ignored;
    fail_connect(descriptor, socket.id, ETIMEDOUT, give_up);
  } else if (!to->is_unix() && chance(options_.connect_refused_one_in)) {
    ++counters_.connections_refused;
    fail_connect(descriptor, socket.id, ECONNREFUSED, after_delay());
  } else {
    events_.add(after_delay(), [this, descriptor, id = socket.id, to = *to, give_up] {
      arrive(descriptor, id, to, give_up, kKnockAgain);
    });
  }
  return -EINPROGRESS;
}

void SimNetwork::fail_connect(int descriptor, std::uint64_t id, int error, Time at) {
  events_.add(at, [this, descriptor, id, error] {
    SimSocket* const socket = find(descriptor, id);
    if (socket == nullptr) return;
    socket->state = SimSocket::State::kNew;
    socket->error = error;
    progress(descriptor);
  });
}

/// A connect has come to where the listener should be.
void SimNetwork::arrive(int descriptor, std::uint64_t id, Address to, Time give_up,
                        Duration retry) {
  SimSocket* const socket = find(descriptor, id);
  if (socket == nullptr) return;
  int at = 0;
  const int found = find_listener(to, at);
  if (found < 0) {
    fail_connect(descriptor, id, -found, after_delay());
    return;
  }
  const SimSocket& listener = *find(at);
  // One more than the backlog says, as on Linux. A full one answers nothing.
  if (listener.arrived.size() <= static_cast<std::size_t>(listener.backlog)) {
    establish(descriptor, *socket, at, to);
  } else if (const Time again = saturating_add(clock_, retry); again < give_up) {
    events_.add(again, [=, this] { arrive(descriptor, id, to, give_up, 2 * retry); });
  } else {
    fail_connect(descriptor, id, ETIMEDOUT, give_up);
  }
}

void SimNetwork::establish(int client, SimSocket& socket, int listener, const Address& to) {
  const std::uint64_t id = ++last_id_;
  ++counters_.connections;
  SimConnection& connection = connections_[id];
  sockaddr_storage own{};
  socklen_t bytes = 0;
  local_address(client, own, bytes);
  connection.ends[0].address = Address::from(own, bytes);
  if (connection.ends[0].address.is_any()) {
    connection.ends[0].address = to.with_port(connection.ends[0].address.port());
  }
  connection.ends[0].descriptor = client;
  connection.ends[1].address = to;
  socket.connection = id;
  socket.side = 0;
  find(listener)->arrived.push_back(id);
  events_.add(after_delay(), [this, client, socket_id = socket.id] {
    SimSocket* const connected = find(client, socket_id);
    if (connected == nullptr) return;
    connected->state = SimSocket::State::kConnected;
    progress(client);
  });
  progress(listener);
}

int SimNetwork::accept(SimSocket& listener) {
  if (listener.arrived.empty()) return -EAGAIN;
  const std::uint64_t id = listener.arrived.front();
  SimSocket accepted;
  accepted.family = listener.family;
  accepted.state = SimSocket::State::kConnected;
  accepted.connection = id;
  accepted.side = 1;
  const int descriptor = add_socket(std::move(accepted));
  if (descriptor < 0) return descriptor;
  listener.arrived.pop_front();
  connections_.at(id).ends[1].descriptor = descriptor;
  return descriptor;
}

/// How much of `bytes` goes through at once: all, or by chance a part.
std::size_t SimNetwork::piece_of(std::size_t bytes) {
  if (bytes < 2 || !chance(options_.short_one_in)) return bytes;
  ++counters_.short_pieces;
  return 1 + random_.below(bytes - 1);
}

int SimNetwork::receive(SimSocket& socket, const RequestArguments& of) {
  if (socket.state == SimSocket::State::kConnecting) return -EAGAIN;
  SimConnection* const connection = connection_of(socket);
  if (connection == nullptr) return -ENOTCONN;
  SimEnd& end = connection->ends[socket.side];
  if (!end.received.empty()) {
    const std::size_t bytes = piece_of(std::min<std::size_t>(of.bytes, end.received.size()));
    const auto last = end.received.begin() + static_cast<std::ptrdiff_t>(bytes);
    std::copy(end.received.begin(), last, static_cast<std::byte*>(of.data));
    end.received.erase(end.received.begin(), last);
    take_in(end);
    progress(connection->ends[1 - socket.side].descriptor, &SimSocket::writers);
    return static_cast<int>(bytes);
  }
  // The end was heard before the error, if both are there.
  if (end.end_came) return 0;
  if (end.error != 0) return -std::exchange(end.error, 0);
  return end.dead || end.stopped ? 0 : -EAGAIN;
}

int SimNetwork::send(SimSocket& socket, const RequestArguments& of) {
  if (socket.state == SimSocket::State::kConnecting) return -EAGAIN;
  SimConnection* const connection = connection_of(socket);
  const bool local = socket.family == AF_UNIX;
  if (connection == nullptr) return local ? -ENOTCONN : -EPIPE;
  SimEnd& end = connection->ends[socket.side];
  SimEnd& peer = connection->ends[1 - socket.side];
  if (end.error != 0) return -std::exchange(end.error, 0);
  // A Unix socket sees at once that its peer is closed; over TCP the answer has to come.
  if (end.dead || end.end_sent || (local && !peer.open)) return -EPIPE;
  if (of.bytes == 0) return 0;
  const std::size_t room = options_.send_buffer_bytes - peer.coming_bytes;
  if (room == 0) return -EAGAIN;
  const std::size_t bytes = piece_of(std::min<std::size_t>(of.bytes, room));
  const auto* const data = static_cast<const std::byte*>(of.data);
  put(socket.connection, 1 - socket.side, std::vector(data, data + bytes));
  return static_cast<int>(bytes);
}

/// Sends a piece to `side`; an empty one is the end.
void SimNetwork::put(std::uint64_t id, unsigned side, std::vector<std::byte> bytes) {
  SimEnd& end = connections_.at(id).ends[side];
  end.last_due = std::max(end.last_due, after_delay());
  end.coming_bytes += bytes.size();
  end.coming.push_back({end.last_due, std::move(bytes)});
  events_.add(end.last_due, [this, id, side] { deliver(id, side); });
}

void SimNetwork::deliver(std::uint64_t id, unsigned side) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  SimEnd& end = found->second.ends[side];
  if (end.dead) {
    forget_coming(end);
  } else if (!end.open) {
    // Nobody takes it: say so. An end needs no answer.
    if (!end.coming.empty() && end.coming_bytes != 0) reset(id, side);
  } else {
    take_in(end);
    progress(end.descriptor);
  }
  progress(found->second.ends[1 - side].descriptor, &SimSocket::writers);
}

/// Moves what has come to where it is received, as far as there is room.
void SimNetwork::take_in(SimEnd& end) {
  while (!end.coming.empty() && end.coming.front().due <= clock_) {
    std::vector<std::byte>& piece = end.coming.front().bytes;
    const std::size_t room = options_.receive_buffer_bytes - end.received.size();
    const std::size_t bytes = std::min(room, piece.size());
    const auto last = piece.begin() + static_cast<std::ptrdiff_t>(bytes);
    end.received.insert(end.received.end(), piece.begin(), last);
    end.coming_bytes -= bytes;
    if (bytes < piece.size()) {
      piece.erase(piece.begin(), last);
      return;
    }
    if (piece.empty()) end.end_came = true;
    end.coming.pop_front();
  }
}

void SimNetwork::forget_coming(SimEnd& end) {
  end.coming.clear();
  end.coming_bytes = 0;
}

void SimNetwork::end_direction(std::uint64_t id, unsigned from) {
  connections_.at(id).ends[from].end_sent = true;
  put(id, 1 - from, {});
}

/// `from` breaks the connection off; the other end hears of it behind what was sent before.
void SimNetwork::reset(std::uint64_t id, unsigned from) {
  SimConnection& connection = connections_.at(id);
  ++counters_.resets;
  connection.ends[from].dead = true;
  forget_coming(connection.ends[from]);
  SimEnd& other = connection.ends[1 - from];
  other.last_due = std::max(other.last_due, after_delay());
  events_.add(other.last_due, [this, id, side = 1 - from] { hear_reset(id, side); });
}

void SimNetwork::hear_reset(std::uint64_t id, unsigned side) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  SimEnd& end = found->second.ends[side];
  if (end.dead) return;
  end.dead = true;
  // As Linux says it to one that had heard the end already.
  end.error = end.end_came ? EPIPE : ECONNRESET;
  forget_coming(end);
  progress(end.descriptor);
}

/// By chance, breaks the connection off on both sides.
void SimNetwork::perhaps_lose(const SimSocket& socket) {
  SimConnection* const connection = connection_of(socket);
  if (connection == nullptr || socket.family == AF_UNIX) return;
  SimEnd& end = connection->ends[socket.side];
  if (end.dead || !chance(options_.connection_loss_one_in)) return;
  ++counters_.connections_lost;
  reset(socket.connection, socket.side);
  end.error = ECONNRESET;
  events_.add(clock_, [this, descriptor = end.descriptor, id = socket.id] {
    if (find(descriptor, id) != nullptr) progress(descriptor);
  });
}

void SimNetwork::close_end(std::uint64_t id, unsigned side, bool with_reset) {
  SimConnection& connection = connections_.at(id);
  SimEnd& end = connection.ends[side];
  end.open = false;
  end.descriptor = -1;
  if (!connection.ends[1 - side].open) {
    connections_.erase(id);
    return;
  }
  if (end.dead) return;
  if (with_reset || !end.received.empty()) {
    reset(id, side);
  } else if (!end.end_sent) {
    end_direction(id, side);
  }
}

}  // namespace troupe::io
