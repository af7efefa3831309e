#include "actor/testing/behavior_test.h"

#include <gtest/gtest.h>

#include <string>

#include "actor/testing/failures.h"
#include "actor/testing/sample.h"

namespace troupe::testing {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Vault;
using sample::Watcher;

TEST(BehaviorTestTest, TakesOneMessageAtATime) {
  BehaviorTest<Counter> test(sample::counter, 10);
  test.tell().add(5);
  auto total = test.run_one(test.ask().total());
  EXPECT_EQ(total->value(), 15u);
  auto refused = test.run_one(test.ask().take(1000));
  EXPECT_TRUE(refused.error().is(sample::Refusal::kTooMuch));
  EXPECT_TRUE(test.alive());
}

TEST(BehaviorTestTest, AnAskMayBeAnsweredLater) {
  BehaviorTest<Counter> test(sample::counter, 0);
  auto waits = test.run_one(test.ask().wait("later"));
  EXPECT_FALSE(waits.answered());
  test.tell().release();
  EXPECT_EQ(waits->label(), "later");
}

TEST(BehaviorTestTest, AnActorWithAKey) {
  BehaviorTest<Vault> test("alice", sample::vault, 100);
  auto put = test.run_one(test.ask().put({20, "EUR"}));
  EXPECT_EQ(put->money().cents, 120);
  EXPECT_EQ(put->name(), "alice");
  test.tell().end();
  EXPECT_FALSE(test.alive());
  ASSERT_TRUE(test.ended());
  EXPECT_EQ(test.ended()->reason(), DownReason::kNormal);
}

TEST(BehaviorTestTest, SeesWhatItSends) {
  BehaviorTest<Counter> test(sample::counter, 0);
  auto other = test.inbox<Counter>();
  auto relayed = test.run_one(test.ask().relay(other.ref()));
  EXPECT_FALSE(relayed.answered());
  const Effect asked = test.expect_effect<Counter>(EffectKind::kAsked);
  EXPECT_TRUE(asked.is<Counter>(EffectKind::kAsked, Counter::Kind::kTotal));
  auto question = other.expect<Counter::Total>();
  question.reply(7);
  test.run();
  EXPECT_EQ(relayed->value(), 7u);
  const auto effects = test.take_effects();
  ASSERT_EQ(effects.size(), 2u);
  EXPECT_EQ(effects[1].kind, EffectKind::kReplied);
  EXPECT_NE(effects[1].text.find("sample.Counter.relay reply(data 7"), std::string::npos)
      << effects[1].text;
  EXPECT_TRUE(test.effects().empty());
  other.expect_empty();
}

TEST(BehaviorTestTest, TimePassesByHand) {
  BehaviorTest<Counter> test(sample::counter, 0);
  auto held = test.run_one(test.ask(10s).hold(std::chrono::nanoseconds(5s).count()));
  EXPECT_FALSE(held.answered());
  ASSERT_TRUE(test.report());
  EXPECT_NE(test.report()->text().find("waits for sleep"), std::string::npos);
  EXPECT_EQ(test.next_timer(), Duration(5s));
  test.advance(4999ms);
  EXPECT_FALSE(held.answered());
  test.advance(1ms);
  EXPECT_EQ(held->outcome(), 0);
}

TEST(BehaviorTestTest, AnAskRunsOutOfTime) {
  BehaviorTest<Counter> test(sample::counter, 0);
  auto waits = test.run_one(test.ask(2s).wait("never"));
  test.advance(2s);
  EXPECT_TRUE(waits.error().is(Code::kDeadlineExceeded));
}

TEST(BehaviorTestTest, SeesWatchesAndEnds) {
  BehaviorTest<Watcher> test(sample::watcher);
  auto watched = test.inbox<Counter>();
  test.tell().observe(watched.ref());
  EXPECT_EQ(test.effects().at(0).kind, EffectKind::kWatched);
  test.tell().unobserve(watched.ref());
  EXPECT_EQ(test.effects().at(1).kind, EffectKind::kUnwatched);
  test.stop();
  ASSERT_TRUE(test.ended());
  EXPECT_EQ(test.ended()->reason(), DownReason::kStopped);
}

Behavior second(Counter::Self self, std::uint64_t sum);

// Becomes another at the first message, and spawns.
Behavior first(Counter::Self self) {
  auto msg = co_await self.receive();
  if (msg.kind() == Counter::Kind::kStop) co_return;
  self.spawn<Watcher>(sample::watcher);
  co_await self.become(second, std::uint64_t{1});
}

Behavior second(Counter::Self self, std::uint64_t) {
  auto msg = co_await self.receive();
  if (msg.kind() == Counter::Kind::kFail) throw std::runtime_error("as it was told");
}

TEST(BehaviorTestTest, SeesChildrenAndPhases) {
  BehaviorTest<Counter> test(first);
  EXPECT_TRUE(test.behaves_as("first")) << test.behavior();
  test.tell().add(1);
  test.expect_effect<Watcher>(EffectKind::kSpawned);
  EXPECT_EQ(test.effects().at(1).kind, EffectKind::kBecame);
  EXPECT_TRUE(test.behaves_as("second")) << test.behavior();
  EXPECT_FALSE(test.behaves_as("cond"));
  test.tell().fail("");
  ASSERT_TRUE(test.ended());
  EXPECT_EQ(test.ended()->reason(), DownReason::kFailed);
  EXPECT_EQ(test.ended()->what(), "as it was told");
  EXPECT_EQ(test.behavior(), "");
}

// ---- what fails ----

template <class F>
void expect_thrown(F work, const std::vector<std::string>& parts) {
  expect_failure([&] { EXPECT_THROW(work(), ExpectationFailed); }, parts);
}

TEST(BehaviorTestTest, AReplyThatIsNotThereFails) {
  BehaviorTest<Counter> test(sample::counter, 0);
  auto waits = test.run_one(test.ask().wait("later"));
  expect_thrown([&] { (void)waits->label(); }, {"the ask is not answered yet"});
  auto refused = test.run_one(test.ask().take(1000));
  expect_thrown([&] { (void)refused->left(); }, {"the ask was answered: "});
  auto total = test.run_one(test.ask().total());
  expect_thrown([&] { (void)total.error(); }, {"with a reply, not an error"});
}

TEST(BehaviorTestTest, AnInboxThatGotSomethingElseFails) {
  BehaviorTest<Counter> test(sample::counter, 0);
  auto other = test.inbox<Counter>();
  expect_thrown([&] { (void)other.expect<Counter::Total>(); },
                {"inbox of sample.Counter has received no sample::Counter::Total"});
  auto relayed = test.run_one(test.ask().relay(other.ref()));
  expect_thrown([&] { (void)other.expect<Counter::Add>(); },
                {"no sample::Counter::Add next, but 1 message", "sample.Counter.total("});
  expect_failure([&] { other.expect_empty(); }, {"has received 1 message"});
}

TEST(BehaviorTestTest, AnEffectThatIsNotThereFails) {
  BehaviorTest<Counter> test(sample::counter, 0);
  expect_thrown([&] { test.expect_effect<Watcher>(EffectKind::kSpawned); },
                {"0 effects are \"spawned sample.Watcher\", expected one; all: none"});
  test.run_one(test.ask().total());
  expect_thrown([&] { test.expect_effect<Watcher>(EffectKind::kTold); },
                {"all:", "replied sample.Counter.total reply(data 0)"});
}

Behavior restless(Counter::Self self) {
  for (;;) {
    auto slept = co_await yield();
    if (!slept) co_return;
    if (self.stopping()) co_return;
  }
}

TEST(BehaviorTestTest, AnActorThatNeverRestsFails) {
  expect_failure([] { BehaviorTest<Counter> test(restless); }, {"never come to rest"});
}

}  // namespace
}  // namespace troupe::testing
