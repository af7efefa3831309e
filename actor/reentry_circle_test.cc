// Asks that come back to an actor that handles several messages at once: in a circle, or not. And
// those that the contract takes: reentrancy call_chain. Everywhere.
#include <cstdint>
#include <memory>
#include <string>

#include "actor/reentry.h"
#include "actor/testing_desk.h"

namespace troupe {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the words of these tests
using namespace std::chrono_literals;

TEST_P(ReentryTest, AWriterThatAsksForAWriterIsInACircle) {
  run([](Letters* letters, Scope* scope, Ref<Desk> desk) -> Task<> {
    auto link = co_await spawn_link();
    co_await scope->start(
        expect_code(desk.ask(within(kLong)).write_by(link, "x", false), kRefused));
    EXPECT_EVENTS();
    co_await letters->write(scope, "y");
    EXPECT_EVENTS("+y");
    letters->go("y");
  });
}

TEST_P(ReentryTest, AReaderThatAsksForAReaderIsNot) {
  run([](Letters* letters, Scope* scope, Ref<Desk> desk) -> Task<> {
    auto link = co_await spawn_link();
    co_await scope->start(expect_code(desk.ask(within(kLong)).read_by(link, "x", true), 0));
    EXPECT_EVENTS("+x");
    letters->go("x");
  });
}

/// Though another reader is about to begin, which stands in no reader's way.
TEST_P(ReentryTest, AReaderThatAsksForAReaderIsNotWhileOthersCome) {
  run([](Letters* letters, Scope* scope, Ref<Desk> desk) -> Task<> {
    auto link = co_await link_beside(desk);
    for (int i = 0; i < 8; ++i) {
      co_await scope->start(expect_code(desk.ask(within(kLong)).read_by(link, "x", true), 0));
      co_await letters->read(scope, "y");
    }
    letters->go("y");
    letters->go("x");
  });
}

/// Nor while another reader has its turn, and has not begun.
TEST_P(ReentryTest, AReaderThatAsksItsOwnActorToReadIsNot) {
  run([](Letters*, Scope* scope, Ref<Desk>) -> Task<> {
    auto early = Root().spawn<Desk>(handlers<DeskHandlers>(), std::make_shared<Noted>());
    Letters letters(early);
    // It has not run yet: both wait.
    co_await scope->start(expect_code(early.ask(within(kLong)).read_on("x"), 0));
    co_await letters.read(scope, "y");
    const Names done = co_await letters.events();
    EXPECT_EQ(done, (Names{"+y", "+x"}));
    letters.go("x");
    letters.go("y");
    const Names all = co_await letters.events();
    EXPECT_EQ(all.size(), 4u);
    auto end = co_await graceful_stop(early, within(kLong));
    EXPECT_TRUE(end.ok());
  });
}

TEST_P(ReentryTest, WhatInterleavesStandsInNobodysWay) {
  run([](Letters* letters, Scope* scope, Ref<Desk> desk) -> Task<> {
    auto link = co_await spawn_link();
    co_await scope->start(expect_code(desk.ask(within(kLong)).rush_by(link, "x", false), 0));
    EXPECT_EVENTS("+x");
    letters->go("x");
  });
}

TEST_P(ReentryTest, WhatWaitedBehindARefusedOneGoesOn) {
  run([](Letters* letters, Scope* scope, Ref<Desk> desk) -> Task<> {
    auto link = co_await spawn_link();
    co_await letters->read(scope, "a");
    EXPECT_EVENTS("+a");
    // It reads, and has written what can only be written afterwards.
    co_await scope->start(expect_code(desk.ask(within(kLong)).read_by(link, "x", false), kRefused));
    co_await letters->read(scope, "b");
    EXPECT_EVENTS("+a", "+b");
    letters->go("a");
    letters->go("b");
  });
}

/// The writer waits for a call of its own, of which the other one's is no part.
TEST_P(ReentryTest, WhatInterleavesIsNotInTheCircleOfAWriter) {
  run([](Letters* letters, Scope* scope, Ref<Desk> desk) -> Task<> {
    auto busy = co_await spawn_link();
    auto link = co_await spawn_link();
    const auto hold = [](Ref<Link> held) -> Task<> {
      auto answer = co_await held.ask(within(kLong)).hold(std::int64_t{5'000'000});
      EXPECT_TRUE(answer.ok());
    };
    co_await scope->start(hold(busy));
    co_await scope->start(expect_code(desk.ask(within(kLong)).write_by(busy, "w", true), kRefused));
    co_await scope->start(expect_code(desk.ask(within(kLong)).rush_by(link, "x", false), 0));
    letters->go("x");
  });
}

/// Also when no other message comes: what waited behind a refused ask begins.
TEST(ReentrySimulation, WhatWaitedBehindARefusedOneGoesOnByItself) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    System system(options_for({BackendKind::kSimulation, 2, seed}));
    run_in(system, [seed](Root root) -> Task<Status> {
      const auto spawn = [](std::shared_ptr<Noted> left) -> Task<Ref<Desk>> {
        co_return Root().spawn<Desk>(handlers<DeskHandlers>(), left);
      };
      auto desk = co_await root.on_core(1, spawn, std::make_shared<Noted>());
      auto link = co_await spawn_link();
      const auto read = [](Ref<Desk> read_at, std::string name) -> Task<> {
        auto answer = co_await read_at.ask(within(kLong)).read(name);
        EXPECT_TRUE(answer.ok());
      };
      Scope scope;
      co_await scope.start(read(desk, "a"));
      desk.tell().go("b");
      co_await scope.start(
          expect_code(desk.ask(within(kLong)).read_by(link, "x", false), kRefused));
      auto moment = co_await sleep_for(std::chrono::nanoseconds(seed * 191 % 40'000));
      EXPECT_TRUE(moment.ok());
      auto behind = co_await desk.ask(within(10ms)).read("b");
      EXPECT_TRUE(behind.ok()) << "seed " << seed << ": " << behind.error().describe();
      desk.tell().go("a");
      const ScopeEnd ended = co_await scope.join();
      co_return ended;
    });
  }
}

TEST_P(OtherDesksTest, AnAskThatComesBackIsPartOfTheOneThatWaits) {
  run<Clerk, ClerkHandlers>([](Scope* scope, Ref<Clerk> clerk) -> Task<> {
    auto link = co_await spawn_link();
    co_await scope->start(expect_code(clerk.ask(within(kLong)).write_by(link, "x"), 0));
    co_await scope->start(expect_outcome(clerk.ask(within(kLong)).write("y"), kNone));
    EXPECT_SETTLED(clerk, "+x");
    clerk.tell().go("x");
    EXPECT_SETTLED(clerk, "+x", "-x", "+y");
    clerk.tell().go("y");
  });
}

TEST_P(OtherDesksTest, AnAskOfOneBesideAWriterWaitsForTheWriter) {
  run<Clerk, ClerkHandlers>([](Scope* scope, Ref<Clerk> clerk) -> Task<> {
    auto link = co_await spawn_link();
    co_await scope->start(expect_outcome(clerk.ask(within(kLong)).write("w"), kNone));
    co_await scope->start(expect_code(clerk.ask(within(kLong)).rush_by(link, "x"), 0));
    EXPECT_SETTLED(clerk, "+w");
    clerk.tell().go("w");
    EXPECT_SETTLED(clerk, "+w", "-w", "+x");
    clerk.tell().go("x");
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, ReentryTest, ::testing::ValuesIn(kEverywhere), name_of);
INSTANTIATE_TEST_SUITE_P(Everywhere, OtherDesksTest, ::testing::ValuesIn(kEverywhere), name_of);

}  // namespace
}  // namespace troupe
