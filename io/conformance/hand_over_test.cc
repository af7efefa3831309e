// What every backend does alike when a connection goes from one core to another.
#include "io/net/hand_over.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>

#include "io/conformance/testing_sockets.h"
#include "io/sleep.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

class HandOverOnCores : public OnEveryGround {};

INSTANTIATE_TEST_SUITE_P(Backends, HandOverOnCores, testing::ValuesIn(kGrounds), ground_name);

constexpr int kConnections = 20;

/// What two cores share. A ticket is 0 until it can be had.
struct Shared {
  HandOver hand_over;
  std::atomic<std::uint64_t> ticket = 0;
};

/// Core 0: accepts, hands over, and talks to whom it was handed.
Task<void> accept_and_hand_over(Shared* shared) {
  Listener listener = listen_somewhere();
  for (int i = 0; i < kConnections; ++i) {
    Pair pair = co_await connect_to(&listener);
    // Before it changes hands, some of it has been received here, and some waits.
    const std::vector<std::byte> sent = pattern(5000, static_cast<std::uint64_t>(i));
    const Status begun = co_await pair.near.send(std::span(sent).first(200));
    EXPECT_TRUE(begun.ok());
    std::vector<std::byte> start(100);
    const Result<std::size_t> received = co_await pair.far.receive(start);
    EXPECT_EQ(received.value(), 100u);
    const Result<std::uint64_t> ticket = shared->hand_over.offer(pair.far.release(), within(60s));
    EXPECT_FALSE(pair.far.is_open());
    // Pairs with the exchange in take_and_echo().
    shared->ticket.store(ticket.value(), std::memory_order_release);
    const std::vector<std::byte> rest(sent.begin() + 200, sent.end());
    auto ended = co_await troupe::all_of(send_all(&pair.near, rest), receive_all(&pair.near, 700));
    EXPECT_TRUE(std::get<0>(ended).ok());
    EXPECT_TRUE(std::get<1>(ended).value() == std::vector(sent.begin() + 100, sent.end()));
  }
}

/// Core 1: adopts and echoes.
Task<void> take_and_echo(Shared* shared) {
  for (int i = 0; i < kConnections; ++i) {
    std::uint64_t ticket = 0;
    while (ticket == 0) {
      const Status slept = co_await sleep_for(50us);
      EXPECT_TRUE(slept.ok());
      // Pairs with the store in accept_and_hand_over(). One core takes it, so nothing is lost.
      ticket = shared->ticket.exchange(0, std::memory_order_acquire);
    }
    Result<OwnedSocket> socket = shared->hand_over.take(ticket);
    EXPECT_TRUE(socket.ok());
    Stream stream(std::move(*socket));
    const Status echoed = co_await echo(&stream);
    EXPECT_TRUE(echoed.ok()) << (echoed.ok() ? "" : echoed.error().describe());
    const Result<OwnedSocket> again = shared->hand_over.take(ticket);
    EXPECT_TRUE(error_of(again).is(Code::kClosed));
  }
}

TEST_P(HandOverOnCores, AnotherCoreGoesOnWithTheConnection) {
  Shared shared;
  run_on_cores_of(GetParam(), 2, [&shared](unsigned core, Strand&) {
    return core == 0 ? accept_and_hand_over(&shared) : take_and_echo(&shared);
  });
  EXPECT_EQ(shared.hand_over.waiting(), 0u);
  EXPECT_EQ(shared.hand_over.expired(), 0u);
}

TEST_P(HandOverOnCores, WhatNobodyTakesIsClosed) {
  run([](Strand&) -> Task<void> {
    HandOver hand_over(2);
    Listener listener = listen_somewhere();
    Pair first = co_await connect_to(&listener);
    Pair second = co_await connect_to(&listener);
    Pair third = co_await connect_to(&listener);
    const auto late = hand_over.offer(first.far.release(), within(1ms));
    const auto kept = hand_over.offer(second.far.release(), within(60s));
    EXPECT_TRUE(late.ok() && kept.ok());
    EXPECT_EQ(hand_over.waiting(), 2u);
    const auto one_more = hand_over.offer(third.far.release(), within(60s));
    EXPECT_TRUE(error_of(one_more).is(Code::kTooLarge));
    EXPECT_EQ(error_of(one_more).detail(), 2u);
    const Result<std::size_t> refused = co_await receive_some(&third.near);
    EXPECT_EQ(refused.value(), 0u);
    const Status slept = co_await sleep_for(2ms);
    EXPECT_TRUE(slept.ok());
    EXPECT_TRUE(error_of(hand_over.take(late.value())).is(Code::kClosed));
    EXPECT_EQ(hand_over.expired(), 1u);
    const Result<std::size_t> expired = co_await receive_some(&first.near);
    EXPECT_EQ(expired.value(), 0u);
    // A socket on its way that is simply dropped is closed too.
    EXPECT_TRUE(hand_over.take(kept.value()).ok());
    const Result<std::size_t> dropped = co_await receive_some(&second.near);
    EXPECT_EQ(dropped.value(), 0u);
    EXPECT_EQ(error_of(hand_over.offer(OwnedSocket(), within(1s))).detail(),
              static_cast<std::uint64_t>(EBADF));
  });
}

}  // namespace
}  // namespace troupe::io
