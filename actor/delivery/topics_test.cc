// Topics: published to whoever has subscribed, on whatever core.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Watcher;
using testing::options_for;
using testing::run_in;

Task<Ref<Counter>> spawn_counter(unsigned) {
  co_return Root().spawn<Counter>(sample::counter, std::uint64_t{0});
}
/// So many on each core, all subscribed on their own core.
Task<std::vector<Ref<Counter>>> subscribers(Root root, std::string topic, unsigned each) {
  std::vector<Ref<Counter>> all;
  for (unsigned core = 0; core < root.cores(); ++core) {
    for (unsigned i = 0; i < each; ++i) {
      auto made = co_await root.on_core(
          core,
          [](std::string name) -> Task<Ref<Counter>> {
            auto counter = Root().spawn<Counter>(sample::counter, std::uint64_t{0});
            EXPECT_TRUE(Topic<Counter>(name).subscribe(counter).ok());
            EXPECT_TRUE(Topic<Counter>(name).subscribe(counter).ok()) << "the second time too";
            co_return counter;
          },
          topic);
      all.push_back(made);
    }
  }
  co_return all;
}
Task<std::uint64_t> total_of(Ref<Counter> counter) {
  auto total = co_await counter.ask(within(10s)).total();
  co_return total ? total->value() : ~std::uint64_t{0};
}

Task<std::size_t> topics_here() { co_return Core::current().topics.size(); }

class TopicTest : public ::testing::TestWithParam<testing::RunOn> {};

TEST_P(TopicTest, ReachesAllSubscribersOfAllCores) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    const auto all = co_await subscribers(root, "prices", 5);
    const auto others = co_await subscribers(root, "other", 1);
    for (std::uint64_t i = 1; i <= 10; ++i) Topic<Counter>("prices").publish().add(i);
    // From another core as well.
    auto published = co_await root.on_core(
        root.cores() - 1,
        [](unsigned) -> Task<Status> {
          Topic<Counter>("prices").publish().add(100);
          co_return ok();
        },
        0u);
    EXPECT_TRUE(published.ok());
    auto slept = co_await sleep_for(20ms);
    for (const Ref<Counter>& each : all) {
      const std::uint64_t total = co_await total_of(each);
      EXPECT_EQ(total, 155u);
    }
    const std::uint64_t nothing = co_await total_of(others.front());
    EXPECT_EQ(nothing, 0u);
    co_return slept;
  });
  EXPECT_EQ(system.ledger().dropped_total(), 0u);
}

/// Large messages are copied for each, and belong to none of the publisher's blocks.
TEST_P(TopicTest, LargeMessagesToo) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    const auto failing = co_await subscribers(root, "large", 2);
    Topic<Counter>("large").publish().fail(std::string(100'000, 'x'));
    for (const Ref<Counter>& each : failing) {
      auto down = co_await until_ended(each, within(10s));
      EXPECT_TRUE(down.ok());
    }
    co_return ok();
  });
}

TEST_P(TopicTest, OneFrameToEachOtherCore) {
  if (GetParam().cores == 1) GTEST_SKIP() << "wants two cores";
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    const auto all = co_await subscribers(root, "prices", 50);
    const std::uint64_t before = Core::current().exchange.frames_sent();
    for (int i = 0; i < 10; ++i) Topic<Counter>("prices").publish().add(1);
    EXPECT_EQ(Core::current().exchange.frames_sent() - before, 10u);
    auto slept = co_await sleep_for(20ms);
    const std::uint64_t total = co_await total_of(all.back());
    EXPECT_EQ(total, 10u);
    co_return slept;
  });
}

TEST_P(TopicTest, WhoEndsOrUnsubscribesIsRemoved) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    const Topic<Counter> topic("prices");
    const auto all = co_await subscribers(root, "prices", 2);
    all[0].stop();
    auto down = co_await until_ended(all[0], within(10s));
    EXPECT_TRUE(down.ok());
    topic.publish().add(1);
    const std::uint64_t first = co_await total_of(all[1]);
    EXPECT_EQ(first, 1u);
    topic.unsubscribe(all[1]);
    topic.publish().add(1);
    const std::uint64_t second = co_await total_of(all[1]);
    EXPECT_EQ(second, 1u);
    // The last ones go too, wherever they live: then nobody knows of the topic.
    for (const Ref<Counter>& each : all) topic.unsubscribe(each);
    // The other cores say so to this one, which is asked last.
    for (unsigned core = root.cores(); core-- > 0;) {
      EXPECT_EQ(co_await root.on_core(core, topics_here), 0u);
    }
    const std::uint64_t sent = Core::current().ledger.sent;
    topic.publish().add(1);
    EXPECT_EQ(Core::current().ledger.sent, sent);
    co_return ok();
  });
  EXPECT_EQ(system.ledger().dropped_total(), 0u) << "nothing is sent to those that ended";
}

