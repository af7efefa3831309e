// Identity: who a selection found: a path, what lives there, and which incarnation it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actor/actor_type.h"
#include "actor/address.h"
#include "actor/names/path.h"
#include "actor/ref.h"

namespace troupe {

class Cell;
class Core;

/// One actor as it was when somebody looked; or a place of the tree that is none: a scope, a type
/// of keyed actors, an open ask, whose address is nobody's. A value, usable on every core.
class Identity {
 public:
  Identity(Path path, const ActorType& type, Address address)
      : path_(std::move(path)), type_name_(type.name), type_(type.id), address_(address) {}
  /// No actor. `kind` lives as long as the program.
  Identity(Path path, std::string_view kind) : path_(std::move(path)), type_name_(kind) {}

  const Path& path() const { return path_; }
  /// The protocol, "bank.Account"; or "root", "scope", "type", "ask".
  std::string_view type_name() const { return type_name_; }
  Address address() const { return address_; }
  bool is_actor() const { return address_ != Address(); }

  /// A reference to it; nobody's if it has another protocol. Of a keyed actor, to its key.
  template <class A>
  Ref<A> as() const {
    if (type_ != A::kId || !is_actor()) return Ref<A>();
    if constexpr (A::kKeyed) {
      const std::string key = path_.name();
      return Ref<A>(KeyCodec<typename A::Key>::decode(key));
    } else {
      return Ref<A>(address_);
    }
  }

  friend bool operator==(const Identity&, const Identity&) = default;

 private:
  Path path_;
  std::string_view type_name_;
  std::uint64_t type_ = 0;
  Address address_;
};

/// What a selection found: parents before what is below them, siblings oldest first, one core after
/// the other. Nobody is held by it, and it does not change. It cannot be watched: who matches may
/// change at any time; watch each reference of as<A>().
class Selected {
 public:
  Selected() = default;
  explicit Selected(std::vector<Identity> identities) : identities_(std::move(identities)) {}

  bool empty() const { return identities_.empty(); }
  std::size_t size() const { return identities_.size(); }
  const Identity& operator[](std::size_t index) const { return identities_[index]; }
  auto begin() const { return identities_.begin(); }
  auto end() const { return identities_.end(); }

  /// References to those of protocol A.
  template <class A>
  std::vector<Ref<A>> as() const {
    std::vector<Ref<A>> refs;
    for (const Identity& identity : identities_) {
      if (Ref<A> ref = identity.as<A>(); ref != Ref<A>()) refs.push_back(std::move(ref));
    }
    return refs;
  }

 private:
  std::vector<Identity> identities_;
};

/// Where an actor lives. On its core.
Path path_of(const Cell& cell);
/// An actor of this core, as Self and Root show it.
Identity identity_of(const Cell& cell);

/// Where the actor lives: on its core, while it lives. Errors: kNoSuchActor; kInvalidArgument, it
/// is an actor of another core, detail = which one.
Result<Path> path_of_address(Address address);

template <class A>
Result<Path> path_of(const Ref<A>& ref)
  requires(!A::kKeyed)
{
  return path_of_address(ref.address());
}
/// Where a keyed actor lives when it does: known on every core.
template <class A>
Path path_of(const Ref<A>& ref)
  requires(A::kKeyed)
{
  const Core& core = Core::current();
  return Path(core.node().options().name, static_cast<std::uint16_t>(core_of(core, ref.target())))
      .child("keyed")
      .child(A::kType.name)
      .child(ref.target().key());
}

}  // namespace troupe
