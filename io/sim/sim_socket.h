// SimSocket and SimConnection: what a simulated kernel knows of a socket and of a stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/time.h"
#include "io/net/address.h"
#include "io/request.h"

namespace troupe::io {

/// Whom a simulated kernel tells that a request has ended: the backend that began it.
class SimCompletions {
 public:
  /// The kernel lets go of `request`. The core hears of it at `at`.
  virtual void complete(Request& request, int result, Time at) = 0;
  /// A buffer of the core for a kReceivePiece; null if too many are in use.
  virtual std::byte* take_buffer() = 0;
  virtual void return_buffer(std::byte* buffer) = 0;

 protected:
  ~SimCompletions() = default;
};

/// A request in the kernel's hands, which waits at a socket.
struct SimWaiter {
  std::uint64_t id;  ///< Of this wait: requests are used again.
  Request* request;
  SimCompletions* backend;
};

struct SimDatagram {
  Address from;
  std::vector<std::byte> bytes;
};

/// What a caller of the kernel gives; none if it is no address.
std::optional<Address> read_address(const void* address, socklen_t bytes);

/// Where something sent to `address` goes: to the loopback address, if that is for all.
Address destination(const Address& address);

/// Thread: the one of the simulation.
struct SimSocket {
  enum class State : std::uint8_t { kNew, kListening, kConnecting, kConnected };

  std::uint64_t id = 0;  ///< Of this socket: numbers are used again.
  int family = AF_INET;
  bool datagrams_only = false;
  State state = State::kNew;
  bool reuse_address = false;
  bool reuse_port = false;
  bool reset_at_close = false;  ///< SO_LINGER of 0 seconds.
  int error = 0;                ///< Told once, to the operation that comes next.
  std::optional<Address> local;
  std::optional<Address> peer;  ///< Of a connected datagram socket.

  std::deque<SimWaiter> readers;  ///< In order: the first gets what comes first.
  std::deque<SimWaiter> writers;

  int backlog = 0;
  std::deque<std::uint64_t> arrived;  ///< Connections, of a listener.

  std::uint64_t connection = 0;  ///< 0: none yet.
  unsigned side = 0;             ///< Which end of it this is.

  std::deque<SimDatagram> datagrams;
  std::size_t datagram_bytes = 0;
  Time last_datagram{};  ///< When the last one that this sent arrives.
};

/// One end of a stream, and what comes to it.
struct SimEnd {
  Address address;
  int descriptor = -1;    ///< None before it is accepted, and after close().
  bool open = true;       ///< Until it is closed.
  bool dead = false;      ///< A reset came: nothing goes in or out.
  bool stopped = false;   ///< It takes no more: SHUT_RD.
  bool end_sent = false;  ///< It sends no more: SHUT_WR.
  bool end_came = false;  ///< The peer sends no more, and all it sent has come.
  int error = 0;          ///< Told once.
  std::deque<std::byte> received;

  /// On its way here; the end counts as an empty one.
  struct Piece {
    Time due;
    std::vector<std::byte> bytes;
  };
  std::deque<Piece> coming;
  std::size_t coming_bytes = 0;
  Time last_due{};
};

struct SimConnection {
  SimEnd ends[2];  ///< 0 connected, 1 listened.
};

}  // namespace troupe::io
