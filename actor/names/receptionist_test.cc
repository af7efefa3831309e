// The receptionist: who offers a service, on all cores, and who is told of changes.
#include <gtest/gtest.h>

#include <algorithm>
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
using Counters = std::vector<Ref<Counter>>;

class ReceptionistTest : public ::testing::TestWithParam<testing::RunOn> {
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

Task<Counters> found(std::string key) { co_return services_of<Counter>(key); }

/// Who offers it, asked on every core: they must agree.
Task<Counters> known_everywhere(Root root, std::string key) {
  auto here = services_of<Counter>(key);
  for (unsigned core = 0; core < root.cores(); ++core) {
    auto there = co_await root.on_core(core, found, key);
    EXPECT_EQ(there, here) << "on core " << core;
  }
  co_return here;
}

bool same(Counters a, Counters b) {
  const auto by_place = [](const Ref<Counter>& x, const Ref<Counter>& y) {
    return std::pair(x.address().core, x.address().slot) <
           std::pair(y.address().core, y.address().slot);
  };
  std::ranges::sort(a, by_place);
  std::ranges::sort(b, by_place);
  return a == b;
}

TEST_P(ReceptionistTest, AllThatOfferAProtocolAreFoundOnAllCores) {
  run([](Root root) -> Task<> {
    Counters expected;
    for (unsigned i = 0; i < 6; ++i) {
      auto counter = co_await root.on_core(i % root.cores(), spawn_counter, std::to_string(i));
      auto added = co_await service_add(counter, within(10s));
      EXPECT_TRUE(added.ok());
      auto again = co_await service_add(counter, within(10s));
      EXPECT_TRUE(again.ok());
      expected.push_back(counter);
      EXPECT_TRUE(same(co_await known_everywhere(root, ""), expected));
    }
    auto removed = co_await service_remove(expected[2], within(10s));
    EXPECT_TRUE(removed.ok());
    expected.erase(expected.begin() + 2);
    EXPECT_TRUE(same(co_await known_everywhere(root, ""), expected));
    EXPECT_TRUE(services_of<Watcher>().empty());
    EXPECT_TRUE(services_of<Counter>("other").empty());
  });
}

TEST_P(ReceptionistTest, AKeyDividesAProtocolIntoServices) {
  run([](Root root) -> Task<> {
    auto one = co_await spawn_counter("one");
    auto both = co_await spawn_counter("both");
    auto watcher = root.spawn<Watcher>(sample::watcher);
    (void)co_await service_add("a", one, within(10s));
    (void)co_await service_add("a", both, within(10s));
    (void)co_await service_add("b", both, within(10s));
    (void)co_await service_add("a", watcher, within(10s));
    EXPECT_TRUE(same(co_await known_everywhere(root, "a"), {one, both}));
    EXPECT_TRUE(same(co_await known_everywhere(root, "b"), {both}));
    EXPECT_EQ(services_of<Watcher>("a"), std::vector<Ref<Watcher>>{watcher});
    auto removed = co_await service_remove("a", both, within(10s));
    EXPECT_TRUE(removed.ok());
    EXPECT_TRUE(same(co_await known_everywhere(root, "a"), {one}));
    EXPECT_TRUE(same(co_await known_everywhere(root, "b"), {both}));
    auto refused = co_await service_add(std::string(kNameBytesMax + 1, 'k'), one, within(10s));
    EXPECT_TRUE(refused.error().is(Code::kTooLarge));
    co_await end(one);
    auto ended = co_await service_add("a", one, within(10s));
    EXPECT_TRUE(ended.error().is(Code::kNoSuchActor));
  });
}

TEST_P(ReceptionistTest, AListingTellsOfChangesAndOfEnds) {
  run([](Root root) -> Task<> {
    Listing<Counter> counters;
    auto first = co_await counters.changed(within(10s));  // at once
    EXPECT_TRUE(first.ok());
    EXPECT_TRUE(first->empty());
    auto same_as_before = co_await counters.changed(within(5ms));
    EXPECT_TRUE(same_as_before.error().is(Code::kDeadlineExceeded));

    auto counter = co_await root.on_core(root.cores() - 1, spawn_counter, std::string("w"));
    auto added = co_await service_add(counter, within(10s));
    EXPECT_TRUE(added.ok());
    auto came = co_await counters.changed(within(10s));
    EXPECT_TRUE(came.ok());
    EXPECT_EQ(*came, Counters{counter});

    auto waits = [](Listing<Counter>* listing) -> Task<Counters> {
      auto left = co_await listing->changed(within(10s));
      EXPECT_TRUE(left.ok());
      co_return left ? *left : Counters(7);
    };
    auto kills = [](Ref<Counter> killed) -> Task<> {
      auto slept = co_await sleep_for(2ms);
      EXPECT_TRUE(slept.ok());
      killed.kill();
    };
    auto both = co_await all_of(waits(&counters), kills(counter));
    EXPECT_TRUE(std::get<0>(both).empty());
    EXPECT_TRUE(counters.now().empty());
  });
}

/// Adds what every list holds to its total; a stop ends it.
Behavior subscriber(Counter::Self self, std::string key) {
  Listing<Counter> workers(key);
  std::uint64_t most = 0;
  for (;;) {
    auto list = co_await workers.changed(within(20ms));
    if (list) most = std::max<std::uint64_t>(most, list->size());
    if (self.queued() == 0 && !self.stopping()) continue;
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) co_return;
    if (msg.kind() == Counter::Kind::kTotal) msg.total().reply(most);
  }
}

