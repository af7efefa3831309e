// Tests what the simulated network promises beside what every backend does: its options, its
// limits, its clock, and that a program which waits for nothing is told so.
#include "io/sim/sim_network.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <functional>
#include <optional>

#include "base/combine.h"
#include "io/net/stream.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

SimOptions exact() {
  SimOptions options;
  options.network.short_one_in = 0;
  return options;
}

/// Runs `body` on one core, to its end.
template <class Body>
void run(Body body, SimOptions options = exact()) {
  const Status ran = run_simulated(std::move(body), options);
  EXPECT_TRUE(ran.ok()) << (ran.ok() ? "" : ran.error().describe());
}

std::uint64_t errno_of(const auto& result) {
  EXPECT_FALSE(result.ok());
  return result.ok() ? 0 : result.error().detail();
}

Task<Result<Stream>> accept_one(Listener* listener) {
  Result<Stream> accepted = co_await listener->accept();
  co_return accepted;
}

/// Two ends of a connection to `listener`.
Task<std::pair<Stream, Stream>> connect_to(Listener* listener, Address address) {
  auto both = co_await troupe::all_of(Stream::connect(address), accept_one(listener));
  co_return std::pair(std::move(std::get<0>(both).value()), std::move(std::get<1>(both).value()));
}

Task<void> accept_for_ever() {
  Listener listener = Listener::bind(Address::loopback(0)).value();
  const Result<Stream> accepted = co_await accept_one(&listener);
  ADD_FAILURE() << accepted.ok();
}

TEST(SimNetwork, AProgramThatWaitsForNothingIsToldHowManyOperationsWait) {
  for (const unsigned cores : {1u, 3u}) {
    SimOptions options;
    options.cores = cores;
    SimEngine engine(options);
    const Status ran = run_on_cores(engine, [](unsigned, Strand&) { return accept_for_ever(); });
    ASSERT_FALSE(ran.ok());
    EXPECT_EQ(ran.error().detail(), cores);
    EXPECT_EQ(engine.network().open_sockets(), 0u);
    EXPECT_STREQ(ran.error().context(),
                 "deadlock: every core sleeps, no timer is armed and so many operations wait");
  }
}

#if !defined(TROUPE_SANITIZED)
// Frames of branches are not destroyed with what awaits them: a leak, where the pool is watched.
Task<void> accept_in_branches() {
  Listener first = Listener::bind(Address::loopback(0)).value();
  Listener second = Listener::bind(Address::loopback(0)).value();
  auto none = co_await troupe::first_of(accept_one(&first), accept_one(&second));
  ADD_FAILURE() << none.index();
}

TEST(SimNetwork, ADeadlockInBranchesIsReportedToo) {
  const Status ran = run_simulated([](Strand&) { return accept_in_branches(); });
  ASSERT_FALSE(ran.ok());
  EXPECT_EQ(ran.error().detail(), 2u);
}
#endif

TEST(SimNetwork, RefusesOptionsThatCannotBe) {
  const std::vector<std::function<void(SimNetworkOptions&)>> mistakes = {
      [](SimNetworkOptions& of) { of.delay_min = 200us; },
      [](SimNetworkOptions& of) { of.delay_min = -1ns; },
      [](SimNetworkOptions& of) { of.completion_delay_max = -1ns; },
      [](SimNetworkOptions& of) { of.cancel_delay_max = -1ns; },
      [](SimNetworkOptions& of) { of.connect_timeout = -1ns; },
      [](SimNetworkOptions& of) { of.send_buffer_bytes = 0; },
      [](SimNetworkOptions& of) { of.receive_buffer_bytes = 0; },
  };
  for (const auto& mistake : mistakes) {
    SimOptions options;
    mistake(options.network);
    const Status ran = run_simulated([](Strand&) -> Task<void> { co_return; }, options);
    ASSERT_FALSE(ran.ok());
    EXPECT_TRUE(ran.error().is(Code::kInvalidArgument));
  }
}

TEST(SimNetwork, DescriptorsRunOutAndAreUsedAgain) {
  SimOptions options = exact();
  options.network.sockets_max = 3;
  run(
      [](Strand&) -> Task<void> {
        Listener listener = Listener::bind(Address::loopback(0)).value();
        const Address address = listener.local_address().value();
        Result<Stream> first = co_await Stream::connect(address);
        Result<Stream> second = co_await Stream::connect(address);
        EXPECT_TRUE(first.ok() && second.ok());
        const Result<Stream> third = co_await Stream::connect(address);
        EXPECT_EQ(errno_of(third), static_cast<std::uint64_t>(EMFILE));
        const Result<Stream> none = co_await accept_one(&listener);
        EXPECT_EQ(errno_of(none), static_cast<std::uint64_t>(EMFILE));
        // The connection waited for it.
        const int number = second->release().take();
        EXPECT_GE(number, kSimulatedDescriptorFirst);
        Reactor::current().backend().sockets()->close(number);
        Result<Stream> accepted = co_await accept_one(&listener);
        EXPECT_EQ(accepted->release().take(), number);
        Reactor::current().backend().sockets()->close(number);
        EXPECT_EQ(Reactor::current().backend().sockets()->close(number), -EBADF);
      },
      options);
}

