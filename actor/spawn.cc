#include "actor/spawn.h"

#include "actor/names/path.h"

namespace troupe {

Result<Cell*> new_cell_for(Core& core, const ActorType& type, Cell* parent, Guardian guardian,
                           const SpawnOptions& options) {
  if (!options.name.empty()) {
    if (!is_actor_name(options.name)) {
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
