// The receptionist: all living actors that offer a service, from every core of a system.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "actor/core.h"
#include "actor/names/core_names.h"
#include "actor/names/registry.h"
#include "actor/ref.h"
#include "base/home_core.h"
#include "base/result.h"
#include "base/task.h"
#include "base/wait_queue.h"

namespace troupe {

namespace names {

template <class A>
Listed in_services(std::string key, const Ref<A>& ref) {
  static_assert(!A::kKeyed, "keyed actors need not be found: a key leads to each");
  return Listed{Listed::In::kServices, std::move(key), A::kId, ref.address()};
}
/// By core, slot and incarnation.
std::vector<Address> members_of(std::uint64_t type, std::string key);

template <class A>
std::vector<Ref<A>> refs_to(const std::vector<Address>& members) {
  std::vector<Ref<A>> refs;
  refs.reserve(members.size());
  for (const Address& member : members) refs.push_back(Ref<A>(member));
  return refs;
}

}  // namespace names

/// `co_await service_add(self.ref(), within(1s))`: the actor offers its protocol, until it ends or
/// service_remove(); ok once all cores know. With a key a protocol has several services. Errors:
/// kNoSuchActor, the actor has ended; kOverloaded, kServicesMax, kServiceMembersMax or kListedMax;
/// kTooLarge, a key beyond kNameBytesMax; kDeadlineExceeded, kCancelled, kStopping: the outcome is
/// open. Call on a core.
template <class A>
Task<Status> service_add(Ref<A> ref, Deadline deadline) {
  return names::change_list(names::ListErrand::Verb::kAdd, names::in_services({}, ref), deadline);
}
template <class A>
Task<Status> service_add(std::string key, Ref<A> ref, Deadline deadline) {
  return names::change_list(names::ListErrand::Verb::kAdd, names::in_services(std::move(key), ref),
                            deadline);
}
/// The actor no longer offers it. Errors as above.
template <class A>
Task<Status> service_remove(Ref<A> ref, Deadline deadline) {
  return names::change_list(names::ListErrand::Verb::kRemove, names::in_services({}, ref),
                            deadline);
}
template <class A>
Task<Status> service_remove(std::string key, Ref<A> ref, Deadline deadline) {
  return names::change_list(names::ListErrand::Verb::kRemove,
                            names::in_services(std::move(key), ref), deadline);
}

/// Who offers protocol A (and that key), as this core knows it: by core, then by slot, so all cores
/// say the same. One who has ended may be listed a little longer. Copies the list. Call on a core.
template <class A>
std::vector<Ref<A>> services_of(std::string key = {}) {
  return names::refs_to<A>(names::members_of(A::kId, std::move(key)));
}

namespace names {

/// The part of a Listing that does not depend on the protocol.
class ListingOfAny {
 public:
  ListingOfAny(std::uint64_t type, std::string key);
  ListingOfAny(const ListingOfAny&) = delete;
  ListingOfAny& operator=(const ListingOfAny&) = delete;
  ~ListingOfAny();

  Service& service() const { return entry_.second; }
  bool is_new() const { return seen_ != service().version; }
  void see() { seen_ = service().version; }

 private:
  CoreNames& names_;
  Services::Entry& entry_;
  std::uint64_t seen_ = ~std::uint64_t{0};  // nothing yet
  detail::HomeCore home_;
};

/// The wait for a list that was not seen. Lives in the awaiting frame.
template <class A>
class ChangeAwaiter final : public detail::QueuedWait {
 public:
  ChangeAwaiter(ListingOfAny& listing, Deadline deadline)
      : QueuedWait(listing.service().waiting, deadline), listing_(listing) {}

  const char* name() const override { return "listing"; }
  Result<std::vector<Ref<A>>> await_resume() {
    if (granted()) (void)too_late();
    if (error()) return *error();
    listing_.see();
    return refs_to<A>(listing_.service().members);
  }

 private:
  bool try_now() override { return listing_.is_new(); }

  ListingOfAny& listing_;
};

/// A wait not yet begun: movable, so that all_of and first_of can take it.
template <class A>
class [[nodiscard("a wait begins when it is awaited")]] ChangeRequest {
 public:
  ChangeRequest(ListingOfAny& listing, Deadline deadline)
      : listing_(listing), deadline_(deadline) {}
  ChangeAwaiter<A> operator co_await() const { return ChangeAwaiter<A>(listing_, deadline_); }

 private:
  ListingOfAny& listing_;
  Deadline deadline_;
};

}  // namespace names

/// A subscription to a service: `Listing<Worker> workers;`, in a behaviour say, and then
/// `co_await workers.changed(within(1s))` again and again. Thread: the core where it was made.
/// Lifetime: outlives its waits; the core outlives it.
template <class A>
class Listing {
 public:
  explicit Listing(std::string key = {}) : listing_(A::kId, std::move(key)) {}

  /// The list once it is another one than what this listing gave last; the first time at once. Some
  /// changes may come as one; the last one always comes. Errors: kDeadlineExceeded, it is still the
  /// same; kCancelled, kStopping.
  names::ChangeRequest<A> changed(Deadline deadline = kNoDeadline) {
    return names::ChangeRequest<A>(listing_, deadline);
  }
  /// The list now; changed() will not give it again.
  std::vector<Ref<A>> now() {
    listing_.see();
    return names::refs_to<A>(listing_.service().members);
  }

 private:
  names::ListingOfAny listing_;
};

}  // namespace troupe
