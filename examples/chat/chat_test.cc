// Rooms with their members, and the load with its proof: everywhere and over seeds.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "actor/testing/runs.h"
#include "examples/chat/load.h"

namespace chat {
namespace {

using namespace std::chrono_literals;
using troupe::BackendKind;
using troupe::DropReason;
using troupe::Ref;
using troupe::Root;
using troupe::Status;
using troupe::System;
using troupe::Task;
using troupe::within;
using troupe::testing::options_for;
using troupe::testing::run_in;
using troupe::testing::RunOn;

constexpr troupe::Duration kLong = 1h;
constexpr std::uint64_t kMailbox = 256;  // of Member, as its contract says

class ChatTest : public ::testing::TestWithParam<RunOn> {
 protected:
  template <class Body>
  void run(Body body) {
    System system(options_for(GetParam()));
    serve_rooms(system);
    run_in(system, body);
    ledger_ = system.ledger();
  }
  std::uint64_t dropped(DropReason reason) const {
    return ledger_.dropped[static_cast<std::size_t>(reason)];
  }
  troupe::Ledger ledger_;
};

/// A member of "attic" on the last core, once it has joined.
Task<Ref<Member>> spawn_member(Manner manner) {
  const auto spawned = Root().spawn<Member>(member, std::vector<std::string>{"attic"}, manner);
  auto joined = co_await spawned.ask(within(kLong)).look();
  EXPECT_TRUE(joined.ok());
  co_return spawned;
}

Task<Ref<Member>> join(Root root, Manner manner) {
  auto joined = co_await root.on_core(root.cores() - 1, spawn_member, manner);
  co_return joined;
}

struct Heard {
  std::uint64_t heard = 0;
  std::uint64_t missed = 0;
};

/// What the member has heard, asked until it is `posts` altogether.
Task<Heard> heard_by(Ref<Member> member, std::uint64_t posts) {
  for (int i = 0; i < 10'000; ++i) {
    auto looked = co_await member.ask(within(kLong)).look();
    if (!looked) break;
    const Heard heard{looked->heard(), looked->missed()};
    if (heard.heard + heard.missed >= posts) co_return heard;
    auto slept = co_await troupe::sleep_for(1ms);
    if (!slept) break;
  }
  ADD_FAILURE() << "it never heard all";
  co_return Heard();
}

Task<> post(std::uint64_t times, std::uint32_t members) {
  for (std::uint64_t i = 0; i < times; ++i) {
    auto posted = co_await Ref<Room>("attic").ask(within(kLong)).post("somebody", "hello");
    EXPECT_TRUE(posted.ok());
    EXPECT_EQ(posted->members(), members);
  }
}

TEST_P(ChatTest, AllMembersHearAllFromWhenTheyJoined) {
  run([](Root root) -> Task<Status> {
    auto early = co_await join(root, Manner());
    co_await post(5, 1);
    auto late = co_await join(root, Manner());
    co_await post(7, 2);
    auto of_early = co_await heard_by(early, 12);
    EXPECT_EQ(of_early.heard, 12u);
    auto of_late = co_await heard_by(late, 7);
    EXPECT_EQ(of_late.heard, 7u);
    EXPECT_EQ(of_late.missed, 0u);
    co_return troupe::ok();
  });
  EXPECT_EQ(ledger_.dropped_total(), 0u);
}

TEST_P(ChatTest, WhoJoinsTwiceHearsOnce) {
  run([](Root root) -> Task<Status> {
    auto one = co_await join(root, Manner());
    auto again = co_await Ref<Room>("attic").ask(within(kLong)).join(one);
    EXPECT_EQ(again->next(), 1u);
    co_await post(3, 1);
    auto heard = co_await heard_by(one, 3);
    EXPECT_EQ(heard.heard, 3u);
    co_return troupe::ok();
  });
}

TEST_P(ChatTest, WhoLeavesHearsNoMore) {
  run([](Root root) -> Task<Status> {
    auto one = co_await join(root, Manner{.leaves_after = 2});
    co_await post(2, 1);
    auto heard = co_await heard_by(one, 2);
    EXPECT_EQ(heard.heard, 2u);
    const Ref<Room> attic("attic");
    std::uint32_t members = 1;
    for (int i = 0; i < 10'000 && members != 0; ++i) {
      auto looked = co_await attic.ask(within(kLong)).look();
      members = looked->members();
      EXPECT_EQ(looked->ended(), 0u);
      auto slept = co_await troupe::sleep_for(1ms);
      EXPECT_TRUE(slept.ok());
    }
    EXPECT_EQ(members, 0u);
    co_await post(1, 0);
    co_return troupe::ok();
  });
}

TEST_P(ChatTest, WhoEndsIsNoMemberAnyMore) {
  run([](Root root) -> Task<Status> {
    auto ends = co_await join(root, Manner{.ends_after = 3});
    auto is_stopped = co_await join(root, Manner());
    auto stays = co_await join(root, Manner());
    co_await post(3, 3);
    is_stopped.stop();
    for (const Ref<Member>& each : {ends, is_stopped}) {
      auto ended = co_await troupe::until_ended(each, within(kLong));
      EXPECT_TRUE(ended.ok());
    }
    const Ref<Room> attic("attic");
    std::uint64_t ended = 0;
    for (int i = 0; i < 10'000 && ended != 2; ++i) {
      auto looked = co_await attic.ask(within(kLong)).look();
      ended = looked->ended();
      auto slept = co_await troupe::sleep_for(1ms);
      EXPECT_TRUE(slept.ok());
    }
    EXPECT_EQ(ended, 2u);
    co_await post(2, 1);
    auto heard = co_await heard_by(stays, 5);
    EXPECT_EQ(heard.heard, 5u);
    co_return troupe::ok();
  });
}

TEST_P(ChatTest, ASlowMemberHearsTheNewestAndKnowsWhatItMissed) {
  constexpr std::uint64_t kPosts = 2000;
  run([](Root root) -> Task<Status> {
    auto slow = co_await join(root, Manner{.pause = 1h});
    co_await post(kPosts, 1);
    auto ended = co_await troupe::graceful_stop(slow, within(kLong));
    EXPECT_TRUE(ended.ok());
    co_return troupe::ok();
  });
  // At most what fits was left in the mailbox, and dropped with it; the rest gave way to newer
  // ones.
  EXPECT_GE(dropped(DropReason::kDisplaced), kPosts - 2 * kMailbox);
  EXPECT_LE(dropped(DropReason::kActorStopped), kMailbox);
}

LoadOptions small_load() {
  LoadOptions options;
  options.rooms = 7;
  options.members = 60;
  options.rooms_each = 3;
  options.posts = 300;
  options.slow_one_in = 10;
  options.slow_pause = 100us;
  options.go_after = 20;
  return options;
}

void expect_proof(const System& system, const Traffic& traffic, std::uint64_t posts) {
  EXPECT_EQ(traffic.posts, posts);
  EXPECT_EQ(traffic.posts_failed, 0u);
  EXPECT_TRUE(all_accounted_for(system, traffic))
      << traffic.copies << " copies, " << traffic.heard << " heard, " << traffic.heard_by_gone
      << " heard by those gone, " << copies_dropped(system, traffic) << " dropped";
  EXPECT_GT(traffic.heard, 0u);
  EXPECT_GT(traffic.ended, 0u);
}

TEST_P(ChatTest, EveryCopyIsAccountedFor) {
  Traffic traffic;
  System system(options_for(GetParam()));
  serve_rooms(system);
  run_in(system, run_load, small_load(), &traffic);
  expect_proof(system, traffic, 300 * system.cores());
}

INSTANTIATE_TEST_SUITE_P(Everywhere, ChatTest, ::testing::ValuesIn(troupe::testing::kEverywhere),
                         troupe::testing::name_of);

TEST(ChatSimulation, EveryCopyIsAccountedForOverSeeds) {
  std::uint64_t dropped = 0;
  std::uint64_t missed = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Traffic traffic;
    auto place = options_for({BackendKind::kSimulation, 1 + static_cast<unsigned>(seed % 3), seed});
    place.node.mailbox_messages_max = 30;  // so that more than the slow ones are too slow
    System system(place);
    serve_rooms(system);
    run_in(system, run_load, small_load(), &traffic);
    expect_proof(system, traffic, 300 * system.cores());
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
    dropped += copies_dropped(system, traffic);
    missed += traffic.missed;
  }
  // The runs went where it hurts, or they prove nothing.
  EXPECT_GT(dropped, 10'000u);
  EXPECT_GT(missed, 1000u);
}

}  // namespace
}  // namespace chat
