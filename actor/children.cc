#include "actor/children.h"

#include "actor/cell.h"

namespace troupe {

void Children::remove(Cell& child) {
  (child.previous_sibling_ != nullptr ? child.previous_sibling_->next_sibling_ : first_) =
      child.next_sibling_;
  if (child.next_sibling_ != nullptr) {
    child.next_sibling_->previous_sibling_ = child.previous_sibling_;
  }
  if (names_ != nullptr && !child.name().empty()) names_->erase(child.name());
}

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

}  // namespace troupe
