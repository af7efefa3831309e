// Everything the parser lets through and the language forbids. A file without findings lowers to an
// IR that every emitter can trust.
//
// Each rule family has its own header; this is the list of them.
#pragma once

#include "codegen/diagnostics.h"
#include "codegen/unit.h"

namespace troupe::codegen {

/// Runs every rule, whatever the others found, and reports to `diagnostics`. What the unit imports
/// is checked already; notes down its struct_depths.
void check(Unit& unit, Diagnostics& diagnostics);

}  // namespace troupe::codegen
