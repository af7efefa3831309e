// What every backend does alike with Unix sockets: paths, abstract names, stale files.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

#include "io/conformance/testing_sockets.h"
#include "io/net/buffered_stream.h"

namespace troupe::io {
namespace {

class UnixSockets : public OnEveryGround {};

INSTANTIATE_TEST_SUITE_P(Backends, UnixSockets, testing::ValuesIn(kGrounds), ground_name);

/// A path of its own for each test program, short enough for a socket.
class SocketPath {
 public:
  SocketPath() {
    char folder[] = "/tmp/unix_testXXXXXX";
    TROUPE_CHECK(mkdtemp(folder) != nullptr, "no folder for sockets");
    folder_ = folder;
  }
  ~SocketPath() {
    unlink(text().c_str());
    rmdir(folder_.c_str());
  }
  std::string text() const { return folder_ + "/s"; }
  Address address() const { return Address::unix_path(text()).value(); }

 private:
  std::string folder_;
};

Listener listen_at(const Address& address) {
  Result<Listener> bound = Listener::bind(address);
  TROUPE_CHECK(bound.ok(), "no listener: %s", bound.error().describe().c_str());
  return std::move(*bound);
}

Address own_name() {
  return Address::unix_abstract("troupe/unix_test/" + std::to_string(getpid())).value();
}

TEST_P(UnixSockets, CarryBytesAsTcpDoes) {
  run([](Strand&) -> Task<void> {
    const SocketPath path;
    for (const Address& address : {path.address(), own_name()}) {
      Listener listener = listen_at(address);
      EXPECT_TRUE(listener.local_address().value() == address);
      for (const std::size_t bytes : {1u, 3000u, 1'000'003u}) {
        Pair pair = co_await connect_to(&listener);
        EXPECT_TRUE(pair.near.peer_address().value() == address);
        EXPECT_EQ(pair.far.peer_address().value().to_string(), "unix:");
        const std::vector<std::byte> sent = pattern(bytes, bytes);
        auto ended = co_await troupe::all_of(echo(&pair.far), send_all(&pair.near, sent),
                                             receive_all(&pair.near, 1 + bytes / 3));
        EXPECT_TRUE(std::get<0>(ended).ok());
        EXPECT_TRUE(std::get<1>(ended).ok());
        EXPECT_TRUE(std::get<2>(ended).value() == sent) << bytes;
      }
    }
  });
}

TEST_P(UnixSockets, CarryLines) {
  run([](Strand&) -> Task<void> {
    Listener listener = listen_at(own_name());
    Pair pair = co_await connect_to(&listener);
    BufferedWriter writer(pair.near);
    EXPECT_TRUE(writer.append("one\ntwo\n").ok());
    const Status flushed = co_await writer.flush();
    EXPECT_TRUE(flushed.ok());
    BufferedReader reader(pair.far);
    for (const char* const expected : {"one", "two"}) {
      auto line = co_await reader.read_line();
      EXPECT_EQ(line.value().value(), expected);
    }
  });
}

TEST_P(UnixSockets, HaveNoOptionsOfTcp) {
  run([](Strand&) -> Task<void> {
    Listener listener = listen_at(own_name());
    Pair pair = co_await connect_to(&listener);
    EXPECT_EQ(error_of(pair.near.set_nodelay(true)).describe(),
              "io (Operation not supported, EOPNOTSUPP): set_nodelay");
  });
}

TEST_P(UnixSockets, SayWhenNobodyIsThere) {
  run([](Strand&) -> Task<void> {
    const SocketPath path;
    const Result<Stream> nothing = co_await Stream::connect(path.address());
    EXPECT_EQ(describe(error_of(nothing), path.address()),
              "io (No such file or directory, ENOENT): connect (peer unix:" + path.text() + ")");
    const Result<Stream> unnamed = co_await Stream::connect(own_name());
    EXPECT_EQ(error_of(unnamed).describe(), "io (Connection refused, ECONNREFUSED): connect");
    listen_at(path.address()).close();
    const Result<Stream> stale = co_await Stream::connect(path.address());
    EXPECT_EQ(error_of(stale).describe(), "io (Connection refused, ECONNREFUSED): connect");
  });
}

TEST_P(UnixSockets, AClosedPeerSaysSo) {
  run([](Strand&) -> Task<void> {
    Listener listener = listen_at(own_name());
    Pair pair = co_await connect_to(&listener);
    pair.far.close();
    const Result<std::size_t> end = co_await receive_some(&pair.near);
    EXPECT_EQ(end.value(), 0u);
    const std::vector<std::byte> bytes(10);
    const Status sent = co_await pair.near.send(bytes);
    EXPECT_EQ(error_of(sent).describe(), "io (Broken pipe, EPIPE): send");
  });
}

TEST_P(UnixSockets, AStaleFileIsReplacedIfThatIsWanted) {
  run([](Strand&) -> Task<void> {
    const SocketPath path;
    listen_at(path.address()).close();
    const Result<Listener> refused = Listener::bind(path.address());
    EXPECT_EQ(error_of(refused).describe(), "io (Address already in use, EADDRINUSE): bind");
    ListenOptions replacing;
    replacing.replace_stale = true;
    Result<Listener> again = Listener::bind(path.address(), replacing);
    EXPECT_TRUE(again.ok());
    Pair pair = co_await connect_to(&*again);
    // It is in use now.
    const Result<Listener> live = Listener::bind(path.address(), replacing);
    EXPECT_EQ(error_of(live).describe(), "io (Address already in use, EADDRINUSE): bind");
    Pair another = co_await connect_to(&*again);
    EXPECT_TRUE(another.near.is_open());
  });
}

}  // namespace
}  // namespace troupe::io
