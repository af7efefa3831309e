#include "examples/counter_example/card_number.h"

#include <cstddef>

namespace counter_example {

namespace {
constexpr std::size_t kDigitsMin = 12;
constexpr std::size_t kDigitsMax = 19;
}  // namespace

bool well_formed(std::string_view digits) {
  if (digits.size() < kDigitsMin || digits.size() > kDigitsMax) return false;
  unsigned sum = 0;
  bool twice = false;
  for (std::size_t i = digits.size(); i-- > 0;) {
    const unsigned digit = static_cast<unsigned char>(digits[i]) - unsigned{'0'};
    if (digit > 9) return false;
    const unsigned value = twice ? 2 * digit : digit;
    sum += value > 9 ? value - 9 : value;
    twice = !twice;
  }
  return sum % 10 == 0;
}

}  // namespace counter_example
