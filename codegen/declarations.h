// Which declarations an IR lists, and where: the file's own, then those of other files that it
// needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "codegen/symbols.h"
#include "codegen/unit.h"

namespace troupe::codegen {

class Declarations {
 public:
  explicit Declarations(const Symbols& symbols);

  /// In the order of the IR; structs after those of their file that they contain.
  const std::vector<Symbol>& enums() const { return enums_; }
  const std::vector<Symbol>& structs() const { return structs_; }
  const std::vector<Symbol>& actors() const { return actors_; }
  /// In the order of the IR: direct imports first.
  const std::vector<const Unit*>& imports() const { return imports_; }
  std::size_t direct_imports() const { return direct_imports_; }

  /// Where a declaration stands in its list.
  std::uint32_t place_of(const Symbol& symbol) const;
  /// Zero for the file's own, else its place among the imports, counted from 1.
  std::uint16_t origin_of(const Symbol& symbol) const;
  /// What a unit can name. Of the file itself and of files whose structs are listed.
  const Symbols& symbols_of(const Unit& unit) const { return symbols_.at(&unit); }

 private:
  void add_own(const Unit& unit);
  /// Adds what the types of the fields name, if it is another file's.
  void add_needed(const Unit& unit, const std::vector<FieldNode>& fields);
  void add_needed(const Unit& unit, const TypeNode& type);
  void add_foreign(const Symbol& symbol);
  void add(const Symbol& symbol, std::vector<Symbol>& list);

  const Unit* unit_;
  std::map<const Unit*, Symbols> symbols_;
  std::vector<Symbol> enums_, structs_, actors_;
  std::vector<const Unit*> imports_;
  std::size_t direct_imports_ = 0;
  /// By kind, unit, and index in the tree.
  std::map<std::pair<SymbolKind, std::pair<const Unit*, std::size_t>>, std::uint32_t> places_;
};

}  // namespace troupe::codegen
