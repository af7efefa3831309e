// Tests a reactor's turn, its sleep protocol and its polling, on a clock that the test moves.
#include "io/reactor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <vector>

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

/// A clock that moves a little each time it is read.
class FakeBackend final : public Backend {
 public:
  Time now() override { return clock += step; }
  void poll() override { ++polls; }
  void sleep(Time until) override {
    rested &= core->progress().resting;
    slept_until.push_back(until);
    clock += sleep_takes;
    if (slept_until.size() == sleeps_until_stop) core->request_stop();
  }
  void wake() override { ++wakes; }
  bool publishes_now() override { return true; }

  Time clock = Time(1000s);
  Duration step = 1ns;
  Duration sleep_takes = 1ms;
  std::size_t sleeps_until_stop = 1;
  Reactor* core = nullptr;
  bool rested = true;  // as the stall detector sees it
  unsigned polls = 0;
  unsigned wakes = 0;
  std::vector<Time> slept_until;
};

class FakeExchange final : public Exchange {
 public:
  bool receive() override { return inbound; }
  bool publish() override { return left; }
  bool has_inbound() const override { return inbound; }
  bool inbound = false;
  bool left = false;
};

class Note final : public Runnable {
 public:
  void run() override {
    const Time now = CoreContext::current().now();
    if (times->empty() || times->back() != now) times->push_back(now);
    ++*count;
  }
  std::vector<Time>* times = nullptr;
  unsigned* count = nullptr;
};

class ReactorTest : public testing::Test {
 protected:
  ReactorTest() { backend_.core = &core_; }

  FakeBackend backend_;
  Reactor core_{3, backend_, 42};
  CoreContext::Bind bind_{core_};
};

TEST_F(ReactorTest, KnowsItself) {
  EXPECT_EQ(&Reactor::current(), &core_);
  EXPECT_EQ(core_.index(), 3);
}

TEST_F(ReactorTest, RunsAPortionPerTurnAndRefreshesTheTime) {
  std::vector<Time> times;
  unsigned count = 0;
  std::vector<Note> notes(300);
  for (Note& note : notes) {
    note.times = &times;
    note.count = &count;
    core_.ready.push(note);
  }
  EXPECT_TRUE(core_.turn());
  EXPECT_EQ(count, 256u);
  EXPECT_EQ(times.size(), 256u / Reactor::kMessagesPerRefresh);
  EXPECT_TRUE(core_.turn());
  EXPECT_EQ(count, 300u);
  EXPECT_FALSE(core_.turn());
  EXPECT_EQ(core_.counters().runnables, 300u);
  EXPECT_EQ(core_.counters().turns, 3u);
}

/// Goes on for ever, and notes the order in which it runs among others.
class Busy final : public Runnable {
 public:
  Busy(Group group, std::vector<Group>* order) : group_(group), order_(order) {}
  void run() override {
    order_->push_back(group_);
    CoreContext::current().ready.push(*this, group_);
  }

 private:
  Group group_;
  std::vector<Group>* order_;
};

/// What two or three groups get that always have something to do.
class SharesTest : public ReactorTest {
 protected:
  SharesTest() {
    // Two each, so that a queue is not empty while one of them runs.
    for (Group group : {Group::kSystem, Group::kUser, Group::kBackground}) {
      all_.emplace_back(2, Busy(group, &order_));
    }
  }
  void begin(Group group) {
    for (Busy& busy : all_[static_cast<std::size_t>(group)]) core_.ready.push(busy, group);
  }
  std::size_t count(Group group) const {
    return static_cast<std::size_t>(std::ranges::count(order_, group));
  }

  std::vector<Group> order_;
  std::deque<std::vector<Busy>> all_;
};

TEST_F(SharesTest, HoldWithinAPortionOverManyTurns) {
  begin(Group::kSystem);
  begin(Group::kUser);
  begin(Group::kBackground);
  for (int turn = 1; turn <= 1000; ++turn) {
    core_.turn();
    const std::size_t total = order_.size();
    EXPECT_EQ(total, 256u * static_cast<std::size_t>(turn));
    // A portion is 56 at these shares.
    EXPECT_NEAR(static_cast<double>(count(Group::kSystem)), static_cast<double>(total) * 4 / 9, 56);
    EXPECT_NEAR(static_cast<double>(count(Group::kUser)), static_cast<double>(total) * 4 / 9, 56);
    EXPECT_NEAR(static_cast<double>(count(Group::kBackground)), static_cast<double>(total) / 9, 56);
  }
}

TEST_F(SharesTest, WhatAGroupLeavesIsForTheOthers) {
  begin(Group::kUser);
  core_.turn();
  EXPECT_EQ(count(Group::kUser), 256u) << "alone it has everything";
  begin(Group::kBackground);
  order_.clear();
  for (int turn = 0; turn < 100; ++turn) core_.turn();
  EXPECT_EQ(order_.size(), 25600u);
  EXPECT_NEAR(static_cast<double>(count(Group::kUser)), 25600.0 * 4 / 5, 56);
  EXPECT_NEAR(static_cast<double>(count(Group::kBackground)), 25600.0 / 5, 56);
}

