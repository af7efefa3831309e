// Tests what counts as a stall, and which stalls are reported.
#include "io/stall/stall_tracker.h"

#include <gtest/gtest.h>

namespace troupe::io {
namespace {

using namespace std::chrono_literals;
using Event = StallTracker::Event;

Reactor::Progress at(std::uint64_t turns, std::uint64_t messages) {
  return {turns, messages, false};
}

TEST(StallTracker, ReportsOnceWhatDoesNotGoOn) {
  StallTracker tracker(25ms);
  EXPECT_EQ(tracker.look(at(1, 7), Time(1000ms)), Event::kNone);
  EXPECT_EQ(tracker.look(at(1, 7), Time(1024ms)), Event::kNone);
  EXPECT_FALSE(tracker.stalled());
  EXPECT_EQ(tracker.look(at(1, 7), Time(1025ms)), Event::kBegan);
  EXPECT_EQ(tracker.lasted(), 25ms);
  EXPECT_EQ(tracker.look(at(1, 7), Time(1100ms)), Event::kGoesOn);
  EXPECT_EQ(tracker.lasted(), 100ms);
  EXPECT_TRUE(tracker.stalled());
  // It went on between the last look and this one.
  EXPECT_EQ(tracker.look(at(1, 8), Time(1110ms)), Event::kEnded);
  EXPECT_EQ(tracker.lasted(), 105ms);
  EXPECT_EQ(tracker.look(at(1, 8), Time(1120ms)), Event::kNone);
}

TEST(StallTracker, AMessageOrATurnIsProgress) {
  StallTracker tracker(25ms);
  Time now(1s);
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(tracker.look(at(i / 2, (i + 1) / 2), now), Event::kNone);
    now += 20ms;
  }
}

TEST(StallTracker, ASleepingCoreDoesNotStall) {
  StallTracker tracker(25ms);
  const Reactor::Progress asleep{1, 7, true};
  for (Time now(1s); now < Time(2s); now += 10ms)
    EXPECT_EQ(tracker.look(asleep, now), Event::kNone);
  EXPECT_EQ(tracker.look(at(1, 7), Time(2s)), Event::kNone) << "counts from its waking";
  EXPECT_EQ(tracker.look(at(1, 7), Time(2s + 24ms)), Event::kNone);
  EXPECT_EQ(tracker.look(at(1, 7), Time(2s + 25ms)), Event::kBegan);
  EXPECT_EQ(tracker.look(asleep, Time(3s)), Event::kEnded);
}

TEST(StallTracker, TwoStallsInARowAreTwo) {
  StallTracker tracker(25ms);
  tracker.look(at(1, 7), Time(1000ms));
  EXPECT_EQ(tracker.look(at(1, 7), Time(1030ms)), Event::kBegan);
  EXPECT_EQ(tracker.look(at(1, 8), Time(1040ms)), Event::kEnded);
  EXPECT_EQ(tracker.look(at(1, 8), Time(1065ms)), Event::kBegan);
  EXPECT_EQ(tracker.lasted(), 25ms);
}

TEST(StallLimit, LetsOneThroughAndCountsTheOthers) {
  StallLimit limit(1s);
  EXPECT_TRUE(limit.allows(Time(10s)));
  EXPECT_EQ(limit.take_suppressed(), 0u);
  EXPECT_FALSE(limit.allows(Time(10s)));
  EXPECT_FALSE(limit.allows(Time(10s + 999ms)));
  limit.suppress();
  limit.suppress();
  EXPECT_TRUE(limit.allows(Time(11s)));
  EXPECT_EQ(limit.take_suppressed(), 2u);
  EXPECT_EQ(limit.take_suppressed(), 0u);
}

}  // namespace
}  // namespace troupe::io
