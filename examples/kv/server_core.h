// ServerCore: what the clients of one core share.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "examples/kv/key_hash.h"
#include "examples/kv/kv.actor.h"
#include "examples/kv/server_info.h"
#include "io/net/stream.h"

namespace kv {

class OpenClient;

/// What a server did for its clients.
struct ClientCounters {
  std::uint64_t served = 0;        ///< Admitted.
  std::uint64_t refused = 0;       ///< There were as many as may be, or nobody answered.
  std::uint64_t idle = 0;          ///< Closed after the idle time.
  std::uint64_t too_slow = 0;      ///< Listeners that did not take what was published.
  std::uint64_t not_accepted = 0;  ///< Times that no client could be accepted.

  ClientCounters& operator+=(const ClientCounters& other) {
    served += other.served;
    refused += other.refused;
    idle += other.idle;
    too_slow += other.too_slow;
    not_accepted += other.not_accepted;
    return *this;
  }
};

/// Thread: its core's only; made before the cores start, and outlives them. Where it lies no other
/// core writes.
struct alignas(64) ServerCore {
  troupe::Root root;
  ServerInfo info;
  KeyHasher hasher{0, 0};
  std::vector<troupe::Ref<Shard>> shards;
  troupe::Ref<Reception> reception;
  troupe::Ref<Acceptor> acceptor;
  troupe::Time started{};
  /// After that long without a byte a client is closed.
  troupe::Duration idle_max = troupe::Duration::max();
  ClientCounters counters;
  OpenClient* first_client = nullptr;
  /// The server ends: no client is served any more once it is done with what it sent.
  bool closing = false;
};

/// The socket of a client that is being served, in the list of its core. Thread: its core's.
class OpenClient {
 public:
  OpenClient(ServerCore* core, troupe::io::Stream given)
      : stream(std::move(given)), next_(core->first_client), link_(&core->first_client) {
    if (next_ != nullptr) next_->link_ = &next_;
    *link_ = this;
  }
  ~OpenClient() {
    *link_ = next_;
    if (next_ != nullptr) next_->link_ = link_;
  }
  OpenClient(const OpenClient&) = delete;
  OpenClient& operator=(const OpenClient&) = delete;

  OpenClient* next() const { return next_; }

  troupe::io::Stream stream;

 private:
  OpenClient* next_;
  OpenClient** link_;  // what points to this
};

}  // namespace kv
