// The tree of one core: scopes, actors, and what else has a path.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "actor/actor_type.h"
#include "actor/address.h"
#include "actor/cell.h"
#include "actor/core.h"
#include "actor/names/identity.h"
#include "actor/names/path.h"
#include "actor/ref.h"

namespace troupe::names {

/// A place in it. Small; whoever keeps one over a turn finds out with cell_of() whether the actor
/// still lives.
class TreeNode {
 public:
  enum class Kind : std::uint8_t {
    kRoot,
    kUser,
    kSystem,
    kKeyed,
    kKeyedType,  ///< All active ones of one type.
    kTemp,
    kDeadLetters,
    kActor,
    kAsk,  ///< An open ask of this core.
  };

  explicit TreeNode(Kind kind) : kind_(kind) {}
  explicit TreeNode(const Cell& cell)
      : kind_(Kind::kActor), type_(&cell.type()), address_(cell.address()) {}
  /// A type of keyed actors.
  explicit TreeNode(const ActorType& type) : kind_(Kind::kKeyedType), type_(&type) {}
  static TreeNode guardian(Guardian guardian);

  Kind kind() const { return kind_; }
  const ActorType* type() const { return type_; }
  /// Of an actor; null if it has ended.
  Cell* cell_of(const Core& core) const;
  Identity identity(Path path) const;

 private:
  Kind kind_;
  const ActorType* type_ = nullptr;
  Address address_;
};

/// The child that is called `name` (a name, a key, "$7"): in time that does not depend on how many
/// there are. None: nobody.
std::optional<TreeNode> find_child(Core& core, const TreeNode& node, std::string_view name);
/// Calls `visit(child, name)` for each child, oldest first among actors. Must not end actors.
void for_each_child(Core& core, const TreeNode& node,
                    const std::function<void(const TreeNode&, std::string_view)>& visit);
/// Whether anything can be below it.
bool may_have_children(const Core& core, const TreeNode& node);
/// Below `path`, with its name or, if it has none, its slot.
Path path_below(const Path& path, const TreeNode& node, std::string_view name);

/// `names` below `node`, "pool/worker-1", one after the other; null if there is no such actor.
Cell* find_below(Core& core, TreeNode node, std::string_view names);
/// As Self::parent() and Self::children().
Identity parent_of(const Cell& cell);
std::vector<Identity> children_below(const Cell& cell);
/// The root of a core's tree.
Path root_path(const Core& core);

/// find_below(), if it is an actor of protocol A.
template <class A>
Ref<A> ref_below(const TreeNode& node, std::string_view names) {
  static_assert(!A::kKeyed, "keyed actors are nobody's children: their keys lead to them");
  const Cell* cell = find_below(Core::current(), node, names);
  return cell != nullptr && cell->type().id == A::kId ? Ref<A>(cell->address()) : Ref<A>();
}

}  // namespace troupe::names
