// Tree to IR: names become indices, ordinals become order. Layout is not decided here (layout.h).
#pragma once

#include "codegen/ast.h"
#include "codegen/ir.capnp.h"
#include "codegen/source.h"

namespace troupe::codegen {

/// Fills `out`, which must be empty. `file` must have passed check() without a finding.
void lower(const FileNode& file, const Source& source, ir::File::Builder out);

}  // namespace troupe::codegen
