// KeyHasher: the hash that places a key on a shard and in its table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace kv {

/// SipHash-1-3 (Aumasson and Bernstein) under a secret of this process, so that a client cannot
/// choose keys that meet in one place. Every connection and shard has the same secret.
class KeyHasher {
 public:
  constexpr KeyHasher(std::uint64_t secret_low, std::uint64_t secret_high)
      : low_(secret_low), high_(secret_high) {}

  std::uint64_t operator()(std::string_view key) const {
    State state{low_ ^ 0x736f6d6570736575, high_ ^ 0x646f72616e646f6d, low_ ^ 0x6c7967656e657261,
                high_ ^ 0x7465646279746573};
    const char* at = key.data();
    const char* end = at + (key.size() & ~std::size_t{7});
    for (; at != end; at += 8) state.mix(load(at, 8));
    state.mix(load(at, key.size() & 7) | (static_cast<std::uint64_t>(key.size()) << 56));
    state.c ^= 0xff;  // as the reference does before the last rounds
    for (int i = 0; i < 3; ++i) state.round();
    return state.a ^ state.b ^ state.c ^ state.d;
  }

 private:
  struct State {
    std::uint64_t a, b, c, d;

    void mix(std::uint64_t word) {
      d ^= word;
      round();
      a ^= word;
    }
    void round() {
      a += b;
      c += d;
      b = rotate(b, 13) ^ a;
      d = rotate(d, 16) ^ c;
      a = rotate(a, 32);
      c += b;
      a += d;
      b = rotate(b, 17) ^ c;
      d = rotate(d, 21) ^ a;
      c = rotate(c, 32);
    }
    static std::uint64_t rotate(std::uint64_t word, int bits) {
      return (word << bits) | (word >> (64 - bits));
    }
  };

  static std::uint64_t load(const char* at, std::size_t bytes) {
    std::uint64_t word = 0;
    if (bytes == 8) {
      std::memcpy(&word, at, 8);
      return word;
    }
    for (std::size_t i = 0; i < bytes; ++i) {
      word |= static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])) << (8 * i);
    }
    return word;
  }

  std::uint64_t low_;
  std::uint64_t high_;
};

/// The shard of a key, below `shards`. Takes the upper bits of the hash: a shard's table takes the
/// lower ones.
inline unsigned shard_of(std::uint64_t hash, unsigned shards) {
  return static_cast<unsigned>(((hash >> 32) * shards) >> 32);
}

}  // namespace kv
