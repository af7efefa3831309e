// The hash of keys is SipHash-1-3, of keys of any length, and uses all shards alike.
#include "examples/kv/key_hash.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace kv {
namespace {

constexpr std::uint64_t kSecretLow = 0x0706050403020100;
constexpr std::uint64_t kSecretHigh = 0x0f0e0d0c0b0a0908;

/// As the paper has it, a byte at a time.
class PlainHash {
 public:
  std::uint64_t operator()(std::string_view key) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < key.size(); ++i) {
      word |= std::uint64_t{static_cast<unsigned char>(key[i])} << (8 * (i % 8));
      if (i % 8 != 7) continue;
      mix(word);
      word = 0;
    }
    mix(word | (std::uint64_t{key.size()} << 56));
    v_[2] ^= 0xff;
    for (int i = 0; i < 3; ++i) round();
    return v_[0] ^ v_[1] ^ v_[2] ^ v_[3];
  }

 private:
  void mix(std::uint64_t word) {
    v_[3] ^= word;
    round();
    v_[0] ^= word;
  }
  void round() {
    half(0, 1, 13, 32);
    half(2, 3, 16, 0);
    half(0, 3, 21, 0);
    half(2, 1, 17, 32);
  }
  void half(int to, int from, int bits, int bits_after) {
    v_[to] += v_[from];
    v_[from] = rotate(v_[from], bits) ^ v_[to];
    v_[to] = rotate(v_[to], bits_after);
  }
  static std::uint64_t rotate(std::uint64_t word, int bits) {
    return bits == 0 ? word : (word << bits) | (word >> (64 - bits));
  }

  std::uint64_t v_[4] = {kSecretLow ^ 0x736f6d6570736575, kSecretHigh ^ 0x646f72616e646f6d,
                         kSecretLow ^ 0x6c7967656e657261, kSecretHigh ^ 0x7465646279746573};
};

TEST(KeyHasher, TheReferenceOfSipHash13) {
  // Key 00 01 … 0f, of the empty input and of 00 01 … 0e.
  const KeyHasher hasher(kSecretLow, kSecretHigh);
  EXPECT_EQ(hasher(""), 0xabac0158050fc4dc);
  std::string bytes;
  for (char c = 0; c < 15; ++c) bytes += c;
  EXPECT_EQ(hasher(bytes), 0xd320d86d2a519956);
}

TEST(KeyHasher, KeysOfAnyLength) {
  const KeyHasher hasher(kSecretLow, kSecretHigh);
  for (std::size_t size = 0; size < 300; ++size) {
    // Of exactly this size: a sanitizer sees a byte too many.
    const auto bytes = std::make_unique<char[]>(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(0x91 + 37 * i);
    const std::string_view key(bytes.get(), size);
    EXPECT_EQ(hasher(key), PlainHash()(key)) << size;
  }
}

TEST(KeyHasher, ShardsAreEvenlyUsed) {
  const KeyHasher hasher(1, 2);
  unsigned counts[3] = {};
  for (int i = 0; i < 30'000; ++i) ++counts[shard_of(hasher("key:" + std::to_string(i)), 3)];
  for (const unsigned count : counts) EXPECT_NEAR(count, 10'000, 500);
}

}  // namespace
}  // namespace kv
