// The values of defaults, which checks and lowering read alike.
#pragma once

#include <cstdint>
#include <optional>

#include "codegen/ast.h"
#include "codegen/types.h"

namespace troupe::codegen {

/// The bits of a whole number, in two's complement; empty if it is no whole number, or not within
/// the range.
std::optional<std::uint64_t> whole_value(const LiteralNode& literal, IntegerRange range);

/// Of any number; `single` is whether it has to fit into 32 bits. Empty if it does not, or is none.
std::optional<double> floating_value(const LiteralNode& literal, bool single);

}  // namespace troupe::codegen
