// Datagrams between simulated cores that lose, double and reorder them, from many seeds: each that
// arrives is one that was sent, and the counters say what became of the others.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "io/conformance/testing_sockets.h"
#include "io/net/udp.h"
#include "io/sleep.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kDatagrams = 200;
constexpr std::uint64_t kSeeds = 50;

/// Shared by the cores of one simulation, which is one thread.
struct World {
  std::optional<Address> receiver;
  std::vector<std::uint32_t> arrived;
  bool sent = false;
};

/// A datagram that says which it is, and whose length does too.
std::vector<std::byte> numbered(std::uint32_t number) {
  std::vector<std::byte> bytes = pattern(sizeof number + number % 500, number);
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

Task<void> send_all_to(World* world) {
  while (!world->receiver) co_await yields(1);
  UdpSocket socket = UdpSocket::bind(Address::loopback(0)).value();
  for (std::uint32_t number = 0; number < kDatagrams; ++number) {
    // Gone at once afterwards: the kernel must have let go of it.
    const std::vector<std::byte> bytes = numbered(number);
    const Status sent = co_await socket.send_to(bytes, *world->receiver);
    EXPECT_TRUE(sent.ok());
  }
  world->sent = true;
}

Task<void> receive_all_of(World* world) {
  UdpSocket socket = UdpSocket::bind(Address::loopback(0)).value();
  world->receiver = socket.local_address().value();
  for (;;) {
    std::vector<std::byte> buffer(1000);
    const bool last = world->sent;
    const Result<Datagram> received = co_await socket.receive_from(buffer, within(10ms));
    if (!received) {
      EXPECT_TRUE(received.error().is(Code::kDeadlineExceeded));
      if (last) co_return;
      continue;
    }
    std::uint32_t number = 0;
    std::memcpy(&number, buffer.data(), sizeof number);
    buffer.resize(received->bytes);
    EXPECT_TRUE(buffer == numbered(number));
    EXPECT_FALSE(received->truncated);
    world->arrived.push_back(number);
  }
}

TEST(SimulatedDatagrams, EachThatArrivesWasSent) {
  SimNetworkCounters all;
  std::uint64_t overtaken = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SimOptions options;
    options.seed = seed;
    options.network.datagram_loss_one_in = 10;
    options.network.datagram_duplicate_one_in = 10;
    options.network.datagram_reorder_one_in = 10;
    options.network.datagram_buffer_bytes = 3000;
    World world;
    SimEngine engine(options);
    const Status ran = run_on_cores(engine, [&world](unsigned core, Strand&) {
      return core == 0 ? receive_all_of(&world) : send_all_to(&world);
    });
    EXPECT_TRUE(ran.ok()) << "seed " << seed << ": " << (ran.ok() ? "" : ran.error().describe());
    const SimNetworkCounters& of = engine.network().counters();
    // Nothing is lost uncounted.
    EXPECT_EQ(of.datagrams, kDatagrams);
    EXPECT_EQ(world.arrived.size() + of.datagrams_lost + of.datagrams_dropped,
              kDatagrams + of.datagrams_doubled)
        << "seed " << seed;
    for (std::size_t i = 1; i < world.arrived.size(); ++i) {
      overtaken += world.arrived[i] < world.arrived[i - 1] ? 1 : 0;
    }
    EXPECT_EQ(engine.network().open_sockets(), 0u);
    all.datagrams_lost += of.datagrams_lost;
    all.datagrams_doubled += of.datagrams_doubled;
    all.datagrams_reordered += of.datagrams_reordered;
    all.datagrams_dropped += of.datagrams_dropped;
  }
  EXPECT_GT(all.datagrams_lost, 500u);
  EXPECT_GT(all.datagrams_doubled, 500u);
  EXPECT_GT(all.datagrams_reordered, 500u);
  EXPECT_GT(all.datagrams_dropped, 0u);
  EXPECT_GT(overtaken, 100u);
}

TEST(SimulatedDatagrams, KeepTheirOrderWithoutFaults) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SimOptions options;
    options.seed = seed;
    World world;
    SimEngine engine(options);
    const Status ran = run_on_cores(engine, [&world](unsigned core, Strand&) {
      return core == 0 ? receive_all_of(&world) : send_all_to(&world);
    });
    EXPECT_TRUE(ran.ok());
    EXPECT_EQ(world.arrived.size(), kDatagrams);
    EXPECT_TRUE(std::ranges::is_sorted(world.arrived));
  }
}

}  // namespace
}  // namespace troupe::io
