// Asks that would wait for each other in a circle end at once, with would_deadlock; no other does.
// At random: tests/asks/. Everywhere.
#include "actor/ask_circle.h"

#include <memory>
#include <string>

#include "actor/testing/callers.h"
#include "actor/testing/runs.h"

namespace troupe {
namespace {

using namespace callers;  // NOLINT(google-build-using-namespace): the words of these tests
using namespace std::chrono_literals;
using testing::RunOn;

Task<Ref<Link>> spawn_link() { co_return Root().spawn<Link>(handlers<LinkHandlers>()); }

class AskCircleTest : public ::testing::TestWithParam<RunOn> {
 protected:
  /// `body(a, b, c)`: links, of which the first is alone on its core if there are two cores.
  template <class Body>
  void run(Body body) {
    System system(testing::options_for(GetParam()));
    testing::run_in(system, [body](Root root) -> Task<Status> {
      auto a = co_await spawn_link();
      auto b = co_await root.on_core(root.cores() - 1, spawn_link);
      auto c = co_await root.on_core(root.cores() - 1, spawn_link);
      const Time begun = Core::current().now();
      co_await body(a, b, c);
      EXPECT_LT(Core::current().now() - begun, 30min) << "an ask waited for its deadline";
      co_return ok();
    });
    refused_ = system.ledger().dropped[static_cast<std::size_t>(DropReason::kWouldDeadlock)];
  }
  std::uint64_t refused_ = 0;
};

constexpr auto kRefused = static_cast<std::uint16_t>(Code::kWouldDeadlock);

template <class Answer>
void expect_refused(const Answer& answer) {
  ASSERT_TRUE(answer.ok()) << answer.error().describe();
  EXPECT_EQ(answer->code(), kRefused) << answer->text();
}
template <class Answer>
void expect_answered(const Answer& answer) {
  ASSERT_TRUE(answer.ok()) << answer.error().describe();
  EXPECT_EQ(answer->code(), 0) << answer->text();
}

TEST_P(AskCircleTest, AnActorThatAsksItselfIsRefused) {
  run([](Ref<Link> a, Ref<Link>, Ref<Link>) -> Task<> {
    expect_refused(co_await a.ask(within(kLong)).pass(a));
  });
  EXPECT_EQ(refused_, 1u);
}

TEST_P(AskCircleTest, AnAskBackIsRefused) {
  run([](Ref<Link> a, Ref<Link> b, Ref<Link> c) -> Task<> {
    expect_refused(co_await a.ask(within(kLong)).relay(b, a));
    // And then both go on.
    expect_answered(co_await a.ask(within(kLong)).relay(b, c));
  });
}

TEST_P(AskCircleTest, WhoAwaitsTheAskAmongOthersWaitsForIt) {
  run([](Ref<Link> a, Ref<Link> b, Ref<Link>) -> Task<> {
    expect_refused(co_await a.ask(within(kLong)).both(b, a));
  });
  EXPECT_EQ(refused_, 1u);
}

TEST_P(AskCircleTest, WhoWaitsForSomethingElseTooIsNotInACircle) {
  run([](Ref<Link> a, Ref<Link> b, Ref<Link>) -> Task<> {
    auto answer = co_await a.ask(within(kLong)).either(b, a);
    EXPECT_TRUE(answer.ok());
    EXPECT_EQ(answer->text(), "in time");
    auto idle = co_await b.ask(within(kLong)).ping();
    EXPECT_TRUE(idle.ok());
  });
  EXPECT_EQ(refused_, 0u);
}

TEST_P(AskCircleTest, NorIsWhoWaitsForOneThatDoes) {
  run([](Ref<Link> a, Ref<Link> b, Ref<Link> c) -> Task<> {
    // b gives up its ask of c, which asks a, and answers a.
    auto answer = co_await a.ask(within(kLong)).beyond(b, c, a);
    EXPECT_TRUE(answer.ok());
    EXPECT_EQ(answer->text(), "in time");
    auto idle = co_await c.ask(within(kLong)).ping();
    EXPECT_TRUE(idle.ok());
  });
  EXPECT_EQ(refused_, 0u);
}

TEST_P(AskCircleTest, AnAskOfAnotherCallIsAnsweredInItsTurn) {
  run([](Ref<Link> a, Ref<Link> b, Ref<Link> c) -> Task<> {
    // While a waits for b, which takes its time, c asks a.
    auto slow = [](Ref<Link> by) -> Task<bool> {
      auto held = co_await by.ask(within(kLong)).hold(std::int64_t{5'000'000});
      co_return held.has_value();
    };
    auto d = co_await spawn_link();
    auto [held, relayed, passed] = co_await troupe::all_of(
        slow(b), a.ask(within(kLong)).relay(b, d), c.ask(within(kLong)).pass(a));
    EXPECT_TRUE(held);
    expect_answered(relayed);
    expect_answered(passed);
  });
  EXPECT_EQ(refused_, 0u);
}

TEST_P(AskCircleTest, WhoGaveTheRightToAnswerAwayIsNotWaitedFor) {
  run([](Ref<Link> a, Ref<Link> b, Ref<Link>) -> Task<> {
    // b pings a, which waits for an answer that no longer is b's to give.
    expect_answered(co_await a.ask(within(kLong)).detour(b));
    auto idle = co_await b.ask(within(kLong)).ping();
    EXPECT_TRUE(idle.ok());
  });
  EXPECT_EQ(refused_, 0u);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, AskCircleTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
