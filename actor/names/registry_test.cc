// The registry: who may have a name, what each core knows of it, and how it is free again.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "actor/names/family.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Watcher;
using testing::end;
using testing::options_for;
using testing::run_in;
using testing::spawn_counter;

class RegistryTest : public ::testing::TestWithParam<testing::RunOn> {
 protected:
  template <class Body>
  void run(Body body) {
    System system(options_for(GetParam()));
    run_in(system, [body](Root root) -> Task<Status> {
      co_await body(root);
      co_return ok();
    });
  }
};

Task<Ref<Counter>> looked_up(std::string name) { co_return lookup<Counter>(name); }

/// Who has the name, asked on every core: they must agree.
Task<Ref<Counter>> known_everywhere(Root root, std::string name) {
  auto here = lookup<Counter>(name);
  for (unsigned core = 0; core < root.cores(); ++core) {
    auto there = co_await root.on_core(core, looked_up, name);
    EXPECT_EQ(there, here) << name << " on core " << core;
  }
  co_return here;
}

/// Waits until no core knows the name any more.
Task<> until_free(Root root, std::string name) {
  for (unsigned core = 0; core < root.cores(); ++core) {
    for (;;) {
      auto there = co_await root.on_core(core, looked_up, name);
      if (there == Ref<Counter>()) break;
      auto slept = co_await sleep_for(1ms);
      if (!slept) co_return;
    }
  }
}

TEST_P(RegistryTest, ANameIsKnownOnAllCoresOnceItIsAdded) {
  run([](Root root) -> Task<> {
    for (int i = 0; i < 20; ++i) {
      const std::string name = "orders-" + std::to_string(i);
      const unsigned core = static_cast<unsigned>(i) % root.cores();
      EXPECT_EQ(co_await known_everywhere(root, name), Ref<Counter>());
      auto counter = co_await root.on_core(core, spawn_counter, name);
      auto added = co_await registry_add(name, counter, within(10s));
      EXPECT_TRUE(added.ok()) << added.error().describe();
      EXPECT_EQ(co_await known_everywhere(root, name), counter);
      EXPECT_EQ(lookup<Watcher>(name), Ref<Watcher>());  // another protocol
    }
  });
}

TEST_P(RegistryTest, ANameIsGivenOnce) {
  run([](Root root) -> Task<> {
    auto first = co_await spawn_counter("first");
    auto second = co_await root.on_core(root.cores() - 1, spawn_counter, std::string("second"));
    auto added = co_await registry_add("orders", first, within(10s));
    EXPECT_TRUE(added.ok());
    auto again = co_await registry_add("orders", first, within(10s));
    EXPECT_TRUE(again.ok());
    auto taken = co_await registry_add("orders", second, within(10s));
    EXPECT_TRUE(is_name_taken(taken.error())) << taken.error().describe();
    EXPECT_EQ(co_await known_everywhere(root, "orders"), first);
    // Only its holder gives it away.
    auto not_its = co_await registry_remove("orders", second, within(10s));
    EXPECT_TRUE(not_its.ok());
    EXPECT_EQ(co_await known_everywhere(root, "orders"), first);
    auto removed = co_await registry_remove("orders", first, within(10s));
    EXPECT_TRUE(removed.ok());
    EXPECT_EQ(co_await known_everywhere(root, "orders"), Ref<Counter>());
    auto free = co_await registry_add("orders", second, within(10s));
    EXPECT_TRUE(free.ok());
    EXPECT_EQ(co_await known_everywhere(root, "orders"), second);
  });
}

TEST_P(RegistryTest, OfManyAtOnceOneGetsTheName) {
  run([](Root root) -> Task<> {
    std::vector<Task<Status>> attempts;
    std::vector<Ref<Counter>> counters;
    for (unsigned i = 0; i < 8; ++i) {
      const std::string name = "c" + std::to_string(i);
      counters.push_back(co_await root.on_core(i % root.cores(), spawn_counter, name));
    }
    auto attempt = [](Ref<Counter> counter, std::vector<Ref<Counter>>* winners) -> Task<> {
      auto added = co_await registry_add("one", counter, within(10s));
      if (added) winners->push_back(counter);
      if (!added) EXPECT_TRUE(is_name_taken(added.error()));
    };
    std::vector<Ref<Counter>> winners;
    std::vector<Task<>> all;
    for (const Ref<Counter>& counter : counters) all.push_back(attempt(counter, &winners));
    (void)co_await all_of(std::move(all));
    EXPECT_EQ(winners.size(), 1u);
    EXPECT_EQ(co_await known_everywhere(root, "one"), winners[0]);
  });
}

