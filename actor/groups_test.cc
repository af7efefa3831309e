// Tests scheduling groups of actors and tasks: who inherits which, and that shares hold.
#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"
#include "base/scope.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Vault;
using testing::options_for;
using testing::run_in;

/// The group of the strand that runs.
Group group_here() { return CoreContext::current().running()->group(); }

class GroupsTest : public ::testing::TestWithParam<testing::RunOn> {};

Behavior leaf(Counter::Self self) {
  EXPECT_EQ(group_here(), Group::kBackground);
  auto msg = co_await self.receive();
  (void)msg.kind();
  EXPECT_EQ(group_here(), Group::kBackground);
}

Task<Status> in_background() {
  EXPECT_EQ(group_here(), Group::kBackground);
  auto slept = co_await sleep_for(1ms);
  EXPECT_EQ(group_here(), Group::kBackground);
  co_return slept;
}

Behavior changing(Counter::Self self, unsigned changes) {
  EXPECT_EQ(group_here(), Group::kBackground);
  auto first = self.spawn<Counter>(leaf);
  first.tell().add(1);
  co_await all_of(in_background(), in_background());
  Scope scope;
  co_await scope.start(in_background());
  const ScopeEnd ended = co_await scope.join();
  EXPECT_TRUE(ended.ok());
  EXPECT_EQ(group_here(), Group::kBackground);
  if (changes > 0) co_await self.become(changing, changes - 1);
}

TEST_P(GroupsTest, AnActorKeepsItsGroupAndHandsItOn) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto actor = root.spawn_in<Counter>(Group::kBackground, changing, 3u);
    EXPECT_EQ(group_here(), Group::kUser);
    auto ended = co_await until_ended(actor, within(10s));
    co_return ended ? ok() : Status(ended.error());
  });
}

Behavior grouped_vault(Vault::Self self) {
  for (;;) {
    auto msg = co_await self.receive();
    EXPECT_EQ(group_here(), Group::kSystem);
    if (msg.kind() == Vault::Kind::kStop) co_return;
    if (msg.kind() == Vault::Kind::kSum) msg.sum().reply(1);
    if (msg.kind() == Vault::Kind::kEnd) co_return;
  }
}

TEST_P(GroupsTest, EachActivationIsInTheGroupOfItsType) {
  System system(options_for(GetParam()));
  system.serve<Vault>(
      grouped_vault, [](std::string_view) {}, ServeOptions{.group = Group::kSystem});
  run_in(system, [](Root) -> Task<Status> {
    for (int life = 0; life < 3; ++life) {
      auto sum = co_await Ref<Vault>("v").ask(within(1h)).sum();
      EXPECT_TRUE(sum.ok());
      EXPECT_EQ(group_here(), Group::kUser) << "who asks goes on in its own group";
      Ref<Vault>("v").tell().end();
    }
    co_return ok();
  });
}

Task<int> gives(int value) {
  EXPECT_EQ(group_here(), Group::kBackground);
  auto slept = co_await sleep_for(1ms);
  EXPECT_TRUE(slept.ok());
  co_return value;
}

Task<void> throws_in_background() {
  auto slept = co_await sleep_for(1ms);
  EXPECT_TRUE(slept.ok());
  throw 7;
}

TEST_P(GroupsTest, WithGroupRunsATaskThereAndComesBack) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    const int value = co_await with_group(Group::kBackground, gives(3));
    EXPECT_EQ(value, 3);
    EXPECT_EQ(group_here(), Group::kUser);
    auto [first, second] = co_await all_of(with_group(Group::kBackground, gives(1)),
                                           with_group(Group::kBackground, gives(2)));
    EXPECT_EQ(first + second, 3);
    Scope scope;
    co_await scope.start(with_group(Group::kBackground, in_background()));
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
    int caught = 0;
    try {
      co_await with_group(Group::kBackground, throws_in_background());
    } catch (int what) {
      caught = what;
    }
    EXPECT_EQ(caught, 7);
    // Another core's task is in the group of who sent it there.
    auto visit = [](unsigned core) -> Task<int> {
      const int given = co_await on_core(core, gives, 4);
      co_return given;
    };
    const int visited = co_await with_group(Group::kBackground, visit(root.cores() - 1));
    EXPECT_EQ(visited, 4);
    co_return ok();
  });
}

TEST_P(GroupsTest, ACancellationReachesATaskInAnotherGroup) {
  System system(options_for(GetParam()));
  run_in(system, [](Root) -> Task<Status> {
    auto slow = []() -> Task<Status> {
      auto slept = co_await sleep_for(24h);
      EXPECT_TRUE(slept.has_error());
      co_return slept;
    };
    auto winner = co_await first_of(with_group(Group::kBackground, slow()), sleep_for(1ms));
    EXPECT_EQ(winner.index(), 1u);
    // Already cancelled when it begins.
    auto second =
        co_await first_of(sleep_until(Time::min()), with_group(Group::kBackground, slow()));
    EXPECT_EQ(second.index(), 0u);
    co_return ok();
  });
}

/// Counts what it gets done until it is told to stop.
Task<Status> counts(std::uint64_t* count, const bool* stop) {
  while (!*stop) {
    auto turn = co_await yield();
    if (!turn) co_return turn;
    ++*count;
  }
  co_return ok();
}

Task<Status> stops_after(std::uint64_t total, const std::uint64_t* user, bool* stop) {
  while (*user < total) {
    auto turn = co_await yield();
    if (!turn) co_return turn;
  }
  *stop = true;
  co_return ok();
}

TEST_P(GroupsTest, NeitherGroupStarvesTheOther) {
  System system(options_for(GetParam()));
  run_in(system, [](Root) -> Task<Status> {
    std::uint64_t user = 0;
    std::uint64_t background = 0;
    bool stop = false;
    Scope scope;
    for (int i = 0; i < 3; ++i) {
      co_await scope.start(counts(&user, &stop));
      co_await scope.start(with_group(Group::kBackground, counts(&background, &stop)));
    }
    co_await scope.start(stops_after(30'000, &user, &stop));
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
    // Four fifths for the users: of the four that yield there, three count.
    EXPECT_NEAR(static_cast<double>(background), 30'000.0 * 4 / 3 / 4, 300);
    co_return ok();
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, GroupsTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
