// Several messages handled at once, as the contract allows: readonly, interleaves, reentrancy
// interleave. (call_chain: ask_circle_test.cc.) Everywhere.
#include "actor/reentry.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actor/testing/callers.h"
#include "actor/testing/runs.h"

namespace troupe {
namespace {

using namespace callers;  // NOLINT(google-build-using-namespace): the words of these tests
using namespace std::chrono_literals;
using testing::RunOn;

using Names = std::vector<std::string>;

/// Asks in the background, and what came of them.
class Letters {
 public:
  explicit Letters(Ref<Desk> desk) : desk_(std::move(desk)) {}

  Task<> write(Scope* scope, std::string name) { co_await scope->start(outcome_of_write(name)); }
  Task<> read(Scope* scope, std::string name) { co_await scope->start(outcome_of_read(name)); }
  Task<> rush(Scope* scope, std::string name) { co_await scope->start(outcome_of_rush(name)); }
  void go(const std::string& name) { desk_.tell().go(name); }
  /// What the desk has noted once nothing changes any more: the question waits for no handler.
  Task<Names> events() {
    Names names;
    for (int round = 0; round < 40; ++round) {
      auto answer = co_await desk_.ask(within(kLong)).events();
      EXPECT_TRUE(answer.ok());
      if (!answer) break;
      if (answer->events().size() != names.size()) round = 0;
      names.assign(answer->events().begin(), answer->events().end());
    }
    co_return names;
  }
  /// How the asks ended, in the order in which they did: "a 0", or the error's name.
  const Names& ends() const { return ends_; }

 private:
  template <class Answer>
  void note(const std::string& name, const Answer& answer) {
    ends_.push_back(name + " " +
                    (answer ? std::to_string(answer->outcome())
                            : std::string(to_string(answer.error().code()))));
  }
  Task<> outcome_of_write(std::string name) {
    auto answer = co_await desk_.ask(within(kLong)).write(name);
    note(name, answer);
  }
  Task<> outcome_of_read(std::string name) {
    auto answer = co_await desk_.ask(within(kLong)).read(name);
    note(name, answer);
  }
  Task<> outcome_of_rush(std::string name) {
    auto answer = co_await desk_.ask(within(kLong)).rush(name);
    note(name, answer);
  }

  Ref<Desk> desk_;
  Names ends_;
};

class ReentryTest : public ::testing::TestWithParam<RunOn> {
 protected:
  /// `body(letters, scope, desk)` with a desk on the last core.
  template <class Body>
  void run(Body body, std::optional<Supervision> supervision = {}) {
    System system(testing::options_for(GetParam()));
    testing::run_in(system, [this, body, supervision](Root root) -> Task<Status> {
      auto desk = co_await root.on_core(root.cores() - 1, spawn_desk,
                                        SpawnOptions{.supervision = supervision}, left_);
      Letters letters(desk);
      Scope scope({.on_failure = OnFailure::kCollect});
      co_await body(&letters, &scope, desk);
      const ScopeEnd ended = co_await scope.join();
      EXPECT_TRUE(ended.ok());
      ends_ = letters.ends();
      co_return ok();
    });
    ledger_ = system.ledger();
  }
  static Task<Ref<Desk>> spawn_desk(SpawnOptions options, std::shared_ptr<Noted> left) {
    co_return Root().spawn<Desk>(options, handlers<DeskHandlers>(decide_to_fail), left);
  }

