#include "codegen/symbols.h"

#include <algorithm>

namespace troupe::codegen {

Symbols::Symbols(const Unit& unit) : unit_(&unit) {
  add_all(unit, symbols_);
  for (const Unit* import : unit.imports) {
    if (import != nullptr) add_all(*import, symbols_);
  }
  for (const Unit* other : reachable_units(unit)) {
    if (std::ranges::find(unit.imports, other) == unit.imports.end()) add_all(*other, indirect_);
  }
}

void Symbols::add_all(const Unit& unit, Table& table) {
  const FileNode& tree = unit.tree;
  for (std::size_t index = 0; index < tree.enums.size(); ++index) {
    add(unit, {SymbolKind::kEnum, index, tree.enums[index].name, &unit}, table);
  }
  for (std::size_t index = 0; index < tree.structs.size(); ++index) {
    add(unit, {SymbolKind::kStruct, index, tree.structs[index].name, &unit}, table);
  }
  for (std::size_t index = 0; index < tree.actors.size(); ++index) {
    add(unit, {SymbolKind::kActor, index, tree.actors[index].name, &unit}, table);
  }
}

void Symbols::add(const Unit& unit, const Symbol& symbol, Table& table) {
  const std::string name = unit.package + "." + std::string(symbol.name.text);
  const auto [place, is_new] = table.emplace(name, symbol);
  const bool is_earlier =
      place->second.unit == &unit && symbol.name.span.begin < place->second.name.span.begin;
  if (!is_new && is_earlier) place->second = symbol;
}

const Symbol* Symbols::find_in(const Table& table, std::span<const Name> path) const {
  std::string name;
  if (path.size() == 1) name = unit_->package + ".";
  for (const Name& part : path) {
    name.append(part.text);
    if (&part != &path.back()) name.push_back('.');
  }
  const auto place = table.find(name);
  return place == table.end() ? nullptr : &place->second;
}

const Symbol* Symbols::find(std::span<const Name> path) const { return find_in(symbols_, path); }

const Symbol* Symbols::find_indirect(std::span<const Name> path) const {
  return find_in(indirect_, path);
}

std::vector<std::string> Symbols::names() const {
  std::vector<std::string> names;
  for (const auto& [name, symbol] : symbols_) names.push_back(name_of(symbol));
  return names;
}

std::vector<std::string> Symbols::names(SymbolKind kind) const {
  std::vector<std::string> names;
  for (const auto& [name, symbol] : symbols_) {
    if (symbol.kind == kind) names.push_back(name_of(symbol));
  }
  return names;
}

std::string Symbols::name_of(const Symbol& symbol) const {
  const std::string name(symbol.name.text);
  return symbol.unit->package == unit_->package ? name : symbol.unit->package + "." + name;
}

std::string_view describe(SymbolKind kind) {
  switch (kind) {
    case SymbolKind::kEnum:
      return "an enum";
    case SymbolKind::kStruct:
      return "a struct";
    case SymbolKind::kActor:
      return "an actor";
  }
  return "";
}

const MessageNode* find_message(const ActorNode& actor, std::string_view name) {
  for (const MessageNode& message : actor.messages) {
    if (message.name.text == name) return &message;
  }
  return nullptr;
}

}  // namespace troupe::codegen
