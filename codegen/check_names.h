// Rules about names: their form, words that are taken, and names that collide once they are
// converted for C++ or Cap'n Proto. Also the package, and how many declarations a file may hold.
#pragma once

#include "codegen/ast.h"
#include "codegen/diagnostics.h"

namespace troupe::codegen {

void check_names(const FileNode& file, Diagnostics& diagnostics);

}  // namespace troupe::codegen
