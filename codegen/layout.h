// Where everything lies on the wire. The answer is Cap'n Proto's own: the emitted schema is given
// to its schema compiler and the result is copied into the IR. There is no second layout algorithm.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codegen/ir.capnp.h"

namespace troupe::codegen {

/// What emit_capnp() made of an imported file.
struct ImportedSchema {
  /// Of the schema, as the importing one says it: "examples/shop/money.actor.capnp".
  std::string path;
  std::string text;
};

/// Writes sizes, offsets and discriminants of every record in `file`, and its wire types. `schema`
/// is what emit_capnp() made of `file`, and `imported` has the schemas of everything that it
/// reaches through imports. protocols/troupe.capnp is taken from the first of `import_roots`
/// (directories) that has it, or else from the copy inside actorc.
///
/// Returns nothing, or what Cap'n Proto found wrong: then either actorc or a file below the import
/// roots is at fault, never the contract.
std::optional<std::string> fill_layout(const std::string& schema,
                                       const std::vector<ImportedSchema>& imported,
                                       const std::vector<std::string>& import_roots,
                                       ir::File::Builder file);

}  // namespace troupe::codegen