TEST_P(RegistryTest, AnEntryGoesWithItsActorAndNeverLeadsToASuccessor) {
  run([](Root root) -> Task<> {
    for (unsigned core = 0; core < root.cores(); ++core) {
      auto first = co_await root.on_core(core, spawn_counter, std::string("w"));
      auto added = co_await registry_add("orders", first, within(10s));
      EXPECT_TRUE(added.ok());
      auto more = co_await registry_add("bills", first, within(10s));
      EXPECT_TRUE(more.ok());
      co_await end(first);
      auto second = co_await root.on_core(core, spawn_counter, std::string("w"));
      EXPECT_EQ(second.address().slot, first.address().slot);
      // Until it is gone it leads to the one who has ended.
      auto meanwhile = lookup<Counter>("orders");
      EXPECT_TRUE(meanwhile == first || meanwhile == Ref<Counter>());
      co_await until_free(root, "orders");
      co_await until_free(root, "bills");
      co_await end(second);
    }
  });
}

// Whoever knows that the holder has ended may rely on the name being free.
TEST_P(RegistryTest, ANameWhoseHolderHasEndedIsFreeAtOnce) {
  run([](Root root) -> Task<> {
    auto holder = co_await root.on_core(root.cores() - 1, spawn_counter, std::string("h"));
    auto added = co_await registry_add("orders", holder, within(10s));
    EXPECT_TRUE(added.ok());
    for (unsigned i = 0; i < 50; ++i) {
      const unsigned core = i % root.cores();
      auto next = co_await root.on_core(core, spawn_counter, "n" + std::to_string(i));
      co_await end(holder);
      auto taken_over = co_await registry_add("orders", next, within(10s));
      EXPECT_TRUE(taken_over.ok()) << i << ": " << taken_over.error().describe();
      EXPECT_EQ(co_await known_everywhere(root, "orders"), next);
      holder = next;
    }
  });
}

TEST_P(RegistryTest, ARestartKeepsTheName) {
  run([](Root root) -> Task<> {
    auto counter = root.spawn<Counter>({.name = "w", .supervision = Supervision{}}, sample::counter,
                                       std::uint64_t{7});
    auto added = co_await registry_add("orders", counter, within(10s));
    EXPECT_TRUE(added.ok());
    counter.tell().fail("on purpose");
    auto total = co_await counter.ask(within(10s)).total();
    EXPECT_TRUE(total.ok());
    EXPECT_EQ(co_await known_everywhere(root, "orders"), counter);
  });
}

TEST_P(RegistryTest, RefusesWhatCannotBeRegistered) {
  run([](Root root) -> Task<> {
    auto counter = co_await spawn_counter("w");
    for (const char* bad : {"", "a/b", "$1", "a b", "..", "?"}) {
      const std::string name = bad;
      auto refused = co_await registry_add(name, counter, within(10s));
      EXPECT_TRUE(refused.error().is(Code::kInvalidArgument)) << name;
      EXPECT_FALSE(is_name_taken(refused.error()));
    }
    auto nobody = co_await registry_add("x", Ref<Counter>(), within(10s));
    EXPECT_TRUE(nobody.error().is(Code::kNoSuchActor));
    auto another = co_await registry_add("x", Ref<Watcher>(counter.address()), within(10s));
    EXPECT_TRUE(another.error().is(Code::kNoSuchActor));
    auto late = co_await registry_add("x", counter, Deadline(root.now()));
    EXPECT_TRUE(late.error().is(Code::kDeadlineExceeded));
    auto slept = co_await sleep_for(1ms);
    EXPECT_TRUE(slept.ok());
    EXPECT_EQ(co_await known_everywhere(root, "x"), Ref<Counter>());  // nothing was sent
    co_await end(counter);
    auto ended = co_await registry_add("x", counter, within(10s));
    EXPECT_TRUE(ended.error().is(Code::kNoSuchActor));
    EXPECT_EQ(co_await known_everywhere(root, "x"), Ref<Counter>());
  });
}

