// IR to the text of a .capnp schema: the wire contract for every other language, and what layout.h
// measures. It uses no layout of the IR.
#pragma once

#include <string>

#include "codegen/ir.capnp.h"

namespace troupe::codegen {

/// A whole file. Each actor is a struct without fields; what travels is nested in it.
std::string emit_capnp(ir::File::Reader file);

}  // namespace troupe::codegen
