// Rules about types: every name of a type stands for something that fits its place, and no struct
// contains itself.
#pragma once

#include "codegen/ast.h"
#include "codegen/diagnostics.h"
#include "codegen/symbols.h"

namespace troupe::codegen {

void check_types(const FileNode& file, const Symbols& symbols, Diagnostics& diagnostics);

}  // namespace troupe::codegen
