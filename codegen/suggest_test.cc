#include "codegen/suggest.h"

#include <gtest/gtest.h>

namespace troupe::codegen {
namespace {

TEST(Suggest, CountsEdits) {
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("i46", "i64"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("same", "same"), 0u);
}

TEST(Suggest, OffersTheNearestWithinReach) {
  constexpr std::string_view kKnown[] = {"i16", "i64", "text", "bytes"};
  EXPECT_EQ(nearest("i46", kKnown), "i64");
  EXPECT_EQ(nearest("texts", kKnown), "text");
  EXPECT_EQ(nearest("octet", kKnown), "");
  EXPECT_EQ(nearest("zzz", kKnown), "");
  EXPECT_EQ(nearest(std::string(1 << 20, 'a'), kKnown), "");
}

}  // namespace
}  // namespace troupe::codegen
