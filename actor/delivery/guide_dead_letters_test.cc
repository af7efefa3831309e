// Conformance: what the guide says of dead letters (its chapters 3.8.4 and 3.3.7), each statement a
// test with the words of the statement for its name.
#include <gtest/gtest.h>

#include <cstdint>
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

std::uint64_t dropped(const System& system, DropReason reason) {
  return system.ledger().dropped[static_cast<std::size_t>(reason)];
}

class GuideDeadLetters : public ::testing::TestWithParam<testing::RunOn> {};

TEST_P(GuideDeadLetters, WhatWaitsWhenAnActorEndsBecomesDeadLetters) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    EventSubscription<DroppedMessage> drops;
    auto actor = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    actor.tell().end();
    for (std::uint64_t i = 1; i <= 3; ++i) actor.tell().add(i);
    for (std::uint64_t i = 1; i <= 3; ++i) {
      auto drop = co_await drops.next(within(10s));
      EXPECT_EQ(drop->reason, DropReason::kActorStopped);
      EXPECT_EQ(drop->target, actor.address());
    }
    const auto letters = Core::current().dead_letters.list();
    EXPECT_EQ(letters.size(), 3u);
    EXPECT_EQ(letters[2].message<Counter>()->add().amount(), 3u);
    co_return ok();
  });
}

TEST_P(GuideDeadLetters, LaterSendsToItDoToo) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto actor = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    actor.stop();
    auto down = co_await until_ended(actor, within(10s));
    EXPECT_TRUE(down.ok());
    // A successor in its place gets none of it.
    auto successor = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    actor.tell().add(5);
    auto total = co_await successor.ask(within(10s)).total();
    EXPECT_EQ(total->value(), 0u);
    const auto letters = Core::current().dead_letters.list();
    EXPECT_EQ(letters.size(), 1u);
    EXPECT_EQ(letters[0].reason, DropReason::kNoSuchActor);
    co_return ok();
  });
}

/// They arise where it is found that a message cannot be delivered: with the receiver, as a rule;
/// with the sender, if it gets no further.
TEST_P(GuideDeadLetters, AriseOnTheCoreThatFindsOut) {
  if (GetParam().cores == 1) GTEST_SKIP() << "wants two cores";
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    Ref<Counter>(Address{0, 1, 12345, 1}).tell().add(1);
    Ref<Counter>(Address{0, 99, 1, 1}).tell().add(1);
    auto slept = co_await sleep_for(20ms);
    const auto letters = co_await dead_letters(root);
    EXPECT_EQ(letters.size(), 2u);
    EXPECT_EQ(letters[0].core, 0u);
    EXPECT_EQ(letters[0].target.core, 99u);
    EXPECT_EQ(letters[1].core, 1u);
    co_return slept;
  });
}

/// From then on, and best effort: no guarantee can be built on them, but each is counted.
TEST_P(GuideDeadLetters, SubscribersGetThoseFromThenOn) {
  System system(options_for(GetParam()));
  run_in(system, [](Root) -> Task<Status> {
    const Ref<Counter> nobody(Address{0, 0, 12345, 1});
    nobody.tell().add(1);
    EventSubscription<DroppedMessage> drops;
    nobody.tell().add(2);
    auto drop = co_await drops.next(within(10s));
    EXPECT_EQ(drop->number, 2u);
    co_return ok();
  });
}

TEST_P(GuideDeadLetters, AreBestEffortAndTheLedgerIsNot) {
  SystemOptions options = options_for(GetParam());
  options.node.dead_letters.letters_max = 10;
  System system(options);
  run_in(system, [](Root) -> Task<Status> {
    EventSubscription<DroppedMessage> drops(10);
    const Ref<Counter> nobody(Address{0, 0, 12345, 1});
    for (int i = 0; i < 1000; ++i) nobody.tell().add(1);
    EXPECT_EQ(Core::current().dead_letters.size(), 10u);
    EXPECT_EQ(Core::current().dead_letters.counters().forgotten, 990u);
    EXPECT_EQ(drops.overflowed(), 990u);
    co_return ok();
  });
  EXPECT_EQ(dropped(system, DropReason::kNoSuchActor), 1000u);
}

/// A second stop is nothing that could be lost; stops and watches are no user messages.
TEST_P(GuideDeadLetters, ASecondStopIsNone) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto actor = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    actor.stop();
    actor.stop();
    actor.stop_after_queued();
    auto down = co_await until_ended(actor, within(10s));
    EXPECT_TRUE(down.ok());
    actor.stop();
    actor.stop_after_queued();
    EXPECT_EQ(Core::current().dead_letters.size(), 0u);
    co_return ok();
  });
  EXPECT_EQ(system.ledger().dropped_total(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, GuideDeadLetters, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