TEST(SimNetwork, AnAddressIsTakenAsOnLinux) {
  run([](Strand&) -> Task<void> {
    ListenOptions shared;
    shared.reuse_port = true;
    for (const char* const taken : {"127.0.0.1:80", "0.0.0.0:81", "[::]:82", "[::1]:83"}) {
      const Address address = Address::parse(taken).value();
      const Result<Listener> holder = Listener::bind(address, shared);
      EXPECT_TRUE(holder.ok()) << taken;
      for (const char* const wanted : {"127.0.0.1", "127.0.0.2", "0.0.0.0", "[::]", "[::1]"}) {
        const std::string text = std::string(wanted) + ":" + std::to_string(address.port());
        const Address other = Address::parse(text).value();
        const bool apart = !address.is_any() && !other.is_any() && !(address == other);
        const bool v4_beside_v6 = address.to_string().starts_with("0.") && text == "[::1]:81";
        const bool v6_beside_v4 = address.to_string().starts_with("[::1]") && text == "0.0.0.0:83";
        const Result<Listener> alone = Listener::bind(other);
        EXPECT_EQ(alone.ok(), apart || v4_beside_v6 || v6_beside_v4) << taken << " " << text;
        const Result<Listener> together = Listener::bind(other, shared);
        EXPECT_TRUE(together.ok() || alone.ok()) << taken << " " << text;
      }
    }
    co_return;
  });
}

TEST(SimNetwork, ConnectionsAreDealtOutAmongThoseWhoShareAPort) {
  std::vector<int> dealt(2);
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SimOptions options = exact();
    options.seed = seed;
    run(
        [&dealt](Strand&) -> Task<void> {
          ListenOptions shared;
          shared.reuse_port = true;
          Listener first = Listener::bind(Address::loopback(7000), shared).value();
          Listener second = Listener::bind(Address::loopback(7000), shared).value();
          for (int i = 0; i < 10; ++i) {
            const Result<Stream> client = co_await Stream::connect(Address::loopback(7000));
            EXPECT_TRUE(client.ok());
            auto taken = co_await troupe::first_of(accept_one(&first), accept_one(&second));
            ++dealt[taken.index()];
          }
        },
        options);
  }
  EXPECT_EQ(dealt[0] + dealt[1], 100);
  EXPECT_GT(dealt[0], 20);
  EXPECT_GT(dealt[1], 20);
}

TEST(SimNetwork, IPv6ForAllTakesIPv4AndSaysSo) {
  run([](Strand&) -> Task<void> {
    Listener listener = Listener::bind(Address::any_v6(90)).value();
    auto [client, server] = co_await connect_to(&listener, Address::parse("10.1.2.3:90").value());
    EXPECT_EQ(server.local_address()->to_string(), "[::ffff:10.1.2.3]:90");
    EXPECT_EQ(client.peer_address()->to_string(), "10.1.2.3:90");
    const std::string port = std::to_string(client.local_address()->port());
    EXPECT_EQ(client.local_address()->to_string(), "10.1.2.3:" + port);
    EXPECT_EQ(server.peer_address()->to_string(), "[::ffff:10.1.2.3]:" + port);
  });
}

TEST(SimNetwork, AFullBacklogLetsConnectsWaitUntilTheTimeout) {
  run([](Strand&) -> Task<void> {
    ListenOptions small;
    small.backlog = 1;
    Listener listener = Listener::bind(Address::loopback(70), small).value();
    std::vector<Stream> waiting;
    for (int i = 0; i < 2; ++i) {
      waiting.push_back((co_await Stream::connect(Address::loopback(70))).value());
    }
    const Time before = Reactor::current().now();
    const Result<Stream> third = co_await Stream::connect(Address::loopback(70));
    EXPECT_EQ(errno_of(third), static_cast<std::uint64_t>(ETIMEDOUT));
    EXPECT_GE(Reactor::current().now() - before, 127s);
    EXPECT_LE(Reactor::current().now() - before, 128s);
    // One that makes room lets the next in, when it knocks again.
    auto both = co_await troupe::all_of(Stream::connect(Address::loopback(70)),
                                        [](Listener* at) -> Task<Result<Stream>> {
                                          const Status slept = co_await sleep_for(5s);
                                          EXPECT_TRUE(slept.ok());
                                          Result<Stream> taken = co_await at->accept();
                                          co_return taken;
                                        }(&listener));
    EXPECT_TRUE(std::get<0>(both).ok());
  });
}

