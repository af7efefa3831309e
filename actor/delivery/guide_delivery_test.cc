// Conformance: what the guide to message delivery says (its chapters 3.8.1 and 3.8.2), each
// statement a test with the words of the statement for its name. Dead letters:
// guide_dead_letters_test.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
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
using sample::Vault;
using sample::Watcher;
using testing::options_for;
using testing::run_in;

/// Notes the amounts that it is told, in their order; answers total() with their number.
Behavior notes(Counter::Self self, std::vector<std::uint64_t>* seen) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kAdd) {
      seen->push_back(msg.add().amount());
    } else if (msg.kind() == Counter::Kind::kTotal) {
      msg.total().reply(seen->size());
    } else if (msg.kind() == Counter::Kind::kFail) {
      throw std::runtime_error("failed");
    } else {
      co_return;
    }
  }
}
Task<Ref<Counter>> spawn_notes(std::vector<std::uint64_t>* seen) {
  co_return Root().spawn<Counter>(notes, seen);
}
unsigned last_core() { return Root().cores() - 1; }
/// Waits until `actor` has handled what this core sent it before: asks until it answers, and gives
/// back how many asks were refused for want of room.
Task<std::uint64_t> refused_until_handled(Ref<Counter> actor) {
  for (std::uint64_t refused = 0;; ++refused) {
    auto total = co_await actor.ask(within(10s)).total();
    if (total) co_return refused;
    EXPECT_TRUE(total.error().is(Code::kMailboxFull)) << total.error().describe();
    auto slept = co_await sleep_for(1ms);
    if (::testing::Test::HasFailure() || !slept) co_return refused;
  }
}

/// Sends `from` to `from + count - 1`, with a pause now and then.
Task<Status> send_numbers(Ref<Counter> to, std::uint64_t from, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    to.tell().add(from + i);
    if (i % 97 == 0) {
      auto yielded = co_await yield();
      if (!yielded) co_return yielded;
    }
  }
  co_return ok();
}
std::uint64_t dropped(const System& system, DropReason reason) {
  return system.ledger().dropped[static_cast<std::size_t>(reason)];
}