TEST_F(SharesTest, EachGroupRunsInEveryTurnAndNobodyStarves) {
  begin(Group::kSystem);
  begin(Group::kUser);
  begin(Group::kBackground);
  for (int turn = 0; turn < 100; ++turn) {
    order_.clear();
    core_.turn();
    EXPECT_GE(count(Group::kSystem), 1u);
    EXPECT_GE(count(Group::kUser), 1u);
    EXPECT_GE(count(Group::kBackground), 1u);
  }
}

TEST_F(SharesTest, AreAsTheOptionsSay) {
  ReactorOptions options;
  options.nodes_per_turn = 6;
  options.shares = {.system = 1, .user = 2, .background = 3};
  Reactor core(0, backend_, 1, options);
  const CoreContext::Bind bind(core);
  for (Group group : {Group::kSystem, Group::kUser, Group::kBackground}) {
    for (Busy& busy : all_[static_cast<std::size_t>(group)]) core.ready.push(busy, group);
  }
  for (int turn = 0; turn < 10; ++turn) {
    order_.clear();
    core.turn();
    EXPECT_EQ(count(Group::kSystem), 1u);
    EXPECT_EQ(count(Group::kUser), 2u);
    EXPECT_EQ(count(Group::kBackground), 3u);
  }
}

TEST_F(SharesTest, ALongTurnEndsAtAPortion) {
  begin(Group::kUser);
  begin(Group::kBackground);
  // Each look at the clock, one in 64 runnables, moves it on.
  backend_.step = 300us;
  core_.turn();
  EXPECT_LT(order_.size(), 256u);
  EXPECT_GE(order_.size(), 128u) << "two looks at least";
}

TEST_F(ReactorTest, KeepsTheOrderWithinAGroup) {
  std::vector<int> order;
  struct Numbered final : Runnable {
    void run() override { order->push_back(number); }
    std::vector<int>* order = nullptr;
    int number = 0;
  };
  std::vector<Numbered> runnables(600);
  for (int i = 0; i < 600; ++i) {
    runnables[static_cast<std::size_t>(i)].order = &order;
    runnables[static_cast<std::size_t>(i)].number = i;
    core_.ready.push(runnables[static_cast<std::size_t>(i)], static_cast<Group>(i % 3));
  }
  while (!core_.ready.empty()) core_.turn();
  EXPECT_EQ(order.size(), 600u);
  for (int group = 0; group < 3; ++group) {
    std::vector<int> of_group;
    std::ranges::copy_if(order, std::back_inserter(of_group),
                         [&](int number) { return number % 3 == group; });
    EXPECT_TRUE(std::ranges::is_sorted(of_group));
    EXPECT_EQ(of_group.size(), 200u);
  }
}

TEST_F(ReactorTest, CountedMessagesRefreshTheTime) {
  EXPECT_FALSE(core_.turn());
  const Time before = core_.now();
  core_.count_messages(63);
  EXPECT_EQ(core_.now(), before);
  core_.count_messages(1);
  EXPECT_GT(core_.now(), before);
}

TEST_F(ReactorTest, NeverGoesBackInTime) {
  const Time before = core_.now();
  backend_.clock = Time(1s);
  core_.turn();
  EXPECT_EQ(core_.now(), before);
}

TEST_F(ReactorTest, PollsTheBackendNowAndThen) {
  for (int i = 0; i < 320; ++i) core_.turn();
  EXPECT_EQ(backend_.polls, 10u);
}

TEST_F(ReactorTest, IsBusyWhileTheExchangeIs) {
  FakeExchange exchange;
  core_.attach(exchange);
  EXPECT_FALSE(core_.turn());
  exchange.left = true;
  EXPECT_TRUE(core_.turn());
  exchange.left = false;
  exchange.inbound = true;
  EXPECT_TRUE(core_.turn());
}

TEST_F(ReactorTest, LooksOnceMoreBeforeItSleeps) {
  FakeExchange exchange;
  core_.attach(exchange);
  core_.wake_if_sleeping();
  EXPECT_EQ(backend_.wakes, 0u) << "an awake core is not woken";

  exchange.inbound = true;
  EXPECT_FALSE(core_.prepare_sleep());
  core_.wake_if_sleeping();
  EXPECT_EQ(backend_.wakes, 0u) << "the announcement was taken back";

  exchange.inbound = false;
  EXPECT_TRUE(core_.prepare_sleep());
  core_.wake_if_sleeping();
  core_.wake_if_sleeping();
  EXPECT_EQ(backend_.wakes, 1u) << "one wake-up per sleep";
  EXPECT_EQ(core_.counters().wakes_sent, 1u);
  core_.finish_sleep();

  core_.request_stop();
  EXPECT_TRUE(core_.stop_requested());
  EXPECT_FALSE(core_.prepare_sleep());
}

class Once final : public Timer {
 public:
  void fire() override {}
};

/// Notes its turn.
class Numbered final : public Timer {
 public:
  void fire() override { fired->push_back(number); }
  std::vector<unsigned>* fired = nullptr;
  unsigned number = 0;
};

