// Rules about the actors that an actor says it asks: each is one, is named once, and does not ask
// back.
#pragma once

#include "codegen/diagnostics.h"
#include "codegen/symbols.h"

namespace troupe::codegen {

void check_asks(const Symbols& symbols, Diagnostics& diagnostics);

}  // namespace troupe::codegen
