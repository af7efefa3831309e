// At-least-once delivery step by step: attempts, order, limits, restarts; and the deduplicator.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using testing::options_for;
using testing::run_in;
using testing::until;

constexpr ReliableOptions kQuick{
    .attempt_within = 10s, .retry_least = 2ms, .retry_most = 8ms, .jitter = 0.5};

/// Answers take() only from the `from`th time on that it sees an amount; notes what it sees.
Behavior answers_from(Counter::Self self, unsigned from, std::vector<std::uint64_t>* seen) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() != Counter::Kind::kTake) co_return;
    const std::uint64_t amount = msg.take().amount();
    seen->push_back(amount);
    const auto times = static_cast<unsigned>(std::ranges::count(*seen, amount));
    if (times >= from) msg.take().reply(amount * 10);
  }
}
Behavior refuses(Counter::Self self) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() != Counter::Kind::kTake) co_return;
    msg.take().deny(sample::Refusal::kClosed);
  }
}
auto take_from(Ref<Counter> to) {
  return [to](DeliveryId id, Deadline by) { return to.ask(by).take(id.number); };
}

class ReliableSenderTest : public ::testing::TestWithParam<testing::RunOn> {};

TEST_P(ReliableSenderTest, RepeatsUntilItIsAnswered) {
  System system(options_for(GetParam()));
  std::vector<std::uint64_t> seen;
  run_in(
      system,
      [](Root root, std::vector<std::uint64_t>* numbers) -> Task<Status> {
        auto counter = root.spawn<Counter>(answers_from, 3u, numbers);
        auto sender = std::make_shared<ReliableSender>(kQuick);
        auto answer = co_await deliver(sender, take_from(counter));
        EXPECT_TRUE(answer.ok()) << answer.error().describe();
        EXPECT_EQ(answer->left(), 10u);
        EXPECT_EQ(sender->counters().attempts, 3u);
        EXPECT_EQ(sender->counters().acknowledged, 1u);
        EXPECT_EQ(sender->unacknowledged(), 0u);
        co_return ok();
      },
      &seen);
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 1, 1}));
}

TEST_P(ReliableSenderTest, GivingUpIsAValue) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    ReliableOptions options = kQuick;
    options.attempts_max = 4;
    auto sender = std::make_shared<ReliableSender>(options);
    const Time start = root.now();
    auto answer = co_await deliver(sender, take_from(Ref<Counter>()));
    EXPECT_TRUE(answer.error().is(Code::kNoSuchActor)) << answer.error().describe();
    EXPECT_EQ(answer.error().detail(), 4u);
    EXPECT_NE(answer.error().describe().find("given up"), std::string::npos);
    EXPECT_GE(root.now() - start, 2ms + 4ms + 8ms) << "it waits longer each time";
    EXPECT_EQ(sender->counters().given_up, 1u);
    EXPECT_EQ(sender->unacknowledged(), 0u);
    co_return ok();
  });
}

TEST_P(ReliableSenderTest, ARefusalIsAnAnswer) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto sender = std::make_shared<ReliableSender>(kQuick);
    auto answer = co_await deliver(sender, take_from(root.spawn<Counter>(refuses)));
    EXPECT_TRUE(answer.error().is(sample::Refusal::kClosed));
    EXPECT_EQ(sender->counters().attempts, 1u);
    EXPECT_EQ(sender->counters().acknowledged, 1u);
    co_return ok();
  });
}

Task<Status> deliver_one(std::shared_ptr<ReliableSender> sender, Ref<Counter> to) {
  auto answer = co_await deliver(sender, take_from(to));
  co_return answer ? ok() : Status(answer.error());
}

TEST_P(ReliableSenderTest, OpenMessagesAreLimitedFromTheOldestOn) {
  System system(options_for(GetParam()));
  std::vector<std::uint64_t> seen;
  run_in(
      system,
      [](Root root, std::vector<std::uint64_t>* numbers) -> Task<Status> {
        ReliableOptions options = kQuick;
        options.unacknowledged_max = 3;
        auto sender = std::make_shared<ReliableSender>(options);
        auto never = sender->accept([](DeliveryId, Deadline) -> Task<Status> { co_return ok(); });
        EXPECT_EQ(*never, 1u);
        auto counter = root.spawn<Counter>(answers_from, 1u, numbers);
        for (int i = 0; i < 2; ++i) {
          auto fits = co_await deliver_one(sender, counter);
          EXPECT_TRUE(fits.ok());
        }
        // One alone is open; but the receiver's window, counted from the newest, would leave it.
        auto refused = co_await deliver_one(sender, counter);
        EXPECT_TRUE(refused.error().is(Code::kOverloaded));
        auto left = co_await redeliver(sender);
        EXPECT_EQ(left.acknowledged, 1u);
        auto fits = co_await deliver_one(sender, counter);
        EXPECT_TRUE(fits.ok());
        co_return ok();
      },
      &seen);
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{2, 3, 4}));
}

TEST_P(ReliableSenderTest, AnOrderIsKeptIfItIsWanted) {
  for (const bool in_order : {true, false}) {
    System system(options_for(GetParam()));
    std::vector<std::uint64_t> seen;
    run_in(
        system,
        [](Root root, bool ordered, std::vector<std::uint64_t>* numbers) -> Task<Status> {
          ReliableOptions options = kQuick;
          options.in_order = ordered;
          auto sender = std::make_shared<ReliableSender>(options);
          auto counter = root.spawn<Counter>(answers_from, 2u, numbers);
          auto all = co_await all_of(deliver_one(sender, counter), deliver_one(sender, counter),
                                     deliver_one(sender, counter));
          EXPECT_TRUE(std::get<0>(all).ok() && std::get<1>(all).ok() && std::get<2>(all).ok());
          co_return ok();
        },
        in_order, &seen);
    EXPECT_EQ(seen.size(), 6u);
    EXPECT_EQ(std::ranges::is_sorted(seen), in_order);
  }
}

