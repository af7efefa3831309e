// The part of SimNetwork where requests wait at sockets, and end.
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "io/receive_buffers.h"
#include "io/sim/sim_network.h"

namespace troupe::io {

namespace {

using WaiterList = std::deque<SimWaiter> SimSocket::*;

constexpr WaiterList kLists[] = {&SimSocket::readers, &SimSocket::writers};

WaiterList list_of(const RequestArguments& of) {
  const bool writes = of.kind == RequestKind::kSend || of.kind == RequestKind::kSendMessage ||
                      of.kind == RequestKind::kConnect ||
                      (of.kind == RequestKind::kPoll && (of.flags & POLLOUT) != 0);
  return kLists[writes ? 1 : 0];
}

}  // namespace

bool SimNetwork::serves(RequestKind kind) {
  switch (kind) {
    case RequestKind::kAccept:
    case RequestKind::kConnect:
    case RequestKind::kReceive:
    case RequestKind::kReceivePiece:
    case RequestKind::kSend:
    case RequestKind::kPoll:
    case RequestKind::kShutdown:
    case RequestKind::kReceiveMessage:
    case RequestKind::kSendMessage:
      return true;
    case RequestKind::kRead:
    case RequestKind::kWrite:
    case RequestKind::kSync:
    case RequestKind::kOpen:
    case RequestKind::kClose:
    case RequestKind::kTruncate:
    case RequestKind::kAllocate:
    case RequestKind::kStatus:
    case RequestKind::kRename:
    case RequestKind::kUnlink:
    case RequestKind::kMakeDirectory:
    case RequestKind::kList:
      break;
  }
  return false;
}

void SimNetwork::begin(Request& request, SimCompletions& backend) {
  const RequestArguments& of = request.arguments;
  const SimWaiter waiter{++last_id_, &request, &backend};
  SimSocket* const socket = find(of.descriptor);
  if (socket == nullptr) {
    complete(waiter, -EBADF);
    return;
  }
  if (of.kind == RequestKind::kShutdown) {
    complete(waiter, shutdown(of.descriptor, static_cast<int>(of.flags)));
    return;
  }
  if (of.kind == RequestKind::kConnect) {
    const int result = begin_connect(of.descriptor, *socket, of);
    if (result != -EINPROGRESS) {
      complete(waiter, result);
      return;
    }
  }
  if (of.kind == RequestKind::kReceive || of.kind == RequestKind::kReceivePiece ||
      of.kind == RequestKind::kSend) {
    perhaps_lose(*socket);
  }
  (socket->*list_of(of)).push_back(waiter);
  progress(of.descriptor, list_of(of));
}

/// Goes on with those who wait in `list`, in order, until one has to wait longer. An attempt may
/// let another socket go on, never this one: what it does to this one it leaves to an event.
void SimNetwork::progress(int descriptor, WaiterList list) {
  SimSocket* const socket = find(descriptor);
  if (socket == nullptr) return;
  while (!(socket->*list).empty()) {
    const SimWaiter waiter = (socket->*list).front();
    const int result = attempt(descriptor, *socket, waiter);
    if (result == -EAGAIN) return;
    (socket->*list).pop_front();
    complete(waiter, result);
  }
}

void SimNetwork::progress(int descriptor) {
  for (const WaiterList list : kLists) progress(descriptor, list);
}

/// The result of one attempt; -EAGAIN if it has to wait.
int SimNetwork::attempt(int descriptor, SimSocket& socket, const SimWaiter& waiter) {
  const RequestArguments& of = waiter.request->arguments;
  switch (of.kind) {
    case RequestKind::kAccept:
      return socket.state == SimSocket::State::kListening ? accept(socket) : -EINVAL;
    case RequestKind::kConnect:
      if (socket.error != 0) return -std::exchange(socket.error, 0);
      return socket.state == SimSocket::State::kConnected ? 0 : -EAGAIN;
    case RequestKind::kReceive:
      return socket.datagrams_only ? receive_datagram(socket, of) : receive(socket, of);
    case RequestKind::kReceivePiece:
      return socket.datagrams_only ? -EOPNOTSUPP : receive_piece(socket, waiter);
    case RequestKind::kSend:
      return socket.datagrams_only ? send_datagram(descriptor, socket, of) : send(socket, of);
    case RequestKind::kReceiveMessage:
      return socket.datagrams_only ? receive_datagram(socket, of) : -EOPNOTSUPP;
    case RequestKind::kSendMessage:
      return socket.datagrams_only ? send_datagram(descriptor, socket, of) : -EOPNOTSUPP;
    case RequestKind::kPoll:
      return attempt_poll(socket, of);
    case RequestKind::kRead:
    case RequestKind::kWrite:
    case RequestKind::kSync:
    case RequestKind::kShutdown:
    case RequestKind::kOpen:
    case RequestKind::kClose:
    case RequestKind::kTruncate:
    case RequestKind::kAllocate:
    case RequestKind::kStatus:
    case RequestKind::kRename:
    case RequestKind::kUnlink:
    case RequestKind::kMakeDirectory:
    case RequestKind::kList:
      break;
  }
  return -EINVAL;
}

/// Takes a buffer for as long as there is something to put into it.
int SimNetwork::receive_piece(SimSocket& socket, const SimWaiter& waiter) {
  RequestArguments& of = waiter.request->arguments;
  std::byte* const buffer = waiter.backend->take_buffer();
  if (buffer == nullptr) return -ENOBUFS;
  of.data = buffer;
  of.bytes = ReceiveBuffers::kBufferBytes;
  const int result = receive(socket, of);
  if (result > 0) return result;
  of.data = nullptr;
  waiter.backend->return_buffer(buffer);
  return result;
}

int SimNetwork::attempt_poll(const SimSocket& socket, const RequestArguments& of) {
  unsigned holds = 0;
  if (!socket.arrived.empty() || !socket.datagrams.empty()) holds |= POLLIN;
  if (socket.error != 0) holds |= POLLERR;
  if (socket.datagrams_only) holds |= POLLOUT;
  if (const SimConnection* connection = connection_of(socket);
      connection != nullptr && socket.state == SimSocket::State::kConnected) {
    const SimEnd& end = connection->ends[socket.side];
    const SimEnd& peer = connection->ends[1 - socket.side];
    if (!end.received.empty() || end.end_came || end.stopped) holds |= POLLIN;
    if (peer.coming_bytes < options_.send_buffer_bytes) holds |= POLLOUT;
    if (end.dead) holds |= POLLIN | POLLOUT | POLLHUP;
    if (end.error != 0) holds |= POLLERR;
  }
  holds &= of.flags | POLLERR | POLLHUP;
  return holds != 0 ? static_cast<int>(holds) : -EAGAIN;
}

/// The kernel lets go of what waited.
void SimNetwork::complete(const SimWaiter& waiter, int result) {
  const Time at = after(Duration(0), options_.completion_delay_max);
  for (const std::uint64_t word : {static_cast<std::uint64_t>(result),
                                   static_cast<std::uint64_t>(at.time_since_epoch().count()),
                                   static_cast<std::uint64_t>(waiter.request->arguments.kind)}) {
    fingerprint_ = (fingerprint_ ^ word) * 0x100000001b3;
    fingerprint_ ^= fingerprint_ >> 29;
  }
  waiter.backend->complete(*waiter.request, result, at);
}

/// Takes the wait of `id` out; false if it has ended.
bool SimNetwork::take_waiter(int descriptor, std::uint64_t id, SimWaiter& waiter) {
  SimSocket* const socket = find(descriptor);
  if (socket == nullptr) return false;
  for (const WaiterList list : kLists) {
    const auto found = std::ranges::find(socket->*list, id, &SimWaiter::id);
    if (found == (socket->*list).end()) continue;
    waiter = *found;
    (socket->*list).erase(found);
    return true;
  }
  return false;
}

/// The wait of a request that waits.
std::uint64_t SimNetwork::wait_of(const Request& request) {
  SimSocket* const socket = find(request.arguments.descriptor);
  TROUPE_CHECK(socket != nullptr, "a request waits at a socket that is gone");
  const std::deque<SimWaiter>& list = socket->*list_of(request.arguments);
  const auto found = std::ranges::find(list, &request, &SimWaiter::request);
  TROUPE_CHECK(found != list.end(), "a request waits nowhere");
  return found->id;
}

void SimNetwork::cancel(Request& request) {
  const int descriptor = request.arguments.descriptor;
  // Not the request itself: when this comes, its address may be another one's.
  events_.add(after(Duration(0), options_.cancel_delay_max),
              [this, descriptor, id = wait_of(request)] {
                SimWaiter waiter;
                const bool waits = take_waiter(descriptor, id, waiter);
                ++(waits ? counters_.cancellations : counters_.cancellations_late);
                if (waits) complete(waiter, -ECANCELED);
              });
}

void SimNetwork::forget(Request& request) {
  SimWaiter waiter;
  take_waiter(request.arguments.descriptor, wait_of(request), waiter);
}

void SimNetwork::detach(int descriptor, SimCompletions& backend) {
  SimSocket* const socket = find(descriptor);
  if (socket == nullptr) return;
  for (const WaiterList list : kLists) {
    std::deque<SimWaiter> others;
    for (const SimWaiter& waiter : socket->*list) {
      if (waiter.backend == &backend) {
        complete(waiter, -ECANCELED);
      } else {
        others.push_back(waiter);
      }
    }
    socket->*list = std::move(others);
  }
}

}  // namespace troupe::io
