// What every backend does alike with datagrams.
#include <gtest/gtest.h>

#include <cerrno>

#include "io/conformance/testing_sockets.h"
#include "io/net/udp.h"
#include "io/sleep.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

class Datagrams : public OnEveryGround {};

INSTANTIATE_TEST_SUITE_P(Backends, Datagrams, testing::ValuesIn(kGrounds), ground_name);

UdpSocket bind_somewhere(const Address& address = Address::loopback(0)) {
  Result<UdpSocket> bound = UdpSocket::bind(address);
  TROUPE_CHECK(bound.ok(), "no socket: %s", bound.error().describe().c_str());
  return std::move(*bound);
}

Task<Result<Datagram>> receive_from(UdpSocket* socket, std::vector<std::byte>* buffer,
                                    Deadline deadline = kContextDeadline) {
  const Result<Datagram> received = co_await socket->receive_from(*buffer, deadline);
  co_return received;
}

Task<void> send_after(UdpSocket* socket, Address peer, std::uint64_t wait) {
  co_await yields(wait);
  const std::vector<std::byte> bytes = pattern(100, 1);
  const Status sent = co_await socket->send_to(bytes, peer);
  EXPECT_TRUE(sent.ok());
}

TEST_P(Datagrams, ComeWholeWithTheirSender) {
  run([](Strand&) -> Task<void> {
    UdpSocket near = bind_somewhere();
    UdpSocket far = bind_somewhere();
    const Address to = far.local_address().value();
    for (const std::size_t bytes : {0u, 1u, 1000u, 65'507u}) {
      const std::vector<std::byte> sent = pattern(bytes, bytes);
      const Status went = co_await near.send_to(sent, to);
      EXPECT_TRUE(went.ok());
      std::vector<std::byte> buffer(70'000);
      const Result<Datagram> received = co_await receive_from(&far, &buffer);
      EXPECT_EQ(received.value().bytes, bytes);
      EXPECT_FALSE(received.value().truncated);
      EXPECT_TRUE(received.value().peer == near.local_address().value());
      buffer.resize(bytes);
      EXPECT_TRUE(buffer == sent) << bytes;
    }
  });
}

TEST_P(Datagrams, WaitForTheNextAndKeepTheirBounds) {
  run([](Strand&) -> Task<void> {
    UdpSocket near = bind_somewhere();
    UdpSocket far = bind_somewhere();
    const Address to = far.local_address().value();
    for (const std::uint64_t wait : {0u, 1u, 5u}) {
      std::vector<std::byte> first(60);
      std::vector<std::byte> second(200);
      auto ended =
          co_await troupe::all_of(receive_from(&far, &first), receive_from(&far, &second),
                                  send_after(&near, to, wait), send_after(&near, to, wait));
      EXPECT_EQ(std::get<0>(ended).value().bytes, 60u);
      EXPECT_TRUE(std::get<0>(ended).value().truncated);
      EXPECT_EQ(std::get<1>(ended).value().bytes, 100u);
      EXPECT_FALSE(std::get<1>(ended).value().truncated);
    }
  });
}

TEST_P(Datagrams, AConnectedSocketHearsItsPeerAlone) {
  run([](Strand&) -> Task<void> {
    UdpSocket peer = bind_somewhere();
    UdpSocket other = bind_somewhere();
    UdpSocket socket = bind_somewhere();
    const Address own = socket.local_address().value();
    EXPECT_EQ(error_of(socket.peer_address()).detail(), static_cast<std::uint64_t>(ENOTCONN));
    EXPECT_TRUE(socket.connect(peer.local_address().value()).ok());
    EXPECT_TRUE(socket.peer_address().value() == peer.local_address().value());
    co_await send_after(&other, own, 0);
    co_await send_after(&peer, own, 0);
    std::vector<std::byte> buffer(200);
    const Result<Datagram> received = co_await receive_from(&socket, &buffer);
    EXPECT_TRUE(received.value().peer == peer.local_address().value());
    const Status answered = co_await socket.send(pattern(7, 1));
    EXPECT_TRUE(answered.ok());
    const Result<Datagram> answer = co_await receive_from(&peer, &buffer);
    EXPECT_EQ(answer.value().bytes, 7u);
    EXPECT_TRUE(answer.value().peer == own);
  });
}

TEST_P(Datagrams, ErrorsSayWhat) {
  run([](Strand&) -> Task<void> {
    UdpSocket socket = bind_somewhere();
    const std::vector<std::byte> large(UdpSocket::kDatagramBytesMax + 1);
    const Status too_large = co_await socket.send_to(large, socket.local_address().value());
    EXPECT_EQ(error_of(too_large).describe(), "io (Message too long, EMSGSIZE): send_to");
    const std::vector<std::byte> small(1);
    const Status nowhere = co_await socket.send(small);
    EXPECT_EQ(error_of(nowhere).describe(),
              "io (Destination address required, EDESTADDRREQ): send");
    const Result<UdpSocket> taken = UdpSocket::bind(socket.local_address().value());
    EXPECT_EQ(error_of(taken).describe(), "io (Address already in use, EADDRINUSE): bind");
    const Result<UdpSocket> local = UdpSocket::bind(Address::unix_path("x").value());
    EXPECT_TRUE(error_of(local).is(Code::kInvalidArgument));
    const Address gone = socket.local_address().value();
    socket.close();
    std::vector<std::byte> buffer(10);
    const Result<Datagram> closed = co_await receive_from(&socket, &buffer);
    EXPECT_EQ(error_of(closed).describe(), "io (Bad file descriptor, EBADF): receive_from");
    EXPECT_EQ(error_of(socket.connect(gone)).detail(), static_cast<std::uint64_t>(EBADF));
    // Nobody is there any more, and a connected socket is told.
    UdpSocket caller = bind_somewhere();
    EXPECT_TRUE(caller.connect(gone).ok());
    const Status sent = co_await caller.send(small);
    EXPECT_TRUE(sent.ok());
    const Result<Datagram> refused = co_await receive_from(&caller, &buffer);
    EXPECT_EQ(error_of(refused).describe(), "io (Connection refused, ECONNREFUSED): receive_from");
  });
}

TEST_P(Datagrams, ADeadlineOrTheStrandEndsAReceive) {
  run([](Strand&) -> Task<void> {
    UdpSocket socket = bind_somewhere();
    std::vector<std::byte> buffer(200);
    const Result<Datagram> late = co_await receive_from(&socket, &buffer, within(1ms));
    EXPECT_TRUE(error_of(late).is(Code::kDeadlineExceeded));
    auto first = co_await troupe::first_of(receive_from(&socket, &buffer), sleep_for(1ms));
    EXPECT_EQ(first.index(), 1u);
    // It is as before.
    co_await send_after(&socket, socket.local_address().value(), 0);
    const Result<Datagram> received = co_await receive_from(&socket, &buffer, within(10s));
    EXPECT_EQ(received.value().bytes, 100u);
  });
}

/// Begins an operation, then ends the run: the frame is destroyed while it waits.
Task<void> receive_for_ever() {
  UdpSocket socket = bind_somewhere();
  std::vector<std::byte> buffer(1000);
  Reactor::current().request_stop();
  const Result<Datagram> received = co_await socket.receive_from(buffer);
  ADD_FAILURE() << received.ok();
}

TEST_P(Datagrams, AFrameThatIsDestroyedTakesItsMemoryBack) {
  run([](Strand&) { return receive_for_ever(); });
}

}  // namespace
}  // namespace troupe::io
