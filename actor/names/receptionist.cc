#include "actor/names/receptionist.h"

#include <utility>

namespace troupe::names {

std::vector<Address> members_of(std::uint64_t type, std::string key) {
  const Service* service = Core::current().names->services.find({type, std::move(key)});
  return service != nullptr ? service->members : std::vector<Address>();
}

ListingOfAny::ListingOfAny(std::uint64_t type, std::string key)
    : names_(*Core::current().names), entry_(names_.services.open({type, std::move(key)})) {
  home_.check("a Listing");
}

ListingOfAny::~ListingOfAny() {
  home_.check("a Listing");
  TROUPE_CHECK(service().listings > 1 || service().waiting.empty(),
               "a Listing is destroyed while somebody waits for its change");
  names_.services.close(entry_);
}

}  // namespace troupe::names