TEST_P(ReceptionistTest, AnActorCanSubscribeAndAStopEndsItsWait) {
  run([](Root root) -> Task<> {
    auto reader = root.spawn<Counter>(subscriber, std::string("k"));
    for (unsigned i = 0; i < 3; ++i) {
      auto counter = co_await root.on_core(i % root.cores(), spawn_counter, std::to_string(i));
      auto added = co_await service_add("k", counter, within(10s));
      EXPECT_TRUE(added.ok());
    }
    for (;;) {
      auto most = co_await reader.ask(within(10s)).total();
      EXPECT_TRUE(most.ok());
      if (!most || most->value() == 3) break;
    }
    co_await end(reader);
    EXPECT_EQ(Core::current().names->services.size(), 1u);
  });
}

// Many that come and go, on all cores: a listing ends with the right list, and nothing is left.
Task<> come_and_go(Root root);
TEST_P(ReceptionistTest, ACrowdComesAndGoes) {
  run([](Root root) -> Task<> {
    co_await come_and_go(root);
    EXPECT_EQ(Core::current().names->services.size(), 0u);
  });
}
Task<> come_and_go(Root root) {
  Listing<Counter> counters;
  Counters crowd;
  for (unsigned i = 0; i < 60; ++i) {
    auto counter = co_await root.on_core(i % root.cores(), spawn_counter, std::to_string(i));
    auto added = co_await service_add(counter, within(10s));
    EXPECT_TRUE(added.ok());
    crowd.push_back(counter);
  }
  EXPECT_TRUE(same(counters.now(), crowd));
  while (crowd.size() > 10) {
    crowd.back().kill();
    crowd.pop_back();
  }
  for (;;) {
    auto list = co_await counters.changed(within(10s));
    EXPECT_TRUE(list.ok());
    if (!list || list->size() == crowd.size()) break;
  }
  EXPECT_TRUE(same(co_await known_everywhere(root, ""), crowd));
  for (const Ref<Counter>& each : crowd) co_await end(each);
  while (!counters.now().empty()) {
    auto list = co_await counters.changed(within(10s));
    EXPECT_TRUE(list.ok());
  }
}

TEST_P(ReceptionistTest, HasLimits) {
  if (GetParam().backend != BackendKind::kSimulation) GTEST_SKIP() << "the same everywhere, slowly";
  run([](Root root) -> Task<> {
    for (std::size_t i = 0; i <= kServiceMembersMax; ++i) {
      auto member = root.spawn<Counter>(sample::counter, std::uint64_t{0});
      auto added = co_await service_add(member, within(10s));
      EXPECT_EQ(added.ok(), i < kServiceMembersMax) << i;
      if (!added)
        EXPECT_EQ(added.error(),
                  Error(Code::kOverloaded, kServiceMembersMax, added.error().context()));
    }
    EXPECT_EQ(services_of<Counter>().size(), kServiceMembersMax);
    Ref<Watcher> watcher;
    for (std::size_t i = 1; i <= kServicesMax; ++i) {  // the one of counters is there
      if (i % kListedMax == 1) watcher = root.spawn<Watcher>(sample::watcher);
      auto added = co_await service_add(std::to_string(i), watcher, within(10s));
      EXPECT_EQ(added.ok(), i < kServicesMax) << i;
      if (!added) EXPECT_TRUE(added.error().is(Code::kOverloaded));
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, ReceptionistTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
