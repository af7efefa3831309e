// What every backend does alike with receives into buffers of its own.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "io/conformance/testing_sockets.h"
#include "io/receive_buffers.h"
#include "io/sleep.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

class Pieces : public testing::TestWithParam<Ground> {
 protected:
  template <class Body>
  void run(Body body) {
    run_on(GetParam(), std::move(body));
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, Pieces, testing::ValuesIn(kGrounds), ground_name);

void append(std::vector<std::byte>& to, std::span<const std::byte> bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

Task<Result<std::vector<std::byte>>> receive_all_in_pieces(Stream* stream) {
  std::vector<std::byte> all;
  for (;;) {
    const Result<Piece> piece = co_await stream->receive();
    if (!piece) co_return piece.error();
    if (piece->bytes().empty()) co_return all;
    EXPECT_LE(piece->bytes().size(), ReceiveBuffers::kBufferBytes);
    append(all, piece->bytes());
  }
}

TEST_P(Pieces, EverythingArrivesInOrder) {
  run([](Strand&) -> Task<void> {
    for (const std::size_t bytes :
         {std::size_t{1}, std::size_t{16 * 1024}, std::size_t{3'000'000}}) {
      Pair pair = co_await connected();
      const std::vector<std::byte> sent = pattern(bytes, bytes);
      auto both =
          co_await troupe::all_of(receive_all_in_pieces(&pair.near), send_all(&pair.far, sent));
      EXPECT_TRUE(std::get<0>(both).value() == sent);
      // The end stays the end.
      const Result<Piece> again = co_await pair.near.receive();
      EXPECT_TRUE(again.value().bytes().empty());
    }
  });
}

/// Receives by turns into pieces and into small buffers.
Task<Result<std::vector<std::byte>>> receive_both_ways(Stream* stream) {
  std::vector<std::byte> all;
  std::vector<std::byte> buffer(700);
  for (unsigned i = 0;; ++i) {
    if (i % 3 == 0) {
      const Result<Piece> piece = co_await stream->receive();
      if (!piece) co_return piece.error();
      if (piece->bytes().empty()) co_return all;
      append(all, piece->bytes());
    } else {
      const Result<std::size_t> received = co_await stream->receive(buffer);
      if (!received) co_return received.error();
      if (*received == 0) co_return all;
      append(all, std::span(buffer).first(*received));
    }
    if (i % 50 != 0) continue;
    const Status yielded = co_await yield();
    EXPECT_TRUE(yielded.ok());
  }
}

TEST_P(Pieces, KeepTheirOrderAmongOtherReceives) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const std::vector<std::byte> sent = pattern(500'000, 7);
    auto both = co_await troupe::all_of(receive_both_ways(&pair.near), send_all(&pair.far, sent));
    EXPECT_TRUE(std::get<0>(both).value() == sent);
  });
}

TEST_P(Pieces, WhatComesWhileNobodyWaitsIsKeptAndTheRestWaitsAtThePeer) {
  // More than any buffer on the way holds, so it cannot be sent.
  const std::size_t bytes = GetParam().simulated ? 1u << 20 : 24u << 20;
  run([bytes](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    Status sent = co_await pair.far.send(pattern(10, 1));
    EXPECT_TRUE(sent.ok());
    Result<Piece> first = co_await pair.near.receive();
    EXPECT_EQ(first.value().bytes().size(), 10u);
    const std::vector<std::byte> much = pattern(bytes, 2);
    sent = co_await pair.far.send(much, within(30ms));
    EXPECT_TRUE(sent.has_error() && sent.error().is(Code::kDeadlineExceeded));
    // What was sent is a beginning of it.
    const Status ended = pair.far.shutdown_send();
    if (!ended) co_return;  // Broken off, as a send without copying is.
    const Result<std::vector<std::byte>> rest = co_await receive_all_in_pieces(&pair.near);
    EXPECT_GT(rest.value().size(), 0u);
    EXPECT_TRUE(std::equal(rest->begin(), rest->end(), much.begin()));
  });
}

