// The bit patterns of scalars: Cap'n Proto XORs a field with its default.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace troupe::protocols {

/// Numbers that fill 1, 2, 4 or 8 bytes. Booleans are bits, enums travel as their uint16_t.
template <class T>
concept Scalar = std::is_arithmetic_v<T> && !std::is_same_v<T, bool> && sizeof(T) <= 8;

template <std::size_t kBytes>
using UnsignedOf = std::conditional_t<
    kBytes == 1, std::uint8_t,
    std::conditional_t<kBytes == 2, std::uint16_t,
                       std::conditional_t<kBytes == 4, std::uint32_t, std::uint64_t>>>;

/// The value whose bits are those of one XORed with those of the other; also for floats, where no
/// NaN is quieted by it.
template <Scalar T>
constexpr T xor_bits(T value, T other) {
  using Bits = UnsignedOf<sizeof(T)>;
  return std::bit_cast<T>(
      static_cast<Bits>(std::bit_cast<Bits>(value) ^ std::bit_cast<Bits>(other)));
}

}  // namespace troupe::protocols
