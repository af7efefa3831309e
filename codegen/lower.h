// Tree to IR: names become indices, ordinals become order. Layout is not decided here (layout.h).
#pragma once

#include "codegen/ir.capnp.h"
#include "codegen/source.h"
#include "codegen/unit.h"

namespace troupe::codegen {

/// Fills `out`, which must be empty. `unit`, whose text is `source`, and what it imports must have
/// passed check() without a finding.
void lower(const Unit& unit, const Source& source, ir::File::Builder out);

}  // namespace troupe::codegen
