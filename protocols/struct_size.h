// StructSize: how much of a Cap'n Proto struct lies in place, before what its pointers reach.
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::protocols {

/// Both sections of a struct as its schema has it, in words (a pointer is one).
struct StructSize {
  std::uint16_t data_words;
  std::uint16_t pointer_count;

  constexpr std::size_t words() const { return std::size_t{data_words} + pointer_count; }
  friend constexpr bool operator==(const StructSize&, const StructSize&) = default;
};

}  // namespace troupe::protocols