Task<Status> send_from_last_core(Ref<Counter> to) {
  Status sent =
      co_await on_core(last_core(), send_numbers, to, std::uint64_t{10'000}, std::uint64_t{1000});
  co_return sent;
}

// ---- 3.8.1: the general rules ----

class GuideGeneralRules : public ::testing::TestWithParam<testing::RunOn> {};

TEST_P(GuideGeneralRules, AtMostOnceEachMessageArrivesOnceOrNotAtAll) {
  SystemOptions options = options_for(GetParam());
  options.node.mailbox_messages_max = 100;  // so that some do not arrive
  System system(options);
  std::vector<std::uint64_t> seen;
  std::uint64_t refused = 0;
  run_in(
      system,
      [](Root root, std::vector<std::uint64_t>* numbers, std::uint64_t* asks) -> Task<Status> {
        auto actor = co_await root.on_core(last_core(), spawn_notes, numbers);
        for (std::uint64_t i = 0; i < 5000; ++i) actor.tell().add(i);
        *asks = co_await refused_until_handled(actor);
        co_return ok();
      },
      &seen, &refused);
  std::vector<std::uint64_t> once = seen;
  std::ranges::sort(once);
  EXPECT_EQ(std::ranges::adjacent_find(once), once.end()) << "none arrives twice";
  EXPECT_EQ(seen.size() + dropped(system, DropReason::kMailboxFull), 5000 + refused);
  if (GetParam().cores == 1) EXPECT_GT(dropped(system, DropReason::kMailboxFull), 0u);
}

TEST_P(GuideGeneralRules, MessagesOfOneSenderArriveInTheOrderOfTheirSending) {
  for (const bool same_core : {true, false}) {
    System system(options_for(GetParam()));
    std::vector<std::uint64_t> seen;
    run_in(
        system,
        [](Root root, bool same, std::vector<std::uint64_t>* numbers) -> Task<Status> {
          auto actor = co_await root.on_core(same ? 0 : last_core(), spawn_notes, numbers);
          auto sent = co_await send_numbers(actor, 0, 5000);
          auto total = co_await actor.ask(within(10s)).total();
          EXPECT_EQ(total->value(), 5000u) << "the ask came after all that was told before it";
          co_return sent;
        },
        same_core, &seen);
    EXPECT_EQ(seen.size(), 5000u);
    EXPECT_TRUE(std::ranges::is_sorted(seen));
  }
}

/// A1 sends M1, M2, M3 and A3 sends M4, M5, M6: what arrives is in each one's order, and theirs may
/// be mixed.
TEST_P(GuideGeneralRules, MessagesOfTwoSendersMayBeInterleaved) {
  System system(options_for(GetParam()));
  std::vector<std::uint64_t> seen;
  run_in(
      system,
      [](Root root, std::vector<std::uint64_t>* numbers) -> Task<Status> {
        auto actor = co_await root.on_core(last_core(), spawn_notes, numbers);
        auto both = co_await all_of(send_numbers(actor, 0, 1000), send_from_last_core(actor));
        EXPECT_TRUE(std::get<0>(both).ok() && std::get<1>(both).ok());
        auto total = co_await actor.ask(within(10s)).total();
        EXPECT_EQ(total->value(), 2000u);
        co_return ok();
      },
      &seen);
  std::vector<std::uint64_t> of_each[2];
  for (const std::uint64_t value : seen) of_each[value < 10'000 ? 0 : 1].push_back(value);
  EXPECT_TRUE(std::ranges::is_sorted(of_each[0]));
  EXPECT_TRUE(std::ranges::is_sorted(of_each[1]));
}

/// If M2 is delivered, it was before M3, whatever became of M1: a drop leaves a gap and no
/// disorder.
TEST_P(GuideGeneralRules, ADropLeavesTheOrderOfTheOthers) {
  SystemOptions options = options_for(GetParam());
  options.node.mailbox_messages_max = 20;
  options.node.lanes.user_ring_bytes = 8192;
  options.node.lanes.spill_bytes_max = 2048;
  System system(options);
  std::vector<std::uint64_t> seen;
  run_in(
      system,
      [](Root root, std::vector<std::uint64_t>* numbers) -> Task<Status> {
        auto actor = co_await root.on_core(last_core(), spawn_notes, numbers);
        auto sent = co_await send_numbers(actor, 0, 5000);
        co_await refused_until_handled(actor);
        co_return sent;
      },
      &seen);
  // On threads the receiver may keep up.
  if (GetParam().backend == BackendKind::kSimulation) {
    EXPECT_GT(system.ledger().dropped_total(), 0u);
  }
  EXPECT_TRUE(std::ranges::is_sorted(seen));
}

Behavior forwards_to(Counter::Self self, Ref<Counter> to) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) co_return;
    forward(std::move(msg), to);
  }
}
/// A sends M1 to C, then M2 to B, which forwards it to C, each on its own core. M1 waits for room
/// in its lane and M2 does not: over the seeds of a simulation, both orders are seen.
TEST(GuideOrdering, IsNotTransitive) {
  unsigned first = 0;
  unsigned second = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SystemOptions options = options_for({BackendKind::kSimulation, 3, seed});
    options.node.lanes.user_ring_bytes = 8192;
    System system(options);
    std::vector<std::uint64_t> seen;
    run_in(
        system,
        [](Root root, std::vector<std::uint64_t>* numbers) -> Task<Status> {
          auto c = co_await root.on_core(2, spawn_notes, numbers);
          auto b = co_await root.on_core(
              1,
              [](Ref<Counter> to) -> Task<Ref<Counter>> {
                co_return Root().spawn<Counter>(forwards_to, to);
              },
              c);
          for (int i = 0; i < 250; ++i) c.tell().add(0);
          c.tell().add(1);
          b.tell().add(2);
          auto slept = co_await sleep_for(20ms);
          co_return slept;
        },
        &seen);
    std::erase(seen, 0u);
    ASSERT_EQ(seen.size(), 2u);
    ++(seen[0] == 1 ? first : second);
  }
  EXPECT_GT(first, 0u);
  EXPECT_GT(second, 0u);
}

