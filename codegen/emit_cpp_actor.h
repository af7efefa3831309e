// An actor as a generated header declares it: constants, kinds, one class per message and reply.
#pragma once

#include "codegen/ir.capnp.h"
#include "codegen/printer.h"

namespace troupe::codegen {

/// The actor at `place` of the file. A message with a handle of a later actor is named only.
void emit_cpp_actor(ir::File::Reader file, unsigned place, Printer& printer);

/// The classes of the messages that were only named, for behind all actors.
void emit_cpp_deferred_views(ir::File::Reader file, Printer& printer);

}  // namespace troupe::codegen
