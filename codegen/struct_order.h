// Which struct contains which: an order in which every struct comes after those it contains, or the
// cycles that forbid one.
#pragma once

#include <cstddef>
#include <vector>

#include "codegen/ast.h"
#include "codegen/symbols.h"

namespace troupe::codegen {

/// The field of a struct by which it contains the next one.
struct Containment {
  std::size_t structure;  // index into FileNode::structs
  const FieldNode* field;
};

struct StructOrder {
  /// Indices into FileNode::structs; otherwise as in the text.
  std::vector<std::size_t> order;
  /// How many structs deep each one is, itself included; by index into FileNode::structs.
  std::vector<std::size_t> depth;
  /// Each a closed walk: the last one's field is of the type of the first one's struct.
  std::vector<std::vector<Containment>> cycles;
};

StructOrder order_structs(const FileNode& file, const Symbols& symbols);

}  // namespace troupe::codegen