Behavior pays_and_fails(Counter::Self self, std::shared_ptr<ReliableSender> sender,
                        Ref<Counter> to) {
  if (self.restarts() != 0) {
    const auto left = co_await redeliver(sender);
    EXPECT_EQ(left.acknowledged, 3u);
    EXPECT_EQ(left.open + left.failed, 0u);
  }
  for (int i = 0; i < 3 && self.restarts() == 0; ++i) {
    auto piped = self.pipe(deliver_one(sender, to), [](Status, const Ref<Counter>&) {
      ADD_FAILURE() << "the behaviour that asked is gone";
    });
    EXPECT_TRUE(piped.ok());
  }
  auto msg = co_await self.receive();
  if (msg.kind() == Counter::Kind::kFail) throw std::runtime_error("failed");
  if (msg.kind() == Counter::Kind::kTotal) msg.total().reply(sender->counters().acknowledged);
}

/// Also with an order, where those that are left over come before what is new.
TEST_P(ReliableSenderTest, TheNextBehaviourSendsWhatIsLeftOver) {
  for (const bool in_order : {true, false}) {
    System system(options_for(GetParam()));
    std::vector<std::uint64_t> seen;
    run_in(
        system,
        [](Root root, bool ordered, std::vector<std::uint64_t>* numbers) -> Task<Status> {
          ReliableOptions options = kQuick;
          options.in_order = ordered;
          // It has failed before that. In order, the others come only after a retry each.
          options.retry_least = ordered ? Duration(300ms) : 1h;
          options.retry_most = options.retry_least;
          auto sender = std::make_shared<ReliableSender>(options);
          auto counter = root.spawn<Counter>(answers_from, 2u, numbers);
          auto payer = root.spawn<Counter>(SpawnOptions{.supervision = Supervision{}},
                                           pays_and_fails, sender, counter);
          // Each has been tried once and waits; with an order, the first of them.
          const std::size_t tried = ordered ? 1 : 3;
          co_await until([&] { return sender->unacknowledged() == 3 && numbers->size() >= tried; });
          EXPECT_EQ(sender->unacknowledged(), 3u);
          payer.tell().fail("now");
          auto total = co_await payer.ask(within(10s)).total();
          EXPECT_EQ(total->value(), 3u);
          co_return ok();
        },
        in_order, &seen);
    EXPECT_EQ(seen.size(), 6u);
    EXPECT_EQ(std::ranges::is_sorted(seen), in_order);
  }
}

/// A message that is sent with an order after a restart first sends those that nobody sends.
TEST_P(ReliableSenderTest, WhatIsNewWaitsForWhatIsLeftOver) {
  System system(options_for(GetParam()));
  std::vector<std::uint64_t> seen;
  run_in(
      system,
      [](Root root, std::vector<std::uint64_t>* numbers) -> Task<Status> {
        ReliableOptions options = kQuick;
        options.in_order = true;
        auto sender = std::make_shared<ReliableSender>(options);
        auto counter = root.spawn<Counter>(answers_from, 1u, numbers);
        auto left = sender->accept([counter](DeliveryId id, Deadline by) {
          return detail::attempt_once(take_from(counter), id, by, nullptr);
        });
        EXPECT_TRUE(left.ok());
        auto delivered = co_await deliver_one(sender, counter);
        co_return delivered;
      },
      &seen);
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 2}));
}

INSTANTIATE_TEST_SUITE_P(Everywhere, ReliableSenderTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

TEST(Deduplicator, RemembersAnswersWithinItsWindow) {
  Deduplicator<std::string> seen({.window = 3, .senders_max = 2});
  EXPECT_EQ(seen.look({1, 1}), Seen::kNew);
  seen.remember({1, 1}, "one");
  seen.remember({1, 3}, "three");
  EXPECT_EQ(seen.look({1, 1}), Seen::kBefore);
  EXPECT_EQ(seen.answer({1, 1}), "one");
  EXPECT_EQ(seen.look({1, 2}), Seen::kNew) << "within the window, and not seen";
  EXPECT_EQ(seen.look({2, 1}), Seen::kNew) << "of another sender";
  seen.remember({1, 4}, "four");
  EXPECT_EQ(seen.look({1, 1}), Seen::kTooOld);
  EXPECT_EQ(seen.look({1, 2}), Seen::kNew);
  EXPECT_EQ(seen.look({1, 3}), Seen::kBefore);
  seen.remember({1, 2}, "two");
  EXPECT_EQ(seen.answer({1, 2}), "two");
  seen.remember({1, 100}, "hundred");
  EXPECT_EQ(seen.look({1, 4}), Seen::kTooOld);
  EXPECT_EQ(seen.look({1, 97}), Seen::kTooOld);
  EXPECT_EQ(seen.look({1, 98}), Seen::kNew);
}

TEST(Deduplicator, ForgetsTheSenderThatWasSilentLongest) {
  Deduplicator<int> seen({.window = 3, .senders_max = 2});
  seen.remember({1, 1}, 1);
  seen.remember({2, 1}, 1);
  seen.remember({1, 2}, 2);
  seen.remember({3, 1}, 1);
  EXPECT_EQ(seen.senders(), 2u);
  EXPECT_EQ(seen.forgotten_senders(), 1u);
  EXPECT_EQ(seen.look({1, 1}), Seen::kBefore);
  EXPECT_EQ(seen.look({2, 1}), Seen::kNew);
}

}  // namespace
}  // namespace troupe