/// Creation comes before the first message: a parent spawns and sends at once.
TEST_P(GuideGeneralRules, ASpawnComesBeforeWhatItsParentSends) {
  System system(options_for(GetParam()));
  std::vector<std::uint64_t> seen;
  run_in(
      system,
      [](Root root, std::vector<std::uint64_t>* numbers) -> Task<Status> {
        auto child = root.spawn<Counter>(notes, numbers);
        child.tell().add(1);
        auto total = co_await child.ask(within(10s)).total();
        EXPECT_EQ(total->value(), 1u);
        co_return ok();
      },
      &seen);
}

/// And before what others send who were told of it: the reference exists once the actor does. What
/// may come too early elsewhere cannot here.
TEST_P(GuideGeneralRules, AReferenceReachesItsActorFromWhereverItWasSentTo) {
  System system(options_for(GetParam()));
  std::vector<std::uint64_t> seen;
  run_in(
      system,
      [](Root root, std::vector<std::uint64_t>* numbers) -> Task<Status> {
        for (int i = 0; i < 50; ++i) {
          auto child = root.spawn<Counter>(notes, numbers);
          auto told = co_await root.on_core(last_core(), send_numbers, child, std::uint64_t{0},
                                            std::uint64_t{1});
          auto total = co_await child.ask(within(10s)).total();
          EXPECT_TRUE(told.ok() && total.ok());
        }
        co_return ok();
      },
      &seen);
  EXPECT_EQ(seen.size(), 50u);
  EXPECT_EQ(system.ledger().dropped_total(), 0u);
}

/// Failure is control: it has a queue of its own. Child sends M to its parent and fails with F; the
/// parent may see F first, and M is not lost with it.
Behavior parent_of_failing(Watcher::Self self, std::vector<std::string>* order) {
  auto child = self.spawn<Counter>(
      [](Counter::Self own, Ref<Watcher> parent) -> Behavior {
        auto msg = co_await own.receive();
        if (msg.kind() == Counter::Kind::kStop) co_return;
        parent.tell().note(1);
        throw std::runtime_error("failed");
      },
      self.ref());
  self.watch(child);
  child.tell().add(1);
  while (order->size() < 2) {
    auto msg = co_await self.receive();
    if (msg.kind() == Watcher::Kind::kNote) {
      order->push_back("M");
    } else if (msg.kind() == Watcher::Kind::kDown) {
      EXPECT_EQ(msg.down().reason(), DownReason::kFailed);
      order->push_back("F");
    } else {
      co_return;
    }
  }
}
TEST_P(GuideGeneralRules, FailureIsNotOrderedAmongMessages) {
  System system(options_for(GetParam()));
  std::vector<std::string> order;
  run_in(
      system,
      [](Root root, std::vector<std::string>* events) -> Task<Status> {
        auto parent = root.spawn<Watcher>(parent_of_failing, events);
        auto down = co_await until_ended(parent, within(10s));
        EXPECT_EQ(down->reason(), DownReason::kNormal);
        co_return ok();
      },
      &order);
  std::ranges::sort(order);
  EXPECT_EQ(order, (std::vector<std::string>{"F", "M"}));
}

/// What an actor does is known by its answer alone: tell() says nothing of it, an ask does.
TEST_P(GuideGeneralRules, OnlyAnAnswerOfTheReceiverTellsThatItActed) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto actor = co_await root.on_core(
        last_core(),
        [](unsigned) -> Task<Ref<Counter>> {
          co_return Root().spawn<Counter>(sample::counter, std::uint64_t{100});
        },
        0u);
    auto taken = co_await actor.ask(within(10s)).take(10);
    EXPECT_EQ(taken->left(), 90u);
    auto refused = co_await actor.ask(within(10s)).take(1000);
    EXPECT_TRUE(refused.error().is(sample::Refusal::kTooMuch));
    auto ignored = co_await actor.ask(within(10s)).ignore();
    EXPECT_TRUE(ignored.error().is(Code::kNoReply));
    co_return ok();
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, GuideGeneralRules, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

// ---- 3.8.2: sends that stay in the process ----

class GuideLocalSends : public ::testing::TestWithParam<testing::RunOn> {};

