// The registry: names that lead to one actor, from every core of a system.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actor/core.h"
#include "actor/names/core_names.h"
#include "actor/names/path.h"
#include "actor/ref.h"
#include "base/result.h"
#include "base/task.h"
#include "base/time.h"

namespace troupe {

namespace names {

Task<Status> change_list(ListErrand::Verb verb, Listed listed, Deadline deadline);
/// "the name is taken", as a kInvalidArgument.
Error name_taken();

template <class A>
Listed in_registry(std::string name, const Ref<A>& ref) {
  static_assert(!A::kKeyed, "a keyed actor has a name for good: its key");
  return Listed{Listed::In::kRegistry, std::move(name), A::kId, ref.address()};
}

}  // namespace names

/// `co_await registry_add("orders", ref, within(1s))`: the name is the actor's, until it ends or
/// registry_remove(); ok once all cores know. To add the same twice is ok. Errors:
/// kInvalidArgument, it is no name (is_actor_name()) or a living actor has it (is_name_taken());
/// kNoSuchActor, the actor has ended; kOverloaded, kRegistryNamesMax or kListedMax;
/// kDeadlineExceeded, kCancelled, kStopping: the outcome is open. Call on a core.
template <class A>
Task<Status> registry_add(std::string name, Ref<A> ref, Deadline deadline) {
  return names::change_list(names::ListErrand::Verb::kAdd, names::in_registry(std::move(name), ref),
                            deadline);
}

/// The name is free again, if it was this actor's; ok once all cores know. Errors as above, but for
/// those of a name that cannot be had.
template <class A>
Task<Status> registry_remove(std::string name, Ref<A> ref, Deadline deadline) {
  return names::change_list(names::ListErrand::Verb::kRemove,
                            names::in_registry(std::move(name), ref), deadline);
}

/// Whether registry_add() was refused because another living actor has the name.
bool is_name_taken(const Error& error);

/// Who has the name, as this core knows it; nobody's if nobody has, or an actor of another
/// protocol. Constant time, no atomic, no allocation. After the actor's end it may lead to it a
/// little longer, never to another one. Call on a core.
template <class A>
Ref<A> lookup(std::string_view name) {
  const names::NameTable::Record* record = Core::current().names->registry.find(name);
  return record != nullptr && record->type == A::kId ? Ref<A>(record->address) : Ref<A>();
}

}  // namespace troupe
