// Tests Channel on a simulated core: order, room, closing, cancellation, what becomes of items.
#include "base/channel.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/combine.h"
#include "base/scope.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using io::run_simulated;

Time now() { return CoreContext::current().now(); }

void expect_run(const Status& ended) {
  EXPECT_TRUE(ended.ok()) << (ended.ok() ? "" : ended.error().describe());
}

/// Counts those alive, and can only be moved.
class Item {
 public:
  Item(int value, int* alive) : value_(value), alive_(alive) { ++*alive_; }
  Item(Item&& other) noexcept
      : value_(std::exchange(other.value_, -1)), alive_(std::exchange(other.alive_, nullptr)) {}
  ~Item() {
    if (alive_ != nullptr) --*alive_;
  }
  int value() const { return value_; }

 private:
  int value_;
  int* alive_;
};

Task<Status> send_all(Channel<int>* channel, int first, int count) {
  for (int i = 0; i < count; ++i) {
    const Status sent = co_await channel->send(first + i);
    if (!sent) co_return sent;
  }
  co_return ok();
}

/// Ok once the channel is closed.
Task<Status> receive_all(Channel<int>* channel, std::vector<int>* received) {
  for (;;) {
    auto item = co_await channel->receive();
    if (!item) co_return item.error().is(Code::kClosed) ? ok() : Status(item.error());
    received->push_back(*item);
  }
}

TEST(Channel, KeepsTheOrderAndTheLimit) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    std::vector<int> received;
    Channel<int> channel(3);
    Scope scope;
    co_await scope.start(send_all(&channel, 0, 100));
    EXPECT_EQ(channel.size(), 3u);
    EXPECT_EQ(channel.sending(), 1u);
    co_await scope.start(receive_all(&channel, &received));
    while (received.size() < 100) {
      EXPECT_LE(channel.size(), 3u);
      const Status yielded = co_await yield();
      EXPECT_TRUE(yielded.ok());
    }
    channel.close();
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
    for (int i = 0; i < 100; ++i) EXPECT_EQ(received[static_cast<std::size_t>(i)], i);
  }));
}

TEST(Channel, ReceiversAreServedInTheirOrder) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    std::vector<int> received[3];
    Channel<int> channel(10);
    Scope scope;
    for (auto& mine : received) co_await scope.start(receive_all(&channel, &mine));
    EXPECT_EQ(channel.receiving(), 3u);
    const Status sent = co_await send_all(&channel, 0, 3);
    EXPECT_TRUE(sent.ok());
    channel.close();
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
    for (int i = 0; i < 3; ++i) EXPECT_EQ(received[i], std::vector<int>({i}));
  }));
}

TEST(Channel, TriesWithoutWaiting) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    int alive = 0;
    Channel<Item> channel(1);
    EXPECT_FALSE(channel.try_receive().has_value());
    Item item(1, &alive);
    EXPECT_TRUE(channel.try_send(item));
    Item second(2, &alive);
    EXPECT_FALSE(channel.try_send(second));
    EXPECT_EQ(second.value(), 2);  // still ours
    EXPECT_EQ(alive, 2);
    EXPECT_EQ(channel.try_receive()->value(), 1);
    EXPECT_EQ(alive, 1);
    channel.close();
    EXPECT_FALSE(channel.try_send(second));
    EXPECT_EQ(second.value(), 2);
    co_return;
  }));
}

TEST(Channel, ClosingWakesSendersAndLeavesTheRestToReceivers) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Channel<int> channel(2);
    Scope scope({.on_failure = OnFailure::kCollect});
    co_await scope.start(send_all(&channel, 0, 3));
    co_await scope.start(send_all(&channel, 10, 1));
    EXPECT_EQ(channel.sending(), 2u);
    channel.close();
    channel.close();
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.error().is(Code::kClosed));
    EXPECT_EQ(ended.failures(), 2u);
    EXPECT_EQ(channel.size(), 2u);
    auto first = co_await channel.receive();
    EXPECT_EQ(first.value(), 0);
    EXPECT_EQ(channel.try_receive(), 1);
    auto none = co_await channel.receive();
    EXPECT_TRUE(none.error().is(Code::kClosed));
    const Status late = co_await channel.send(1);
    EXPECT_TRUE(late.error().is(Code::kClosed));
  }));
}

TEST(Channel, ClosingWakesReceivers) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    std::vector<int> received[2];
    Channel<int> channel(2);
    Scope scope;
    for (auto& mine : received) co_await scope.start(receive_all(&channel, &mine));
    channel.close();
    const ScopeEnd ended = co_await scope.join(within(1s));
    EXPECT_TRUE(ended.ok());
  }));
}

