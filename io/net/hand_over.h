// HandOver: connections on their way between cores, each behind a number that a message can carry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "base/result.h"
#include "base/time.h"
#include "io/net/owned_socket.h"

namespace troupe::io {

/// A message between actors is bytes: were the socket's own number in it, a message that is dropped
/// would leave the connection open for ever. So the sender leaves the connection here, the message
/// carries the ticket, and its receiver takes the connection out:
///
///     TROUPE_CO_TRY(auto ticket, hand_over.offer(stream.release(), within(5s)));
///     worker.tell().serve(ticket);                  // On the core that accepted.
///     ...
///     TROUPE_CO_TRY(OwnedSocket socket, hand_over.take(message.ticket()));
///     Stream stream(std::move(socket));             // On the core that serves.
///
/// What nobody has taken by its deadline is closed: by the next offer() or take() of any core, or
/// by close_expired(). Thread: any; a lock is held for a few instructions, once per connection, not
/// per message. One per system, say; must outlive what uses it.
class HandOver {
 public:
  static constexpr std::size_t kSocketsMaxDefault = 4096;

  /// `sockets_max`: that may be on their way at once.
  explicit HandOver(std::size_t sockets_max = kSocketsMaxDefault) : sockets_max_(sockets_max) {}
  HandOver(const HandOver&) = delete;
  HandOver& operator=(const HandOver&) = delete;

  /// Keeps `socket` until somebody takes it, or `deadline`; gives its ticket, which is never used
  /// again. On a core. Errors: kTooLarge, detail = sockets_max: too many wait; kIo, EBADF: it is
  /// not open. Then the connection is closed.
  Result<std::uint64_t> offer(OwnedSocket socket, Deadline deadline);
  /// Takes it out, once. On a core. Errors: kClosed: it was taken, or its deadline came.
  Result<OwnedSocket> take(std::uint64_t ticket);
  /// Closes what should have been taken by now; returns how much that was. On a core.
  std::size_t close_expired();

  std::size_t waiting() const;
  /// How many were closed because nobody took them in time.
  std::uint64_t expired() const;

 private:
  struct Offer {
    OwnedSocket socket;
    Deadline deadline;
  };

  const std::size_t sockets_max_;
  mutable std::mutex mutex_;
  std::uint64_t last_ticket_ = 0;
  std::uint64_t expired_ = 0;
  std::map<std::uint64_t, Offer> offers_;  // by ticket
  std::set<std::pair<Deadline, std::uint64_t>> deadlines_;
};

}  // namespace troupe::io
