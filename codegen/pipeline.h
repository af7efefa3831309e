// All stages in a row: one source in, one IR out.
#pragma once

#include "base/capnp_compat.h"
// The compat header comes before Cap'n Proto's own.
#include <capnp/message.h>

#include <memory>
#include <string>
#include <vector>

#include "codegen/diagnostics.h"
#include "codegen/ir.capnp.h"
#include "codegen/source.h"

namespace troupe::codegen {

/// A contract without findings, ready for emitters.
class Contract {
 public:
  Contract() : file_(message_.initRoot<ir::File>()) {}

  ir::File::Builder builder() { return file_; }
  ir::File::Reader ir() const { return file_.asReader(); }

 private:
  capnp::MallocMessageBuilder message_;
  ir::File::Builder file_;
};

/// Null if there are findings; they are in `diagnostics`. For `import_roots` see layout.h.
std::unique_ptr<Contract> compile(const Source& source,
                                  const std::vector<std::string>& import_roots,
                                  Diagnostics& diagnostics);

}  // namespace troupe::codegen
