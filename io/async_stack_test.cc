// Tests async_stack(): the chain of awaits of suspended and running coroutines, and its branches.
#include "base/async_stack.h"

#include <gtest/gtest.h>

#include <optional>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "base/combine.h"
#include "base/scope.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using Kind = AsyncLine::Kind;

constexpr std::uint32_t line_here(std::source_location where = std::source_location::current()) {
  return where.line();
}

/// No macro: its arguments are all on one line for the compiler.
template <class Body>
void run(Body body) {
  const Status ended = io::run_simulated(std::move(body));
  EXPECT_TRUE(ended.ok());
}

// The line of each await, beside the await.
constexpr std::uint32_t kInnerLine = line_here() + 2;
Task<Status> inner(Duration duration) {
  Status slept = co_await sleep_for(duration);
  co_return slept;
}
constexpr std::uint32_t kMiddleLine = line_here() + 2;
Task<Status> middle(Duration duration) {
  Status slept = co_await inner(duration);
  co_return slept;
}
constexpr std::uint32_t kOuterLine = line_here() + 2;
Task<Status> outer(Duration duration) {
  Status slept = co_await middle(duration);
  co_return slept;
}

/// "waits sleep, 12, 17": what a stack says, without the names of functions.
std::string brief(const AsyncStack& stack) {
  std::string text;
  for (const AsyncLine& line : stack.lines()) {
    if (!text.empty()) text += ", ";
    text.append(line.depth, '-');
    switch (line.kind) {
      case Kind::kWaits:
        text += std::string("waits ") + line.what;
        break;
      case Kind::kReady:
        text += "ready";
        break;
      case Kind::kRuns:
        text += "runs";
        break;
      case Kind::kNotBegun:
        text += "not begun";
        break;
      case Kind::kEnded:
        text += "ended";
        break;
      case Kind::kAt:
        text += std::to_string(line.where.line());
        break;
      case Kind::kElsewhere:
        text += "elsewhere";
        break;
      case Kind::kOmitted:
        text += "omitted " + std::to_string(line.count);
        break;
    }
  }
  return text;
}

std::string lines(std::initializer_list<std::uint32_t> numbers) {
  std::string text;
  for (std::uint32_t number : numbers) text += ", " + std::to_string(number);
  return text;
}

/// Keeps a task where the test can see it while it is awaited.
Task<void> await(Task<Status>* task) {
  const Status ended = co_await std::move(*task);
  EXPECT_TRUE(ended.ok());
}

/// Takes a stack after a while, beside what is looked at.
template <class Look>
Task<void> look_after(Duration delay, Look look) {
  const Status slept = co_await sleep_for(delay);
  EXPECT_TRUE(slept.ok());
  look();
}

TEST(AsyncStack, ShowsTheChainOfASuspendedTask) {
  std::optional<AsyncStack> stack;
  run([&](Strand&) -> Task<void> {
    Task<Status> task = outer(1h);
    EXPECT_EQ(brief(async_stack(task)), "not begun");
    co_await all_of(await(&task), look_after(1min, [&] { stack = async_stack(task); }));
    EXPECT_EQ(brief(async_stack(task)), "ended");
    const Task<Status> gone = std::move(task);
    // NOLINTNEXTLINE(bugprone-use-after-move): what a task that was moved away shows
    EXPECT_EQ(brief(async_stack(task)), "ended");
  });
  ASSERT_TRUE(stack.has_value());
  const std::string chain = brief(*stack);
  EXPECT_EQ(chain.find("waits sleep" + lines({kInnerLine, kMiddleLine, kOuterLine}) + ", "), 0u)
      << chain;
  // And those who await it: await(), and the coroutine with all_of.
  EXPECT_EQ(stack->lines().size(), 6u) << stack->text();
  const std::string text = stack->text();
  EXPECT_NE(text.find("waits for sleep\n  at io/async_stack_test.cc:" + std::to_string(kInnerLine) +
                      " in "),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("inner("), std::string::npos) << text;
}

