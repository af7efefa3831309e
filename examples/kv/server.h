// The server: shards, acceptors and the reception on all cores, from start to orderly end.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actor/actor.h"
#include "examples/kv/server_core.h"
#include "io/net/address.h"

namespace kv {

/// How long the clients' last replies may take when the server is told to end.
inline constexpr troupe::Duration kClosePatience = std::chrono::seconds(5);

struct ServerOptions {
  troupe::io::Address address = troupe::io::Address::loopback(6379);
  std::uint32_t clients_max = 10'000;
  /// Time::max() stands for never.
  troupe::Duration idle_max = std::chrono::hours(1);
  /// Of keys and values on all cores.
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;
};

/// What the cores share with whoever starts them. It outlives the run.
struct Server {
  /// `cores`: of the system that runs it.
  Server(const ServerOptions& given, unsigned cores);

  /// Of all cores. After the run.
  ClientCounters counters() const;

  const ServerOptions options;
  std::vector<std::unique_ptr<ServerCore>> cores;
  /// Why the server did not start, for a person. Empty: it did.
  std::string failure;
  /// How long it accepted clients.
  troupe::Duration served{};
};

/// The main task: serves clients until the program is told to end, then answers what has come,
/// closes and returns.
troupe::Task<troupe::Status> run_server(troupe::Root root, Server* server);

}  // namespace kv