TEST(SimNetwork, ASlowReaderMakesTheSenderWait) {
  SimOptions options = exact();
  options.network.send_buffer_bytes = 1000;
  options.network.receive_buffer_bytes = 500;
  run(
      [](Strand&) -> Task<void> {
        Listener listener = Listener::bind(Address::loopback(70)).value();
        auto [client, server] = co_await connect_to(&listener, Address::loopback(70));
        const std::vector<std::byte> fits(1500);
        const Status sent = co_await client.send(fits, within(10ms));
        EXPECT_TRUE(sent.ok());
        const std::vector<std::byte> one(1);
        const Status more = co_await client.send(one, within(10ms));
        EXPECT_TRUE(more.error().is(Code::kDeadlineExceeded));
        std::vector<std::byte> buffer(200);
        const Result<std::size_t> received = co_await server.receive(buffer);
        EXPECT_EQ(received.value(), 200u);
        const std::vector<std::byte> room(200);
        const Status again = co_await client.send(room, within(10ms));
        EXPECT_TRUE(again.ok());
      },
      options);
}

TEST(SimNetwork, DelaysAreBetweenTheirLimits) {
  for (const Duration delay : {Duration(1us), Duration(10ms)}) {
    SimOptions options = exact();
    options.network.delay_min = delay;
    options.network.delay_max = delay + delay / 2;
    run(
        [delay](Strand&) -> Task<void> {
          Listener listener = Listener::bind(Address::loopback(70)).value();
          const Time before = Reactor::current().now();
          auto [client, server] = co_await connect_to(&listener, Address::loopback(70));
          const Duration took = Reactor::current().now() - before;
          // There and back, and some steps of the core.
          EXPECT_GE(took, 2 * delay);
          EXPECT_LE(took, 3 * delay + 100us);
        },
        options);
  }
}

TEST(SimNetwork, FaultsDoWhatTheySay) {
  SimOptions refusing = exact();
  refusing.network.connect_refused_one_in = 1;
  SimOptions ignoring = exact();
  ignoring.network.connect_timeout_one_in = 1;
  for (const auto& [options, number] :
       {std::pair(refusing, ECONNREFUSED), std::pair(ignoring, ETIMEDOUT)}) {
    run(
        [number](Strand&) -> Task<void> {
          Listener listener = Listener::bind(Address::loopback(70)).value();
          const Result<Stream> none = co_await Stream::connect(Address::loopback(70));
          EXPECT_EQ(errno_of(none), static_cast<std::uint64_t>(number));
        },
        options);
  }
  SimOptions losing = exact();
  losing.network.connection_loss_one_in = 1;
  run(
      [](Strand&) -> Task<void> {
        Listener listener = Listener::bind(Address::loopback(70)).value();
        auto [client, server] = co_await connect_to(&listener, Address::loopback(70));
        const std::vector<std::byte> bytes(10);
        const Status sent = co_await client.send(bytes);
        EXPECT_EQ(errno_of(sent), static_cast<std::uint64_t>(ECONNRESET));
        std::vector<std::byte> buffer(10);
        const Result<std::size_t> received = co_await server.receive(buffer);
        EXPECT_EQ(errno_of(received), static_cast<std::uint64_t>(ECONNRESET));
      },
      losing);
}

TEST(SimNetwork, OptionsOfSocketsAreKnownOrRefused) {
  run([](Strand&) -> Task<void> {
    SocketCalls& calls = *Reactor::current().backend().sockets();
    const int one = 1;
    const int tcp = calls.open(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(calls.set_option(tcp, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), 0);
    EXPECT_EQ(calls.set_option(tcp, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one), -ENOPROTOOPT);
    EXPECT_EQ(calls.set_option(tcp, SOL_SOCKET, SO_REUSEADDR, &one, 1), -EINVAL);
    EXPECT_EQ(calls.set_option(tcp + 1, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), -EBADF);
    EXPECT_EQ(calls.shutdown(tcp, SHUT_WR), -ENOTCONN);
    EXPECT_EQ(calls.open(AF_PACKET, SOCK_STREAM, 0), -EAFNOSUPPORT);
    EXPECT_EQ(calls.open(AF_INET, SOCK_RAW, 0), -ESOCKTNOSUPPORT);
    EXPECT_EQ(calls.close(tcp), 0);
    co_return;
  });
}

}  // namespace
}  // namespace troupe::io
