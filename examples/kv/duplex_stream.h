// DuplexStream: the socket of a client that listens, which is served while messages are taken too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "actor/actor.h"
#include "base/scope.h"
#include "examples/kv/kv.actor.h"
#include "examples/kv/receive_buffer.h"
#include "examples/kv/session.h"
#include "io/net/stream.h"

namespace kv {

/// What waits for a client that listens and does not read, in bytes: then it is too slow, and
/// closed.
inline constexpr std::size_t kListenerBytesMax = 8 * 1024 * 1024;

/// Which messages of each shard a connection has seen; numbers count from 0.
class HeardNumbers {
 public:
  /// False if some before it were lost.
  bool note(std::uint32_t shard, std::uint64_t number) {
    if (shard >= next_.size()) next_.resize(shard + 1);
    return next_[shard]++ == number;
  }

 private:
  std::vector<std::uint64_t> next_;
};

/// A connection that has subscribed awaits its mailbox, not its socket: children of a scope receive
/// and send meanwhile, and wake it with a message. Every function is called by the connection's own
/// coroutine, one at a time; `stream`, `received`, `session` and `heard` outlive this object.
/// Thread: the connection's.
class DuplexStream {
 public:
  DuplexStream(Connection::Self self, troupe::io::Stream* stream, ReceiveBuffer* received,
               const Session* session, HeardNumbers* heard)
      : self_(self), stream_(stream), received_(received), session_(session), heard_(heard) {}
  DuplexStream(const DuplexStream&) = delete;
  DuplexStream& operator=(const DuplexStream&) = delete;

  /// Sends `bytes` behind what waits already, and takes messages until all is sent. False: the
  /// connection is to end.
  troupe::Task<bool> send(std::string_view bytes);
  /// Takes messages until bytes have come. False: the connection is to end.
  troupe::Task<bool> receive();
  /// Ends what is under way at the socket; true if bytes have come that receive() did not tell of.
  /// To be awaited before this object is destroyed.
  troupe::Task<bool> end();

  /// The client did not take what was published.
  bool too_slow() const { return too_slow_; }

 private:
  troupe::Task<bool> take_message();
  bool hear(std::uint32_t shard, std::uint64_t number, std::string_view pushed);
  troupe::Task<void> begin_sending();
  troupe::Task<void> send_waiting();
  troupe::Task<void> receive_once();

  Connection::Self self_;
  troupe::io::Stream* stream_;
  ReceiveBuffer* received_;
  const Session* session_;
  HeardNumbers* heard_;
  troupe::Scope operations_;
  std::string waiting_;    // to be sent next
  std::string under_way_;  // the kernel's, while sending_
  bool sending_ = false;
  bool receiving_ = false;
  bool arrived_ = false;  // bytes, which the connection does not know of yet
  bool ended_ = false;    // by the client, or by an error
  bool too_slow_ = false;
};

}  // namespace kv
