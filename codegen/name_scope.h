// Names that must differ from each other, as written and as generated.
#pragma once

#include <map>
#include <string>

#include "codegen/ast.h"
#include "codegen/diagnostics.h"

namespace troupe::codegen {

class NameScope {
 public:
  explicit NameScope(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// Reports `name` if an earlier one has the same text, or is also `generated` in the output.
  /// Returns whether the name was new.
  bool add(const Name& name, std::string generated);

 private:
  Diagnostics& diagnostics_;
  std::map<std::string, Name> names_;
};

}  // namespace troupe::codegen
