// What every backend's errors say: the operation, the errno by name, and with whom.
#include <gtest/gtest.h>

#include <cerrno>

#include "io/conformance/testing_sockets.h"

namespace troupe::io {
namespace {

class Errors : public OnEveryGround {};

INSTANTIATE_TEST_SUITE_P(Backends, Errors, testing::ValuesIn(kGrounds), ground_name);

TEST_P(Errors, OfAClosedSocketNameTheOperation) {
  run([](Strand&) -> Task<void> {
    Stream closed;
    const std::vector<std::byte> byte(1);
    const Result<std::size_t> received = co_await receive_some(&closed);
    EXPECT_EQ(error_of(received).describe(), "io (Bad file descriptor, EBADF): receive");
    const Status sent = co_await closed.send(byte);
    EXPECT_EQ(error_of(sent).describe(), "io (Bad file descriptor, EBADF): send");
    EXPECT_EQ(error_of(closed.shutdown_send()).describe(),
              "io (Bad file descriptor, EBADF): shutdown");
    EXPECT_EQ(error_of(closed.set_nodelay(true)).describe(),
              "io (Bad file descriptor, EBADF): set_nodelay");
    EXPECT_EQ(error_of(closed.reset()).describe(), "io (Bad file descriptor, EBADF): reset");
    EXPECT_EQ(error_of(closed.peer_address()).describe(),
              "io (Bad file descriptor, EBADF): peer_address");
    EXPECT_EQ(error_of(closed.local_address()).describe(),
              "io (Bad file descriptor, EBADF): local_address");
    Listener listener;
    const Result<Stream> accepted = co_await accept_one(&listener);
    EXPECT_EQ(error_of(accepted).describe(), "io (Bad file descriptor, EBADF): accept");
  });
}

TEST_P(Errors, OfAConnectionNameThePeer) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const std::string peer = pair.near.peer_address().value().to_string();
    const Error error(Code::kIo, ECONNRESET, "receive");
    EXPECT_EQ(pair.near.describe(error),
              "io (Connection reset by peer, ECONNRESET): receive (peer " + peer + ")");
    const Error late(Code::kDeadlineExceeded, 0, "send");
    EXPECT_EQ(pair.near.describe(late), late.describe() + " (peer " + peer + ")");
    // After a reset the kernel no longer knows with whom it was.
    EXPECT_TRUE(pair.far.reset().ok());
    const Result<std::size_t> received = co_await receive_some(&pair.near);
    EXPECT_EQ(pair.near.describe(error_of(received)),
              "io (Connection reset by peer, ECONNRESET): receive");
    EXPECT_EQ(error_of(pair.near.peer_address()).describe(),
              "io (Transport endpoint is not connected, ENOTCONN): peer_address");
    EXPECT_EQ(error_of(pair.near.shutdown_send()).describe(),
              "io (Transport endpoint is not connected, ENOTCONN): shutdown");
  });
}

TEST_P(Errors, OfAnAddressSayWhatIsWrongWithIt) {
  run([](Strand&) -> Task<void> {
    Listener listener = listen_somewhere();
    const Address taken = listener.local_address().value();
    const Result<Listener> second = Listener::bind(taken);
    EXPECT_EQ(describe(error_of(second), taken),
              "io (Address already in use, EADDRINUSE): bind (peer " + taken.to_string() + ")");
    co_return;
  });
}

TEST_P(Errors, OfADeadlineNameTheOperation) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    std::vector<std::byte> buffer(1);
    const Result<std::size_t> received = co_await pair.near.receive(buffer, within(Duration(-1)));
    EXPECT_EQ(error_of(received).describe(), "deadline_exceeded: receive");
  });
}

}  // namespace
}  // namespace troupe::io
