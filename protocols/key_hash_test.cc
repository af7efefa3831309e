// Tests the hash that decides where a keyed actor lives: its bytes for ever, and its spread.
#include "protocols/key_hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace troupe::protocols {
namespace {

struct Vector {
  std::uint64_t seed;
  std::string_view key;
  std::uint64_t hash;
};

// Computed in Python from the specification in key_hash.h. A change here moves every actor of every
// cluster to another shard: it must not happen.
constexpr Vector kVectors[] = {
    {0x0123456789abcdef, "", 0x49752a0e86a6274c},
    {0x0123456789abcdef, "a", 0xf8621783d079b161},
    {0x0123456789abcdef, "ab", 0x370000c60210c870},
    {0x0123456789abcdef, "abc", 0x42aecafb1594809b},
    {0x0123456789abcdef, "abcd", 0xb4808ad44bc1376d},
    {0x0123456789abcdef, "abcde", 0x1a929f93dc969937},
    {0x0123456789abcdef, "abcdef", 0x3be2f58db147e951},
    {0x0123456789abcdef, "abcdefg", 0x1fc32a34cfd24bee},
    {0x0123456789abcdef, "abcdefgh", 0x936ff87f26332667},
    {0x0123456789abcdef, "abcdefghi", 0xf576f42351caa8de},
    {0x0123456789abcdef, "abcdefghij", 0xca1504f9e579969b},
    {0x0123456789abcdef, "abcdefghijk", 0x8bd3568198c97206},
    {0x0123456789abcdef, "abcdefghijkl", 0xacfe6884eee72512},
    {0x0123456789abcdef, "abcdefghijklm", 0xba0f48f5a88f8eea},
    {0x0123456789abcdef, "abcdefghijklmn", 0x5623fb8135b034d2},
    {0x0123456789abcdef, "abcdefghijklmno", 0x00fc1723b9e3628b},
    {0x0123456789abcdef, "abcdefghijklmnop", 0xe8cccb6c22126350},
    {0x0123456789abcdef, "abcdefghijklmnopq", 0x40ff2308e4f61031},
    {0x0000000000000000, "", 0xc7abc2da1903897b},
    {0x0000000000000000, "a", 0x8bd21a3af5211cb4},
    {0x0000000000000000, "Z\xc3\xbcrich", 0x4295596438e6101e},
    {0x0000000000000000, "\xce\x9a\xcf\x8d\xcf\x80\xcf\x81\xce\xbf\xcf\x82", 0xc03906a74cb8bfc3},
    {0x0000000000000000, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe3\x82\xad\xe3\x83\xbc",
     0x1242059a598a2b66},
    {0xffffffffffffffff, std::string_view("\0", 1), 0xc8513e94eb9b9a22},
    {0xffffffffffffffff, std::string_view("\0\0", 2), 0xfb25abfb0f50acac},
    {0xffffffffffffffff, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
     0x89ea6d2e3d1b9a28},
};

TEST(KeyHash, FollowsItsSpecification) {
  for (const Vector& vector : kVectors) {
    EXPECT_EQ(key_hash(vector.seed, vector.key.data(), vector.key.size()), vector.hash)
        << "key of " << vector.key.size() << " bytes: " << vector.key;
    EXPECT_EQ(shard_of(vector.seed, vector.key.data(), vector.key.size()), vector.hash >> 52);
  }
}

TEST(KeyHash, DoesNotDependOnWhereTheKeyLies) {
  char memory[64];
  const std::string_view key = "account-1234567";
  for (std::size_t at = 0; at < 16; ++at) {
    std::fill(std::begin(memory), std::end(memory), static_cast<char>(at));
    std::copy(key.begin(), key.end(), memory + at);
    EXPECT_EQ(key_hash(5, memory + at, key.size()), key_hash(5, key.data(), key.size()));
  }
}

/// How far the counts are from even; about `counts.size()` if the hash is as good as chance.
double chi_square(const std::vector<unsigned>& counts, double expected) {
  double sum = 0;
  for (unsigned count : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

template <class KeyOf>
void expect_even_spread(KeyOf key_of) {
  constexpr unsigned kKeys = 1'000'000;
  std::vector<unsigned> counts(kShards);
  for (unsigned i = 0; i < kKeys; ++i) {
    const std::string key = key_of(i);
    ++counts[shard_of(0x5ca1ab1e, key.data(), key.size())];
  }
  // Mean 4,095, standard deviation 90; six of them.
  EXPECT_LT(chi_square(counts, double{kKeys} / kShards), 4640);
}

TEST(KeyHash, SpreadsSequentialKeysEvenly) {
  expect_even_spread([](unsigned i) { return "account-" + std::to_string(i); });
  expect_even_spread([](unsigned i) { return std::to_string(i); });
  // A number as it lies in memory, in either byte order, and one that ends in zeroes.
  expect_even_spread([](unsigned i) { return std::string(reinterpret_cast<const char*>(&i), 4); });
  expect_even_spread([](unsigned i) {
    const unsigned big_endian = __builtin_bswap32(i);
    return std::string(reinterpret_cast<const char*>(&big_endian), 4);
  });
  expect_even_spread([](unsigned i) {
    const std::uint64_t shifted = std::uint64_t{i} << 40;
    return std::string(reinterpret_cast<const char*>(&shifted), 8);
  });
}

TEST(KeyHash, TypesSpreadTheSameKeysDifferently) {
  // Ids of types are hashes; small numbers that differ in one bit are the hardest case.
  constexpr unsigned kKeys = 200'000;
  for (const auto& [one, other] : {std::pair<std::uint64_t, std::uint64_t>{1, 2},
                                   {0, std::uint64_t{1} << 63},
                                   {0x1234567890abcdef, 0x1234567890abcdee}}) {
    unsigned equal = 0;
    for (unsigned i = 0; i < kKeys; ++i) {
      const std::string key = std::to_string(i);
      equal += shard_of(one, key.data(), key.size()) == shard_of(other, key.data(), key.size());
    }
    // By chance 49, standard deviation 7.
    EXPECT_NEAR(equal, double{kKeys} / kShards, 42);
  }
}

TEST(KeyHash, EachBitOfTheKeyChangesHalfOfTheBits) {
  constexpr int kKeys = 4000;
  for (std::size_t size : {1u, 5u, 8u, 13u, 16u}) {
    std::vector<std::array<int, 64>> flips(size * 8);
    Random random(size);
    for (int i = 0; i < kKeys; ++i) {
      std::string key(size, '\0');
      for (char& byte : key) byte = static_cast<char>(random.next());
      const std::uint64_t seed = random.next();
      const std::uint64_t before = key_hash(seed, key.data(), size);
      for (std::size_t bit = 0; bit < size * 8; ++bit) {
        key[bit / 8] = static_cast<char>(key[bit / 8] ^ (1 << (bit % 8)));
        const std::uint64_t changed = before ^ key_hash(seed, key.data(), size);
        key[bit / 8] = static_cast<char>(key[bit / 8] ^ (1 << (bit % 8)));
        for (unsigned out = 0; out < 64; ++out) flips[bit][out] += (changed >> out) & 1;
      }
    }
    // Standard deviation 32; the bound is more than six of them, over thousands of pairs of bits.
    for (const auto& row : flips) {
      for (int count : row) EXPECT_NEAR(count, kKeys / 2, 200) << "key of " << size << " bytes";
    }
  }
}

}  // namespace
}  // namespace troupe::protocols
