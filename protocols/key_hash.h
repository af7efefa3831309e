// Which shard a key belongs to: a hash that every node computes alike, specified byte for byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace troupe::protocols {

/// Number of shards a keyed actor type is divided into, for good.
inline constexpr std::uint16_t kShards = 4096;

namespace detail {
constexpr std::uint64_t kHashMultiplier = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio, odd

/// High and low half of the 128-bit product, folded.
inline std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
}  // namespace detail

/// h = fold(seed ^ M, size + M); for each 8 bytes w, little endian, the last ones padded with
/// zeroes: h = fold(h ^ w, M) + w. Result: fold(h, h | 1) ^ h, with M = 0x9e3779b97f4a7c15. Test
/// vectors: key_hash_test.cc. A hash never identifies: whoever looks up compares the key too.
inline std::uint64_t key_hash(std::uint64_t seed, const void* key, std::size_t size) {
  using detail::fold;
  using detail::kHashMultiplier;
  std::uint64_t hash = fold(seed ^ kHashMultiplier, size + kHashMultiplier);
  const auto* bytes = static_cast<const unsigned char*>(key);
  while (size > 0) {
    std::uint64_t word = 0;
    const std::size_t taken = size < 8 ? size : 8;
    std::memcpy(&word, bytes, taken);
    hash = fold(hash ^ word, kHashMultiplier) + word;
    bytes += taken;
    size -= taken;
  }
  return fold(hash, hash | 1) ^ hash;
}

/// The shard of a key of actor type `type`.
inline std::uint16_t shard_of(std::uint64_t type, const void* key, std::size_t size) {
  return static_cast<std::uint16_t>(key_hash(type, key, size) >> 52);
}

}  // namespace troupe::protocols
