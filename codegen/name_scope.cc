#include "codegen/name_scope.h"

#include <utility>

namespace troupe::codegen {

bool NameScope::add(const Name& name, std::string generated) {
  const auto [place, is_new] = names_.emplace(std::move(generated), name);
  if (is_new) return true;
  const Name& first = place->second;
  if (first.text == name.text) {
    diagnostics_.error(name.span, "'" + std::string(name.text) + "' is declared twice")
        .note(first.span, "first declared here");
    return false;
  }
  diagnostics_
      .error(name.span, "'" + std::string(name.text) + "' and '" + std::string(first.text) +
                            "' are both '" + place->first + "' in the generated code")
      .note(first.span, "'" + std::string(first.text) + "' is here");
  return false;
}

}  // namespace troupe::codegen
