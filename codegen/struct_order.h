// Which struct contains which: an order in which every struct comes after those it contains, or the
// cycles that forbid one.
#pragma once

#include <cstddef>
#include <vector>

#include "codegen/ast.h"
#include "codegen/symbols.h"

namespace troupe::codegen {

/// The field of a struct by which it contains the next one: itself, in a list, or in an option.
struct Containment {
  std::size_t structure;  // index into FileNode::structs
  const FieldNode* field;
};

struct StructOrder {
  /// Indices into FileNode::structs; otherwise as in the text.
  std::vector<std::size_t> order;
  /// How many structs and lists deep each one is, itself included; by index into
  /// FileNode::structs.
  std::vector<std::size_t> depth;
  /// Each a closed walk: the last one's field is of the type of the first one's struct.
  std::vector<std::vector<Containment>> cycles;
};

/// Of the unit that `symbols` belong to. Imported structs cannot be in a cycle; their depths are
/// taken from their units.
StructOrder order_structs(const Symbols& symbols);

/// What is in the options and lists of a type, or the type itself; `lists` counts the lists.
const TypeNode& innermost(const TypeNode& type, std::size_t& lists);

}  // namespace troupe::codegen
