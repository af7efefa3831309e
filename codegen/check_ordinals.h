// Rules about `@N`: present where they are needed, unique, within their limits, and without gaps
// where Cap'n Proto wants none.
#pragma once

#include "codegen/ast.h"
#include "codegen/diagnostics.h"

namespace troupe::codegen {

void check_ordinals(const FileNode& file, Diagnostics& diagnostics);

}  // namespace troupe::codegen
