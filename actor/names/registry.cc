#include "actor/names/registry.h"

#include <memory>
#include <utility>

#include "actor/spawn_options.h"

namespace troupe {

namespace names {

namespace {

constexpr char kNameTaken[] = "a living actor has that name";

}  // namespace

Error name_taken() { return Error(Code::kInvalidArgument, 0, kNameTaken); }

Task<Status> change_list(ListErrand::Verb verb, Listed listed, Deadline deadline) {
  const Core& core = Core::current();
  if (listed.in == Listed::In::kRegistry && !is_actor_name(listed.text)) {
    co_return Error(
        Code::kInvalidArgument, listed.text.size(),
        "a registered name has letters, digits and -_.*$+:@&=,!~', not starting with $");
  }
  if (listed.text.size() > kNameBytesMax) {
    co_return Error(Code::kTooLarge, listed.text.size(), "bytes of a service's key");
  }
  const unsigned home = listed.address.core;
  if (listed.address == Address() || listed.address.node != core.node().number() ||
      home >= core.node().cores()) {
    co_return Error(Code::kNoSuchActor);
  }
  ErrandRequest<ListErrand> request(std::make_unique<ListErrand>(verb, std::move(listed), false),
                                    home, deadline);
  Status changed = co_await std::move(request);
  co_return changed;
}

}  // namespace names

bool is_name_taken(const Error& error) { return error == names::name_taken(); }

}  // namespace troupe
