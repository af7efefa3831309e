#include "examples/kv/store.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "examples/kv/key_hash.h"

namespace kv {
namespace {

using troupe::Time;

constexpr KeyHasher kHasher(1, 2);
Key key(std::string_view text) { return Key{text, kHasher(text)}; }
Time at(Milliseconds milliseconds) { return Time(std::chrono::milliseconds(milliseconds)); }
SetOptions after(Milliseconds milliseconds) {
  return SetOptions{Condition::kAlways, Expiry::kAfter, milliseconds};
}

TEST(Store, SetGetRemove) {
  Store store;
  EXPECT_FALSE(store.get(key("a")));
  EXPECT_EQ(store.set(key("a"), "1", {}), Stored::kDone);
  EXPECT_EQ(store.get(key("a")), "1");
  EXPECT_EQ(store.set(key("a"), "a longer value than before", {}), Stored::kDone);
  EXPECT_EQ(store.get(key("a")), "a longer value than before");
  EXPECT_EQ(store.size(), 1u);
  EXPECT_TRUE(store.remove(key("a")));
  EXPECT_FALSE(store.remove(key("a")));
  EXPECT_EQ(store.size(), 0u);
  EXPECT_EQ(store.counters().hits, 2u);
  EXPECT_EQ(store.counters().misses, 1u);
}

TEST(Store, KeysAndValuesOfAnyBytes) {
  Store store;
  const std::string text("\0\r\n\xff", 4);
  store.set(key(text), text, {});
  store.set(key(""), "", {});
  EXPECT_EQ(store.get(key(text)), text);
  EXPECT_EQ(store.get(key("")), "");
}

TEST(Store, Expiry) {
  Store store;
  store.set_now(at(1000));
  store.set(key("a"), "1", after(500));
  EXPECT_EQ(store.time_left(key("a")), 500);
  EXPECT_EQ(store.expiring(), 1u);
  store.set_now(at(1500));
  EXPECT_TRUE(store.exists(key("a"))) << "at its very millisecond it is still there";
  store.set_now(at(1501));
  EXPECT_EQ(store.size(), 1u) << "nobody looked yet";
  EXPECT_FALSE(store.exists(key("a")));
  EXPECT_EQ(store.size(), 0u);
  EXPECT_EQ(store.expiring(), 0u);
  EXPECT_EQ(store.time_left(key("a")), -2);
  EXPECT_EQ(store.counters().expired, 1u);
}

TEST(Store, SettingTakesTheExpiryAwayUnlessItIsKept) {
  Store store;
  store.set(key("a"), "1", after(500));
  store.set(key("a"), "2", SetOptions{Condition::kAlways, Expiry::kKeep, 0});
  EXPECT_EQ(store.time_left(key("a")), 500);
  store.set(key("a"), std::string(1000, 'x'), SetOptions{Condition::kAlways, Expiry::kKeep, 0});
  EXPECT_EQ(store.time_left(key("a")), 500) << "in another block too";
  store.set(key("a"), "3", {});
  EXPECT_EQ(store.time_left(key("a")), -1);
  EXPECT_EQ(store.expiring(), 0u);
}

TEST(Store, Conditions) {
  Store store;
  const SetOptions if_absent{Condition::kIfAbsent, Expiry::kNone, 0};
  const SetOptions if_present{Condition::kIfPresent, Expiry::kNone, 0};
  EXPECT_EQ(store.set(key("a"), "1", if_present), Stored::kConditionFailed);
  EXPECT_EQ(store.set(key("a"), "1", if_absent), Stored::kDone);
  EXPECT_EQ(store.set(key("a"), "2", if_absent), Stored::kConditionFailed);
  EXPECT_EQ(store.set(key("a"), "3", if_present), Stored::kDone);
  EXPECT_EQ(store.get(key("a")), "3");
}

TEST(Store, ExpireWithConditions) {
  Store store;
  EXPECT_FALSE(store.expire(key("a"), 100, Condition::kAlways));
  store.set(key("a"), "1", {});
  EXPECT_FALSE(store.expire(key("a"), 100, Condition::kIfPresent));
  EXPECT_FALSE(store.expire(key("a"), 100, Condition::kIfLater)) << "never is later";
  EXPECT_FALSE(store.expire(key("a"), 100, Condition::kIfPresentAndEarlier));
  EXPECT_TRUE(store.expire(key("a"), 100, Condition::kIfAbsent));
  EXPECT_FALSE(store.expire(key("a"), 100, Condition::kIfAbsent));
  EXPECT_FALSE(store.expire(key("a"), 100, Condition::kIfLater));
  EXPECT_TRUE(store.expire(key("a"), 101, Condition::kIfLater));
  EXPECT_FALSE(store.expire(key("a"), 101, Condition::kIfEarlier));
  EXPECT_TRUE(store.expire(key("a"), 50, Condition::kIfPresentAndEarlier));
  EXPECT_TRUE(store.persist(key("a")));
  EXPECT_FALSE(store.persist(key("a")));
  EXPECT_TRUE(store.expire(key("a"), 50, Condition::kIfEarlier));
  EXPECT_TRUE(store.expire(key("a"), kExpiryAfterMax, Condition::kAlways));
  EXPECT_EQ(store.time_left(key("a")), kExpiryAfterMax);
  EXPECT_TRUE(store.expire(key("a"), INT64_MIN, Condition::kAlways));
  EXPECT_FALSE(store.exists(key("a"))) << "what ends in the past ends now";
}

TEST(Store, Add) {
  Store store;
  std::int64_t sum = 0;
  EXPECT_EQ(store.add(key("n"), 5, sum), Added::kDone);
  EXPECT_EQ(store.add(key("n"), -7, sum), Added::kDone);
  EXPECT_EQ(sum, -2);
  EXPECT_EQ(store.get(key("n")), "-2");
  store.set(key("n"), "9223372036854775807", after(9));
  EXPECT_EQ(store.add(key("n"), 1, sum), Added::kOverflow);
  EXPECT_EQ(store.add(key("n"), -1, sum), Added::kDone);
  EXPECT_EQ(store.time_left(key("n")), 9) << "the expiry stays";
  for (const std::string_view text : {"", "a", " 1", "01", "1.5", "9223372036854775808"}) {
    store.set(key("n"), text, {});
    EXPECT_EQ(store.add(key("n"), 1, sum), Added::kNotAnInteger) << text;
  }
}

TEST(Store, MemoryHasALimit) {
  Store store(64 * 1024);
  std::int64_t sum = 0;
  int stored = 0;
  while (store.set(key("key:" + std::to_string(stored)), std::string(100, 'x'), {}) ==
         Stored::kDone) {
    ++stored;
    ASSERT_LT(stored, 1000);
  }
  EXPECT_GT(stored, 300);
  EXPECT_LE(store.bytes(), 64u * 1024);
  EXPECT_EQ(store.set(key("key:1"), std::string(5000, 'x'), {}), Stored::kOutOfMemory);
  EXPECT_EQ(store.get(key("key:1")), std::string(100, 'x')) << "nothing changed";
  EXPECT_EQ(store.add(key("counter"), 1, sum), Added::kOutOfMemory);
  EXPECT_EQ(store.set(key("key:1"), std::string(99, 'y'), {}), Stored::kDone) << "in place";
  EXPECT_TRUE(store.remove(key("key:2")));
  EXPECT_EQ(store.add(key("counter"), 1, sum), Added::kDone) << "there is room again";
  store.clear();
  EXPECT_LT(store.bytes(), 1024u);
  EXPECT_EQ(store.set(key("key:1"), std::string(5000, 'x'), {}), Stored::kDone);
}

TEST(Store, SweepFreesWhatNobodyLooksAt) {
  Store store;
  for (int i = 0; i < 10'000; ++i) {
    store.set(key(std::to_string(i)), "value", i % 2 == 0 ? after(10) : SetOptions{});
  }
  store.set_now(at(11));
  std::size_t removed = 0;
  int calls = 0;
  while (store.expiring() > 0) {
    const std::size_t now_removed = store.sweep(256);
    EXPECT_LE(now_removed, 256u) << "a call has a budget";
    removed += now_removed;
    ASSERT_LT(++calls, 300);
  }
  EXPECT_EQ(removed, 5000u);
  EXPECT_EQ(store.size(), 5000u);
  EXPECT_EQ(store.get(key("1")), "value");
}

TEST(Store, GivesMemoryBackWhenMostKeysAreGone) {
  Store store;
  for (int i = 0; i < 100'000; ++i) store.set(key(std::to_string(i)), "value", {});
  const std::size_t full = store.bytes();
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(store.remove(key(std::to_string(i))));
  EXPECT_EQ(store.size(), 0u);
  EXPECT_LT(store.bytes(), full / 100);
}

}  // namespace
}  // namespace kv
