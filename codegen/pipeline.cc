#include "codegen/pipeline.h"

#include <algorithm>
#include <utility>

#include "codegen/check.h"
#include "codegen/emit_capnp.h"
#include "codegen/layout.h"
#include "codegen/lower.h"
#include "codegen/program.h"

namespace troupe::codegen {
namespace {

/// The schema of an imported file: all that the layout of another one needs of it.
ImportedSchema schema_of(const Unit& unit) {
  Contract contract;
  lower(unit, *unit.source, contract.builder());
  return {unit.path + ".capnp", emit_capnp(contract.ir())};
}

}  // namespace

std::unique_ptr<Contract> compile(const Source& source,
                                  const std::vector<std::string>& import_roots,
                                  const ImportFiles& files, Diagnostics& diagnostics) {
  Program program(source, files);
  for (std::size_t index = 0; index < program.size(); ++index) {
    check(program.unit(index), program.findings(index));
  }
  diagnostics = program.take_findings();
  if (!diagnostics.empty()) return nullptr;

  auto contract = std::make_unique<Contract>();
  lower(program.main(), source, contract->builder());
  const std::string schema = emit_capnp(contract->ir());
  std::vector<ImportedSchema> imported;
  for (std::size_t index = 0; index + 1 < program.size(); ++index) {
    imported.push_back(schema_of(program.unit(index)));
  }
  const auto failure = fill_layout(schema, imported, import_roots, contract->builder());
  if (!failure) return contract;
  diagnostics.error({0, 0},
                    "Cap'n Proto rejects the schema made of this file, which is a mistake in "
                    "actorc or below an import root: " +
                        *failure);
  return nullptr;
}

std::unique_ptr<Contract> compile(const Source& source,
                                  const std::vector<std::string>& import_roots,
                                  Diagnostics& diagnostics) {
  return compile(source, import_roots, ImportRoots(import_roots), diagnostics);
}

}  // namespace troupe::codegen
