// The examples of testing.md, word for word: examples_test.sh compares.
#include <gtest/gtest.h>

#include <cstdint>

#include "actor/testing/behavior_test.h"
#include "actor/testing/sample.h"
#include "actor/testing/test_kit.h"
#include "examples/bank/account.h"

namespace {

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

Task<Status> relays(Ref<sample::Counter> counter, Ref<sample::Counter> to) {
  auto relayed = co_await counter.ask(within(2h)).relay(to);
  co_return relayed ? ok() : Status(relayed.error());
}

TEST(AccountTest, RefusesWhatIsNotThere) {
  BehaviorTest<bank::Account> test("alice", bank::account, 500);  // the key, then as in spawn()
  auto taken = test.run_one(test.ask().withdraw(7, 200));
  EXPECT_EQ(taken->balance(), 300);
  auto refused = test.run_one(test.ask().withdraw(8, 301));
  EXPECT_TRUE(refused.error().is(bank::Denied::kInsufficientFunds));
  test.tell().freeze("a court order");
  EXPECT_TRUE(test.behaves_as("frozen"));
}

TEST(CounterTest, HoldsForFiveSeconds) {
  BehaviorTest<sample::Counter> test(sample::counter, 0);
  auto held = test.run_one(test.ask(10s).hold(std::chrono::nanoseconds(5s).count()));
  EXPECT_EQ(test.next_timer(), Duration(5s));
  test.advance(4999ms);
  EXPECT_FALSE(held.answered());
  test.advance(1ms);
  EXPECT_TRUE(held.ok());
}

TEST(CounterTest, AsksAnother) {
  TestSystem().run([](TestKit kit) -> Task<void> {
    auto other = kit.probe<sample::Counter>();
    auto counter = kit.spawn<sample::Counter>(sample::counter, 0);
    Scope scope;
    co_await scope.start(relays(counter, other.ref()));
    auto question = co_await other.expect<sample::Counter::Total>(within(1s));
    question.reply(7);
    auto relayed = co_await scope.join();
    EXPECT_TRUE(relayed.has_value());
    co_await kit.stop(counter);
  });
}

TEST(CounterTest, TimeByHand) {
  TestOptions options;
  options.clock = Clock::kByHand;
  TestSystem(options).run([](TestKit kit) -> Task<void> {
    auto silent = kit.probe<sample::Counter>();
    auto counter = kit.spawn<sample::Counter>(sample::counter, 0);
    Scope scope;
    co_await scope.start(relays(counter, silent.ref()));
    auto question = co_await silent.expect<sample::Counter::Total>();
    co_await kit.advance(59min);
    EXPECT_EQ(scope.running(), 1u);
    co_await kit.advance(1min);  // the deadline of what it asks
    auto relayed = co_await scope.join();
    EXPECT_TRUE(relayed.has_value());
    co_await kit.stop(counter);
  });
}

TEST(CounterTest, IsRestarted) {
  TestSystem().run([](TestKit kit) -> Task<void> {
    const SpawnOptions restarted{.name = "phoenix", .supervision = Supervision{}};
    auto counter = kit.spawn<sample::Counter>(restarted, sample::counter, std::uint64_t{5});
    kit.faults().fail(Messages::to(counter).kind(sample::Counter::Kind::kAdd).nth(2),
                      "a bad sector");
    for (int i = 0; i < 3; ++i) counter.tell().add(1);
    auto total = co_await counter.ask(within(1s)).total();
    EXPECT_TRUE(total && total->value() == 6);  // 5, and what came after the restart
    co_await kit.stop(counter);
  });
}

}  // namespace
