// The inline functions of a generated header, behind all its declarations.
#pragma once

#include "codegen/ir.capnp.h"
#include "codegen/printer.h"

namespace troupe::codegen {

void emit_cpp_bodies(ir::File::Reader file, Printer& printer);

}  // namespace troupe::codegen
