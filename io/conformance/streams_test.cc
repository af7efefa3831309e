// What every backend does alike with streams: bytes, ends, resets, and many at once.

#include <gtest/gtest.h>

#include <cerrno>

#include "io/conformance/testing_sockets.h"
#include "io/sleep.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

class Streams : public OnEveryGround {};

INSTANTIATE_TEST_SUITE_P(Backends, Streams, testing::ValuesIn(kGrounds), ground_name);

TEST_P(Streams, EchoesManySizes) {
  run([](Strand&) -> Task<void> {
    std::uint64_t seed = 1;
    for (std::size_t bytes : {1u, 2u, 7u, 1000u, 3000u, 3001u, 65536u, 1'000'003u, 6'000'000u}) {
      Pair pair = co_await connected();
      const std::vector<std::byte> sent = pattern(bytes, ++seed);
      auto ended = co_await troupe::all_of(echo(&pair.far), send_all(&pair.near, sent),
                                           receive_all(&pair.near, 1 + bytes / 3));
      EXPECT_TRUE(std::get<0>(ended).ok());
      EXPECT_TRUE(std::get<1>(ended).ok());
      EXPECT_TRUE(std::get<2>(ended).value() == sent) << bytes;
    }
  });
}

TEST_P(Streams, GivesShortReads) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const std::vector<std::byte> sent = pattern(10, 1);
    const Status went = co_await pair.near.send(sent);
    EXPECT_TRUE(went.ok());
    std::vector<std::byte> buffer(100);
    Result<std::size_t> received = co_await pair.far.receive(std::span(buffer).first(3));
    EXPECT_EQ(received.value(), 3u);
    received = co_await pair.far.receive(std::span(buffer).subspan(3));
    EXPECT_EQ(received.value(), 7u);
    buffer.resize(10);
    EXPECT_TRUE(buffer == sent);
  });
}

TEST_P(Streams, OneDirectionMayEndBeforeTheOther) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const Status sent = co_await send_all(&pair.near, pattern(100, 1));
    EXPECT_TRUE(sent.ok());
    auto asked = co_await receive_all(&pair.far, 64);
    EXPECT_EQ(asked.value().size(), 100u);
    const Status answered = co_await send_all(&pair.far, pattern(200, 2));
    EXPECT_TRUE(answered.ok());
    auto answer = co_await receive_all(&pair.near, 64);
    EXPECT_TRUE(answer.value() == pattern(200, 2));
  });
}

Task<void> reset_after(Stream* stream, int yields) {
  for (int i = 0; i < yields; ++i) {
    const Status yielded = co_await yield();
    EXPECT_TRUE(yielded.ok());
  }
  EXPECT_TRUE(stream->reset().ok());
}

TEST_P(Streams, APeersResetSaysSo) {
  run([](Strand&) -> Task<void> {
    for (int yields : {0, 1, 5}) {
      Pair pair = co_await connected();
      auto ended =
          co_await troupe::all_of(reset_after(&pair.far, yields), receive_some(&pair.near));
      EXPECT_EQ(error_of(std::get<1>(ended)).describe(),
                "io (Connection reset by peer, ECONNRESET): receive");
      const std::vector<std::byte> bytes(10);
      const Status sent = co_await pair.near.send(bytes);
      EXPECT_EQ(error_of(sent).describe(), "io (Broken pipe, EPIPE): send");
    }
  });
}

TEST_P(Streams, AStreamClosedBeforeAllWasReceivedIsReset) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const Status sent = co_await pair.near.send(pattern(10, 1));
    EXPECT_TRUE(sent.ok());
    // All ten have come when one can be received.
    std::vector<std::byte> buffer(1);
    const Result<std::size_t> received = co_await pair.far.receive(buffer);
    EXPECT_EQ(received.value(), 1u);
    pair.far.close();
    const Result<std::size_t> end = co_await receive_some(&pair.near);
    EXPECT_EQ(error_of(end).describe(), "io (Connection reset by peer, ECONNRESET): receive");
  });
}

TEST_P(Streams, AClosedStreamSaysSo) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    pair.near.close();
    pair.near.close();
    const Result<std::size_t> received = co_await receive_some(&pair.near);
    EXPECT_EQ(error_of(received).describe(), "io (Bad file descriptor, EBADF): receive");
    const Result<std::size_t> end = co_await receive_some(&pair.far);
    EXPECT_EQ(end.value(), 0u);
    Listener none;
    const Result<Stream> accepted = co_await accept_one(&none);
    EXPECT_EQ(error_of(accepted).detail(), static_cast<std::uint64_t>(EBADF));
  });
}

Task<Status> talk(Listener* listener, std::uint64_t seed) {
  Pair pair = co_await connect_to(listener);
  const std::vector<std::byte> sent = pattern(10'000, seed);
  auto ended = co_await troupe::all_of(echo(&pair.far), send_all(&pair.near, sent),
                                       receive_all(&pair.near, 4096));
  EXPECT_TRUE(std::get<0>(ended).ok());
  // Whose connection was accepted for whom is open, but each echoes to its own peer.
  EXPECT_TRUE(std::get<1>(ended).ok());
  if (!std::get<2>(ended)) co_return std::get<2>(ended).error();
  co_return ok();
}

TEST_P(Streams, ManyConnectionsAtOnce) {
  run([](Strand&) -> Task<void> {
    Listener listener = listen_somewhere();
    std::vector<Task<Status>> talks;
    for (std::uint64_t i = 0; i < 200; ++i) talks.push_back(talk(&listener, i));
    const auto ended = co_await troupe::all_of(std::move(talks));
    for (const Status& status : ended) {
      EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().describe());
    }
  });
}

TEST_P(Streams, MoreOperationsThanTheRingsHold) {
  run([](Strand&) -> Task<void> {
    Listener listener = listen_somewhere();
    std::vector<Pair> pairs;
    for (int i = 0; i < 150; ++i) {
      Pair pair = co_await connect_to(&listener);
      pairs.push_back(std::move(pair));
    }
    for (int round = 0; round < 5; ++round) {
      std::vector<Task<Result<std::size_t>>> receives;
      for (Pair& pair : pairs) receives.push_back(receive_some(&pair.far));
      auto ended =
          co_await troupe::all_of(troupe::all_of(std::move(receives)), send_byte_to_each(&pairs));
      for (const auto& received : std::get<0>(ended)) EXPECT_EQ(received.value(), 1u);
      EXPECT_TRUE(std::get<1>(ended).ok());
    }
  });
}

}  // namespace
}  // namespace troupe::io
