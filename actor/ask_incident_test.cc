// What the error of an ask says of whom was asked, and explain(). Everywhere.
#include "actor/ask_incident.h"

#include <memory>
#include <string>
#include <utility>

#include "actor/testing/callers.h"
#include "actor/testing/runs.h"

namespace troupe {
namespace {

using namespace callers;  // NOLINT(google-build-using-namespace): the words of these tests
using namespace std::chrono_literals;
using testing::RunOn;

Task<Ref<Link>> spawn_link() { co_return Root().spawn<Link>(handlers<LinkHandlers>()); }

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class AskIncidentTest : public ::testing::TestWithParam<RunOn> {
 protected:
  /// `body(a, b)`: links, the second on the last core.
  template <class Body>
  static void run(Body body) {
    System system(testing::options_for(GetParam()));
    testing::run_in(system, [body](Root root) -> Task<Status> {
      auto a = co_await spawn_link();
      auto b = co_await root.on_core(root.cores() - 1, spawn_link);
      co_await body(a, b);
      co_return ok();
    });
  }
};

TEST_P(AskIncidentTest, ADeadlineNamesActorMessageAndTime) {
  run([](Ref<Link>, Ref<Link> b) -> Task<> {
    auto late = co_await b.ask(within(20ms)).hold(std::int64_t{3'600'000'000'000});
    EXPECT_EQ(late.error(), Error(Code::kDeadlineExceeded)) << "incidents do not count";
    const std::string text = late.error().describe();
    const std::string slot = std::to_string(b.address().slot);
    EXPECT_TRUE(contains(text, "deadline_exceeded: callers.Link in slot " + slot + " on core " +
                                   std::to_string(b.address().core) + ", asked for hold "))
        << text;
    EXPECT_TRUE(contains(text, " ms before")) << text;
    b.kill();
  });
}

TEST_P(AskIncidentTest, OfAnActorOnItsCoreItTellsWhatItDid) {
  run([](Ref<Link> a, Ref<Link>) -> Task<> {
    auto [first, second] = co_await troupe::all_of(
        a.ask(within(20ms)).hold(std::int64_t{3'600'000'000'000}), a.ask(within(20ms)).ping());
    const std::string text = second.has_value() ? "" : second.error().describe();
    // One of them cancelled the other, which then is no incident of a deadline.
    const std::string other = first.has_value() ? "" : first.error().describe();
    const std::string& told = contains(text, "queued") ? text : other;
    EXPECT_TRUE(contains(told, " messages queued and waits for sleep at ")) << told;
    EXPECT_TRUE(contains(told, "callers.h:")) << told;
    a.kill();
  });
}

TEST_P(AskIncidentTest, ExplainAsksTheActorsCore) {
  run([](Ref<Link>, Ref<Link> b) -> Task<> {
    auto late = co_await b.ask(within(20ms)).hold(std::int64_t{3'600'000'000'000});
    std::string text = co_await explain(late.error());
    EXPECT_TRUE(contains(text, "\nnow: callers.Link (core ")) << text;
    // Its core may be late too.
    for (int i = 0; i < 10'000 && !contains(text, "waits for sleep"); ++i) {
      auto slept = co_await sleep_for(1ms);
      EXPECT_TRUE(slept.ok());
      text = co_await explain(late.error());
    }
    EXPECT_TRUE(contains(text, "waits for sleep")) << text;
    b.kill();
    auto end = co_await until_ended(b, within(kLong));
    EXPECT_TRUE(end.ok());
    const std::string gone = co_await explain(late.error());
    EXPECT_TRUE(contains(gone, " is not there")) << gone;
    EXPECT_EQ(co_await explain(Error(Code::kClosed)), "closed");
  });
}

TEST_P(AskIncidentTest, ARefusalNamesTheActorToo) {
  run([](Ref<Link>, Ref<Link> b) -> Task<> {
    b.stop();
    auto end = co_await until_ended(b, within(kLong));
    EXPECT_TRUE(end.ok());
    auto gone = co_await b.ask(within(10s)).ping();
    EXPECT_TRUE(gone.error().is(Code::kNoSuchActor));
    EXPECT_TRUE(contains(gone.error().describe(), "callers.Link in slot "))
        << gone.error().describe();
    EXPECT_TRUE(contains(gone.error().describe(), ", asked for ping ")) << gone.error().describe();
  });
}

TEST_P(AskIncidentTest, ActorsThatWaitForEachOtherAreNamed) {
  run([](Ref<Link> a, Ref<Link>) -> Task<> {
    // Two calls that cross: neither is part of the other.
    auto c = co_await spawn_link();
    auto crossing = [](Ref<Link> from, Ref<Link> to) -> Task<std::string> {
      auto passed = co_await from.ask(within(50ms)).pass(to);
      co_return passed ? std::string(passed->text()) : passed.error().describe();
    };
    auto [left, right] = co_await troupe::all_of(crossing(a, c), crossing(c, a));
    const std::string both = left + "\n" + right;
    EXPECT_TRUE(contains(both, "asks wait for each other in a circle: ") ||
                !contains(both, "deadline_exceeded"))
        << both;
  });
}

TEST_P(AskIncidentTest, OldIncidentsAreForgotten) {
  run([](Ref<Link> a, Ref<Link>) -> Task<> {
    a.stop();
    auto end = co_await until_ended(a, within(kLong));
    EXPECT_TRUE(end.ok());
    auto first = co_await a.ask(within(1s)).ping();
    EXPECT_TRUE(contains(first.error().describe(), "callers.Link in slot"));
    for (std::size_t i = 0; i < kIncidentsKept; ++i) {
      auto later = co_await a.ask(within(1s)).ping();
      EXPECT_FALSE(later.ok());
    }
    EXPECT_EQ(first.error().describe(), "no_such_actor: callers.Link");
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, AskIncidentTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
