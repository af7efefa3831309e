// Rules about types: every name of a type stands for something that fits its place, and no struct
// contains itself.
#pragma once

#include "codegen/diagnostics.h"
#include "codegen/struct_order.h"
#include "codegen/symbols.h"

namespace troupe::codegen {

/// `order` is that of the same symbols.
void check_types(const Symbols& symbols, const StructOrder& order, Diagnostics& diagnostics);

}  // namespace troupe::codegen
