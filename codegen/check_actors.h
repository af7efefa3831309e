// Rules about actors: keys, mailboxes, and what tells and asks may say.
#pragma once

#include "codegen/ast.h"
#include "codegen/diagnostics.h"
#include "codegen/symbols.h"

namespace troupe::codegen {

void check_actors(const FileNode& file, const Symbols& symbols, Diagnostics& diagnostics);

}  // namespace troupe::codegen
