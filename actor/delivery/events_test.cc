// The event stream: what the runtime publishes, to coroutines and to actors, over all cores.
#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "actor/supervision/failure.h"
#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Vault;
using testing::options_for;
using testing::run_in;

class EventsTest : public ::testing::TestWithParam<testing::RunOn> {};

Task<Status> tell_nobody(std::uint64_t amount) {
  Ref<Counter>(Address{0, Core::current().index(), 12345, 1}).tell().add(amount);
  co_return ok();
}
/// Until every core knows of the subscriptions made so far.
Task<Status> settle() {
  auto slept = co_await sleep_for(20ms);
  co_return slept;
}

TEST_P(EventsTest, DropsOfAllCoresReachACoroutine) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    EventSubscription<DroppedMessage> drops;
    EXPECT_TRUE(drops.status().ok());
    auto settled = co_await settle();
    for (unsigned core = 0; core < root.cores(); ++core) {
      auto told = co_await root.on_core(core, tell_nobody, std::uint64_t{1});
      EXPECT_TRUE(told.ok());
      auto drop = co_await drops.next(within(10s));
      EXPECT_TRUE(drop.ok());
      if (!drop) continue;
      EXPECT_EQ(drop->core, core);
      EXPECT_EQ(drop->number, 1u);
      EXPECT_EQ(drop->reason, DropReason::kNoSuchActor);
      EXPECT_EQ(drop->protocol, Counter::kProtocol);
      EXPECT_EQ(drop->kind, 0u);
      EXPECT_FALSE(drop->is_ask);
      EXPECT_EQ(drop->target, (Address{0, static_cast<std::uint16_t>(core), 12345, 1}));
    }
    auto none = co_await drops.next(within(1ms));
    EXPECT_TRUE(none.error().is(Code::kDeadlineExceeded));
    co_return settled;
  });
}

TEST_P(EventsTest, NobodySubscribedNothingIsPublished) {
  System system(options_for(GetParam()));
  run_in(system, [](Root) -> Task<Status> {
    Core& core = Core::current();
    {
      EventSubscription<ActorFailed> others;
      EXPECT_FALSE(core.events.wanted(EventClass::kDropped));
      EXPECT_TRUE(core.events.wanted(EventClass::kFailed));
      auto told = co_await tell_nobody(1);
      EXPECT_TRUE(told.ok());
    }
    EXPECT_FALSE(core.events.wanted(EventClass::kFailed));
    EXPECT_EQ(core.events.counters().published, 0u);
    // Also where another core was the one that wanted to know.
    auto settled = co_await settle();
    const bool wanted = co_await on_core(
        Root().cores() - 1,
        [](unsigned) -> Task<bool> {
          co_return Core::current().events.wanted(EventClass::kFailed);
        },
        0u);
    EXPECT_FALSE(wanted);
    co_return settled;
  });
}

TEST_P(EventsTest, OtherCoresKnowOfASubscription) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    EventSubscription<ActorStopped> stops;
    auto settled = co_await settle();
    const bool wanted = co_await root.on_core(
        root.cores() - 1,
        [](unsigned) -> Task<bool> {
          co_return Core::current().events.wanted(EventClass::kStopped);
        },
        0u);
    EXPECT_TRUE(wanted);
    co_return settled;
  });
}

TEST_P(EventsTest, WhatDoesNotFitTheBufferIsCounted) {
  System system(options_for(GetParam()));
  run_in(system, [](Root) -> Task<Status> {
    EventSubscription<DroppedMessage> drops(2);
    for (std::uint64_t i = 0; i < 5; ++i) {
      auto told = co_await tell_nobody(i);
      EXPECT_TRUE(told.ok());
    }
    EXPECT_EQ(drops.overflowed(), 3u);
    auto first = co_await drops.next(within(1s));
    EXPECT_EQ(first->number, 1u);
    co_return ok();
  });
}

