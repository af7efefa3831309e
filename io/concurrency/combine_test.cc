// Tests all_of and first_of over real sleeps: results, losers, failures, exceptions, cancellation.
#include "base/combine.h"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using io::run_simulated;

Time now() { return CoreContext::current().now(); }

/// What became of a branch: written by it, read by the test after the combination has ended.
struct Trace {
  std::optional<Code> reason;
  bool frame_gone = false;
};

class MarkGone {
 public:
  explicit MarkGone(Trace* trace) : trace_(trace) {}
  ~MarkGone() { trace_->frame_gone = true; }

 private:
  Trace* trace_;
};

/// Sleeps for `duration`, then gives `value`; if cancelled, tidies up over a few turns first.
Task<Result<int>> after(Duration duration, int value, Trace* trace) {
  const MarkGone mark(trace);
  const Status slept = co_await sleep_for(duration);
  if (!slept) {
    trace->reason = slept.error().code();
    co_return slept.error();
  }
  co_return value;
}

Task<Result<int>> fail_after(Duration duration) {
  const Status slept = co_await sleep_for(duration);
  if (!slept) co_return slept.error();
  co_return Error(Code::kFailed, 7);
}

Task<int> throw_after(Duration duration) {
  const Status slept = co_await sleep_for(duration);
  if (!slept) co_return -1;
  throw std::runtime_error("boom");
}

Task<void> nothing() { co_return; }

Task<std::string> at_once(std::string text) { co_return text; }

void expect_run(const Status& ended) {
  EXPECT_TRUE(ended.ok()) << (ended.ok() ? "" : ended.error().describe());
}

TEST(AllOf, GivesAllResultsInOrder) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Trace slow;
    Trace fast;
    const Time before = now();
    auto all = co_await all_of(after(20ms, 1, &slow), after(5ms, 2, &fast), sleep_for(10ms),
                               at_once("text"), nothing());
    EXPECT_EQ(std::get<0>(all).value(), 1);
    EXPECT_EQ(std::get<1>(all).value(), 2);
    EXPECT_TRUE(std::get<2>(all).ok());
    EXPECT_EQ(std::get<3>(all), "text");
    EXPECT_GE(now() - before, 20ms);
    EXPECT_LT(now() - before, 21ms);
    EXPECT_TRUE(slow.frame_gone && fast.frame_gone);
  }));
}

TEST(AllOf, AnErrorCancelsTheOthersAndAwaitsThem) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Trace loser;
    const Time before = now();
    auto all = co_await all_of(after(1h, 1, &loser), fail_after(1ms), sleep_for(1h));
    EXPECT_LT(now() - before, 2ms);
    EXPECT_TRUE(std::get<0>(all).error().is(Code::kCancelled));
    EXPECT_TRUE(std::get<1>(all).error().is(Code::kFailed));
    EXPECT_TRUE(std::get<2>(all).error().is(Code::kCancelled));
    EXPECT_EQ(loser.reason, Code::kCancelled);
    EXPECT_TRUE(loser.frame_gone);
    EXPECT_EQ(io::Reactor::current().timers().armed(), 0u);
  }));
}

TEST(AllOf, AnExceptionCancelsTheOthersAndComesOut) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Trace loser;
    const Time before = now();
    bool caught = false;
    try {
      auto all = co_await all_of(after(1h, 1, &loser), throw_after(1ms));
      ADD_FAILURE() << std::get<1>(all);
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
    EXPECT_EQ(loser.reason, Code::kCancelled);
    EXPECT_TRUE(loser.frame_gone);
    EXPECT_LT(now() - before, 2ms);
  }));
}

TEST(AllOf, TakesAVector) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    std::vector<Trace> traces(100);
    std::vector<Task<Result<int>>> tasks;
    for (int i = 0; i < 100; ++i) {
      tasks.push_back(after(Duration(1ms) * (100 - i), i, &traces[static_cast<std::size_t>(i)]));
    }
    auto results = co_await all_of(std::move(tasks));
    EXPECT_EQ(results.size(), 100u);
    for (std::size_t i = 0; i < results.size(); ++i) {
      EXPECT_EQ(results[i].value(), static_cast<int>(i));
      EXPECT_TRUE(traces[i].frame_gone);
    }
    auto none = co_await all_of(std::vector<Task<int>>());
    EXPECT_TRUE(none.empty());
  }));
}