TEST_P(RegistryTest, AnActorHasSoManyNamesAtMost) {
  run([](Root) -> Task<> {
    auto counter = co_await spawn_counter("w");
    for (std::size_t i = 0; i < kListedMax; ++i) {
      auto added = co_await registry_add("n" + std::to_string(i), counter, within(10s));
      EXPECT_TRUE(added.ok());
    }
    auto refused = co_await registry_add("more", counter, within(10s));
    EXPECT_TRUE(refused.error().is(Code::kOverloaded));
    EXPECT_EQ(refused.error().detail(), kListedMax);
    auto removed = co_await registry_remove("n0", counter, within(10s));
    EXPECT_TRUE(removed.ok());
    auto added = co_await registry_add("more", counter, within(10s));
    EXPECT_TRUE(added.ok());
  });
}

/// Registers itself under many names, and again when they are gone.
Task<> register_all(Root root, std::size_t names, Code expected_last) {
  Ref<Counter> counter;
  Code last{};
  for (std::size_t i = 0; i < names; ++i) {
    if (i % kListedMax == 0) counter = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    auto added = co_await registry_add("n" + std::to_string(i), counter, within(10s));
    last = added ? Code{} : added.error().code();
    if (i + 1 < names) EXPECT_TRUE(added.ok()) << i;
  }
  EXPECT_EQ(last, expected_last);
}

TEST_P(RegistryTest, HasALimit) {
  if (GetParam().backend != BackendKind::kSimulation) GTEST_SKIP() << "the same everywhere, slowly";
  run([](Root root) -> Task<> {
    co_await register_all(root, kRegistryNamesMax + 1, Code::kOverloaded);
    EXPECT_NE(lookup<Counter>("n0"), Ref<Counter>());
    EXPECT_NE(lookup<Counter>("n" + std::to_string(kRegistryNamesMax - 1)), Ref<Counter>());
  });
}

TEST_P(RegistryTest, WhatIsUnderWayAtTheStopIsNobodys) {
  run([](Root root) -> Task<> {
    for (unsigned i = 0; i < 50; ++i) {
      auto counter = co_await root.on_core(i % root.cores(), spawn_counter, std::to_string(i));
      auto added = co_await registry_add("n" + std::to_string(i), counter, within(10s));
      EXPECT_TRUE(added.ok());
      counter.kill();  // its entries are still under way when main returns
    }
    auto counter = co_await spawn_counter("w");
    auto at_once = []() -> Task<> { co_return; };
    auto add = [](Ref<Counter> to) -> Task<> { (void)co_await registry_add("x", to, within(10s)); };
    (void)co_await first_of(add(counter), at_once());
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, RegistryTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

// Names that come and go, beside a map: every core agrees with it.
class RegistryModel : public ::testing::TestWithParam<std::uint64_t> {};

Task<Status> registry_steps(Root root) {
  std::vector<Ref<Counter>> holders(40);
  io::Reactor& reactor = Core::current();
  for (int step = 0; step < 1500; ++step) {
    const std::size_t at = reactor.random.below(holders.size());
    const std::string name = "name-" + std::to_string(at);
    if (holders[at] == Ref<Counter>()) {
      const auto core = static_cast<unsigned>(reactor.random.below(root.cores()));
      auto counter = co_await root.on_core(core, spawn_counter, name);
      auto added = co_await registry_add(name, counter, within(10s));
      EXPECT_TRUE(added.ok()) << added.error().describe();
      holders[at] = counter;
    } else if (reactor.random.below(2) == 0) {
      co_await end(holders[at]);
      holders[at] = Ref<Counter>();
    } else {
      auto removed = co_await registry_remove(name, holders[at], within(10s));
      EXPECT_TRUE(removed.ok());
      EXPECT_EQ(co_await known_everywhere(root, name), Ref<Counter>());
      co_await end(holders[at]);
      holders[at] = Ref<Counter>();
    }
  }
  for (std::size_t at = 0; at < holders.size(); ++at) {
    const std::string name = "name-" + std::to_string(at);
    if (holders[at] == Ref<Counter>()) co_await until_free(root, name);
    EXPECT_EQ(co_await known_everywhere(root, name), holders[at]);
  }
  EXPECT_EQ(Core::current().names->registry.size(),
            holders.size() - static_cast<std::size_t>(std::ranges::count(holders, Ref<Counter>())));
  co_return ok();
}

TEST_P(RegistryModel, EveryCoreAgrees) {
  System system(options_for({BackendKind::kSimulation, 3, GetParam()}));
  run_in(system, registry_steps);
}
INSTANTIATE_TEST_SUITE_P(Seeds, RegistryModel, ::testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace troupe