TEST(Channel, DeadlinesEndWaitsAndDestroyOnlyWhatWasNotSent) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    int alive = 0;
    {
      Channel<Item> channel(1);
      auto nothing = co_await channel.receive(within(1ms));
      EXPECT_TRUE(nothing.error().is(Code::kDeadlineExceeded));
      const Status sent = co_await channel.send(Item(1, &alive), within(1ms));
      EXPECT_TRUE(sent.ok());
      const Time before = now();
      const Status full = co_await channel.send(Item(2, &alive), within(1ms));
      EXPECT_TRUE(full.error().is(Code::kDeadlineExceeded));
      EXPECT_GE(now() - before, 1ms);
      EXPECT_EQ(alive, 1);
      EXPECT_EQ(channel.sending(), 0u);
    }
    EXPECT_EQ(alive, 0);
    EXPECT_EQ(io::Reactor::current().timers().armed(), 0u);
  }));
}

TEST(Channel, AnItemIsNotLostWithAReceiverThatIsCancelledInTheSameTurn) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    std::vector<int> received[2];
    Channel<int> channel(4);
    Scope cancelled;
    Scope scope;
    co_await cancelled.start(receive_all(&channel, &received[0]));
    co_await scope.start(receive_all(&channel, &received[1]));
    EXPECT_TRUE(channel.try_send(1));  // for the first
    cancelled.cancel();
    const ScopeEnd first = co_await cancelled.join();
    EXPECT_TRUE(first.ok());
    EXPECT_TRUE(channel.try_send(2));
    channel.close();
    const ScopeEnd ended = co_await scope.join(within(1s));
    EXPECT_TRUE(ended.ok());
    EXPECT_TRUE(received[0].empty());
    EXPECT_EQ(received[1], std::vector<int>({1, 2}));
  }));
}

TEST(Channel, OneThatAsksAfterTheEndAwaitsWhatMayComeBack) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    std::vector<int> received[2];
    Channel<int> channel(4);
    Scope cancelled;
    Scope scope;
    co_await cancelled.start(receive_all(&channel, &received[0]));
    EXPECT_TRUE(channel.try_send(1));
    channel.close();
    co_await scope.start(receive_all(&channel, &received[1]));
    EXPECT_EQ(channel.receiving(), 1u);  // the only item is promised to the first
    EXPECT_FALSE(channel.try_receive().has_value());
    cancelled.cancel();
    const ScopeEnd first = co_await cancelled.join();
    EXPECT_TRUE(first.ok());
    const ScopeEnd ended = co_await scope.join(within(1s));
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(received[1], std::vector<int>({1}));
  }));
}

Task<Status> send_and_tell(Channel<int>* channel, int item, std::optional<bool>* sent) {
  const Status status = co_await channel->send(item);
  *sent = status.ok();
  co_return ok();
}

TEST(Channel, ASendThatWentThroughSaysSoThoughCancelledInTheSameTurn) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    std::optional<bool> sent;
    Channel<int> channel(1);
    EXPECT_TRUE(channel.try_send(1));
    Scope scope;
    co_await scope.start(send_and_tell(&channel, 2, &sent));
    EXPECT_EQ(channel.try_receive(), 1);
    scope.cancel();
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(sent, true);
    EXPECT_EQ(channel.try_receive(), 2);
  }));
}

TEST(Channel, ALoserOfFirstOfTakesNothing) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Channel<int> left(1);
    Channel<int> right(1);
    Scope scope;
    co_await scope.start(send_all(&left, 1, 1));
    auto first = co_await first_of(left.receive(), right.receive(), sleep_for(1s));
    EXPECT_EQ(std::get<0>(first).value(), 1);
    EXPECT_EQ(right.receiving(), 0u);
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
    EXPECT_TRUE(right.try_send(2));
    EXPECT_EQ(right.try_receive(), 2);
  }));
}

TEST(ChannelDeathTest, MustOutliveWhoWaits) {
  EXPECT_DEATH(
      {
        (void)run_simulated([](Strand&) -> Task<void> {
          std::vector<int> received;
          auto channel = std::make_unique<Channel<int>>(1);
          Scope scope;
          co_await scope.start(receive_all(&*channel, &received));
          channel.reset();
        });
      },
      "0 send and 1 receive");
}

}  // namespace
}  // namespace troupe
