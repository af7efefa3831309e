// SimNetwork: the sockets of a simulation, on one host, with delays and faults that a seed decides.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "io/request.h"
#include "io/sim/sim_events.h"
#include "io/sim/sim_network_options.h"
#include "io/sim/sim_socket.h"
#include "io/socket_calls.h"

namespace troupe::io {

/// TCP, UDP and Unix streams between and within the cores of one simulation. Every IP address is
/// one of the host's own, as 127.0.0.0/8 is. Behaves as Linux does where a program can tell; see
/// docs/adr/0011-simulated-network.md for what it leaves out.
///
/// Like a kernel it owns a request and its memory from begin() until SimCompletions::complete(),
/// and reads and writes that memory whenever it likes meanwhile. Thread: the one of the simulation.
class SimNetwork final : public SocketCalls {
 public:
  /// `clock` is the simulation's, and outlives this.
  SimNetwork(const Time& clock, std::uint64_t seed, SimNetworkOptions options);
  SimNetwork(const SimNetwork&) = delete;
  SimNetwork& operator=(const SimNetwork&) = delete;

  int open(int family, int type, int flags) override;
  int bind(int descriptor, const sockaddr* address, socklen_t bytes) override;
  int connect_datagrams(int descriptor, const sockaddr* address, socklen_t bytes) override;
  int listen(int descriptor, int backlog) override;
  int local_address(int descriptor, sockaddr_storage& address, socklen_t& bytes) override;
  int peer_address(int descriptor, sockaddr_storage& address, socklen_t& bytes) override;
  int set_option(int descriptor, int level, int option, const void* value,
                 socklen_t bytes) override;
  int shutdown(int descriptor, int how) override;
  int remove_stale(const sockaddr* address, socklen_t bytes) override;
  int close(int descriptor) override;

  static bool serves(RequestKind kind);
  /// Takes `request`. `backend` hears of its end, perhaps from within.
  void begin(Request& request, SimCompletions& backend);
  /// Ends a request after a random time with -ECANCELED, unless it ends another way before.
  void cancel(Request& request);
  /// Knows `request` no more, at once. Nobody hears of it.
  void forget(Request& request);
  /// Ends what `backend` began on `descriptor`, with -ECANCELED.
  void detach(int descriptor, SimCompletions& backend);

  /// When something happens next; Time::max() if nothing will.
  Time next_event() const { return events_.next(); }
  /// Lets happen what is due by the clock.
  void advance() { events_.run_due(clock_); }

  /// Errors: kInvalidArgument, and the option that cannot be.
  Status check_options() const;

  unsigned open_sockets() const { return open_sockets_; }
  /// Of which one end is open, or waits to be accepted.
  std::size_t open_connections() const { return connections_.size(); }
  const SimNetworkCounters& counters() const { return counters_; }
  /// A hash over what was completed, when and how; 0 before anything was.
  std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  using Names = std::multimap<std::uint16_t, int>;  // descriptors by port
  // What Linux gives to those who do not choose.
  static constexpr std::uint16_t kPortFirst = 32'768;
  static constexpr std::uint16_t kPortLast = 60'999;
  static constexpr int kOnlyAFile = -1;

  // sim_network.cc: numbers and chance.
  SimSocket* find(int descriptor);
  SimSocket* find(int descriptor, std::uint64_t id);
  int add_socket(SimSocket socket);
  Time after(Duration least, Duration most);
  Time after_delay() { return after(options_.delay_min, options_.delay_max); }
  bool chance(unsigned one_in) { return one_in != 0 && random_.one_in(one_in); }

  // sim_names.cc: who is bound where.
  Names& ports(const SimSocket& socket) { return socket.datagrams_only ? udp_ : tcp_; }
  bool conflicts(const SimSocket& socket, const Address& address, bool to_listen);
  int bind_port(SimSocket& socket, int descriptor, Address address);
  int bind_unix(SimSocket& socket, int descriptor, const Address& address);
  int bind_somewhere(SimSocket& socket, int descriptor, const Address& like);
  void unbind(const SimSocket& socket, int descriptor);
  int find_listener(const Address& address, int& descriptor);
  int find_receiver(const Address& address, const Address& from);

  // sim_requests.cc: what waits at a socket.
  int attempt(int descriptor, SimSocket& socket, const SimWaiter& waiter);
  int receive_piece(SimSocket& socket, const SimWaiter& waiter);
  int attempt_poll(const SimSocket& socket, const RequestArguments& of);
  void progress(int descriptor);
  void progress(int descriptor, std::deque<SimWaiter> SimSocket::* list);
  void complete(const SimWaiter& waiter, int result);
  bool take_waiter(int descriptor, std::uint64_t id, SimWaiter& waiter);
  std::uint64_t wait_of(const Request& request);

  // sim_streams.cc: connections.
  SimConnection* connection_of(const SimSocket& socket);
  int begin_connect(int descriptor, SimSocket& socket, const RequestArguments& of);
  void arrive(int descriptor, std::uint64_t id, Address to, Time give_up, Duration retry);
  void fail_connect(int descriptor, std::uint64_t id, int error, Time at);
  void establish(int client, SimSocket& socket, int listener, const Address& to);
  int accept(SimSocket& listener);
  int receive(SimSocket& socket, const RequestArguments& of);
  int send(SimSocket& socket, const RequestArguments& of);
  void put(std::uint64_t id, unsigned side, std::vector<std::byte> bytes);
  void deliver(std::uint64_t id, unsigned side);
  void take_in(SimEnd& end);
  static void forget_coming(SimEnd& end);
  void end_direction(std::uint64_t id, unsigned from);
  void reset(std::uint64_t id, unsigned from);
  void hear_reset(std::uint64_t id, unsigned side);
  void close_end(std::uint64_t id, unsigned side, bool with_reset);
  std::size_t piece_of(std::size_t bytes);
  void perhaps_lose(const SimSocket& socket);

  // sim_datagrams.cc.
  int receive_datagram(SimSocket& socket, const RequestArguments& of);
  int send_datagram(int descriptor, SimSocket& socket, const RequestArguments& of);
  void deliver_datagram(const Address& to, int sender, std::uint64_t sender_id,
                        const SimDatagram& datagram);

  const Time& clock_;
  const SimNetworkOptions options_;
  Random random_;
  SimEvents events_;
  std::vector<std::unique_ptr<SimSocket>> sockets_;  // by number, from the first one
  unsigned open_sockets_ = 0;
  std::uint64_t last_id_ = 0;  // of sockets, connections and waits
  std::map<std::uint64_t, SimConnection> connections_;
  Names tcp_;
  Names udp_;
  std::map<std::string, int> paths_;  // Unix names as to_string() writes them
  std::uint16_t next_port_;
  SimNetworkCounters counters_;
  std::uint64_t fingerprint_ = 0;
};

}  // namespace troupe::io