TEST(FirstOf, CancelsAndAwaitsTheLosers) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Trace winner;
    Trace loser;
    const Time before = now();
    auto first = co_await first_of(after(1h, 1, &loser), after(1ms, 2, &winner), sleep_for(1h));
    EXPECT_EQ(first.index(), 1u);
    EXPECT_EQ(std::get<1>(first).value(), 2);
    EXPECT_LT(now() - before, 2ms);
    EXPECT_EQ(loser.reason, Code::kCancelled);
    EXPECT_TRUE(loser.frame_gone && winner.frame_gone);
    EXPECT_EQ(io::Reactor::current().timers().armed(), 0u);
    // The cancellation was the branches' own: this strand goes on.
    const Status slept = co_await sleep_for(1ms);
    EXPECT_TRUE(slept.ok());
  }));
}

TEST(FirstOf, MayBeDecidedBeforeItSuspends) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Trace loser;
    const Time before = now();
    auto first = co_await first_of(at_once("now"), after(1h, 1, &loser));
    EXPECT_EQ(first.index(), 0u);
    EXPECT_EQ(std::get<0>(first), "now");
    EXPECT_EQ(loser.reason, Code::kCancelled);
    EXPECT_LT(now() - before, 1ms);
    auto both = co_await first_of(at_once("a"), at_once("b"));
    EXPECT_EQ(both.index(), 0u);
  }));
}

TEST(FirstOf, AnExceptionOfTheWinnerComesOut) {
  expect_run(run_simulated([](Strand&) -> Task<void> {
    Trace loser;
    bool caught = false;
    try {
      auto first = co_await first_of(throw_after(1ms), after(1h, 1, &loser));
      ADD_FAILURE() << first.index();
    } catch (const std::runtime_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
    EXPECT_TRUE(loser.frame_gone);
  }));
}

/// Ends when its own combination does; the reason must come from far above.
Task<Status> nested(Trace* first_trace, Trace* second_trace) {
  auto all = co_await all_of(after(1h, 1, first_trace), after(2h, 2, second_trace));
  EXPECT_FALSE(std::get<0>(all).ok());
  EXPECT_FALSE(std::get<1>(all).ok());
  if (!std::get<0>(all)) co_return std::get<0>(all).error();
  co_return ok();
}

Task<void> cancel_after(Strand* strand, Duration duration, Code reason) {
  const Status slept = co_await sleep_for(duration);
  EXPECT_TRUE(slept.ok());
  strand->cancel(reason);
  const Status yielded = co_await yield();
  EXPECT_FALSE(yielded.ok());
}

TEST(Combinations, CancellationOfTheParentReachesEveryBranch) {
  for (Code reason : {Code::kCancelled, Code::kStopping}) {
    expect_run(run_simulated([=](Strand& strand) -> Task<void> {
      Trace traces[3];
      const Time before = now();
      auto all = co_await all_of(nested(&traces[0], &traces[1]), after(3h, 3, &traces[2]),
                                 cancel_after(&strand, 1ms, reason));
      EXPECT_TRUE(std::get<0>(all).error().is(reason));
      for (const Trace& trace : traces) {
        EXPECT_EQ(trace.reason, reason);
        EXPECT_TRUE(trace.frame_gone);
      }
      EXPECT_LT(now() - before, 2ms);
      // And whatever this strand awaits next ends as well.
      const Status slept = co_await sleep_for(1h);
      EXPECT_TRUE(slept.error().is(reason));
    }));
  }
}

TEST(Combinations, StartedOnACancelledStrandEndAtOnce) {
  expect_run(run_simulated([](Strand& strand) -> Task<void> {
    Trace traces[2];
    strand.cancel(Code::kStopping);
    const Time before = now();
    auto all = co_await all_of(after(1h, 1, &traces[0]), sleep_until(Time::max()));
    EXPECT_TRUE(std::get<0>(all).error().is(Code::kStopping));
    EXPECT_TRUE(std::get<1>(all).error().is(Code::kStopping));
    auto first = co_await first_of(after(1h, 1, &traces[1]), sleep_until(Time::max()));
    EXPECT_TRUE(std::get<0>(first).error().is(Code::kStopping));
    EXPECT_LT(now() - before, 1ms);
  }));
}

}  // namespace
}  // namespace troupe
