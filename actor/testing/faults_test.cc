#include "actor/testing/faults.h"

#include <gtest/gtest.h>

#include <string>

#include "actor/testing/failures.h"
#include "actor/testing/sample.h"
#include "actor/testing/test_kit.h"

namespace troupe::testing {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Vault;
using sample::Watcher;

TestOptions lenient(unsigned cores = 1) {
  TestOptions options;
  options.cores = cores;
  options.live_actors = LiveActors::kStop;
  options.system.node.log = &Log::silent();
  return options;
}

Task<std::uint64_t> total_of(Ref<Counter> counter) {
  auto total = co_await counter.ask(within(1s)).total();
  co_return total ? total->value() : 0;
}

TEST(FaultsTest, DropsTheNthMessage) {
  TestSystem(lenient()).run([](TestKit kit) -> Task<void> {
    auto counter = kit.spawn<Counter>(sample::counter, 0);
    kit.faults().drop(Messages::to(counter).kind(Counter::Kind::kAdd).nth(2));
    counter.tell().add(1);
    counter.tell().add(10);
    counter.tell().add(100);
    const std::uint64_t total = co_await total_of(counter);
    EXPECT_EQ(total, 101u);
    EXPECT_EQ(kit.faults().injected(), 1u);
    auto letter = co_await kit.expect_dead_letter<Counter>(DropReason::kInjected);
    EXPECT_EQ(letter.kind, static_cast<std::uint16_t>(Counter::Kind::kAdd));
  });
}

TEST(FaultsTest, ALostAskRunsIntoItsDeadline) {
  TestSystem(lenient(2)).run([](TestKit kit) -> Task<void> {
    auto counter = kit.spawn<Counter>(sample::counter, 3);
    kit.faults().drop(Messages::to<Counter>().nth(1));
    kit.faults().drop(Messages::to<Counter>().answers().nth(1));
    for (int i = 0; i < 2; ++i) {
      auto lost = co_await counter.ask(within(20ms)).total();
      EXPECT_FALSE(lost.has_value());
      if (!lost) EXPECT_TRUE(lost.error().is(Code::kDeadlineExceeded));
    }
    const std::uint64_t total = co_await total_of(counter);
    EXPECT_EQ(total, 3u);
  });
}

TEST(FaultsTest, DelaysAndOvertakes) {
  TestSystem(lenient()).run([](TestKit kit) -> Task<void> {
    auto probe = kit.probe<Watcher>();
    kit.faults().delay(Messages::to(probe.ref()).nth(1), 30ms);
    probe.ref().tell().note(1);
    probe.ref().tell().note(2);
    const Time started = kit.now();
    auto early = co_await probe.expect<Watcher::Note>();
    auto late = co_await probe.expect<Watcher::Note>();
    EXPECT_EQ(early.value(), 2u);
    EXPECT_EQ(late.value(), 1u);
    EXPECT_GE(kit.now() - started, Duration(30ms));
  });
}

TEST(FaultsTest, WhatIsStillDelayedAtTheEndIsCounted) {
  TestSystem system(lenient());
  system.run([](TestKit kit) -> Task<void> {
    auto counter = kit.spawn<Counter>(sample::counter, 0);
    kit.faults().delay(Messages::to(counter), 1h);
    counter.tell().add(1);
    auto lost = co_await counter.ask(within(20ms)).total();
    EXPECT_FALSE(lost.has_value());
  });
  const auto reason = static_cast<std::size_t>(DropReason::kSystemStopping);
  EXPECT_EQ(system.system().ledger().dropped[reason], 2u);
}

TEST(FaultsTest, Duplicates) {
  TestSystem(lenient(2)).run([](TestKit kit) -> Task<void> {
    auto counter = kit.spawn<Counter>(sample::counter, 0);
    kit.faults().duplicate(Messages::to<Counter>());
    kit.faults().duplicate(Messages::to<Counter>().answers());
    counter.tell().add(4);
    const std::uint64_t total = co_await total_of(counter);
    EXPECT_EQ(total, 8u);
  });
}

TEST(FaultsTest, ChanceComesFromTheSeed) {
  const auto heard = [](std::uint64_t seed) {
    TestOptions options = lenient();
    options.seed = seed;
    std::uint64_t total = 0;
    TestSystem(options).run([&](TestKit kit) -> Task<void> {
      auto counter = kit.spawn<Counter>(sample::counter, 0);
      kit.faults().drop(Messages::to(counter).kind(Counter::Kind::kAdd).one_in(4));
      for (int i = 0; i < 400; ++i) counter.tell().add(1);
      total = co_await total_of(counter);
    });
    return total;
  };
  EXPECT_EQ(heard(1), heard(1));
  EXPECT_NE(heard(1), heard(2));
  EXPECT_GT(heard(1), 250u);
  EXPECT_LT(heard(1), 350u);
}

TEST(FaultsTest, FailsInsideTheBehaviour) {
  TestSystem(lenient()).run([](TestKit kit) -> Task<void> {
    const SpawnOptions restarted{.name = "phoenix", .supervision = Supervision{}};
    auto counter = kit.spawn<Counter>(restarted, sample::counter, std::uint64_t{5});
    kit.faults().fail(Messages::to(counter).nth(2), "a bad sector");
    counter.tell().add(1);
    auto failed = co_await counter.ask(within(1s)).total();
    EXPECT_FALSE(failed.has_value());
    if (!failed) EXPECT_TRUE(failed.error().is(Code::kNoReply));
    const std::uint64_t total = co_await total_of(counter);
    EXPECT_EQ(total, 5u);  // it was restarted: state anew
    kit.faults().fail(Messages::to<Vault>(), "a bad vault");
    Ref<Vault>("keyed").tell().add(1);
  });
}

TEST(FaultsTest, AFailureIsWhatWatchersAreTold) {
  TestSystem(lenient()).run([](TestKit kit) -> Task<void> {
    auto probe = kit.probe<Watcher>();
    auto counter = kit.spawn<Counter>(sample::counter, 0);
    co_await kit.settle();
    probe.watch(counter);
    kit.faults().fail(Messages::to(counter), "a bad sector");
    counter.tell().add(1);
    auto down = co_await probe.expect<Down>();
    EXPECT_EQ(down.reason(), DownReason::kFailed);
    EXPECT_EQ(down.what(), "a bad sector");
  });
}

TEST(FaultsTest, AKeyedActorFails) {
  TestSystem system(lenient());
  system.system().serve<Vault>(sample::vault, [](std::string_view) { return std::int64_t{1}; });
  system.run([](TestKit kit) -> Task<void> {
    const Ref<Vault> vault("alice");
    kit.faults().fail(Messages::to(vault).nth(2));
    vault.tell().add(1);
    vault.tell().add(1);
    auto sum = co_await vault.ask(within(1s)).sum();
    EXPECT_TRUE(sum.has_value());
    if (sum) EXPECT_EQ(sum->cents(), 1);  // the next activation
  });
}

Behavior parent(Counter::Self self) {
  std::uint64_t nobodies = 0;
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) co_return;
    if (msg.kind() == Counter::Kind::kAdd) {
      const Ref<Watcher> child = self.spawn<Watcher>(sample::watcher);
      if (child == Ref<Watcher>()) ++nobodies;
    }
    if (msg.kind() == Counter::Kind::kTotal) msg.total().reply(nobodies);
  }
}