TEST_P(TopicTest, ManyComeAndGo) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    const Topic<Counter> topic("crowd");
    for (int round = 0; round < 5; ++round) {
      std::vector<Ref<Counter>> crowd;
      for (int i = 0; i < 200; ++i) {
        crowd.push_back(root.spawn<Counter>(sample::counter, std::uint64_t{0}));
        EXPECT_TRUE(topic.subscribe(crowd.back()).ok());
      }
      for (int i = 0; i < 199; ++i) crowd[static_cast<std::size_t>(i)].stop();
      auto down = co_await until_ended(crowd[198], within(10s));
      EXPECT_TRUE(down.ok());
      topic.publish().add(1);
      const std::uint64_t total = co_await total_of(crowd.back());
      EXPECT_EQ(total, 1u);
      const TopicEntry* entry = Core::current().topics.find(Counter::kId, "crowd");
      EXPECT_LT(entry->subscribers.size(), 50u) << "those that ended are swept";
      crowd.back().stop();
      auto last = co_await until_ended(crowd.back(), within(10s));
      EXPECT_TRUE(last.ok());
    }
    EXPECT_EQ(Core::current().topics.find(Counter::kId, "crowd"), nullptr);
    co_return ok();
  });
  EXPECT_EQ(system.ledger().dropped_total(), 0u);
}

TEST_P(TopicTest, SubscribesForAnActorOfAnotherCore) {
  if (GetParam().cores == 1) GTEST_SKIP() << "wants two cores";
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    const Topic<Counter> topic("prices");
    auto far = co_await root.on_core(1, spawn_counter, 0u);
    EXPECT_TRUE(topic.subscribe(far).ok());
    topic.publish().add(3);  // at once: the subscription goes ahead of it
    const std::uint64_t total = co_await total_of(far);
    EXPECT_EQ(total, 3u);
    topic.unsubscribe(far);
    const std::uint64_t settled = co_await total_of(far);
    EXPECT_EQ(settled, 3u);
    // One that is gone: this core is told that nobody is there.
    far.stop();
    auto down = co_await until_ended(far, within(10s));
    EXPECT_TRUE(down.ok());
    EXPECT_TRUE(topic.subscribe(far).ok());
    // Comes home after that answer: control keeps its order.
    EXPECT_EQ(co_await root.on_core(1, topics_here), 0u);
    EXPECT_EQ(Core::current().topics.size(), 0u);
    co_return ok();
  });
}

TEST_P(TopicTest, ErrorsAreValues) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    const Topic<Counter> topic("prices");
    auto counter = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    counter.tell().end();
    auto down = co_await until_ended(counter, within(10s));
    EXPECT_TRUE(down.ok());
    EXPECT_TRUE(topic.subscribe(counter).error().is(Code::kNoSuchActor));
    EXPECT_TRUE(topic.subscribe(Ref<Counter>()).error().is(Code::kNoSuchActor));
    EXPECT_TRUE(topic.subscribe(Ref<Counter>(Address{0, 99, 1, 1})).error().is(Code::kNoSuchActor));
    // An address of an actor that speaks another protocol.
    auto watcher = root.spawn<Watcher>(sample::watcher);
    EXPECT_TRUE(topic.subscribe(Ref<Counter>(watcher.address())).error().is(Code::kNoSuchActor));
    EXPECT_EQ(Core::current().topics.size(), 0u);
    co_return ok();
  });
}

Behavior fails_once(Counter::Self self, int* lives) {
  const int life = ++*lives;
  std::uint64_t sum = 0;
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kAdd) {
      if (life == 1) throw std::runtime_error("once");
      sum += msg.add().amount();
    } else if (msg.kind() == Counter::Kind::kTotal) {
      msg.total().reply(sum);
    } else {
      co_return;
    }
  }
}

TEST_P(TopicTest, ASubscriberThatRestartsStays) {
  System system(options_for(GetParam()));
  int lives = 0;
  run_in(
      system,
      [](Root root, int* count) -> Task<Status> {
        auto actor =
            root.spawn<Counter>(SpawnOptions{.supervision = Supervision{}}, fails_once, count);
        EXPECT_TRUE(Topic<Counter>("prices").subscribe(actor).ok());
        Topic<Counter>("prices").publish().add(1);
        auto slept = co_await sleep_for(1ms);
        Topic<Counter>("prices").publish().add(2);
        const std::uint64_t total = co_await total_of(actor);
        EXPECT_EQ(total, 2u);
        co_return slept;
      },
      &lives);
  EXPECT_EQ(lives, 2);
}

/// A full mailbox of one is nobody else's matter.
TEST_P(TopicTest, AFullMailboxDropsItsOwnCopyAlone) {
  SystemOptions options = options_for(GetParam());
  options.node.mailbox_messages_max = 10;
  System system(options);
  run_in(system, [](Root root) -> Task<Status> {
    const auto all = co_await subscribers(root, "prices", 2);
    for (int i = 0; i < 8; ++i) all[0].tell().add(0);
    for (int i = 0; i < 5; ++i) Topic<Counter>("prices").publish().add(1);
    auto slept = co_await sleep_for(20ms);
    const std::uint64_t full = co_await total_of(all[0]);
    EXPECT_EQ(full, 2u);
    const std::uint64_t free = co_await total_of(all[1]);
    EXPECT_EQ(free, 5u);
    co_return slept;
  });
  EXPECT_EQ(system.ledger().dropped[static_cast<std::size_t>(DropReason::kMailboxFull)], 3u);
}

