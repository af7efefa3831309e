// The account's behaviours, message by message; and a transfer between accounts that the test
// plays.
#include "examples/bank/account.h"

#include <gtest/gtest.h>

#include "actor/testing/behavior_test.h"
#include "actor/testing/test_kit.h"
#include "examples/bank/transfer.h"

namespace bank {
namespace {

using namespace troupe;
using namespace std::chrono_literals;
using troupe::testing::BehaviorTest;
using troupe::testing::Messages;
using troupe::testing::Probe;
using troupe::testing::TestKit;
using troupe::testing::TestSystem;

TEST(AccountTest, EachTransferMovesMoneyOnce) {
  BehaviorTest<Account> test("alice", account, 500);
  for (int repeat = 0; repeat < 2; ++repeat) {
    auto taken = test.run_one(test.ask().withdraw(7, 200));
    EXPECT_EQ(taken->balance(), 300);
  }
  auto refused = test.run_one(test.ask().withdraw(8, 301));
  EXPECT_TRUE(refused.error().is(Denied::kInsufficientFunds));
}

TEST(AccountTest, AFrozenOneConfirmsAndRefuses) {
  BehaviorTest<Account> test("alice", account, 500);
  test.run_one(test.ask().withdraw(7, 200));
  test.tell().freeze("a court order");
  EXPECT_TRUE(test.behaves_as("frozen"));
  auto again = test.run_one(test.ask().withdraw(7, 200));
  EXPECT_EQ(again->balance(), 300);
  auto refused = test.run_one(test.ask().deposit(8, 1));
  EXPECT_TRUE(refused.error().is(Denied::kFrozen));
}

/// Plays alice: she has the money; bob: his account is frozen. Alice gets hers back.
Task<Status> play(Probe<Account> alice, Probe<Account> bob) {
  auto withdraw = co_await alice.expect<Account::Withdraw>();
  EXPECT_EQ(withdraw.amount(), 30);
  withdraw.reply(70);
  auto deposit = co_await bob.expect<Account::Deposit>();
  EXPECT_EQ(deposit.transfer(), withdraw.transfer());
  deposit.deny(Denied::kFrozen);
  auto undo = co_await alice.expect<Account::Undo>();
  undo.reply(100);
  co_return ok();
}

TEST(TransferTest, WhatWasTakenIsGivenBackIfItIsRefused) {
  TestSystem().run([](TestKit kit) -> Task<void> {
    auto alice = kit.probe<Account>("alice");
    auto bob = kit.probe<Account>("bob");
    AskLog log;
    Scope scope({.on_failure = OnFailure::kCollect});
    co_await scope.start(play(alice, bob));
    auto moved = co_await transfer(alice.ref(), bob.ref(), 7, 30, Patience(), &log);
    EXPECT_TRUE(!moved && moved.error().is(Denied::kFrozen));
    auto played = co_await scope.join();
    EXPECT_TRUE(played.has_value());
    co_await alice.expect_no_message();
  });
}

TEST(TransferTest, ALostAnswerMovesNothingTwice) {
  TestSystem system;
  system.system().serve<Account>(account, [](std::string_view) { return std::int64_t{100}; });
  system.run([](TestKit kit) -> Task<void> {
    const Ref<Account> alice("alice");
    const Ref<Account> bob("bob");
    kit.faults().drop(Messages::to<Account>().answers().nth(1));
    kit.faults().drop(Messages::to(bob).nth(1));
    AskLog log;
    auto moved = co_await transfer(alice, bob, 7, 30, Patience(), &log);
    EXPECT_TRUE(moved.has_value());
    EXPECT_EQ(log.asks, 4u);  // each leg twice
    auto left = co_await alice.ask(within(1s)).balance();
    auto given = co_await bob.ask(within(1s)).balance();
    EXPECT_TRUE(left && left->balance() == 70);
    EXPECT_TRUE(given && given->balance() == 130);
  });
}

}  // namespace
}  // namespace bank
