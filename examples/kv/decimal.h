// Decimal integers as Redis reads and writes them.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace kv {

/// Bytes of the longest 64-bit integer, with its sign.
inline constexpr std::size_t kIntegerBytesMax = 20;

/// Reads a whole 64-bit integer in the one form that writing it gives: no plus, no leading zeros,
/// no spaces. False for everything else, and for what does not fit.
inline bool read_integer(std::string_view text, std::int64_t& value) {
  const bool negative = text.starts_with('-');
  const std::string_view digits = text.substr(negative ? 1 : 0);
  if (digits.empty() || digits.size() >= kIntegerBytesMax) return false;
  if (digits.front() == '0') {
    value = 0;
    return text == "0";
  }
  std::uint64_t magnitude = 0;
  for (const char c : digits) {
    const auto digit = static_cast<unsigned char>(c - '0');
    if (digit > 9) return false;
    // At most 19 digits, which always fit into 64 bits without a sign.
    magnitude = magnitude * 10 + digit;
  }
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (magnitude > kMax + (negative ? 1 : 0)) return false;
  value = static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
  return true;
}

/// Writes the integer to `to`, which has room for kIntegerBytesMax bytes; returns its end.
inline char* write_integer(char* to, std::int64_t value) {
  // Most numbers of this protocol have one digit: lengths of small things, and counts.
  if (value >= 0 && value < 10) {
    *to = static_cast<char>('0' + value);
    return to + 1;
  }
  return std::to_chars(to, to + kIntegerBytesMax, value).ptr;
}

}  // namespace kv
