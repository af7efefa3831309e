// Everything the parser lets through and the language forbids. A file without findings lowers to an
// IR that every emitter can trust.
//
// Each rule family has its own header; this is the list of them.
#pragma once

#include "codegen/ast.h"
#include "codegen/diagnostics.h"

namespace troupe::codegen {

/// Runs every rule, whatever the others found, and reports to `diagnostics`.
void check(const FileNode& file, Diagnostics& diagnostics);

}  // namespace troupe::codegen