TEST(AsyncStack, OfATaskInTheMiddleShowsWhatIsBelow) {
  run([](Strand& strand) -> Task<void> {
    Task<Status> task = middle(1h);
    co_await all_of(await(&task), look_after(1min, [&] {
                      const std::string chain = brief(async_stack(task));
                      EXPECT_EQ(chain.find("waits sleep" + lines({kInnerLine, kMiddleLine})), 0u)
                          << chain;
                      EXPECT_EQ(chain.find(lines({kOuterLine})), std::string::npos);
                      EXPECT_EQ(brief(async_stack(strand)).find("waits combination"), 0u);
                    }));
  });
}

TEST(AsyncStack, AnEndedCalleeIsNoLongerPartOfTheChain) {
  run([](Strand& strand) -> Task<void> {
    const std::uint32_t ended_line = line_here() + 1;
    const Status slept = co_await outer(1s);
    EXPECT_TRUE(slept.ok());
    EXPECT_EQ(brief(async_stack(strand)), "runs" + lines({ended_line}));
  });
}

Task<void> throws() {
  const Status slept = co_await sleep_for(1s);
  EXPECT_TRUE(slept.ok());
  throw 1;
}

TEST(AsyncStack, NorOneThatFailed) {
  run([](Strand& strand) -> Task<void> {
    std::uint32_t failed_line = 0;
    try {
      failed_line = line_here() + 1;
      co_await throws();
    } catch (int) {
      EXPECT_EQ(brief(async_stack(strand)), "runs" + lines({failed_line}));
    }
  });
}

TEST(AsyncStack, TellsWhoRunsFromWhoIsReady) {
  run([](Strand& strand) -> Task<void> {
    EXPECT_EQ(async_stack(strand).lines()[0].kind, Kind::kRuns);
    auto sees_it_ready = [](Strand* other) -> Task<void> {
      // Runs inside the other one's run: that waits for nothing yet.
      EXPECT_EQ(async_stack(*other).lines()[0].kind, Kind::kReady);
      co_return;
    };
    co_await all_of(sees_it_ready(&strand));
    EXPECT_EQ(async_stack(strand).lines()[0].kind, Kind::kRuns);
  });
}

TEST(AsyncStack, ShowsTheBranchesOfCombinationsAsATree) {
  std::optional<AsyncStack> stack;
  run([&](Strand& strand) -> Task<void> {
    auto nested = []() -> Task<void> { co_await first_of(sleep_for(2h), inner(3h)); };
    co_await all_of(nested(), sleep_for(4h), sleep_for(1s),
                    look_after(1min, [&] { stack = async_stack(strand); }));
  });
  ASSERT_TRUE(stack.has_value());
  const std::vector<std::pair<std::string, unsigned>> expected = {
      {"combination", 0}, {"combination", 1}, {"sleep", 2}, {"sleep", 2}, {"sleep", 1}};
  std::vector<std::pair<std::string, unsigned>> waits;
  for (const AsyncLine& line : stack->lines()) {
    if (line.kind == Kind::kWaits) waits.emplace_back(line.what, line.depth);
  }
  EXPECT_EQ(waits, expected) << stack->text();
  // The branch that looks, and not the one that has ended.
  EXPECT_EQ(brief(*stack).find("-ready"), std::string::npos) << stack->text();
  EXPECT_EQ(brief(*stack).find("-runs"), brief(*stack).rfind("-runs")) << stack->text();
  EXPECT_NE(stack->text().find("\n  - waits for combination\n    at "), std::string::npos)
      << stack->text();
}

