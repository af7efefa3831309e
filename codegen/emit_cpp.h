// The C++ that a contract becomes: one header with everything that users name, one source with the
// tables that the runtime reads. Depends on //actor when it is compiled, never here.
#pragma once

#include <string>

#include "codegen/ir.capnp.h"

namespace troupe::codegen {

std::string emit_cpp_header(ir::File::Reader file);
/// Includes the header by its path in the workspace: that of the contract, with ".h".
std::string emit_cpp_source(ir::File::Reader file);

}  // namespace troupe::codegen
