#include "codegen/check.h"

#include "codegen/check_actors.h"
#include "codegen/check_names.h"
#include "codegen/check_ordinals.h"
#include "codegen/check_types.h"
#include "codegen/symbols.h"

namespace troupe::codegen {

void check(const FileNode& file, Diagnostics& diagnostics) {
  const Symbols symbols(file);
  check_names(file, diagnostics);
  check_ordinals(file, diagnostics);
  check_types(file, symbols, diagnostics);
  check_actors(file, symbols, diagnostics);
}

}  // namespace troupe::codegen
