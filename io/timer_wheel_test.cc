// Tests the wheel against a model: what fires, when, and in which order.
#include "io/timer_wheel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "base/random.h"

namespace troupe::io {
namespace {

constexpr Time kBegin = Time(std::chrono::seconds(1000));
constexpr std::int64_t kTick = std::int64_t{1} << TimerWheel::kTickBits;

Time after(Time time, std::int64_t nanoseconds) {
  return saturating_add(time, Duration(nanoseconds));
}

class CallTimer final : public Timer {
 public:
  explicit CallTimer(std::function<void()> call = [] {}) : call_(std::move(call)) {}
  void fire() override { call_(); }

 private:
  std::function<void()> call_;
};

/// The same promises kept by a std::multimap, next to the wheel. Every firing is checked at once.
class Model {
 public:
  Model(std::uint64_t seed, Time start, std::size_t timers)
      : random_(seed), wheel_(start), now_(start) {
    for (std::size_t i = 0; i < timers; ++i) {
      entries_.push_back(std::make_unique<Entry>(*this, i));
    }
  }

  void run(int operations) {
    for (int i = 0; i < operations && !testing::Test::HasFailure(); ++i) {
      if (random_.one_in(4)) {
        advance(pick_now());
      } else {
        toggle(*entries_[random_.below(entries_.size())]);
      }
      check_bound();
    }
    for (auto& entry : entries_) {
      if (entry->armed()) toggle(*entry);
    }
    EXPECT_EQ(wheel_.armed(), 0u);
    EXPECT_EQ(wheel_.next_expiry(), Time::max());
  }

 private:
  using Armed = std::multimap<Time, std::size_t>;

  class Entry final : public Timer {
   public:
    Entry(Model& model, std::size_t index) : model_(model), index_(index) {}
    void fire() override { model_.fired(*this); }
    std::size_t index() const { return index_; }
    std::uint64_t order = 0;
    Time armed_at{};
    Armed::iterator place;

   private:
    Model& model_;
    std::size_t index_;
  };

  Time pick_time() {
    switch (random_.below(8)) {
      case 0:
        return now_;
      case 1:
        return after(now_, -static_cast<std::int64_t>(random_.below(10 * kTick)));
      case 2:
        return last_;  // Very often the same moment as another.
      case 3:
        return Time::max();
      default:
        return after(now_, static_cast<std::int64_t>(random_.next() >> (1 + random_.below(63))));
    }
  }
  Time pick_now() {
    if (random_.one_in(3)) return std::max(now_, wheel_.next_expiry());
    if (random_.one_in(50)) {
      return after(now_, static_cast<std::int64_t>(random_.next() >> (1 + random_.below(63))));
    }
    return after(now_, static_cast<std::int64_t>(random_.below(1ull << random_.below(40))));
  }

  void toggle(Entry& entry) {
    ASSERT_EQ(entry.armed(), entry.order != 0);
    if (entry.armed()) {
      wheel_.cancel(entry);
      forget(entry);
      return;
    }
    last_ = pick_time();
    entry.armed_at = now_;
    entry.order = ++orders_;
    entry.place = armed_.emplace(last_, entry.index());
    wheel_.arm(entry, last_);
  }
  void forget(Entry& entry) {
    entry.order = 0;
    armed_.erase(entry.place);
  }

  void advance(Time now) {
    now_ = now;
    orders_before_advance_ = orders_;
    previous_order_ = 0;
    const std::size_t before = fires_;
    const bool any = wheel_.advance(now);
    EXPECT_EQ(any, fires_ != before);
    // Whatever is still due was armed while others fired.
    for (auto i = armed_.begin(); i != armed_.end() && i->first <= now; ++i) {
      EXPECT_GT(entries_[i->second]->order, orders_before_advance_) << "missed";
    }
    EXPECT_EQ(wheel_.armed(), armed_.size());
  }

