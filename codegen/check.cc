#include "codegen/check.h"

#include <utility>

#include "codegen/check_actors.h"
#include "codegen/check_asks.h"
#include "codegen/check_defaults.h"
#include "codegen/check_names.h"
#include "codegen/check_ordinals.h"
#include "codegen/check_packages.h"
#include "codegen/check_types.h"
#include "codegen/struct_order.h"
#include "codegen/symbols.h"

namespace troupe::codegen {

void check(Unit& unit, Diagnostics& diagnostics) {
  const Symbols symbols(unit);
  StructOrder order = order_structs(symbols);
  check_names(unit.tree, diagnostics);
  check_packages(unit, diagnostics);
  check_ordinals(unit.tree, diagnostics);
  check_types(symbols, order, diagnostics);
  check_defaults(symbols, diagnostics);
  check_actors(symbols, diagnostics);
  check_asks(symbols, diagnostics);
  unit.struct_depths = std::move(order.depth);
}

}  // namespace troupe::codegen
