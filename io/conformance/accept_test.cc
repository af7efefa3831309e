// What every backend does alike with listeners: addresses, options, and who is refused.

#include <gtest/gtest.h>

#include "io/conformance/testing_sockets.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

class Accept : public OnEveryGround {};

INSTANTIATE_TEST_SUITE_P(Backends, Accept, testing::ValuesIn(kGrounds), ground_name);

TEST_P(Accept, KnowsAddressesAndOptions) {
  run([](Strand&) -> Task<void> {
    Result<Listener> v6 = Listener::bind(Address::loopback_v6(0));
    // A machine without IPv6 has nothing to show here.
    if (v6) {
      Pair pair = co_await connect_to(&*v6);
      EXPECT_TRUE(pair.near.peer_address().value() == v6->local_address().value());
      EXPECT_TRUE(pair.near.local_address().value() == pair.far.peer_address().value());
    }
    Pair pair = co_await connected();
    EXPECT_TRUE(pair.near.set_nodelay(true).ok());
    EXPECT_TRUE(pair.near.local_address().value() == pair.far.peer_address().value());
    EXPECT_FALSE(pair.near.peer_address().value().is_v6());
  });
}

TEST_P(Accept, ListenersShareAPortIfTheySaySo) {
  run([](Strand&) -> Task<void> {
    ListenOptions shared;
    shared.reuse_port = true;
    Listener first = listen_somewhere(shared);
    const Address address = first.local_address().value();
    Result<Listener> second = Listener::bind(address, shared);
    EXPECT_TRUE(second.ok());
    const Result<Listener> third = Listener::bind(address);
    EXPECT_EQ(error_of(third).describe(), "io (Address already in use, EADDRINUSE): bind");
    co_return;
  });
}

TEST_P(Accept, ConnectionsThatNobodyAcceptedAreReset) {
  run([](Strand&) -> Task<void> {
    Listener listener = listen_somewhere();
    Result<Stream> client = co_await Stream::connect(listener.local_address().value());
    EXPECT_TRUE(client.ok());
    listener.close();
    const Result<std::size_t> received = co_await receive_some(&client.value());
    EXPECT_EQ(error_of(received).describe(), "io (Connection reset by peer, ECONNRESET): receive");
  });
}

TEST_P(Accept, ARefusedConnectionSaysSo) {
  run([](Strand&) -> Task<void> {
    Listener listener = listen_somewhere();
    const Address address = listener.local_address().value();
    listener.close();
    const Result<Stream> refused = co_await Stream::connect(address);
    EXPECT_EQ(describe(error_of(refused), address),
              "io (Connection refused, ECONNREFUSED): connect (peer " + address.to_string() + ")");
  });
}

}  // namespace
}  // namespace troupe::io
