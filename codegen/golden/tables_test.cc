// What generated code says of an actor: names for logs, limits, and what the runtime goes by.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "actor/actor.h"
#include "codegen/golden/good/all_types.actor.h"
#include "codegen/golden/good/reentrant.actor.h"
#include "codegen/golden/good/replies.actor.h"
#include "codegen/golden/good/shop/money.actor.h"

namespace troupe {
namespace {

using test::all_types::Mood;
using test::all_types::Recorder;
using test::all_types::Store;
using test::replies::Idle;
using test::replies::Waiter;

TEST(GeneratedTables, SayWhatMayBeHandledWhileAnActorAwaits) {
  using test::reentrant::Account;
  using test::reentrant::Hub;
  using test::reentrant::Ledger;
  using test::reentrant::Node;
  using test::reentrant::Plain;
  static_assert(Account::kReentrancy == Reentrancy::kCallChain && Account::kReentrant);
  static_assert(Hub::kReentrancy == Reentrancy::kInterleave && Hub::kReentrant);
  static_assert(Ledger::kReentrancy == Reentrancy::kNone && Ledger::kReentrant);
  static_assert(Node::kReentrancy == Reentrancy::kNone && !Node::kReentrant);
  EXPECT_EQ(Account::kType.reentrancy, Reentrancy::kCallChain);
  EXPECT_EQ(Account::kType.interleaving(0), Interleaving::kNone);
  EXPECT_EQ(Account::kType.interleaving(1), Interleaving::kReadonly);
  EXPECT_EQ(Account::kType.interleaving(4), Interleaving::kAlways);
  EXPECT_EQ(Account::kType.interleaving(5), Interleaving::kNone);
  EXPECT_EQ(Hub::kType.interleaving, nullptr);
  const std::vector<std::uint32_t> asked(Account::kType.asks,
                                         Account::kType.asks + Account::kType.asks_count);
  EXPECT_EQ(asked, (std::vector<std::uint32_t>{Ledger::kProtocol, shop::money::Bank::kProtocol,
                                               Account::kProtocol}));
  EXPECT_EQ(Plain::kType.asks, nullptr);
  EXPECT_EQ(Plain::kType.asks_count, 0u);
}

TEST(GeneratedTables, NameKindsAndValues) {
  EXPECT_EQ(to_string(Recorder::Kind::kClear), "clear");
  EXPECT_EQ(to_string(Recorder::Kind::kStop), "stop");
  EXPECT_EQ(to_string(Recorder::Kind::kDown), "down");
  EXPECT_EQ(to_string(Recorder::Kind::kUnknown), "unknown");
  EXPECT_EQ(to_string(Idle::Kind::kUnknown), "unknown");
  EXPECT_EQ(to_string(Mood::kIndifferent), "indifferent");
  EXPECT_EQ(to_string(static_cast<Mood>(2)), "unknown");
  EXPECT_STREQ(Recorder::kType.name, "test.all_types.Recorder");
  EXPECT_EQ(Recorder::kType.mailbox_messages, 16u);
  EXPECT_EQ(Recorder::kType.mailbox_bytes, 65536u);
  EXPECT_EQ(Recorder::kType.overflow, Overflow::kDropOldest);
  EXPECT_TRUE(Recorder::kType.watches);
  EXPECT_TRUE(Store::kType.keyed);
  EXPECT_EQ(Store::kType.mailbox_bytes, kMailboxBytesDefault);
  EXPECT_EQ(Store::kType.release_handles, nullptr);
  EXPECT_NE(Recorder::kType.release_handles, nullptr);
  EXPECT_EQ(ActorTypeRegistration::find(Waiter::kProtocol), &Waiter::kType);
}

}  // namespace
}  // namespace troupe