/// A lane without room drops the frame, counted, with its content: it can be sent to an actor.
TEST_P(TopicTest, AFullLaneIsCounted) {
  // On threads the other core may take as fast as this one publishes.
  if (GetParam().backend != BackendKind::kSimulation || GetParam().cores == 1) {
    GTEST_SKIP() << "wants another core that stands still meanwhile";
  }
  SystemOptions options = options_for(GetParam());
  options.node.lanes.user_ring_bytes = 8192;
  options.node.lanes.spill_bytes_max = 4096;
  System system(options);
  run_in(system, [](Root root) -> Task<Status> {
    const auto all = co_await subscribers(root, "prices", 1);
    for (int i = 0; i < 1000; ++i) Topic<Counter>("prices").publish().add(1);
    const std::uint64_t dropped =
        Core::current().ledger.dropped[static_cast<std::size_t>(DropReason::kLaneFull)];
    EXPECT_GT(dropped, 0u);
    auto slept = co_await sleep_for(20ms);
    const std::uint64_t near = co_await total_of(all[0]);
    EXPECT_EQ(near, 1000u);
    const std::uint64_t far = co_await total_of(all[1]);
    EXPECT_EQ(far, 1000u - dropped);
    DeadLetters& letters = Core::current().dead_letters;
    const std::vector<DeadLetter> kept = letters.list();
    EXPECT_FALSE(kept.empty());
    if (kept.empty()) co_return slept;
    const DeadLetter letter = kept[0];
    EXPECT_TRUE(letter.to_topic);
    EXPECT_EQ(letter.key, "prices");
    EXPECT_TRUE(letters.replay(letter.number).error().is(Code::kInvalidArgument));
    EXPECT_TRUE(letters.replay(letter.number, all[1]).ok());
    const std::uint64_t again = co_await total_of(all[1]);
    EXPECT_EQ(again, far + 1);
    co_return slept;
  });
}

TEST_P(TopicTest, EventsOfAContractAreATopicOfTheirOwn) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto counter = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    EXPECT_TRUE(event_topic<Counter>().subscribe(counter).ok());
    event_topic<Counter>().publish().add(4);
    Topic<Counter>("other").publish().add(4);
    const std::uint64_t total = co_await total_of(counter);
    EXPECT_EQ(total, 4u);
    co_return ok();
  });
}

TEST(TopicDeathTest, ARightToAnswerIsNotPublished) {
  EXPECT_DEATH(
      {
        System system(options_for({BackendKind::kSimulation, 1}));
        (void)system.run([](Root) -> Task<Status> {
          Topic<Counter>("prices").publish().answer({}, 1);
          co_return ok();
        });
      },
      "reply-to field");
}

Task<Status> leave_on_its_core(Ref<Counter> leaving) {
  const auto leave = [](Ref<Counter> leaves) -> Task<Status> {
    Topic<Counter>("prices").unsubscribe(leaves);
    co_return ok();
  };
  Status left = co_await on_core(leaving.address().core, leave, leaving);
  co_return left;
}

/// What a core said before it learned of the subscription does not undo it.
TEST(TopicSeedsTest, WhatIsPublishedAfterASubscriptionReachesIt) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    System system(options_for({BackendKind::kSimulation, 2, seed}));
    run_in(system, [seed](Root root) -> Task<Status> {
      const Topic<Counter> prices("prices");
      auto other = co_await root.on_core(1, spawn_counter, 0u);
      auto counter = co_await root.on_core(1, spawn_counter, 0u);
      EXPECT_TRUE(prices.subscribe(other).ok());
      auto settled = co_await sleep_for(1ms);
      const auto publish = [](Ref<Counter> coming, Duration after) -> Task<Status> {
        const Topic<Counter> topic("prices");
        auto waited = co_await sleep_for(after);
        if (!waited) co_return waited;
        auto subscribed = topic.subscribe(coming);
        for (int i = 0; i < 40; ++i) {
          topic.publish().add(1);
          auto slept = co_await sleep_for(1us);
          if (!slept) co_return slept;
        }
        co_return subscribed;
      };
      auto [left, published] = co_await all_of(
          leave_on_its_core(other), publish(counter, std::chrono::nanoseconds(seed * 53 % 6000)));
      EXPECT_TRUE(left.ok());
      EXPECT_TRUE(published.ok());
      const std::uint64_t total = co_await total_of(counter);
      EXPECT_EQ(total, 40u) << "seed " << seed;
      // And a core that no longer wants it is told nothing.
      auto gone = co_await leave_on_its_core(counter);
      EXPECT_TRUE(gone.ok());
      auto quiet = co_await sleep_for(1ms);
      const std::uint64_t before = Core::current().exchange.frames_sent();
      prices.publish().add(1);
      EXPECT_EQ(Core::current().exchange.frames_sent(), before) << "seed " << seed;
      co_return settled ? quiet : settled;
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Everywhere, TopicTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
