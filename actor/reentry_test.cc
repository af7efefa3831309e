// Several messages handled at once, as the contract allows: readonly, interleaves, reentrancy
// interleave. (call_chain, and asks in a circle: reentry_circle_test.cc.) Everywhere.
#include "actor/reentry.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "actor/testing_desk.h"

namespace troupe {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the words of these tests
using namespace std::chrono_literals;

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
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
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

// ---- whose turn it is, by itself ----

/// A message of the clerk's, as far as its turn goes.
protocols::Frame letter(Clerk::Kind kind) {
  protocols::Frame frame{};
  frame.header.kind = static_cast<std::uint16_t>(kind);
  frame.header.type = protocols::FrameType::kTell;
  return frame;
}

/// Also once the one that waited for it has gone on.
TEST(Reentry, WhatIsTakenOutOfTurnExcludesOthersForItself) {
  Reentry reentry(Clerk::kType);
  transport::FrameQueue mailbox;
  protocols::Frame first = letter(Clerk::Kind::kWrite);
  protocols::Frame next = letter(Clerk::Kind::kWrite);
  protocols::Frame back = letter(Clerk::Kind::kWrite);
  EXPECT_TRUE(reentry.admit(&first, mailbox));
  ASSERT_EQ(mailbox.pop(), &first);
  EXPECT_EQ(reentry.began(first), Manner::kWriter);
  EXPECT_FALSE(reentry.admit(&next, mailbox));
  reentry.admit_now(&back, mailbox);
  ASSERT_EQ(mailbox.pop(), &back);
  EXPECT_EQ(reentry.began(back), Manner::kWriter);
  reentry.ended(Manner::kWriter);
  EXPECT_FALSE(reentry.offer(mailbox)) << "one writer still runs";
  reentry.ended(Manner::kWriter);
  EXPECT_TRUE(reentry.offer(mailbox));
  EXPECT_EQ(mailbox.pop(), &next);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, ReentryTest, ::testing::ValuesIn(kEverywhere), name_of);
INSTANTIATE_TEST_SUITE_P(Everywhere, OtherDesksTest, ::testing::ValuesIn(kEverywhere), name_of);
INSTANTIATE_TEST_SUITE_P(Everywhere, OpenTest, ::testing::ValuesIn(kEverywhere), name_of);

}  // namespace
}  // namespace troupe
