// Rules about defaults: which types have one, and what it may say.
#pragma once

#include "codegen/diagnostics.h"
#include "codegen/symbols.h"

namespace troupe::codegen {

void check_defaults(const Symbols& symbols, Diagnostics& diagnostics);

}  // namespace troupe::codegen