TEST_P(Pieces, ACancelledReceiveLosesNothing) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    const std::vector<std::byte> sent = pattern(20'000, 3);
    std::vector<std::byte> all;
    unsigned in_vain = 0;
    for (std::size_t at = 0; at < sent.size(); at += 100) {
      const Status went = co_await pair.far.send(std::span(sent).subspan(at, 100));
      EXPECT_TRUE(went.ok());
      // Now and then the deadline comes with the bytes.
      const Duration wait = Duration(static_cast<std::int64_t>(at % 700) * 100);
      const Result<Piece> piece = co_await pair.near.receive(within(wait));
      if (piece) {
        append(all, piece->bytes());
      } else {
        ++in_vain;
        EXPECT_TRUE(piece.error().is(Code::kDeadlineExceeded));
      }
    }
    EXPECT_GE(in_vain, 1u);  // A wait of nothing is in vain.
    EXPECT_TRUE(pair.far.shutdown_send().ok());
    const Result<std::vector<std::byte>> rest = co_await receive_all_in_pieces(&pair.near);
    append(all, rest.value());
    EXPECT_TRUE(all == sent);
  });
}

/// Has a piece of so many streams at once, and gives all of them back.
Task<void> hold_pieces(std::size_t count) {
  std::vector<Pair> pairs;
  std::vector<Piece> held;
  for (std::size_t i = 0; i < count; ++i) {
    pairs.push_back(co_await connected());
    const Status sent = co_await pairs[i].far.send(pattern(5, i));
    EXPECT_TRUE(sent.ok());
  }
  for (std::size_t i = 0; i < count; ++i) {
    Result<Piece> piece = co_await pairs[i].near.receive(within(10s));
    EXPECT_TRUE(piece.ok()) << i;
    if (piece) held.push_back(std::move(*piece));
  }
  for (std::size_t i = 0; i < held.size(); ++i) {
    EXPECT_TRUE(std::ranges::equal(held[i].bytes(), pattern(5, i))) << i;
  }
}

TEST_P(Pieces, MoreStreamsThanTheKernelHasBuffersFor) {
  run([](Strand&) -> Task<void> {
    co_await hold_pieces(150);
    co_await hold_pieces(150);
  });
}

TEST_P(Pieces, HaveALimitThatHurtsOnlyWhileItIsReached) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    std::vector<Piece> held;
    std::optional<Error> refused;
    // The kernel has some of its own.
    while (held.size() <= 2 * ReceiveBuffers::kBuffersMax && !refused) {
      const Status sent = co_await pair.far.send(pattern(1, held.size()));
      EXPECT_TRUE(sent.ok());
      Result<Piece> piece = co_await pair.near.receive(within(10s));
      if (piece) {
        held.push_back(std::move(*piece));
      } else {
        refused = piece.error();
      }
    }
    EXPECT_GE(held.size(), ReceiveBuffers::kBuffersMax);
    EXPECT_TRUE(refused && refused->detail() == ENOBUFS);
    const std::size_t count = held.size();
    held.clear();
    const Result<Piece> piece = co_await pair.near.receive(within(10s));
    EXPECT_TRUE(piece.ok() && std::ranges::equal(piece->bytes(), pattern(1, count)));
  });
}

Task<void> receive_one(Stream* stream) {
  const Result<Piece> piece = co_await stream->receive();
  EXPECT_FALSE(piece.ok()) << "nothing was sent";
}

TEST_P(Pieces, AClosedStreamEndsTheWaitAndForgetsWhatCameAhead) {
  run([](Strand&) -> Task<void> {
    for (int i = 0; i < 20; ++i) {
      Pair pair = co_await connected();
      Stream* const near = &pair.near;
      co_await troupe::all_of(receive_one(near), [](Stream* stream) -> Task<void> {
        const Status yielded = co_await yield();
        EXPECT_TRUE(yielded.ok());
        stream->close();
      }(near));
      pair = co_await connected();
      Status sent = co_await pair.far.send(pattern(3, 1));
      const Result<Piece> piece = co_await pair.near.receive();
      EXPECT_EQ(piece.value().bytes().size(), 3u);
      sent = co_await pair.far.send(pattern(100'000, 1), within(1ms));
      const Status yielded = co_await yield();
      EXPECT_TRUE(yielded.ok());
      pair.near.close();
    }
  });
}

TEST_P(Pieces, AFrameThatIsDestroyedGivesItsBufferBack) {
  run([](Strand&) -> Task<void> {
    Pair pair = co_await connected();
    for (int i = 0; i < 50; ++i) {
      {
        // What first_of leaves behind has ended; so a task is started and dropped by its end.
        auto winner = co_await troupe::first_of(receive_one(&pair.near), sleep_for(Duration(i)));
        EXPECT_EQ(winner.index(), 1u);
      }
      const Status sent = co_await pair.far.send(pattern(4, 1));
      EXPECT_TRUE(sent.ok());
      const Result<Piece> piece = co_await pair.near.receive(within(10s));
      EXPECT_EQ(piece.value().bytes().size(), 4u);
    }
  });
}

}  // namespace
}  // namespace troupe::io
