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
      : start_{secret_low ^ 0x736f6d6570736575, secret_high ^ 0x646f72616e646f6d,
               secret_low ^ 0x6c7967656e657261, secret_high ^ 0x7465646279746573} {}

  std::uint64_t operator()(std::string_view key) const {
    State state = start_;
    const char* at = key.data();
    const char* end = at + (key.size() & ~std::size_t{7});
    for (; at != end; at += 8) state.mix(load<std::uint64_t>(at));
    state.mix(load_tail(key) | (static_cast<std::uint64_t>(key.size()) << 56));
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

  template <class Word>
  static std::uint64_t load(const char* at) {
    Word word;
    std::memcpy(&word, at, sizeof(word));
    return word;
  }
  // The bytes behind the last whole word, without a loop.
  static std::uint64_t load_tail(std::string_view key) {
    const std::size_t bytes = key.size() & 7;
    if (bytes == 0) return 0;
    const char* end = key.data() + key.size();
    if (key.size() > 8) return load<std::uint64_t>(end - 8) >> (8 * (8 - bytes));
    const char* at = end - bytes;
    if (bytes >= 4) {
      return load<std::uint32_t>(at) | (load<std::uint32_t>(end - 4) << (8 * (bytes - 4)));
    }
    // One to three: the first, the one in the middle and the last, some of which may be the same.
    return load<std::uint8_t>(at) | (load<std::uint8_t>(at + bytes / 2) << (8 * (bytes / 2))) |
           (load<std::uint8_t>(end - 1) << (8 * (bytes - 1)));
  }

  State start_;  // of every key
};

/// The shard of a key, below `shards`. Takes the upper bits of the hash: a shard's table takes the
/// lower ones.
inline unsigned shard_of(std::uint64_t hash, unsigned shards) {
  return static_cast<unsigned>(((hash >> 32) * shards) >> 32);
}

}  // namespace kv
