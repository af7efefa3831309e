#include "io/net/hand_over.h"

#include <cerrno>
#include <vector>

#include "base/core_context.h"

namespace troupe::io {

Result<std::uint64_t> HandOver::offer(OwnedSocket socket, Deadline deadline) {
  if (!socket.is_open()) return Error(Code::kIo, EBADF, "offer");
  close_expired();
  const std::lock_guard lock(mutex_);
  if (offers_.size() >= sockets_max_) {
    return Error(Code::kTooLarge, sockets_max_, "HandOver: too many connections wait to be taken");
  }
  const std::uint64_t ticket = ++last_ticket_;
  offers_.emplace(ticket, Offer{std::move(socket), deadline});
  deadlines_.emplace(deadline, ticket);
  return ticket;
}

Result<OwnedSocket> HandOver::take(std::uint64_t ticket) {
  close_expired();
  const std::lock_guard lock(mutex_);
  const auto found = offers_.find(ticket);
  if (found == offers_.end()) {
    return Error(Code::kClosed, ticket,
                 "HandOver: the connection was taken, or nobody took it in time");
  }
  OwnedSocket socket = std::move(found->second.socket);
  deadlines_.erase({found->second.deadline, ticket});
  offers_.erase(found);
  return socket;
}

std::size_t HandOver::close_expired() {
  const Time now = CoreContext::current().now();
  // Closed after the lock is let go.
  std::vector<OwnedSocket> late;
  const std::lock_guard lock(mutex_);
  while (!deadlines_.empty() && deadlines_.begin()->first.reached(now)) {
    const auto found = offers_.find(deadlines_.begin()->second);
    late.push_back(std::move(found->second.socket));
    offers_.erase(found);
    deadlines_.erase(deadlines_.begin());
    ++expired_;
  }
  return late.size();
}

std::size_t HandOver::waiting() const {
  const std::lock_guard lock(mutex_);
  return offers_.size();
}

std::uint64_t HandOver::expired() const {
  const std::lock_guard lock(mutex_);
  return expired_;
}

}  // namespace troupe::io
