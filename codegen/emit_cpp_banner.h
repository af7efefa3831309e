// What a generated header begins with: where it comes from, what is in it, how it is used.
#pragma once

#include <string>

#include "codegen/ir.capnp.h"

namespace troupe::codegen {

std::string cpp_header_banner(ir::File::Reader file);

/// The path of the contract in the workspace.
std::string contract_path(ir::File::Reader file);

}  // namespace troupe::codegen
