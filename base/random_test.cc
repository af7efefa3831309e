// Tests Random against vectors of an independent implementation: a seed means the same for ever.
#include "base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace troupe {
namespace {

TEST(Random, FollowsTheReference) {
  // Python: splitmix64 fills the state in order, then xoshiro256++ as its authors published it.
  struct Vector {
    std::uint64_t seed;
    std::array<std::uint64_t, 5> values;
  };
  const Vector vectors[] = {
      {0,
       {0x53175d61490b23df, 0x61da6f3dc380d507, 0x5c0fdf91ec9a7bfc, 0x02eebf8c3bbe5e1a,
        0x7eca04ebaf4a5eea}},
      {1,
       {0xcfc5d07f6f03c29b, 0xbf424132963fe08d, 0x19a37d5757aaf520, 0xbf08119f05cd56d6,
        0x2f47184b86186fa4}},
      {0x0123456789abcdef,
       {0xb2f2a310e96bd1c5, 0xb54062465b950493, 0x87aca4a9668814b0, 0xf13d2e2448a9cffb,
        0xb7afdb427f6b86a2}},
      {0xffffffffffffffff,
       {0x56ccf8ce948e27b2, 0xe68588432e5a5b90, 0xe3e9b5a48119ca8b, 0x460f19495532ae73,
        0xa7d62040ea9263e1}},
  };
  for (const Vector& vector : vectors) {
    Random random(vector.seed);
    for (std::uint64_t value : vector.values) {
      EXPECT_EQ(random.next(), value) << "seed " << vector.seed;
    }
  }
}

TEST(Random, FollowsTheReferenceForLong) {
  Random random(7);
  for (int i = 1; i < 1'000'000; ++i) random.next();
  EXPECT_EQ(random.next(), 0x0699fc348ddd7152u);
}

TEST(Random, BelowTakesTheHighHalfOfTheProduct) {
  Random random(42);
  for (std::uint64_t value : {814, 318, 983, 701, 793, 588, 125, 605, 207, 933}) {
    EXPECT_EQ(random.below(1000), value);
  }
}

TEST(Random, BelowStaysBelow) {
  Random random(3);
  for (std::uint64_t bound : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3},
                              std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    for (int i = 0; i < 1000; ++i) EXPECT_LT(random.below(bound), bound);
  }
}

TEST(Random, BelowIsEven) {
  constexpr unsigned kBuckets = 16;
  constexpr unsigned kDraws = 160'000;
  Random random(5);
  std::vector<unsigned> hits(kBuckets);
  for (unsigned i = 0; i < kDraws; ++i) ++hits[random.below(kBuckets)];
  // 10,000 each, give or take five standard deviations.
  for (unsigned count : hits) EXPECT_NEAR(count, kDraws / kBuckets, 500);
}

TEST(Random, OneInIsTrueAsOftenAsItSays) {
  Random random(9);
  unsigned hits = 0;
  for (int i = 0; i < 100'000; ++i) hits += random.one_in(10) ? 1 : 0;
  EXPECT_NEAR(hits, 10'000, 500);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(random.one_in(1));
}

TEST(Random, CopiesGoOnAlike) {
  Random first(11);
  first.next();
  Random second = first;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(first.next(), second.next());
}

}  // namespace
}  // namespace troupe
