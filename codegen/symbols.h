// What the names of a file stand for.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/ast.h"
#include "codegen/unit.h"

namespace troupe::codegen {

enum class SymbolKind { kEnum, kStruct, kActor };

/// A declaration: `index` counts within its list of the unit's tree.
struct Symbol {
  SymbolKind kind;
  std::size_t index;
  Name name;
  const Unit* unit;

  const EnumNode& enumeration() const { return unit->tree.enums[index]; }
  const StructNode& structure() const { return unit->tree.structs[index]; }
  const ActorNode& actor() const { return unit->tree.actors[index]; }
};

/// The declarations that a file can name: its own, and those of the files that it imports; not
/// those that these import. Of two with one name, its own, else the first. Views into the trees.
class Symbols {
 public:
  explicit Symbols(const Unit& unit);

  const Unit& unit() const { return *unit_; }

  /// `Money` is of the file's own package, whichever file declares it; `shop.money.Amount` is of
  /// the package in front. Null if there is nothing of that name.
  const Symbol* find(std::span<const Name> path) const;
  const Symbol* find(const Path& path) const { return find(std::span(path.parts)); }

  /// A declaration of that name in a file that is only imported by an import; null if there is
  /// none.
  const Symbol* find_indirect(std::span<const Name> path) const;

  /// How the file would write each name that it can use, sorted, for suggestions.
  std::vector<std::string> names() const;
  std::vector<std::string> names(SymbolKind kind) const;

  /// `symbol` as the file writes it.
  std::string name_of(const Symbol& symbol) const;

 private:
  using Table = std::map<std::string, Symbol, std::less<>>;

  static void add_all(const Unit& unit, Table& table);
  static void add(const Unit& unit, const Symbol& symbol, Table& table);
  const Symbol* find_in(const Table& table, std::span<const Name> path) const;

  const Unit* unit_;
  /// By qualified name.
  Table symbols_;
  Table indirect_;
};

/// "an enum", "a struct", "an actor".
std::string_view describe(SymbolKind kind);

/// Null if the actor has no such message.
const MessageNode* find_message(const ActorNode& actor, std::string_view name);

}  // namespace troupe::codegen