/// Adds up what is dropped, in messages of its own contract.
Behavior hears(Counter::Self self) {
  auto subscribed = self.subscribe<DroppedMessage>(
      [](const DroppedMessage& drop, const Ref<Counter>& me) { me.tell().add(drop.number); });
  EXPECT_TRUE(subscribed.ok());
  std::uint64_t sum = 0;
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kAdd) {
      sum += msg.add().amount();
    } else if (msg.kind() == Counter::Kind::kTotal) {
      msg.total().reply(sum);
    } else if (msg.kind() == Counter::Kind::kForget) {
      self.unsubscribe<DroppedMessage>();
    } else if (msg.kind() == Counter::Kind::kFail) {
      throw std::runtime_error("failed");
    } else {
      co_return;
    }
  }
}

TEST_P(EventsTest, AnActorHearsThemAsItsOwnMessages) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto actor = root.spawn<Counter>(SpawnOptions{.supervision = Supervision{}}, hears);
    auto settled = co_await settle();
    auto near = co_await tell_nobody(1);
    auto far = co_await root.on_core(root.cores() - 1, tell_nobody, std::uint64_t{1});
    EXPECT_TRUE(near.ok() && far.ok());
    auto again = co_await settle();
    auto total = co_await actor.ask(within(10s)).total();
    EXPECT_EQ(total->value(), root.cores() == 1 ? 1u + 2u : 1u + 1u);
    // Over a restart it subscribes again, and hears each event once all the same.
    actor.tell().fail("now");
    auto restarted = co_await settle();
    auto once = co_await tell_nobody(1);
    EXPECT_TRUE(once.ok());
    auto after = co_await actor.ask(within(10s)).total();
    EXPECT_EQ(after->value(), root.cores() == 1 ? 3u : 2u);
    actor.tell().forget();
    auto forgotten = co_await settle();
    EXPECT_FALSE(Core::current().events.wanted(EventClass::kDropped));
    EXPECT_TRUE(settled.ok() && again.ok() && restarted.ok());
    co_return forgotten;
  });
}

/// Each event replaces the subscription that it is delivered to.
Behavior renews(Counter::Self self, int* heard) {
  struct Renewing {
    Counter::Self self;
    int* count;
    void operator()(const DroppedMessage&, const Ref<Counter>&) const {
      ++*count;
      EXPECT_TRUE(self.subscribe<DroppedMessage>(Renewing{self, count}).ok());
    }
  };
  EXPECT_TRUE(self.subscribe<DroppedMessage>(Renewing{self, heard}).ok());
  auto msg = co_await self.receive();
  (void)msg.kind();
}

TEST_P(EventsTest, AMappingMayChangeItsOwnSubscription) {
  System system(options_for(GetParam()));
  int heard = 0;
  run_in(
      system,
      [](Root root, int* count) -> Task<Status> {
        root.spawn<Counter>(renews, count);
        auto settled = co_await settle();
        for (std::uint64_t i = 0; i < 3; ++i) {
          auto told = co_await tell_nobody(i);
          EXPECT_TRUE(told.ok());
        }
        EXPECT_EQ(*count, 3);
        co_return settled;
      },
      &heard);
}

TEST_P(EventsTest, ASubscriptionEndsWithItsActor) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto actor = root.spawn<Counter>(hears);
    auto settled = co_await settle();
    EXPECT_TRUE(Core::current().events.wanted(EventClass::kDropped));
    actor.stop();
    auto down = co_await until_ended(actor, within(10s));
    EXPECT_TRUE(down.ok());
    EXPECT_FALSE(Core::current().events.wanted(EventClass::kDropped));
    co_return settled;
  });
}

/// A listener whose own messages are dropped: each would be the next event, for ever.
TEST_P(EventsTest, ADropWhileADropIsToldIsCountedAndNotTold) {
  SystemOptions options = options_for(GetParam());
  options.node.mailbox_messages_max = 1;
  System system(options);
  run_in(system, [](Root root) -> Task<Status> {
    root.spawn<Counter>(hears);
    auto settled = co_await settle();
    for (std::uint64_t i = 0; i < 4; ++i) {
      auto told = co_await tell_nobody(i);
      EXPECT_TRUE(told.ok());
    }
    const EventCounters& counters = Core::current().events.counters();
    EXPECT_EQ(counters.published, 4u);
    EXPECT_EQ(counters.suppressed, 3u);
    EXPECT_EQ(Core::current().dead_letters.size(), 7u);
    co_return settled;
  });
}

