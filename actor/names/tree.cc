#include "actor/names/tree.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "actor/core.h"

namespace troupe {

namespace names {

namespace {

constexpr std::pair<std::string_view, TreeNode::Kind> kScopes[] = {
    {"user", TreeNode::Kind::kUser},
    {"system", TreeNode::Kind::kSystem},
    {"keyed", TreeNode::Kind::kKeyed},
    {"temp", TreeNode::Kind::kTemp},
    {"deadLetters", TreeNode::Kind::kDeadLetters},
};

/// The children of an actor, or of a guardian; null if there are none.
Children* children_of(Core& core, const TreeNode& node) {
  switch (node.kind()) {
    case TreeNode::Kind::kUser:
      return &core.guardian(Guardian::kUser);
    case TreeNode::Kind::kSystem:
      return &core.guardian(Guardian::kSystem);
    case TreeNode::Kind::kActor: {
      const Cell* cell = node.cell_of(core);
      return cell != nullptr ? cell->children() : nullptr;
    }
    case TreeNode::Kind::kRoot:
    case TreeNode::Kind::kKeyed:
    case TreeNode::Kind::kKeyedType:
    case TreeNode::Kind::kTemp:
    case TreeNode::Kind::kDeadLetters:
    case TreeNode::Kind::kAsk:
      break;
  }
  return nullptr;
}

/// Whether this is where `cell` was spawned.
bool is_parent(const Core& core, const TreeNode& node, const Cell& cell) {
  if (node.kind() == TreeNode::Kind::kActor) return cell.parent() == node.cell_of(core);
  if (cell.parent() != nullptr) return false;
  const Guardian guardian =
      node.kind() == TreeNode::Kind::kUser ? Guardian::kUser : Guardian::kSystem;
  return cell.guardian() == guardian;
}

/// The actors of a list that `wanted` says, oldest first.
template <class Wanted>
std::vector<const Cell*> oldest_first(const Children& children, Wanted wanted) {
  std::vector<const Cell*> cells;
  for (const Cell* cell = children.newest(); cell != nullptr; cell = cell->older_sibling()) {
    if (wanted(*cell)) cells.push_back(cell);
  }
  std::ranges::reverse(cells);
  return cells;
}

}  // namespace

TreeNode TreeNode::guardian(Guardian guardian) {
  switch (guardian) {
    case Guardian::kUser:
      return TreeNode(Kind::kUser);
    case Guardian::kSystem:
      return TreeNode(Kind::kSystem);
    case Guardian::kKeyed:
      break;
  }
  return TreeNode(Kind::kKeyed);
}

Cell* TreeNode::cell_of(const Core& core) const {
  if (kind_ != Kind::kActor) return nullptr;
  return core.cells.find(address_.slot, address_.incarnation);
}

Identity TreeNode::identity(Path path) const {
  switch (kind_) {
    case Kind::kActor:
      return Identity(std::move(path), *type_, address_);
    case Kind::kRoot:
      return Identity(std::move(path), "root");
    case Kind::kKeyedType:
      return Identity(std::move(path), "type");
    case Kind::kAsk:
      return Identity(std::move(path), "ask");
    case Kind::kUser:
    case Kind::kSystem:
    case Kind::kKeyed:
    case Kind::kTemp:
    case Kind::kDeadLetters:
      break;
  }
  return Identity(std::move(path), "scope");
}

std::optional<TreeNode> find_child(Core& core, const TreeNode& node, std::string_view name) {
  std::uint32_t slot = 0;
  if (node.kind() == TreeNode::Kind::kRoot) {
    for (const auto& [scope, kind] : kScopes) {
      if (scope == name) return TreeNode(kind);
    }
    return std::nullopt;
  }
  if (node.kind() == TreeNode::Kind::kKeyed) {
    for (const auto& served : core.node().served_types()) {
      if (served->type().name == name) return TreeNode(served->type());
    }
    return std::nullopt;
  }
  if (node.kind() == TreeNode::Kind::kKeyedType) {
    const Cell* cell = core.keyed.find(node.type()->id, name);
    return cell != nullptr ? std::optional<TreeNode>(TreeNode(*cell)) : std::nullopt;
  }
  if (node.kind() == TreeNode::Kind::kTemp) {
    const bool open = read_unnamed(name, slot) && core.asks.is_open(slot);
    return open ? std::optional<TreeNode>(TreeNode(TreeNode::Kind::kAsk)) : std::nullopt;
  }
  const Children* children = children_of(core, node);
  if (children == nullptr) return std::nullopt;
  const Cell* cell = nullptr;
  if (read_unnamed(name, slot)) {
    cell = core.cells.at(slot);
    if (cell != nullptr && (!cell->name().empty() || !is_parent(core, node, *cell))) cell = nullptr;
  } else {
    cell = children->find(name);
  }
  return cell != nullptr ? std::optional<TreeNode>(TreeNode(*cell)) : std::nullopt;
}

void for_each_child(Core& core, const TreeNode& node,
                    const std::function<void(const TreeNode&, std::string_view)>& visit) {
  if (node.kind() == TreeNode::Kind::kRoot) {
    for (const auto& [scope, kind] : kScopes) visit(TreeNode(kind), scope);
  } else if (node.kind() == TreeNode::Kind::kKeyed) {
    for (const auto& served : core.node().served_types()) {
      visit(TreeNode(served->type()), served->type().name);
    }
  } else if (node.kind() == TreeNode::Kind::kKeyedType) {
    const auto of_type = [&](const Cell& cell) { return &cell.type() == node.type(); };
    for (const Cell* cell : oldest_first(core.guardian(Guardian::kKeyed), of_type)) {
      visit(TreeNode(*cell), cell->key());
    }
  } else if (node.kind() == TreeNode::Kind::kTemp) {
    core.asks.for_each(
        [&](std::uint32_t slot) { visit(TreeNode(TreeNode::Kind::kAsk), unnamed(slot)); });
  } else if (const Children* children = children_of(core, node); children != nullptr) {
    for (const Cell* cell : oldest_first(*children, [](const Cell&) { return true; })) {
      if (cell->name().empty()) {
        visit(TreeNode(*cell), unnamed(cell->address().slot));
      } else {
        visit(TreeNode(*cell), cell->name());
      }
    }
  }
}

bool may_have_children(const Core& core, const TreeNode& node) {
  if (node.kind() == TreeNode::Kind::kAsk) return false;
  if (node.kind() != TreeNode::Kind::kActor) return true;
  const Cell* cell = node.cell_of(core);
  return cell != nullptr && cell->children() != nullptr;
}

Path path_below(const Path& path, const TreeNode& node, std::string_view name) {
  std::uint32_t slot = 0;
  // A key may look like the name of one who has none.
  const bool keyed = node.type() != nullptr && node.type()->keyed;
  return !keyed && read_unnamed(name, slot) ? path.unnamed_child(slot) : path.child(name);
}

Cell* find_below(Core& core, TreeNode node, std::string_view names) {
  for (;;) {
    const std::size_t end = std::min(names.find('/'), names.size());
    const std::optional<TreeNode> child = find_child(core, node, names.substr(0, end));
    if (!child) return nullptr;
    if (end == names.size()) return child->cell_of(core);
    node = *child;
    names.remove_prefix(end + 1);
  }
}

Identity parent_of(const Cell& cell) {
  if (cell.parent() != nullptr) return identity_of(*cell.parent());
  const Path path = path_of(cell).parent();
  if (cell.guardian() == Guardian::kKeyed) return TreeNode(cell.type()).identity(path);
  return TreeNode::guardian(cell.guardian()).identity(path);
}

std::vector<Identity> children_below(const Cell& cell) {
  std::vector<Identity> identities;
  const Path path = path_of(cell);
  for_each_child(cell.core(), TreeNode(cell), [&](const TreeNode& child, std::string_view name) {
    identities.push_back(child.identity(path_below(path, child, name)));
  });
  return identities;
}

Path root_path(const Core& core) { return Path(core.node().options().name, core.index()); }

}  // namespace names

Path path_of(const Cell& cell) {
  std::vector<const Cell*> line;  // from the actor up
  for (const Cell* each = &cell; each != nullptr; each = each->parent()) line.push_back(each);
  const Cell& top = *line.back();
  Path path = names::root_path(cell.core());
  switch (top.guardian()) {
    case Guardian::kUser:
      path = path.child("user");
      break;
    case Guardian::kSystem:
      path = path.child("system");
      break;
    case Guardian::kKeyed:
      path = path.child("keyed").child(top.type().name).child(top.key());
      line.pop_back();
      break;
  }
  for (auto each = line.rbegin(); each != line.rend(); ++each) {
    path = (*each)->name().empty() ? path.unnamed_child((*each)->address().slot)
                                   : path.child((*each)->name());
  }
  return path;
}

Identity identity_of(const Cell& cell) {
  return Identity(path_of(cell), cell.type(), cell.address());
}

Result<Path> path_of_address(Address address) {
  const Core& core = Core::current();
  if (address == Address()) return Error(Code::kNoSuchActor);
  if (address.core != core.index()) {
    return Error(Code::kInvalidArgument, address.core, "an actor of another core");
  }
  const Cell* cell = core.cells.find(address.slot, address.incarnation);
  if (cell == nullptr) return Error(Code::kNoSuchActor);
  return path_of(*cell);
}

}  // namespace troupe
