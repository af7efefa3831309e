#include "codegen/ids.h"

#include <gtest/gtest.h>

namespace troupe::codegen {
namespace {

// Vectors from an implementation in another language. They must never change: ids are wire
// contract.
TEST(StableId, MatchesItsVectors) {
  EXPECT_EQ(stable_id("", ""), 0xaf63bd4c8601b7dfu);
  EXPECT_EQ(stable_id("bank", "Account"), 0x878bfdf09549800cu);
  EXPECT_EQ(stable_id("bank", "Account.Deposit"), 0xda8dc178eae2c448u);
  EXPECT_EQ(stable_id("bank", "bank.actor"), 0xdf73ae23e5ed2cc0u);
  EXPECT_EQ(stable_id("a.b", "\xc3\xa9"), 0xe354e4b04971d224u);
}

TEST(StableId, KeepsPackageAndNameApart) {
  EXPECT_NE(stable_id("ab", "c"), stable_id("a", "bc"));
  EXPECT_NE(stable_id("a", "b.C"), stable_id("a.b", "C"));
}

TEST(StableId, HasTheTopBit) {
  for (const char* name : {"A", "B", "C", "D", "E"}) EXPECT_NE(stable_id("p", name) >> 63, 0u);
}

}  // namespace
}  // namespace troupe::codegen