  void fired(Entry& entry) {
    ++fires_;
    ASSERT_NE(entry.order, 0u) << "fired though cancelled";
    ASSERT_FALSE(entry.armed());
    ASSERT_LE(entry.at(), now_) << "fired early";
    ASSERT_LE(entry.order, orders_before_advance_) << "armed in this advance";
    const Time effective = std::max(entry.at(), entry.armed_at);
    if (previous_order_ != 0) {
      ASSERT_LE(tick(previous_effective_), tick(effective)) << "order of ticks";
      if (previous_at_ == entry.at() && previous_effective_ == effective) {
        ASSERT_LT(previous_order_, entry.order) << "order of arming";
      }
    }
    previous_order_ = entry.order;
    previous_effective_ = effective;
    previous_at_ = entry.at();
    forget(entry);
    for (std::uint64_t i = random_.below(3); i > 0; --i) {
      toggle(*entries_[random_.below(entries_.size())]);
    }
  }
  static std::int64_t tick(Time time) { return time.time_since_epoch().count() >> 16; }

  void check_bound() {
    const Time bound = wheel_.next_expiry();
    if (armed_.empty()) {
      EXPECT_EQ(bound, Time::max());
    } else {
      EXPECT_LE(bound, armed_.begin()->first);
    }
  }