  std::shared_ptr<Noted> left_ = std::make_shared<Noted>();
  Names ends_;
  Ledger ledger_;
};

#define EXPECT_EVENTS(...) EXPECT_EQ(co_await letters->events(), (Names{__VA_ARGS__}))

TEST_P(ReentryTest, WritersRunOneAfterTheOther) {
  run([](Letters* letters, Scope* scope, Ref<Desk>) -> Task<> {
    co_await letters->write(scope, "a");
    co_await letters->write(scope, "b");
    EXPECT_EVENTS("+a");
    letters->go("b");
    EXPECT_EVENTS("+a");
    letters->go("a");
    EXPECT_EVENTS("+a", "-a", "+b", "-b");
  });
  EXPECT_EQ(ends_, (Names{"a 0", "b 0"}));
}

TEST_P(ReentryTest, ReadersRunBesideReadersAndOvertakeNoWriter) {
  run([](Letters* letters, Scope* scope, Ref<Desk>) -> Task<> {
    co_await letters->read(scope, "a");
    co_await letters->read(scope, "b");
    co_await letters->write(scope, "c");
    co_await letters->read(scope, "d");
    co_await letters->read(scope, "e");
    EXPECT_EVENTS("+a", "+b");
    letters->go("b");
    EXPECT_EVENTS("+a", "+b", "-b");
    letters->go("a");
    EXPECT_EVENTS("+a", "+b", "-b", "-a", "+c");
    letters->go("c");
    EXPECT_EVENTS("+a", "+b", "-b", "-a", "+c", "-c", "+d", "+e");
    letters->go("d");
    letters->go("e");
  });
}

TEST_P(ReentryTest, WhatInterleavesWaitsForNobody) {
  run([](Letters* letters, Scope* scope, Ref<Desk>) -> Task<> {
    co_await letters->write(scope, "a");
    co_await letters->write(scope, "b");
    co_await letters->rush(scope, "c");
    co_await letters->rush(scope, "d");
    EXPECT_EVENTS("+a", "+c", "+d");
    letters->go("d");
    letters->go("c");
    EXPECT_EVENTS("+a", "+c", "+d", "-d", "-c");
    letters->go("a");
    letters->go("b");
  });
}

TEST_P(ReentryTest, AHandlerThatDoesNotAwaitKeepsItsPlaceInLine) {
  run([](Letters* letters, Scope* scope, Ref<Desk> desk) -> Task<> {
    co_await letters->write(scope, "a");
    desk.tell().note("b");
    co_await letters->write(scope, "c");
    desk.tell().note("d");
    EXPECT_EVENTS("+a");
    letters->go("a");
    EXPECT_EVENTS("+a", "-a", "!b", "+c");
    letters->go("c");
    EXPECT_EVENTS("+a", "-a", "!b", "+c", "-c", "!d");
  });
}

TEST_P(ReentryTest, AStopEndsTheHandlersAndAnswersWhatWaits) {
  run([](Letters* letters, Scope* scope, Ref<Desk> desk) -> Task<> {
    co_await letters->read(scope, "a");
    co_await letters->read(scope, "b");
    co_await letters->write(scope, "c");
    EXPECT_EVENTS("+a", "+b");
    auto end = co_await graceful_stop(desk, within(kLong));
    EXPECT_TRUE(end.ok());
  });
  const auto stopping = std::to_string(static_cast<int>(Code::kStopping));
  Names ends = ends_;
  std::ranges::sort(ends);
  EXPECT_EQ(ends, (Names{"a " + stopping, "b " + stopping, "c actor_stopped"}));
  EXPECT_EQ(left_->back(), "stopped");
}

TEST_P(ReentryTest, AStopBehindTheQueueWaitsForAllHandlers) {
  run([](Letters* letters, Scope* scope, Ref<Desk> desk) -> Task<> {
    co_await letters->read(scope, "a");
    co_await letters->write(scope, "b");
    EXPECT_EVENTS("+a");
    desk.stop_after_queued();
    EXPECT_EVENTS("+a");
    letters->go("a");
    letters->go("b");
    auto end = co_await until_ended(desk, within(kLong));
    EXPECT_TRUE(end.ok());
  });
  EXPECT_EQ(ends_, (Names{"a 0", "b 0"}));
  EXPECT_EQ(*left_, (Noted{"+a", "-a", "+b", "-b", "stopped"}));
}

TEST_P(ReentryTest, AFailureEndsTheOthersAndARestartKeepsWhatWaits) {
  run(
      [](Letters* letters, Scope* scope, Ref<Desk> desk) -> Task<> {
        auto breaks = [](Ref<Desk> broken) -> Task<> {
          auto answer = co_await broken.ask(within(kLong)).break_("bad");
          EXPECT_TRUE(answer.error().is(Code::kFailed)) << answer.error().describe();
        };
        co_await letters->read(scope, "a");
        co_await scope->start(breaks(desk));
        co_await letters->write(scope, "b");
        co_await letters->write(scope, "c");
        EXPECT_EVENTS("+a", "+bad");
        letters->go("bad");
        // In the new object, in the old order.
        EXPECT_EVENTS("+a", "+bad", "-bad", "xa", "stopped", "+b");
        letters->go("b");
        letters->go("c");
      },
      Supervision{});
  const auto cancelled = std::to_string(static_cast<int>(Code::kCancelled));
  EXPECT_EQ(ends_, (Names{"a " + cancelled, "b 0", "c 0"}));
  EXPECT_EQ(*left_,
            (Noted{"+a", "+bad", "-bad", "xa", "stopped", "+b", "-b", "+c", "-c", "stopped"}));
}

TEST_P(ReentryTest, AKillEndsTheHandlers) {
  run([](Letters* letters, Scope* scope, Ref<Desk> desk) -> Task<> {
    co_await letters->read(scope, "a");
    co_await letters->write(scope, "b");
    EXPECT_EVENTS("+a");
    desk.kill();
    auto end = co_await until_ended(desk, within(kLong));
    EXPECT_TRUE(end.ok());
  });
  Names ends = ends_;
  std::ranges::sort(ends);
  EXPECT_EQ(ends.size(), 2u);
  EXPECT_EQ(ends[1], "b actor_stopped");
}

TEST_P(ReentryTest, WhatWaitsCountsAgainstTheMailboxLimit) {
  run([](Letters* letters, Scope* scope, Ref<Desk> desk) -> Task<> {
    co_await letters->write(scope, "a");
    EXPECT_EVENTS("+a");
    for (int i = 0; i < 6000; ++i) desk.tell().note("n");
    co_await letters->write(scope, "b");
    co_await letters->rush(scope, "c");
    letters->go("a");
    auto full = co_await desk.ask(within(kLong)).events();
    EXPECT_TRUE(full.error().is(Code::kMailboxFull)) << "what interleaves needs room too";
    desk.kill();
  });
  EXPECT_EQ(ledger_.dropped[static_cast<std::size_t>(DropReason::kMailboxFull)], 4u);
}

TEST_P(ReentryTest, ThereIsALimitToHandlersAtOnce) {
  run([](Letters* letters, Scope* scope, Ref<Desk>) -> Task<> {
    constexpr std::size_t kMore = kHandledAtOnceMax + 100;
    for (std::size_t i = 0; i < kMore; ++i) co_await letters->read(scope, "a");
    // This waits too, as there is no room for its handler.
    letters->go("a");
    (void)scope;
  });
  EXPECT_EQ(ends_.size(), kHandledAtOnceMax + 100);
}

TEST_P(ReentryTest, WhatInterleavesIsLimitedToo) {
  run([](Letters* letters, Scope* scope, Ref<Desk> desk) -> Task<> {
    for (std::size_t i = 0; i < kHandledAtOnceMax + 100; ++i) co_await letters->rush(scope, "a");
    auto settled = co_await sleep_for(20ms);
    EXPECT_TRUE(settled.ok());
    auto end = co_await graceful_stop(desk, within(kLong));
    EXPECT_TRUE(end.ok());
  });
  EXPECT_EQ(ends_.size(), kHandledAtOnceMax + 100);
  const auto begun = std::ranges::count(*left_, "+a");
  EXPECT_LE(begun, kHandledAtOnceMax);
  if (GetParam().backend == BackendKind::kSimulation) EXPECT_EQ(begun, kHandledAtOnceMax);
}

TEST_P(ReentryTest, WhatWaitedBeforeTheBehaviorBeganIsTakenInTheSameOrder) {
  run([](Letters*, Scope* scope, Ref<Desk>) -> Task<> {
    auto events = std::make_shared<Noted>();
    auto early = Root().spawn<Desk>(handlers<DeskHandlers>(), events);
    Letters letters(early);
    // It has not run yet.
    co_await letters.write(scope, "a");
    letters.go("a");
    co_await letters.write(scope, "b");
    letters.go("b");
    const Names done = co_await letters.events();
    EXPECT_EQ(done, (Names{"+a", "-a", "+b", "-b"}));
    auto end = co_await graceful_stop(early, within(kLong));
    EXPECT_TRUE(end.ok());
  });
}

TEST_P(ReentryTest, AStopBehindTheQueueLetsInWhatHandlersWaitFor) {
  run([](Letters* letters, Scope* scope, Ref<Desk> desk) -> Task<> {
    co_await letters->rush(scope, "a");
    EXPECT_EVENTS("+a");
    desk.stop_after_queued();
    letters->go("a");
    auto end = co_await until_ended(desk, within(kLong));
    EXPECT_TRUE(end.ok());
  });
  EXPECT_EQ(ends_, (Names{"a 0"}));
}

// ---- beside each other, and in a circle ----

constexpr auto kRefused = static_cast<std::uint16_t>(Code::kWouldDeadlock);

Task<Ref<Link>> spawn_link() { co_return Root().spawn<Link>(handlers<LinkHandlers>()); }

/// On the desk's core, where it is asked at once.
Task<Ref<Link>> link_beside(Ref<Desk> desk) {
  auto link = co_await on_core(desk.address().core, spawn_link);
  co_return link;
}

/// Asks the desk to have the link write there.
template <class Ask>
Task<> expect_code(Ask ask, std::uint16_t code) {
  auto answer = co_await std::move(ask);
  EXPECT_TRUE(answer.ok()) << answer.error().describe();
  if (answer) EXPECT_EQ(answer->code(), code);
}

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
    System system(testing::options_for({BackendKind::kSimulation, 2, seed}));
    testing::run_in(system, [seed](Root root) -> Task<Status> {
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

class OtherDesksTest : public ::testing::TestWithParam<RunOn> {
 protected:
  /// `body(scope, desk)`, with a desk of that kind here.
  template <class A, class H, class Body>
  void run(Body body) {
    System system(testing::options_for(GetParam()));
    testing::run_in(system, [this, body](Root root) -> Task<Status> {
      auto desk = root.spawn<A>(handlers<H>(), left_);
      Scope scope({.on_failure = OnFailure::kCollect});
      co_await body(&scope, desk);
      const ScopeEnd ended = co_await scope.join();
      EXPECT_TRUE(ended.ok());
      auto end = co_await graceful_stop(desk, within(kLong));
      EXPECT_TRUE(end.ok());
      co_return ok();
    });
  }
  std::shared_ptr<Noted> left_ = std::make_shared<Noted>();
};

/// Once nothing changes any more.
template <class A>
Task<Names> settled(Ref<A> desk) {
  Names names;
  for (int round = 0; round < 40; ++round) {
    auto answer = co_await desk.ask(within(kLong)).events();
    EXPECT_TRUE(answer.ok());
    if (!answer) break;
    if (answer->events().size() != names.size()) round = 0;
    names.assign(answer->events().begin(), answer->events().end());
  }
  co_return names;
}

template <class Ask>
Task<> expect_outcome(Ask ask, Code code) {
  auto answer = co_await std::move(ask);
  EXPECT_EQ(answer.ok(), code == Code(0));
  if (!answer) EXPECT_TRUE(answer.error().is(code)) << answer.error().describe();
}
constexpr Code kNone = Code(0);

#define EXPECT_SETTLED(desk, ...) EXPECT_EQ(co_await settled(desk), (Names{__VA_ARGS__}))

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

TEST_P(OtherDesksTest, AStopBehindTheQueueEndsOneThatTakesEverything) {
  run<Open, LettersOnly<Open>>([](Scope* scope, Ref<Open> open) -> Task<> {
    co_await scope->start(expect_outcome(open.ask(within(kLong)).write("a"), kNone));
    EXPECT_SETTLED(open, "+a");
    open.stop_after_queued();
    open.tell().go("a");
  });
  EXPECT_EQ(*left_, (Noted{"+a", "-a", "stopped"}));
}

TEST_P(OtherDesksTest, AMailboxThatGivesWayDropsTheOldestInLine) {
  run<Tray, LettersOnly<Tray>>([](Scope* scope, Ref<Tray> tray) -> Task<> {
    co_await scope->start(expect_outcome(tray.ask(within(kLong)).write("a"), kNone));
    EXPECT_SETTLED(tray, "+a");
    co_await scope->start(expect_outcome(tray.ask(within(kLong)).write("b"), Code::kMailboxFull));
    for (const char* name : {"c", "d", "e"}) {
      co_await scope->start(expect_outcome(tray.ask(within(kLong)).write(name), kNone));
    }
    // There is room for four: this makes some for itself, and is not held behind the others.
    EXPECT_SETTLED(tray, "+a");
    for (const char* name : {"a", "c", "d", "e"}) {
      tray.tell().go(name);
      auto rest = co_await sleep_for(1ms);
      EXPECT_TRUE(rest.ok());
    }
  });
  EXPECT_EQ(*left_, (Noted{"+a", "-a", "+c", "-c", "+d", "-d", "+e", "-e", "stopped"}));
}

class OpenTest : public ::testing::TestWithParam<RunOn> {};

TEST_P(OpenTest, EveryMessageIsTakenAtOnce) {
  System system(testing::options_for(GetParam()));
  testing::run_in(system, [](Root root) -> Task<Status> {
    auto events = std::make_shared<Noted>();
    auto open = root.spawn<Open>(handlers<LettersOnly<Open>>(), events);
    auto go = [](Ref<Open> desk) -> Task<Names> {
      auto answer = co_await desk.ask(within(kLong)).events();
      Names names;
      if (!answer) co_return names;
      for (const std::string_view event : answer->events()) names.emplace_back(event);
      desk.tell().go("b");
      desk.tell().go("a");
      co_return names;
    };
    auto [a, b, seen] = co_await troupe::all_of(open.ask(within(kLong)).write("a"),
                                                open.ask(within(kLong)).write("b"), go(open));
    EXPECT_TRUE(a.ok());
    EXPECT_TRUE(b.ok());
    EXPECT_EQ(seen, (Names{"+a", "+b"}));
    EXPECT_EQ(*events, (Noted{"+a", "+b", "-b", "-a"}));
    co_return ok();
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, ReentryTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);
INSTANTIATE_TEST_SUITE_P(Everywhere, OtherDesksTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);
INSTANTIATE_TEST_SUITE_P(Everywhere, OpenTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
