// Services: who offers what, as one core knows it, and who waits for a change of that.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "actor/address.h"
#include "base/wait_queue.h"

namespace troupe::names {

/// A protocol, and a key if it has several services.
struct ServiceKey {
  std::uint64_t type;
  std::string text;

  friend auto operator<=>(const ServiceKey&, const ServiceKey&) = default;
};

/// One of them. Stays where it is while it has members or listings.
struct Service {
  std::vector<Address> members;  // by core, slot and incarnation: alike on all cores
  std::uint64_t version = 0;     // of the members
  std::size_t listings = 0;      // that look at it
  detail::WaitQueue waiting;     // for another version
};

/// Thread: owner core only.
class Services {
 public:
  using Entry = std::pair<const ServiceKey, Service>;

  /// Null if nobody offers it and nobody looks at it.
  const Service* find(const ServiceKey& key) const;
  void add(const ServiceKey& key, Address member);
  void remove(const ServiceKey& key, Address member);

  /// For a listing, until close().
  Entry& open(const ServiceKey& key);
  void close(Entry& entry);

  std::size_t size() const { return services_.size(); }

 private:
  static void changed(Service& service);
  void drop_if_unused(std::map<ServiceKey, Service>::iterator at);

  std::map<ServiceKey, Service> services_;
};

}  // namespace troupe::names