TEST_F(ReactorTest, SpreadsTimersOfOneMomentOverTurns) {
  constexpr unsigned kTimers = 100'000;
  std::vector<unsigned> fired;
  std::vector<Numbered> timers(kTimers);
  const Time at = core_.now() + 3s;
  for (unsigned i = 0; i < kTimers; ++i) {
    timers[i].fired = &fired;
    timers[i].number = i;
    core_.timers().arm(timers[i], at);
  }
  backend_.clock = at;
  unsigned turns = 0;
  for (std::size_t before = 0; fired.size() < kTimers; before = fired.size()) {
    // It must not sleep before all have fired.
    ASSERT_TRUE(core_.turn());
    ASSERT_LE(fired.size() - before, TimerWheel::kFiresPerAdvanceMax);
    ASSERT_LT(++turns, 20 * kTimers / TimerWheel::kFiresPerAdvanceMax);
  }
  for (unsigned i = 0; i < kTimers; ++i) ASSERT_EQ(fired[i], i);
  EXPECT_FALSE(core_.turn());
}

/// Notes what becomes of it.
class Parcel final : public Posted {
 public:
  void arrived() override { arrivals->push_back(number); }
  void discarded() override { arrivals->push_back(-number); }
  std::vector<int>* arrivals = nullptr;
  int number = 0;
};

TEST_F(ReactorTest, TakesInWhatIsPostedInOrder) {
  std::vector<int> arrivals;
  std::vector<Parcel> parcels(3);
  for (int i = 0; i < 3; ++i) {
    parcels[static_cast<std::size_t>(i)].arrivals = &arrivals;
    parcels[static_cast<std::size_t>(i)].number = i + 1;
  }
  ASSERT_TRUE(core_.prepare_sleep());
  for (Parcel& parcel : parcels) core_.post(parcel);
  EXPECT_EQ(backend_.wakes, 1u);
  core_.finish_sleep();
  EXPECT_FALSE(core_.prepare_sleep()) << "it would be slept through";
  // A signal and a stop beside them are not lost.
  core_.post_signal(15);
  EXPECT_TRUE(core_.heed_requests());
  EXPECT_EQ(arrivals, std::vector<int>({1, 2, 3}));
  core_.post(parcels[1]);
  core_.request_stop();
  EXPECT_FALSE(core_.heed_requests());
  EXPECT_EQ(arrivals, std::vector<int>({1, 2, 3, 2}));
  ASSERT_TRUE(core_.stop_requested());
}

TEST(Reactor, DiscardsAtItsEndWhatItDidNotTakeIn) {
  std::vector<int> arrivals;
  Parcel parcel;
  parcel.arrivals = &arrivals;
  parcel.number = 7;
  FakeBackend backend;
  {
    Reactor core(0, backend, 1);
    core.post(parcel);
  }
  EXPECT_EQ(arrivals, std::vector<int>({-7}));
}

TEST_F(ReactorTest, SleepsUntilTheNextTimer) {
  Once timer;
  const Time at = core_.now() + 10s;
  core_.timers().arm(timer, at);
  core_.run();
  EXPECT_EQ(backend_.slept_until, std::vector<Time>({at}));
  EXPECT_EQ(core_.counters().sleeps, 1u);
  core_.timers().cancel(timer);
}

class Look final : public Runnable {
 public:
  void run() override { seen = Reactor::current().progress(); }
  Reactor::Progress seen;
};

TEST_F(ReactorTest, ShowsItsProgress) {
  Look looks[3];
  for (Look& look : looks) core_.ready.push(look);
  core_.turn();
  EXPECT_FALSE(looks[0].seen.resting);
  EXPECT_NE(looks[0].seen, looks[1].seen) << "each runnable is progress";
  EXPECT_NE(looks[1].seen, looks[2].seen);
  const Reactor::Progress after = core_.progress();
  core_.turn();
  EXPECT_NE(core_.progress(), after) << "and so is a turn with nothing to do";
  core_.run();
  EXPECT_EQ(backend_.slept_until.size(), 1u);
  EXPECT_TRUE(backend_.rested) << "a sleeping core is not stuck";
  EXPECT_FALSE(core_.progress().resting);
}

TEST_F(ReactorTest, DoesNotRunOnceStopped) {
  core_.request_stop();
  core_.run();
  EXPECT_EQ(core_.counters().turns, 0u);
}

TEST_F(ReactorTest, PollsLongerAfterShortSleepsOnly) {
  backend_.step = 100ns;
  backend_.sleep_takes = 1ms;
  backend_.sleeps_until_stop = 20;
  core_.run();
  EXPECT_EQ(core_.counters().spins, 0u) << "long sleeps: polling would be a waste";

  FakeBackend busier;
  busier.step = 100ns;
  busier.sleep_takes = 2us;
  busier.sleeps_until_stop = 20;
  Reactor core(0, busier, 1);
  busier.core = &core;
  const CoreContext::Bind bind(core);
  core.run();
  EXPECT_GT(core.counters().spins, 20u);
  // 50 µs at 100 ns a turn, in each of 20 rounds: the longest it may poll.
  EXPECT_LE(core.counters().spins, 20u * 500u);
}

}  // namespace
}  // namespace troupe::io
