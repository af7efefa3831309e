#include "actor/spawn.h"

#include <algorithm>

namespace troupe {

namespace {

bool is_name(std::string_view name) {
  constexpr std::string_view kMarks = "-_.*$+:@&=,!~'";
  const auto allowed = [&](char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || kMarks.find(character) != kMarks.npos;
  };
  return name.size() <= kNameBytesMax && !name.starts_with('$') && name != "." && name != ".." &&
         std::ranges::all_of(name, allowed);
}

}  // namespace

Result<Cell*> new_cell_for(Core& core, const ActorType& type, Cell* parent, Guardian guardian,
                           const SpawnOptions& options) {
  if (!options.name.empty()) {
    if (!is_name(options.name)) {
      return Error(Code::kInvalidArgument, options.name.size(),
                   "an actor's name has letters, digits and -_.*$+:@&=,!~', not starting with $");
    }
    const Children* siblings = parent != nullptr ? parent->children() : &core.guardian(guardian);
    if (siblings != nullptr && siblings->find(options.name) != nullptr) {
      return Error(Code::kInvalidArgument, 0, "a sibling has that name");
    }
  }
  Cell* cell = core.new_cell(type, parent, guardian);
  if (cell == nullptr) {
    const Code why = code_for(core.why_no_cell());
    return Error(why, core.cells.live(), "actors on this core");
  }
  if (options.group) cell->strand().set_group(*options.group);
  if (!options.name.empty()) cell->set_name(options.name);
  return cell;
}

}  // namespace troupe
