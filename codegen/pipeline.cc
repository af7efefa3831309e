#include "codegen/pipeline.h"

#include "codegen/check.h"
#include "codegen/emit_capnp.h"
#include "codegen/layout.h"
#include "codegen/limits.h"
#include "codegen/lower.h"
#include "codegen/parser.h"

namespace troupe::codegen {

std::unique_ptr<Contract> compile(const Source& source,
                                  const std::vector<std::string>& import_roots,
                                  Diagnostics& diagnostics) {
  if (source.text().size() > kFileBytesMax) {
    diagnostics.error({0, 0}, "file of " + std::to_string(source.text().size()) +
                                  " bytes; the limit is " + std::to_string(kFileBytesMax));
    return nullptr;
  }
  const FileNode file = parse(source, diagnostics);
  check(file, diagnostics);
  if (!diagnostics.empty()) return nullptr;

  auto contract = std::make_unique<Contract>();
  lower(file, source, contract->builder());
  const std::string schema = emit_capnp(contract->ir());
  const auto failure = fill_layout(schema, import_roots, contract->builder());
  if (!failure) return contract;
  diagnostics.error({0, 0},
                    "Cap'n Proto rejects the schema made of this file, which is a mistake in "
                    "actorc or below an import root: " +
                        *failure);
  return nullptr;
}

}  // namespace troupe::codegen