Behavior does_not_handle(Counter::Self self) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) co_return;
    self.unhandled(std::move(msg));
  }
}

TEST_P(EventsTest, UnhandledMessagesAreCountedAnsweredAndPublished) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    EventSubscription<UnhandledMessage> unhandled;
    auto actor = root.spawn<Counter>(does_not_handle);
    actor.tell().add(1);
    auto refused = co_await actor.ask(within(10s)).total();
    EXPECT_TRUE(refused.error().is(Code::kUnsupported)) << refused.error().describe();
    for (const std::uint16_t kind : {std::uint16_t{0}, std::uint16_t{1}}) {
      auto event = co_await unhandled.next(within(10s));
      EXPECT_TRUE(event.ok());
      if (!event) continue;
      EXPECT_EQ(event->kind, kind);
      EXPECT_EQ(event->actor, actor.address());
      EXPECT_EQ(event->name, "sample.Counter");
    }
    co_return ok();
  });
  EXPECT_EQ(system.ledger().unhandled, 2u);
}

/// What a newer version of a contract sends: a message by an ordinal that is not known here.
void send_unknown(Ref<Counter> to) {
  Core& core = Core::current();
  ++core.ledger.sent;
  const MessageSpec spec{Counter::kProtocol, 1000};
  protocols::Frame* frame = new_frame_for(core, to.address(), spec, protocols::FrameType::kTell, 1);
  frame->payload()[0] = 0;
  core.deliver(frame);
}

TEST_P(EventsTest, AMessageOfANewerContractIsUnhandled) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    EventSubscription<UnhandledMessage> unhandled;
    auto actor = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    send_unknown(actor);
    auto event = co_await unhandled.next(within(10s));
    EXPECT_EQ(event->kind, 1000u);
    co_return ok();
  });
  EXPECT_EQ(system.ledger().unhandled, 1u);
}

/// What supervision publishes arrives as it was said, from another core too.
TEST_P(EventsTest, LivesOfActorsKeepTheirValues) {
  System system(options_for(GetParam()));
  system.serve<Vault>(sample::vault, [](std::string_view) { return std::int64_t{0}; });
  run_in(system, [](Root root) -> Task<Status> {
    EventSubscription<ActorFailed> failures;
    EventSubscription<ActorRestarted> restarts;
    EventSubscription<ActorStopped> stops;
    auto settled = co_await settle();
    const auto publish = [](unsigned) -> Task<Address> {
      Address address;
      Core& core = Core::current();
      auto counter = Root().spawn<Counter>(sample::counter, std::uint64_t{0});
      const Cell& cell = *core.cells.find(counter.address().slot, counter.address().incarnation);
      const Failure failure(FailureKind::kDeathPact, std::string(5000, 'w'));
      core.events.actor_failed(cell, failure, Directive::kEscalate);
      core.events.actor_restarted(cell, 7);
      core.events.actor_stopped(cell, DownReason::kKilled);
      address = counter.address();
      co_return address;
    };
    const Address actor = co_await root.on_core(root.cores() - 1, publish, 0u);
    auto failed = co_await failures.next(within(10s));
    EXPECT_EQ(failed->actor, actor);
    EXPECT_EQ(failed->kind, FailureKind::kDeathPact);
    EXPECT_EQ(failed->directive, Directive::kEscalate);
    EXPECT_EQ(failed->what, std::string(1024, 'w'));
    EXPECT_EQ(failed->protocol, Counter::kProtocol);
    auto restarted = co_await restarts.next(within(10s));
    EXPECT_EQ(restarted->restarts, 7u);
    EXPECT_EQ(restarted->name, "sample.Counter");
    for (;;) {  // others may end as well
      auto stopped = co_await stops.next(within(10s));
      if (!stopped) co_return stopped.error();
      if (stopped->actor != actor) continue;
      EXPECT_EQ(stopped->reason, DownReason::kKilled);
      break;
    }
    co_return settled;
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, EventsTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
