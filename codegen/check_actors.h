// Rules about actors: keys, mailboxes, reentrancy, and what tells and asks may say.
#pragma once

#include "codegen/diagnostics.h"
#include "codegen/symbols.h"

namespace troupe::codegen {

void check_actors(const Symbols& symbols, Diagnostics& diagnostics);

}  // namespace troupe::codegen
