// What the names of a file stand for.
#pragma once

#include <cstddef>
#include <map>
#include <string_view>
#include <vector>

#include "codegen/ast.h"

namespace troupe::codegen {

enum class SymbolKind { kEnum, kStruct, kActor };

/// A declaration: `index` counts within its list of the FileNode.
struct Symbol {
  SymbolKind kind;
  std::size_t index;
  Name name;
};

/// Declarations by name; of two with one name, the first in the text. Views into the tree.
class Symbols {
 public:
  explicit Symbols(const FileNode& file);

  /// Null if nothing has that name.
  const Symbol* find(std::string_view name) const;

  /// All names, sorted, for suggestions.
  std::vector<std::string_view> names() const;

 private:
  void add(SymbolKind kind, std::size_t index, const Name& name);

  std::map<std::string_view, Symbol> symbols_;
};

/// "an enum", "a struct", "an actor".
std::string_view describe(SymbolKind kind);

/// Null if the actor has no such message.
const MessageNode* find_message(const ActorNode& actor, std::string_view name);

}  // namespace troupe::codegen
