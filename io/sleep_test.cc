// Tests sleep_for, sleep_until and yield on a simulated core.
#include "io/sleep.h"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/combine.h"
#include "io/testing_reactor.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using io::run_simulated;

/// Does something at a moment, from outside the coroutine under test.
class CallAt final : public io::Timer {
 public:
  CallAt(Duration delay, std::function<void()> call) : call_(std::move(call)) {
    io::Reactor& core = io::Reactor::current();
    core.timers().arm(*this, saturating_add(core.now(), delay));
  }
  ~CallAt() {
    if (armed()) io::Reactor::current().timers().cancel(*this);
  }
  void fire() override { call_(); }

 private:
  std::function<void()> call_;
};

Time now() { return CoreContext::current().now(); }

TEST(Sleep, TakesItsTimeAndNeverLess) {
  const Status ended = run_simulated([](Strand&) -> Task<void> {
    for (Duration wanted :
         {Duration(0), Duration(1), Duration(70us), Duration(50ms), Duration(3h)}) {
      const Time before = now();
      const Status slept = co_await sleep_for(wanted);
      EXPECT_TRUE(slept.ok());
      EXPECT_GE(now() - before, wanted);
      EXPECT_LE(now() - before, wanted + 10us);
    }
  });
  EXPECT_TRUE(ended.ok()) << ended.error().describe();
}

TEST(Sleep, UntilThePastGoesThroughTheRunQueue) {
  bool ran = false;
  const Status ended = run_simulated([&](Strand&) -> Task<void> {
    CallAt call(0s, [&] { ran = true; });
    const Status slept = co_await sleep_until(Time::min());
    EXPECT_TRUE(slept.ok());
    EXPECT_TRUE(ran);
  });
  EXPECT_TRUE(ended.ok());
}

TEST(Sleep, GivesTheReasonOfACancellation) {
  for (Code reason : {Code::kCancelled, Code::kStopping}) {
    const Status ended = run_simulated([=](Strand& strand) -> Task<void> {
      const Time before = now();
      CallAt call(5ms, [&] { strand.cancel(reason); });
      const Status slept = co_await sleep_for(1h);
      EXPECT_FALSE(slept.ok());
      EXPECT_EQ(slept.error().code(), reason);
      EXPECT_LT(now() - before, 6ms);
      EXPECT_EQ(io::Reactor::current().timers().armed(), 0u);
    });
    EXPECT_TRUE(ended.ok());
  }
}

TEST(Sleep, DoesNotSuspendOnACancelledStrand) {
  const Status ended = run_simulated([](Strand& strand) -> Task<void> {
    strand.cancel(Code::kStopping);
    const std::uint64_t turns = io::Reactor::current().counters().turns;
    const Status slept = co_await sleep_for(1h);
    EXPECT_EQ(slept.error().code(), Code::kStopping);
    const Status yielded = co_await yield();
    EXPECT_EQ(yielded.error().code(), Code::kStopping);
    EXPECT_EQ(io::Reactor::current().counters().turns, turns);
    strand.clear_cancellation();
    const Status again = co_await sleep_for(1ms);
    EXPECT_TRUE(again.ok());
  });
  EXPECT_TRUE(ended.ok());
}

TEST(Sleep, CancelledInTheVeryTurnItEndsStaysOk) {
  const Status ended = run_simulated([](Strand& strand) -> Task<void> {
    // Armed for the same moment and after the sleep's own timer: the sleep has completed by then.
    const Time at = now() + 1ms;
    CallAt early(500us, [&] {});
    const Status first = co_await sleep_for(500us);
    EXPECT_TRUE(first.ok());
    CallAt late(at - now(), [&] { strand.cancel(Code::kCancelled); });
    const Status second = co_await sleep_until(at + 1ns);
    EXPECT_TRUE(second.ok() || second.error().is(Code::kCancelled));
    const Status third = co_await sleep_for(1ms);
    EXPECT_TRUE(third.error().is(Code::kCancelled));
  });
  EXPECT_TRUE(ended.ok());
}

TEST(Sleep, ForeverIsADeadlockInSimulation) {
  const Status ended = run_simulated([](Strand&) -> Task<void> {
    const Status slept = co_await sleep_until(Time::max());
    ADD_FAILURE() << slept.ok();
  });
  ASSERT_FALSE(ended.ok());
  EXPECT_NE(ended.error().describe().find("deadlock"), std::string::npos);
}

TEST(Sleep, ForeverCanBeCancelled) {
  const Status ended = run_simulated([](Strand& strand) -> Task<void> {
    CallAt call(1ms, [&] { strand.cancel(Code::kCancelled); });
    const Status slept = co_await sleep_for(Duration::max());
    EXPECT_TRUE(slept.error().is(Code::kCancelled));
  });
  EXPECT_TRUE(ended.ok());
}

Task<Status> log_three(std::vector<int>* log, int first) {
  for (int i = 0; i < 3; ++i) {
    log->push_back(first + i);
    const Status yielded = co_await yield();
    if (!yielded) co_return yielded;
  }
  co_return ok();
}

TEST(Yield, TakesTurnsWithOthers) {
  std::vector<int> log;
  const Status ended = run_simulated([&](Strand&) -> Task<void> {
    auto both = co_await all_of(log_three(&log, 10), log_three(&log, 20));
    EXPECT_TRUE(std::get<0>(both).ok());
    EXPECT_TRUE(std::get<1>(both).ok());
  });
  EXPECT_TRUE(ended.ok());
  EXPECT_EQ(log, std::vector<int>({10, 20, 11, 21, 12, 22}));
}

TEST(RunSimulated, RethrowsWhatTheTaskThrows) {
  EXPECT_THROW((void)run_simulated([](Strand&) -> Task<void> {
                 const Status slept = co_await sleep_for(1ms);
                 EXPECT_TRUE(slept.ok());
                 throw std::runtime_error("boom");
               }),
               std::runtime_error);
}

Task<int> count_down(int depth) {
  if (depth == 0) {
    const Status slept = co_await sleep_for(1us);
    co_return slept.ok() ? 1 : 0;
  }
  const int below = co_await count_down(depth - 1);
  co_return below;
}

TEST(RunSimulated, ReturnsThroughDeepTasks) {
  const Status ended = run_simulated([](Strand&) -> Task<void> {
    const int result = co_await count_down(1000);
    EXPECT_EQ(result, 1);
  });
  EXPECT_TRUE(ended.ok());
}

}  // namespace
}  // namespace troupe
