// Tests time points that do not wrap, and deadlines.
#include "base/time.h"

#include <gtest/gtest.h>

#include "base/core_context.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;

TEST(SaturatingAdd, AddsWhatFits) {
  EXPECT_EQ(saturating_add(Time(5s), 3s), Time(8s));
  EXPECT_EQ(saturating_add(Time(5s), -7s), Time(-2s));
  EXPECT_EQ(saturating_add(Time(5s), 0ns), Time(5s));
  EXPECT_EQ(saturating_add(Time::max() - 1ns, 1ns), Time::max());
  EXPECT_EQ(saturating_add(Time::min() + 1ns, -1ns), Time::min());
}

TEST(SaturatingAdd, StaysAtTheEnds) {
  EXPECT_EQ(saturating_add(Time::max(), 1ns), Time::max());
  EXPECT_EQ(saturating_add(Time(1ns), Duration::max()), Time::max());
  EXPECT_EQ(saturating_add(Time::max(), Duration::max()), Time::max());
  EXPECT_EQ(saturating_add(Time::min(), -1ns), Time::min());
  EXPECT_EQ(saturating_add(Time(-2ns), Duration::min()), Time::min());
  EXPECT_EQ(saturating_add(Time::min(), Duration::min()), Time::min());
}

TEST(SaturatingAdd, IsAConstant) {
  static_assert(saturating_add(Time(1ns), 2ns) == Time(3ns));
  static_assert(saturating_add(Time(1ns), Duration::max()) == Time::max());
}

TEST(Deadline, IsReachedAtItsMomentAndNotBefore) {
  const Deadline deadline(Time(10s));
  EXPECT_FALSE(deadline.reached(Time(10s) - 1ns));
  EXPECT_TRUE(deadline.reached(Time(10s)));
  EXPECT_TRUE(deadline.reached(Time(11s)));
}

TEST(Deadline, LeavesNothingNegative) {
  const Deadline deadline(Time(10s));
  EXPECT_EQ(deadline.left(Time(4s)), 6s);
  EXPECT_EQ(deadline.left(Time(10s) - 1ns), 1ns);
  EXPECT_EQ(deadline.left(Time(10s)), 0ns);
  EXPECT_EQ(deadline.left(Time(20s)), 0ns);
  EXPECT_EQ(Deadline(Time::max()).left(Time(0ns)), Duration::max());
}

TEST(Deadline, TheEarlierOfTwo) {
  const Deadline early(Time(1s));
  const Deadline late(Time(2s));
  EXPECT_EQ(Deadline::earlier(early, late), early);
  EXPECT_EQ(Deadline::earlier(late, early), early);
  EXPECT_EQ(Deadline::earlier(late, late), late);
  EXPECT_LT(early, late);
  EXPECT_NE(early, late);
}

/// A core whose clock the test sets.
class SetCore final : public CoreContext {
 public:
  explicit SetCore(Time now) : CoreContext(0, 1) { now_ = now; }
  void arm_timer(Timer&, Time) override {}
  void disarm_timer(Timer&) override {}
};

TEST(Within, CountsFromTheCachedTimeOfTheCore) {
  SetCore core{Time(100s)};
  const CoreContext::Bind bind(core);
  EXPECT_EQ(within(200ms).at(), Time(100s) + 200ms);
  EXPECT_EQ(within(Duration::max()).at(), Time::max());
}

TEST(CoreContext, BindingNests) {
  EXPECT_EQ(CoreContext::current_or_null(), nullptr);
  SetCore outer{Time(1s)};
  SetCore inner{Time(2s)};
  {
    const CoreContext::Bind bind_outer(outer);
    EXPECT_EQ(&CoreContext::current(), &outer);
    {
      const CoreContext::Bind bind_inner(inner);
      EXPECT_EQ(&CoreContext::current(), &inner);
    }
    EXPECT_EQ(&CoreContext::current(), &outer);
  }
  EXPECT_EQ(CoreContext::current_or_null(), nullptr);
}

}  // namespace
}  // namespace troupe