TEST(AsyncStack, ShowsTheChildrenOfAScopeAndWhereTheyStarted) {
  std::optional<AsyncStack> joining;
  std::optional<AsyncStack> children;
  std::uint32_t start_line = 0;
  run([&](Strand& strand) -> Task<void> {
    Scope scope;
    start_line = line_here() + 1;
    co_await scope.start(inner(1h));
    co_await scope.start(look_after(1min, [&] {
      joining = async_stack(strand);
      children = async_stack(scope);
    }));
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
    EXPECT_TRUE(async_stack(scope).lines().empty());
  });
  ASSERT_TRUE(joining.has_value() && children.has_value());
  EXPECT_EQ(joining->lines()[0].what, std::string("scope"));
  const AsyncLine& child = joining->lines()[2];
  EXPECT_EQ(child.what, std::string("sleep"));
  EXPECT_EQ(child.depth, 1);
  EXPECT_EQ(child.where.line(), start_line);
  EXPECT_EQ(joining->lines()[3].where.line(), kInnerLine);
  EXPECT_NE(joining->text().find("\n  - waits for sleep, started at io/async_stack_test.cc:" +
                                 std::to_string(start_line) + "\n    at "),
            std::string::npos)
      << joining->text();
  EXPECT_EQ(brief(*children).find("waits sleep, " + std::to_string(kInnerLine) + ", runs"), 0u)
      << children->text();
}

Task<Status> deep(unsigned levels) {
  Status slept = levels == 0 ? co_await sleep_for(1h) : co_await deep(levels - 1);
  co_return slept;
}

TEST(AsyncStack, IsBoundedAndCountsTheRest) {
  run([](Strand&) -> Task<void> {
    Scope scope;
    co_await scope.start(deep(99));
    AsyncStack stack = async_stack(scope);
    EXPECT_EQ(stack.lines().size(), 1 + AsyncStack::kFramesMax + 1);
    EXPECT_EQ(stack.lines().back().kind, Kind::kOmitted);
    EXPECT_EQ(stack.lines().back().count, 100 - AsyncStack::kFramesMax);
    for (int i = 0; i < 100; ++i) co_await scope.start(inner(1h));
    stack = async_stack(scope);
    EXPECT_EQ(stack.lines().size(), AsyncStack::kLinesMax);
    EXPECT_EQ(stack.lines().back().kind, Kind::kOmitted);
    EXPECT_EQ(stack.lines().back().count, 18 + 200 - (AsyncStack::kLinesMax - 1));
    scope.cancel();
    const ScopeEnd ended = co_await scope.join();
    EXPECT_TRUE(ended.ok());
  });
}

Task<void> nest(unsigned levels, Strand* strand, std::size_t* deepest) {
  if (levels == 0) {
    const AsyncStack stack = async_stack(*strand);
    for (const AsyncLine& line : stack.lines()) {
      *deepest = std::max(*deepest, std::size_t{line.depth});
    }
    co_return;
  }
  const Status slept = co_await sleep_for(1s);
  EXPECT_TRUE(slept.ok());
  co_await all_of(nest(levels - 1, strand, deepest));
}

TEST(AsyncStack, FollowsCombinationsWithinOneAnotherToALimit) {
  std::size_t deepest = 0;
  run([&](Strand& strand) -> Task<void> { co_await nest(20, &strand, &deepest); });
  EXPECT_EQ(deepest, AsyncStack::kDepthMax);
}

TEST(AsyncStack, OfWhatRunsShowsWhoAwaitsItToo) {
  std::optional<AsyncStack> stack;
  std::uint32_t all_of_line = 0;
  run([&](Strand&) -> Task<void> {
    all_of_line = line_here() + 1;
    co_await all_of(look_after(1s, [&] {
      stack.emplace();
      stack->add_running(*CoreContext::current().running());
    }));
  });
  ASSERT_TRUE(stack.has_value());
  EXPECT_EQ(stack->lines()[0].kind, Kind::kRuns);
  ASSERT_EQ(stack->lines().size(), 3u) << stack->text();
  EXPECT_EQ(stack->lines()[2].where.line(), all_of_line);
}

}  // namespace
}  // namespace troupe
