#include "examples/kv/server.h"

#include <cerrno>
#include <cstdio>
#include <utility>

#include "examples/kv/acceptor.h"
#include "examples/kv/connection.h"
#include "examples/kv/reception.h"
#include "examples/kv/shard.h"

namespace kv {

using troupe::Error;
using troupe::Ref;
using troupe::Result;
using troupe::Root;
using troupe::Status;
using troupe::Task;
using troupe::io::Address;
using troupe::io::Listener;

namespace {

/// What to do about a port that cannot be had.
const char* advice_for(const Error& error) {
  if (!error.is(troupe::Code::kIo)) return "choose another kernel interface with --kernel";
  switch (error.detail()) {
    case EADDRINUSE:
      return "another program has the port: end it, or choose another with --port (0: any free)";
    case EACCES:
      return "ports below 1024 are for root: choose another with --port";
    case EADDRNOTAVAIL:
      return "this machine has no such address: choose another with --bind";
    case EMFILE:
    case ENFILE:
      return "too many files are open: raise ulimit -n";
    default:
      return "choose another with --bind and --port";
  }
}

std::string describe_failure(const Error& error, const Address& address) {
  return "cannot listen on " + address.to_string() + ": " + error.describe() + ": " +
         advice_for(error);
}

/// Two servers that share a port would each have half of the clients, and of the keys: so nobody
/// else may listen. Sockets that share do not find that out by themselves.
Status check_free(Address address) {
  Result<Listener> alone = Listener::bind(address);
  if (!alone) return alone.error();
  alone->close();
  return troupe::ok();
}

/// Starts a core's part. Gives the address, with the port that the kernel chose if that was 0.
Task<Result<Address>> open_core(Root root, Server* server, unsigned index, Address address) {
  ServerCore* const core = server->cores[index].get();
  core->root = root;
  core->started = root.now();
  troupe::io::ListenOptions options;
  options.reuse_port = server->cores.size() > 1;
  Result<Listener> listener = Listener::bind(address, options);
  if (!listener) co_return listener.error();
  const Result<Address> bound = listener->local_address();
  if (!bound) co_return bound.error();
  core->info.port = bound->port();
  core->acceptor = root.spawn<Acceptor>(acceptor, std::move(*listener), core);
  auto informed =
      co_await core->reception.ask(troupe::within(kAdmissionPatience)).inform(core->acceptor);
  if (!informed) co_return informed.error();
  co_return *bound;
}

/// Accepts nobody any more; who is there gets the answers to what it has sent, and is closed.
Task<void> close_core(ServerCore* core) {
  core->closing = true;
  core->acceptor.stop();
  for (OpenClient* client = core->first_client; client != nullptr; client = client->next()) {
    const Status ended = client->stream.shutdown_receive();
    (void)ended;  // it has gone by itself
  }
  co_return;
}

Task<Status> open_all(Root root, Server* server) {
  const std::size_t cores = server->cores.size();
  auto shards = co_await spawn_shards(root, server->options.memory_bytes / cores);
  auto received_by = root.spawn<Reception>(reception, server->options.clients_max);
  troupe::Random& random = troupe::Core::current().random;
  const std::uint64_t secret_low = random.next();
  const KeyHasher hasher(secret_low, random.next());
  for (const auto& core : server->cores) {
    core->shards = shards;
    core->reception = received_by;
    core->hasher = hasher;
  }
  Address address = server->options.address;
  if (cores > 1 && address.port() != 0) {
    const Status free = check_free(address);
    if (!free) {
      server->failure = describe_failure(free.error(), address);
      co_return free;
    }
  }
  for (unsigned core = 0; core < cores; ++core) {
    auto opened = co_await root.on_core(core, open_core, root, server, unsigned{core}, address);
    if (!opened) {
      server->failure = describe_failure(opened.error(), address);
      co_return opened.error();
    }
    address = *opened;
  }
  std::printf("ready on %s, %zu %s, %s\n", address.to_string().c_str(), cores,
              cores == 1 ? "core" : "cores", troupe::Core::current().backend().name());
  std::fflush(stdout);  // whoever reads a pipe sees it now
  co_return troupe::ok();
}

}  // namespace

Server::Server(const ServerOptions& given, unsigned count) : options(given) {
  for (unsigned i = 0; i < count; ++i) {
    auto core = std::make_unique<ServerCore>();
    core->info.clients_max = given.clients_max;
    core->info.memory_bytes_max = given.memory_bytes;
    core->idle_max = given.idle_max;
    if (given.idle_max != troupe::Duration::max()) {
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(given.idle_max);
      core->info.idle_seconds_max = static_cast<std::uint64_t>(seconds.count());
    }
    cores.push_back(std::move(core));
  }
}

ClientCounters Server::counters() const {
  ClientCounters sum;
  for (const auto& core : cores) sum += core->counters;
  return sum;
}

Task<Status> run_server(Root root, Server* server) {
  auto opened = co_await open_all(root, server);
  if (!opened) co_return opened;
  const troupe::Time since = root.now();
  auto stopped = co_await root.until_stopped();
  if (!stopped) co_return stopped;
  server->served = root.now() - since;
  for (unsigned core = 0; core < server->cores.size(); ++core) {
    co_await root.on_core(core, close_core, server->cores[core].get());
  }
  const auto& front = *server->cores.front();
  auto emptied = co_await front.reception.ask(troupe::within(kClosePatience)).emptied();
  (void)emptied;  // who does not read its replies is closed all the same
  co_return troupe::ok();
}

}  // namespace kv