TEST(FaultsTest, RefusesSpawns) {
  TestSystem(lenient()).run([](TestKit kit) -> Task<void> {
    auto spawner = kit.spawn<Counter>(parent);
    kit.faults().refuse_spawn<Watcher>(2);
    for (int i = 0; i < 3; ++i) spawner.tell().add(1);
    const std::uint64_t nobodies = co_await total_of(spawner);
    EXPECT_EQ(nobodies, 1u);
    kit.faults().fail_allocation<Watcher>();
    spawner.tell().add(1);
    auto down = co_await kit.expect_ended(spawner, within(1s), DownReason::kFailed);
    EXPECT_EQ(down.what(), "std::bad_alloc");
  });
}

TEST(FaultsTest, SlowsACore) {
  TestSystem(lenient(2)).run([](TestKit kit) -> Task<void> {
    const auto ask_there = [](Root root) -> Task<void> {
      const auto there = [](Root at) -> Task<Status> {
        auto counter = at.spawn<Counter>(sample::counter, 0);
        auto total = co_await counter.ask(within(10s)).total();
        co_return total ? ok() : Status(total.error());
      };
      auto done = co_await root.on_core(1, there, root);
      EXPECT_TRUE(done.has_value());
    };
    const Time started = kit.now();
    co_await ask_there(kit);
    const Duration quick = kit.now() - started;
    kit.faults().slow_core(1, 10ms);
    co_await kit.within(10ms, 1s, ask_there(kit));
    EXPECT_LT(quick, Duration(5ms));
  });
}

}  // namespace
}  // namespace troupe::testing
