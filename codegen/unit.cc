#include "codegen/unit.h"

#include <algorithm>

namespace troupe::codegen {

bool Unit::is_complete() const {
  return tree.complete && std::ranges::all_of(imports, [](const Unit* unit) {
           return unit != nullptr && unit->tree.complete;
         });
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string joined(const std::vector<Name>& names) {
  std::string text;
  for (const Name& name : names) {
    if (!text.empty()) text.push_back('.');
    text.append(name.text);
  }
  return text;
}

std::vector<const Unit*> reachable_units(const Unit& unit) {
  std::vector<const Unit*> units;
  const auto add_imports = [&](const Unit& from) {
    for (const Unit* import : from.imports) {
      const bool is_new = import != nullptr && std::ranges::find(units, import) == units.end();
      if (is_new) units.push_back(import);
    }
  };
  add_imports(unit);
  for (std::size_t index = 0; index < units.size(); ++index) add_imports(*units[index]);
  return units;
}

}  // namespace troupe::codegen
