// Copying and comparing keys and values, which are mostly short: then without a call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace kv {

/// Beyond these many bytes the C library's functions are as good.
inline constexpr std::size_t kShortBytesMax = 32;

namespace short_bytes {

struct Wide {
  std::uint64_t front;
  std::uint64_t back;
};

// The first and the last `Word` of a text that has one at least, and at most two: together all of
// it.
template <class Word>
struct Ends {
  Ends(const char* at, std::size_t bytes) {
    std::memcpy(&first, at, sizeof(Word));
    std::memcpy(&last, at + bytes - sizeof(Word), sizeof(Word));
  }
  void write(char* to, std::size_t bytes) const {
    std::memcpy(to, &first, sizeof(Word));
    std::memcpy(to + bytes - sizeof(Word), &last, sizeof(Word));
  }
  Word first;
  Word last;
};

template <class Word>
bool equal_ends(const char* one, const char* other, std::size_t bytes) {
  const Ends<Word> left(one, bytes);
  const Ends<Word> right(other, bytes);
  return ((left.first ^ right.first) | (left.last ^ right.last)) == 0;
}

}  // namespace short_bytes

/// Copies `text` to `to`, also where the two overlap, and returns the end of the copy.
[[gnu::always_inline]] inline char* copy_bytes(char* to, std::string_view text) {
  using short_bytes::Ends;
  const char* from = text.data();
  const std::size_t bytes = text.size();
  if (bytes > kShortBytesMax) [[unlikely]] {
    std::memmove(to, from, bytes);
  } else if (bytes > 16) {
    Ends<short_bytes::Wide>(from, bytes).write(to, bytes);
  } else if (bytes >= 8) {
    Ends<std::uint64_t>(from, bytes).write(to, bytes);
  } else if (bytes >= 4) {
    Ends<std::uint32_t>(from, bytes).write(to, bytes);
  } else if (bytes >= 2) {
    Ends<std::uint16_t>(from, bytes).write(to, bytes);
  } else if (bytes == 1) {
    *to = *from;
  }
  return to + bytes;
}

/// Whether the `bytes` bytes at both places are the same.
inline bool equal_bytes(const char* one, const char* other, std::size_t bytes) {
  using short_bytes::equal_ends;
  if (bytes > kShortBytesMax) [[unlikely]]
    return std::memcmp(one, other, bytes) == 0;
  if (bytes > 16) {
    return equal_ends<std::uint64_t>(one, other, 16) &&
           equal_ends<std::uint64_t>(one + bytes - 16, other + bytes - 16, 16);
  }
  if (bytes >= 8) return equal_ends<std::uint64_t>(one, other, bytes);
  if (bytes >= 4) return equal_ends<std::uint32_t>(one, other, bytes);
  if (bytes >= 2) return equal_ends<std::uint16_t>(one, other, bytes);
  return bytes == 0 || *one == *other;
}

}  // namespace kv
