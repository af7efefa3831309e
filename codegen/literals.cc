#include "codegen/literals.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

namespace troupe::codegen {

std::optional<std::uint64_t> whole_value(const LiteralNode& literal, IntegerRange range) {
  const bool is_whole =
      literal.kind == LiteralKind::kNumber && !literal.is_fraction && !literal.is_too_large;
  if (!is_whole) return std::nullopt;
  const std::uint64_t magnitude = literal.number;
  if (literal.is_negative) {
    const std::uint64_t most = range.is_signed ? std::uint64_t{1} << (range.bits - 1) : 0;
    return magnitude <= most ? std::optional(std::uint64_t{0} - magnitude) : std::nullopt;
  }
  const unsigned bits = range.is_signed ? range.bits - 1 : range.bits;
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max() >> (64 - bits);
  return magnitude <= most ? std::optional(magnitude) : std::nullopt;
}

std::optional<double> floating_value(const LiteralNode& literal, bool single) {
  if (literal.kind != LiteralKind::kNumber) return std::nullopt;
  // No locale is set anywhere in actorc, so the point is a point.
  double value = std::strtod(std::string(literal.text).c_str(), nullptr);
  if (!std::isfinite(value)) return std::nullopt;
  if (single) {
    if (value > static_cast<double>(std::numeric_limits<float>::max())) return std::nullopt;
    value = static_cast<double>(static_cast<float>(value));
  }
  return literal.is_negative ? -value : value;
}

}  // namespace troupe::codegen
