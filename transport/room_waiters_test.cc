// Tests the list of those who wait for room, which changes while it is walked.
#include "transport/room_waiters.h"

#include <gtest/gtest.h>

#include <vector>

namespace troupe::transport {
namespace {

/// Notes that it was woken; may wait anew, and take another one off the list.
class Waiter final : public RoomWaiter {
 public:
  Waiter(unsigned number, std::vector<unsigned>& log) : number_(number), log_(log) {}
  ~Waiter() { RoomWaiters::remove(*this); }
  void room_available() override {
    log_.push_back(number_);
    if (removes != nullptr) RoomWaiters::remove(*removes);
    if (again != nullptr) again->add(*this);
  }
  RoomWaiters* again = nullptr;
  RoomWaiter* removes = nullptr;

 private:
  const unsigned number_;
  std::vector<unsigned>& log_;
};

using Log = std::vector<unsigned>;

class RoomWaitersTest : public testing::Test {
 protected:
  Log wake_all() {
    log.clear();
    list.wake_all();
    return log;
  }
  Log log;
  RoomWaiters list;
  Waiter first{1, log}, second{2, log}, third{3, log};
};

TEST_F(RoomWaitersTest, WakesTheOldestFirst) {
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(wake_all(), Log());
  for (Waiter* waiter : {&third, &first, &second}) list.add(*waiter);
  EXPECT_FALSE(list.empty());
  EXPECT_EQ(wake_all(), (Log{3, 1, 2}));
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(wake_all(), Log());
}

TEST_F(RoomWaitersTest, WhoWaitsAnewIsWokenNextTime) {
  for (Waiter* waiter : {&first, &second, &third}) list.add(*waiter);
  first.again = third.again = &list;
  EXPECT_EQ(wake_all(), (Log{1, 2, 3}));
  EXPECT_EQ(wake_all(), (Log{1, 3}));
  first.again = nullptr;
  EXPECT_EQ(wake_all(), (Log{1, 3}));
  EXPECT_EQ(wake_all(), Log{3});
}

TEST_F(RoomWaitersTest, AnyoneMayLeave) {
  for (Waiter* leaver : {&first, &second, &third}) {
    for (Waiter* waiter : {&first, &second, &third}) list.add(*waiter);
    RoomWaiters::remove(*leaver);
    RoomWaiters::remove(*leaver);  // being in no list is no error
    const Log woken = wake_all();
    EXPECT_EQ(woken.size(), 2u);
    RoomWaiters::remove(*leaver);
    EXPECT_TRUE(list.empty());
  }
}

TEST_F(RoomWaitersTest, OneMayLeaveWhileTheOthersAreWoken) {
  for (Waiter* waiter : {&first, &second, &third}) list.add(*waiter);
  first.removes = &second;
  EXPECT_EQ(wake_all(), (Log{1, 3}));
  for (Waiter* waiter : {&first, &second, &third}) list.add(*waiter);
  first.removes = &third;
  EXPECT_EQ(wake_all(), (Log{1, 2}));
  list.add(second);
  EXPECT_EQ(wake_all(), Log{2});
}

TEST_F(RoomWaitersTest, OneWhoWaitsAnewMayLeaveAtOnce) {
  list.add(first);
  list.add(second);
  first.again = &list;
  second.removes = &first;
  EXPECT_EQ(wake_all(), (Log{1, 2}));
  EXPECT_TRUE(list.empty());
}

}  // namespace
}  // namespace troupe::transport
