#include "actor/children.h"

#include "actor/cell.h"

namespace troupe {

Cell* Children::find(std::string_view name) const {
  if (names_ == nullptr) return nullptr;
  const auto found = names_->find(name);
  return found != names_->end() ? found->second : nullptr;
}

void Children::enter(std::string_view name, Cell& child) {
  if (names_ == nullptr) {
    names_ = std::make_unique<std::unordered_map<std::string_view, Cell*>>();
  }
  names_->emplace(name, &child);
}

void Children::forget_name(Cell& child) {
  if (!child.name().empty()) names_->erase(child.name());
}

}  // namespace troupe
