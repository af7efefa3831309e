#include "actor/names/services.h"

#include <algorithm>
#include <tuple>

namespace troupe::names {

namespace {

bool before(const Address& a, const Address& b) {
  return std::tie(a.node, a.core, a.slot, a.incarnation) <
         std::tie(b.node, b.core, b.slot, b.incarnation);
}

}  // namespace

const Service* Services::find(const ServiceKey& key) const {
  const auto found = services_.find(key);
  return found != services_.end() ? &found->second : nullptr;
}

void Services::add(const ServiceKey& key, Address member) {
  Service& service = services_[key];
  const auto at = std::ranges::lower_bound(service.members, member, before);
  if (at != service.members.end() && *at == member) return;
  service.members.insert(at, member);
  changed(service);
}

void Services::remove(const ServiceKey& key, Address member) {
  const auto found = services_.find(key);
  if (found == services_.end()) return;
  std::vector<Address>& members = found->second.members;
  const auto at = std::ranges::lower_bound(members, member, before);
  if (at == members.end() || *at != member) return;
  members.erase(at);
  changed(found->second);
  drop_if_unused(found);
}

void Services::changed(Service& service) {
  ++service.version;
  while (!service.waiting.empty()) service.waiting.first()->grant();
}

Services::Entry& Services::open(const ServiceKey& key) {
  Entry& entry = *services_.try_emplace(key).first;
  ++entry.second.listings;
  return entry;
}

void Services::close(Entry& entry) {
  --entry.second.listings;
  drop_if_unused(services_.find(entry.first));
}

void Services::drop_if_unused(std::map<ServiceKey, Service>::iterator at) {
  if (at->second.members.empty() && at->second.listings == 0) services_.erase(at);
}

}  // namespace troupe::names
