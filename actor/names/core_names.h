// CoreNames: what one core knows of names: its replica of registry and receptionist, and which of
// its own actors are listed there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "actor/address.h"
#include "actor/names/errand.h"
#include "actor/names/name_table.h"
#include "actor/names/services.h"
#include "base/result.h"

namespace troupe {

class Cell;
class Core;

/// Names in the registry of a system, as the core that decides knows them.
inline constexpr std::size_t kRegistryNamesMax = 1 << 16;
/// Services with members, and members of one service.
inline constexpr std::size_t kServicesMax = 1 << 16;
inline constexpr std::size_t kServiceMembersMax = 1 << 16;
/// Names and services of one actor. A name that was refused counts until it ends or is removed.
inline constexpr std::size_t kListedMax = 1024;

namespace names {

/// Something that an actor is listed under, on all cores.
struct Listed {
  enum class In : std::uint8_t { kRegistry, kServices };

  In in;
  std::string text;  // the name, or the service's key
  std::uint64_t type;
  Address address;

  friend bool operator==(const Listed&, const Listed&) = default;
};

/// The core that decides about it.
unsigned deciding_core(const Core& core, const Listed& listed);

/// Part of a Core. Thread: its own only.
class CoreNames {
 public:
  explicit CoreNames(Core& core) : core_(core) {}

  Errands errands;
  NameTable registry;
  Services services;

  /// Notes that `cell`, of this core, is to be listed, so that its end will undo it. Errors:
  /// kOverloaded, it is listed kListedMax times.
  Status list(Cell& cell, const Listed& listed);
  void unlist(const Listed& listed);
  /// An actor that list() was called for has ended.
  void ended(Address address);

  /// This replica learns of it.
  void add(const Listed& listed);
  void remove(const Listed& listed);

 private:
  Core& core_;
  std::unordered_map<std::uint32_t, std::vector<Listed>> listed_;  // by slot; never iterated
};

/// Lists an actor everywhere, or takes it off all lists. It goes to the actor's core, which will
/// undo it at the actor's end; to the core that decides; then to all others. So the changes of one
/// name reach every core in the order in which they were decided.
class ListErrand final : public Errand {
 public:
  enum class Verb : std::uint8_t { kAdd, kRemove };
  /// Who sends it to the actor's core asks for it, to the deciding core says that it has ended.
  ListErrand(Verb verb, Listed listed, bool ended)
      : listed_(std::move(listed)), verb_(verb), step_(ended ? Step::kDecide : Step::kActor) {}

  Status result() const { return status_; }

 private:
  enum class Step : std::uint8_t { kActor, kDecide, kHolder, kTell };

  unsigned visit(Core& here) override;
  unsigned at_actor(Core& here);
  unsigned decide(Core& here);
  unsigned decide_name(Core& here);
  unsigned decide_service(Core& here);
  unsigned at_holder(Core& here);
  unsigned tell(Core& here);
  unsigned refuse(Error error);

  Listed listed_;
  Status status_ = ok();
  Address holder_;  // who has the name, and was asked whether it lives
  unsigned decided_by_ = 0;
  unsigned next_ = 0;  // of the cores that are told
  Verb verb_;
  Step step_;
};

}  // namespace names

}  // namespace troupe
