#include "codegen/declarations.h"

#include <algorithm>

#include "codegen/struct_order.h"

namespace troupe::codegen {

Declarations::Declarations(const Symbols& symbols) : unit_(&symbols.unit()) {
  symbols_.emplace(unit_, symbols);
  for (const Unit* import : unit_->imports) {
    if (import != nullptr) imports_.push_back(import);
  }
  direct_imports_ = imports_.size();
  add_own(*unit_);
  const FileNode& tree = unit_->tree;
  for (const StructNode& node : tree.structs) add_needed(*unit_, node.fields);
  for (const ActorNode& node : tree.actors) {
    if (node.start) add_needed(*unit_, node.start->fields);
    for (const AsksNode& asks : node.asks) {
      for (const AskedNode& entry : asks.actors) add_foreign(*symbols.find(entry.actor));
    }
    for (const MessageNode& message : node.messages) {
      add_needed(*unit_, message.parameters.fields);
      if (message.results) add_needed(*unit_, message.results->fields);
      const Symbol* denial = message.denies ? symbols.find(*message.denies) : nullptr;
      if (denial != nullptr) add_foreign(*denial);
    }
  }
}

void Declarations::add(const Symbol& symbol, std::vector<Symbol>& list) {
  places_.emplace(std::pair(symbol.kind, std::pair(symbol.unit, symbol.index)),
                  static_cast<std::uint32_t>(list.size()));
  list.push_back(symbol);
}

void Declarations::add_own(const Unit& unit) {
  const FileNode& tree = unit.tree;
  for (std::size_t index = 0; index < tree.enums.size(); ++index) {
    add({SymbolKind::kEnum, index, tree.enums[index].name, &unit}, enums_);
  }
  for (const std::size_t index : order_structs(symbols_of(unit)).order) {
    add({SymbolKind::kStruct, index, tree.structs[index].name, &unit}, structs_);
  }
  for (std::size_t index = 0; index < tree.actors.size(); ++index) {
    add({SymbolKind::kActor, index, tree.actors[index].name, &unit}, actors_);
  }
}

void Declarations::add_needed(const Unit& unit, const std::vector<FieldNode>& fields) {
  for (const FieldNode& field : fields) add_needed(unit, field.type);
}

void Declarations::add_needed(const Unit& unit, const TypeNode& type) {
  const std::string_view word = type.word();
  if (type.has_argument() && (word == "list" || word == "option")) {
    return add_needed(unit, type.argument.front());
  }
  std::span<const Name> path(type.path.parts);
  if (type.has_argument()) {
    path = type.argument.front().path.parts;
    if (word == "reply") path = path.first(path.size() - 1);
  }
  const Symbol* symbol = symbols_of(unit).find(path);
  if (symbol != nullptr) add_foreign(*symbol);
}

void Declarations::add_foreign(const Symbol& symbol) {
  const std::pair key(symbol.kind, std::pair(symbol.unit, symbol.index));
  if (symbol.unit == unit_ || places_.contains(key)) return;
  if (std::ranges::find(imports_, symbol.unit) == imports_.end()) imports_.push_back(symbol.unit);
  if (symbol.kind == SymbolKind::kEnum) return add(symbol, enums_);
  if (symbol.kind == SymbolKind::kActor) return add(symbol, actors_);
  // What is in it comes first, so that a struct is behind those that it contains.
  symbols_.try_emplace(symbol.unit, *symbol.unit);
  add_needed(*symbol.unit, symbol.structure().fields);
  add(symbol, structs_);
}

std::uint32_t Declarations::place_of(const Symbol& symbol) const {
  return places_.at(std::pair(symbol.kind, std::pair(symbol.unit, symbol.index)));
}

std::uint16_t Declarations::origin_of(const Symbol& symbol) const {
  if (symbol.unit == unit_) return 0;
  const auto place = std::ranges::find(imports_, symbol.unit);
  return static_cast<std::uint16_t>(place - imports_.begin() + 1);
}

}  // namespace troupe::codegen