  Random random_;
  TimerWheel wheel_;
  Time now_;
  Time last_{};
  std::vector<std::unique_ptr<Entry>> entries_;
  Armed armed_;
  std::uint64_t orders_ = 0;
  std::uint64_t orders_before_advance_ = 0;
  std::uint64_t previous_order_ = 0;
  Time previous_effective_{};
  Time previous_at_{};
  std::size_t fires_ = 0;
};

TEST(TimerWheel, KeepsItsPromisesUnderRandomUse) {
  for (std::uint64_t seed = 1; seed <= 3000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Model(seed, kBegin, 1 + seed % 200).run(400);
  }
}

TEST(TimerWheel, WorksOverTheWholeRangeOfTime) {
  for (std::uint64_t seed = 1; seed <= 200 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Model(seed, Time::min(), 50).run(400);
    Model(seed, Time(Duration(-kTick * 3)), 50).run(400);
    Model(seed, after(Time::max(), -kTick * 100), 50).run(400);
  }
}

TEST(TimerWheel, NextExpiryLeadsToAFarTimerInOneStep) {
  for (int power = 0; power < 62; ++power) {
    TimerWheel wheel(kBegin);
    int fired = 0;
    CallTimer timer([&] { ++fired; });
    const Time at = after(kBegin, std::int64_t{1} << power);
    wheel.arm(timer, at);
    EXPECT_EQ(wheel.next_expiry(), at);
    EXPECT_FALSE(wheel.advance(after(at, -1)));
    EXPECT_EQ(wheel.next_expiry(), at);
    EXPECT_TRUE(wheel.advance(at));
    EXPECT_EQ(fired, 1);
    EXPECT_FALSE(wheel.advance(Time::max()));
  }
}

TEST(TimerWheel, NextExpiryConvergesWhenManyShareASlot) {
  for (bool forgotten_earlier_one : {false, true}) {
    TimerWheel wheel(kBegin);
    std::vector<CallTimer> timers(1000);
    const Time at = after(kBegin, std::int64_t{1'000'000'000'000});
    CallTimer cancelled;
    if (forgotten_earlier_one) {
      wheel.arm(cancelled, after(kBegin, 1));
      wheel.cancel(cancelled);
    }
    for (CallTimer& timer : timers) wheel.arm(timer, at);
    int steps = 0;
    Time previous = kBegin;
    while (wheel.armed() > 0) {
      const Time next = wheel.next_expiry();
      ASSERT_LE(next, at);
      ASSERT_GT(next, previous) << "a core would wake for nothing";
      previous = next;
      EXPECT_EQ(wheel.advance(next), next == at);
      ASSERT_LT(++steps, 10);
    }
  }
}

TEST(TimerWheel, SplitsATickByTheExactMoment) {
  TimerWheel wheel(kBegin);
  std::vector<int> fired;
  CallTimer late([&] { fired.push_back(2); });
  CallTimer early([&] { fired.push_back(1); });
  wheel.arm(late, after(kBegin, 30));
  wheel.arm(early, after(kBegin, 10));
  EXPECT_FALSE(wheel.advance(after(kBegin, 9)));
  EXPECT_TRUE(wheel.advance(after(kBegin, 10)));
  EXPECT_EQ(fired, std::vector<int>({1}));
  EXPECT_EQ(wheel.next_expiry(), after(kBegin, 30));
  EXPECT_FALSE(wheel.advance(after(kBegin, 29)));
  EXPECT_TRUE(wheel.advance(after(kBegin, 30)));
  EXPECT_EQ(fired, std::vector<int>({1, 2}));
}

TEST(TimerWheel, ArmedForThePastFiresAtTheNextAdvanceOnly) {
  TimerWheel wheel(kBegin);
  int fired = 0;
  CallTimer timer([&] {
    if (++fired < 3) wheel.arm(timer, Time::min());
  });
  wheel.arm(timer, Time::min());
  for (int i = 1; i <= 3; ++i) {
    EXPECT_TRUE(wheel.advance(after(kBegin, i)));
    EXPECT_EQ(fired, i);
  }
  EXPECT_FALSE(wheel.advance(after(kBegin, 4)));
}

TEST(TimerWheel, CancelWhileFiringReachesTimersOfTheSameAdvance) {
  TimerWheel wheel(kBegin);
  CallTimer same([] { FAIL(); });
  CallTimer later([] { FAIL(); });
  CallTimer first([&] {
    wheel.cancel(same);
    wheel.cancel(later);
  });
  wheel.arm(first, after(kBegin, 5));
  wheel.arm(same, after(kBegin, 5));
  wheel.arm(later, after(kBegin, 50 * kTick));
  EXPECT_TRUE(wheel.advance(after(kBegin, 100 * kTick)));
  EXPECT_EQ(wheel.armed(), 0u);
}

/// Counts itself in a shared sequence; checks that equals come in the order they were armed.
class NumberedTimer final : public Timer {
 public:
  std::size_t number = 0;
  std::size_t* expected = nullptr;
  void fire() override {
    ASSERT_EQ(number, *expected);
    ++*expected;
  }
};

void fire_a_crowd(std::size_t count, Time at) {
  TimerWheel wheel(kBegin);
  std::vector<NumberedTimer> timers(count);
  std::size_t fired = 0;
  for (std::size_t i = 0; i < count; ++i) {
    timers[i].number = i;
    timers[i].expected = &fired;
    wheel.arm(timers[i], at);
    // Some of them meanwhile come nearer, so that they are sorted more than once.
    if (i == count / 2) wheel.advance(after(at, (kBegin - at).count() / 2));
  }
  wheel.advance(after(at, -1));
  EXPECT_EQ(fired, 0u);
  std::size_t calls = 0;
  while (fired < count) {
    const std::size_t before = fired;
    ASSERT_TRUE(wheel.advance(at)) << "there is more to do";
    ASSERT_LE(fired - before, TimerWheel::kFiresPerAdvanceMax);
    ASSERT_LT(++calls, 20 * count / TimerWheel::kFiresPerAdvanceMax + 20);
  }
  EXPECT_FALSE(wheel.advance(at));
  EXPECT_EQ(wheel.armed(), 0u);
}

TEST(TimerWheel, FiresAMillionAtOnceInLimitedPortionsAndInOrder) {
  fire_a_crowd(1'000'000, after(kBegin, 1'000'000));
  fire_a_crowd(1'000'000, after(kBegin, std::int64_t{3'600'000'000'000}));
}

TEST(TimerWheel, KeepsOrderWhenTimersAreArmedInTheMiddleOfSorting) {
  TimerWheel wheel(kBegin);
  constexpr std::size_t kCount = 100'000;
  std::vector<NumberedTimer> timers(2 * kCount);
  std::size_t fired = 0;
  const Time at = after(kBegin, std::int64_t{60'000'000'000});
  std::size_t armed = 0;
  const auto arm_next = [&] {
    timers[armed].number = armed;
    timers[armed].expected = &fired;
    wheel.arm(timers[armed], at);
    ++armed;
  };
  while (armed < kCount) arm_next();
  // The slot holds more than one call may sort: each call leaves some, and new ones come behind
  // them.
  while (fired < armed) {
    ASSERT_TRUE(wheel.advance(at));
    for (int i = 0; i < 100 && fired == 0; ++i) arm_next();
  }
  EXPECT_GT(armed, kCount);
  EXPECT_EQ(wheel.armed(), 0u);
}

#if !defined(NDEBUG) || defined(TROUPE_SANITIZED)
TEST(TimerWheelDeathTest, AbortsOnDoubleUse) {
  TimerWheel wheel(kBegin);
  CallTimer timer;
  EXPECT_DEATH(wheel.cancel(timer), "not armed");
  wheel.arm(timer, kBegin);
  EXPECT_DEATH(wheel.arm(timer, kBegin), "armed twice");
}
#endif

}  // namespace
}  // namespace troupe::io