TEST_P(GuideLocalSends, LoseNothingWithoutAReason) {
  System system(options_for(GetParam()));
  std::vector<std::uint64_t> seen;
  run_in(
      system,
      [](Root root, std::vector<std::uint64_t>* numbers) -> Task<Status> {
        auto actor = co_await root.on_core(last_core(), spawn_notes, numbers);
        auto sent = co_await send_numbers(actor, 0, 100'000);
        auto total = co_await actor.ask(within(10s)).total();
        EXPECT_EQ(total->value(), 100'000u);
        co_return sent;
      },
      &seen);
  EXPECT_EQ(system.ledger().dropped_total(), 0u);
}

TEST_P(GuideLocalSends, FailIfTheMailboxDoesNotTakeTheMessage) {
  SystemOptions options = options_for(GetParam());
  options.node.mailbox_messages_max = 3;
  System system(options);
  run_in(system, [](Root root) -> Task<Status> {
    auto actor = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    for (int i = 0; i < 5; ++i) actor.tell().add(1);
    const auto letters = Core::current().dead_letters.list();
    EXPECT_EQ(letters.size(), 2u);
    for (const DeadLetter& each : letters) EXPECT_EQ(each.reason, DropReason::kMailboxFull);
    auto asked = co_await actor.ask(within(10s)).total();
    EXPECT_TRUE(asked.error().is(Code::kMailboxFull));
    EXPECT_EQ(asked.error().detail(), 3u) << "the error says how many wait";
    EXPECT_STREQ(asked.error().context(), "sample.Counter") << "and whose mailbox it is";
    co_return ok();
  });
}

/// The sender of a tell is not told that processing failed: the supervisor is. Who asks, is.
TEST_P(GuideLocalSends, FailIfTheReceiverFailsWhileProcessing) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    const auto fails = [](Counter::Self self) -> Behavior {
      auto msg = co_await self.receive();
      if (msg.kind() != Counter::Kind::kStop) throw std::runtime_error("failed");
    };
    auto told = root.spawn<Counter>(fails);
    told.tell().add(1);
    auto down = co_await until_ended(told, within(10s));
    EXPECT_EQ(down->reason(), DownReason::kFailed);
    auto asked = co_await root.spawn<Counter>(fails).ask(within(10s)).total();
    EXPECT_TRUE(asked.error().is(Code::kFailed)) << asked.error().describe();
    EXPECT_STREQ(asked.error().context(), "sample.Counter");
    // So is who asked before, and waits for an answer that is kept.
    const auto keeps = [](Counter::Self self) -> Behavior {
      auto first = co_await self.receive();
      auto right = first.total().take_reply();
      auto second = co_await self.receive();
      if (second.kind() != Counter::Kind::kStop) throw std::runtime_error("failed");
      right.reply(1);
    };
    auto keeper = root.spawn<Counter>(keeps);
    auto both = co_await all_of(keeper.ask(within(10s)).total(), keeper.ask(within(10s)).total());
    EXPECT_TRUE(std::get<0>(both).error().is(Code::kFailed));
    EXPECT_TRUE(std::get<1>(both).error().is(Code::kFailed));
    co_return ok();
  });
}

TEST_P(GuideLocalSends, FailIfTheReceiverHasEnded) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto actor = co_await root.on_core(
        last_core(),
        [](unsigned) -> Task<Ref<Counter>> {
          co_return Root().spawn<Counter>(sample::counter, std::uint64_t{0});
        },
        0u);
    actor.stop();
    auto down = co_await until_ended(actor, within(10s));
    EXPECT_TRUE(down.ok());
    actor.tell().add(1);
    auto asked = co_await actor.ask(within(10s)).total();
    EXPECT_TRUE(asked.error().is(Code::kNoSuchActor));
    co_return ok();
  });
  EXPECT_EQ(dropped(system, DropReason::kNoSuchActor), 2u);
}

TEST_P(GuideLocalSends, FailIfTheMessageExceedsTheLimitOfFrames) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto actor = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    const std::vector<std::byte> large(2 << 20);
    auto asked = co_await actor.ask(within(10s)).echo(large);
    EXPECT_TRUE(asked.error().is(Code::kTooLarge));
    co_return ok();
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, GuideLocalSends, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
