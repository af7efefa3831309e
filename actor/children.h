// Children: the living actors that one parent, or a guardian, has spawned.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace troupe {

class Cell;

/// An intrusive list, newest first, and the names of those that have one. Thread: owner core only.
class Children {
 public:
  Children() = default;
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  bool empty() const { return first_ == nullptr; }
  /// The newest; Cell::older_sibling() leads to the others.
  Cell* newest() const { return first_; }

  inline void add(Cell& child);  // cell_inline.h
  /// `child` and its name are gone from here.
  inline void remove(Cell& child);

  /// The child of that name; null if there is none.
  Cell* find(std::string_view name) const;
  /// `name` must be free and live as long as the child.
  void enter(std::string_view name, Cell& child);

 private:
  void forget_name(Cell& child);

  Cell* first_ = nullptr;
  // Only parents that name children have it. Never iterated: its order depends on addresses.
  std::unique_ptr<std::unordered_map<std::string_view, Cell*>> names_;
};

}  // namespace troupe
