#include "codegen/symbols.h"

namespace troupe::codegen {

Symbols::Symbols(const FileNode& file) {
  for (std::size_t index = 0; index < file.enums.size(); ++index) {
    add(SymbolKind::kEnum, index, file.enums[index].name);
  }
  for (std::size_t index = 0; index < file.structs.size(); ++index) {
    add(SymbolKind::kStruct, index, file.structs[index].name);
  }
  for (std::size_t index = 0; index < file.actors.size(); ++index) {
    add(SymbolKind::kActor, index, file.actors[index].name);
  }
}

void Symbols::add(SymbolKind kind, std::size_t index, const Name& name) {
  const Symbol symbol{kind, index, name};
  const auto [place, is_new] = symbols_.emplace(name.text, symbol);
  if (!is_new && name.span.begin < place->second.name.span.begin) place->second = symbol;
}

const Symbol* Symbols::find(std::string_view name) const {
  const auto place = symbols_.find(name);
  return place == symbols_.end() ? nullptr : &place->second;
}

std::vector<std::string_view> Symbols::names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, symbol] : symbols_) names.push_back(name);
  return names;
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
