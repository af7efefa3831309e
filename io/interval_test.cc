// Tests periodic timers in virtual time: no drift, missed ticks, cancellation.
#include "io/interval.h"

#include <gtest/gtest.h>

#include "base/combine.h"
#include "base/task.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

template <class Body>
void run(Body body) {
  const Status ran = run_simulated(std::move(body));
  EXPECT_TRUE(ran.ok()) << (ran.ok() ? "" : ran.error().describe());
}

TEST(Interval, DoesNotDrift) {
  run([](Strand&) -> Task<void> {
    const Time start = CoreContext::current().now();
    Interval ticker = every(10ms);
    for (int i = 1; i <= 1000; ++i) {
      const Result<Tick> tick = co_await ticker.next();
      EXPECT_EQ(tick.value().due, start + i * 10ms);
      EXPECT_EQ(tick.value().missed, 0u);
      EXPECT_GE(CoreContext::current().now(), tick.value().due);
      // What is done at each tick takes its time.
      const Status slept = co_await sleep_for(7ms);
      EXPECT_TRUE(slept.ok());
    }
    EXPECT_LE(CoreContext::current().now(), start + 10s + 10ms);
  });
}

TEST(Interval, MissedTicksComeAsOne) {
  run([](Strand&) -> Task<void> {
    const Time start = CoreContext::current().now();
    Interval ticker = every(10ms);
    for (const auto& [late, missed] :
         {std::pair<Duration, std::uint64_t>{35ms, 2}, {4ms, 0}, {0ms, 0}, {1s, 99}, {9ms, 0}}) {
      const Time due = ticker.due();
      const Status slept = co_await sleep_for(late);
      EXPECT_TRUE(slept.ok());
      const Result<Tick> tick = co_await ticker.next();
      EXPECT_EQ(tick.value().missed, missed);
      EXPECT_EQ(tick.value().due, due + static_cast<std::int64_t>(missed) * 10ms);
      EXPECT_EQ((tick.value().due - start) % 10ms, 0ns);
      EXPECT_EQ(ticker.due(), tick.value().due + 10ms);
    }
  });
}

TEST(Interval, KeepsItsTickWhenItIsCancelled) {
  run([](Strand& strand) -> Task<void> {
    Interval ticker = every(10ms);
    const Time due = ticker.due();
    auto first = co_await troupe::first_of(ticker.next(), sleep_for(3ms));
    EXPECT_EQ(first.index(), 1u);
    strand.cancel(Code::kStopping);
    const Result<Tick> none = co_await ticker.next();
    EXPECT_TRUE(none.error().is(Code::kStopping));
    strand.clear_cancellation();
    const Result<Tick> tick = co_await ticker.next();
    EXPECT_EQ(tick.value().due, due);
    EXPECT_EQ(tick.value().missed, 0u);
    EXPECT_EQ(Reactor::current().timers().armed(), 0u);
  });
}

TEST(Interval, StaysAtTheEndOfTime) {
  run([](Strand&) -> Task<void> {
    Interval ticker(CoreContext::current().now(), Duration::max());
    const Result<Tick> tick = co_await ticker.next();
    EXPECT_TRUE(tick.ok());
    EXPECT_EQ(ticker.due(), Time::max());
    auto first = co_await troupe::first_of(ticker.next(), sleep_for(24h * 30));
    EXPECT_EQ(first.index(), 1u);
  });
}

TEST(IntervalDeathTest, NeedsAPeriod) {
  EXPECT_DEATH(Interval(Time(1s), 0ns), "an Interval needs a period above 0");
}

}  // namespace
}  // namespace troupe::io
