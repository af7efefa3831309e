#include "actor/names/core_names.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "actor/core.h"
#include "actor/names/registry.h"
#include "protocols/key_hash.h"

namespace troupe::names {

unsigned deciding_core(const Core& core, const Listed& listed) {
  const std::uint64_t seed = listed.in == Listed::In::kRegistry ? 0 : listed.type;
  const std::uint64_t hash = protocols::key_hash(seed, listed.text.data(), listed.text.size());
  return static_cast<unsigned>((hash >> 32) % core.node().cores());
}

// ---- one core ----

Status CoreNames::list(Cell& cell, const Listed& listed) {
  std::vector<Listed>& own = listed_[listed.address.slot];
  if (std::ranges::find(own, listed) != own.end()) return ok();
  if (own.size() >= kListedMax) {
    return Error(Code::kOverloaded, kListedMax, "names and services of one actor");
  }
  own.push_back(listed);
  cell.note_listed();
  return ok();
}

void CoreNames::unlist(const Listed& listed) {
  const auto found = listed_.find(listed.address.slot);
  if (found == listed_.end()) return;
  std::erase(found->second, listed);
  if (found->second.empty()) listed_.erase(found);
}

void CoreNames::ended(Address address) {
  const auto found = listed_.find(address.slot);
  if (found == listed_.end()) return;
  const std::vector<Listed> own = std::move(found->second);
  listed_.erase(found);
  if (core_.stopping()) return;  // and with it everybody who could ask
  for (const Listed& listed : own) {
    errands.send(core_, std::make_unique<ListErrand>(ListErrand::Verb::kRemove, listed, true),
                 deciding_core(core_, listed));
  }
}

void CoreNames::add(const Listed& listed) {
  if (listed.in == Listed::In::kServices) {
    return services.add({listed.type, listed.text}, listed.address);
  }
  if (registry.size() == 0) registry.set_seed(core_.random.next());
  registry.set(listed.text, listed.address, listed.type);
}

void CoreNames::remove(const Listed& listed) {
  if (listed.in == Listed::In::kServices) {
    services.remove({listed.type, listed.text}, listed.address);
  } else {
    registry.erase(listed.text, listed.address);
  }
}

// ---- from core to core ----

unsigned ListErrand::visit(Core& here) {
  switch (step_) {
    case Step::kActor:
      return at_actor(here);
    case Step::kDecide:
      return decide(here);
    case Step::kHolder:
      return at_holder(here);
    case Step::kTell:
      return tell(here);
  }
  return kHome;
}

unsigned ListErrand::refuse(Error error) {
  status_ = error;
  return kHome;
}

unsigned ListErrand::at_actor(Core& here) {
  if (verb_ == Verb::kRemove) {
    here.names->unlist(listed_);
  } else {
    Cell* cell = here.cells.find(listed_.address.slot, listed_.address.incarnation);
    if (cell == nullptr || cell->type().id != listed_.type)
      return refuse(Error(Code::kNoSuchActor));
    if (Status noted = here.names->list(*cell, listed_); !noted) return refuse(noted.error());
  }
  step_ = Step::kDecide;
  return deciding_core(here, listed_);
}

unsigned ListErrand::decide(Core& here) {
  return listed_.in == Listed::In::kRegistry ? decide_name(here) : decide_service(here);
}

unsigned ListErrand::decide_name(Core& here) {
  const NameTable& registry = here.names->registry;
  const NameTable::Record* record = registry.find(listed_.text);
  const bool own = record != nullptr && record->address == listed_.address;
  if (verb_ == Verb::kRemove) {
    if (!own) return kHome;
  } else if (record != nullptr && !own) {
    if (record->address == holder_) return refuse(name_taken());
    // It may have ended, and that be under way to here. What its core says comes behind that.
    holder_ = record->address;
    step_ = Step::kHolder;
    return holder_.core;
  } else if (record == nullptr && registry.size() >= kRegistryNamesMax) {
    return refuse(Error(Code::kOverloaded, kRegistryNamesMax, "names in the registry"));
  }
  decided_by_ = here.index();
  step_ = Step::kTell;
  return tell(here);
}

unsigned ListErrand::decide_service(Core& here) {
  const Services& services = here.names->services;
  const Service* service = services.find({listed_.type, listed_.text});
  if (verb_ == Verb::kAdd) {
    if (service == nullptr && services.size() >= kServicesMax) {
      return refuse(Error(Code::kOverloaded, kServicesMax, "services"));
    }
    if (service != nullptr && service->members.size() >= kServiceMembersMax) {
      return refuse(Error(Code::kOverloaded, kServiceMembersMax, "members of a service"));
    }
  }
  decided_by_ = here.index();
  step_ = Step::kTell;
  return tell(here);
}

unsigned ListErrand::at_holder(Core& here) {
  if (here.cells.find(holder_.slot, holder_.incarnation) != nullptr) return refuse(name_taken());
  step_ = Step::kDecide;
  return deciding_core(here, listed_);
}

unsigned ListErrand::tell(Core& here) {
  if (verb_ == Verb::kAdd) {
    here.names->add(listed_);
  } else {
    here.names->remove(listed_);
  }
  if (next_ == decided_by_) ++next_;  // it was the first
  return next_ < here.node().cores() ? next_++ : kHome;
}

}  // namespace troupe::names
