// Finds what a name stands for, and says what was probably meant by one that stands for nothing.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "codegen/ast.h"
#include "codegen/diagnostics.h"
#include "codegen/symbols.h"

namespace troupe::codegen {

class Resolver {
 public:
  Resolver(const Symbols& symbols, Diagnostics& diagnostics)
      : symbols_(symbols), diagnostics_(diagnostics) {}

  const Symbols& symbols() const { return symbols_; }

  /// Null where nothing has that name: then it is reported as an unknown `what`, unless the
  /// declaration may be one that could not be parsed. `kind` is what suggestions are made of;
  /// without one, types are. What is found may be of any kind.
  const Symbol* find(std::span<const Name> path, std::string_view what,
                     std::optional<SymbolKind> kind);

  /// The actor that `path` stands for; null after an error.
  const Symbol* find_actor(std::span<const Name> path);

 private:
  std::string meant(std::span<const Name> path, std::optional<SymbolKind> kind) const;

  const Symbols& symbols_;
  Diagnostics& diagnostics_;
};

}  // namespace troupe::codegen
