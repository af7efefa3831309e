// Tokens to tree, by recursive descent without recursion: the grammar does not nest, so no input
// can exhaust the stack.
#pragma once

#include "codegen/ast.h"
#include "codegen/diagnostics.h"
#include "codegen/source.h"

namespace troupe::codegen {

/// Always returns a tree. After an error it goes on at the next `;`, `}` or declaration, and marks
/// what it lost (see EnumNode), so that one mistake is reported once.
FileNode parse(const Source& source, Diagnostics& diagnostics);

}  // namespace troupe::codegen
