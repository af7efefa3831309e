// All stages in a row: one source in, one IR out.
#pragma once

#include "base/capnp_compat.h"
// The compat header comes before Cap'n Proto's own.
#include <capnp/message.h>

#include <memory>
#include <string>
#include <vector>

#include "codegen/diagnostics.h"
#include "codegen/import_files.h"
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

/// Null if there are findings; they are in `diagnostics`, which must be empty. Imported files and
/// protocols/troupe.capnp are looked for below `import_roots`, see import_files.h and layout.h.
std::unique_ptr<Contract> compile(const Source& source,
                                  const std::vector<std::string>& import_roots,
                                  Diagnostics& diagnostics);
/// The same with imported files from elsewhere.
std::unique_ptr<Contract> compile(const Source& source,
                                  const std::vector<std::string>& import_roots,
                                  const ImportFiles& files, Diagnostics& diagnostics);

}  // namespace troupe::codegen
