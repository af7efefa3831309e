// AddressSet: whom an actor watches, and who watches it. Mostly one or two; for some, thousands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "actor/address.h"
#include "protocols/key_hash.h"

namespace troupe {

/// A list, and an index into it once it is longer than what is quickly looked through: 32 bytes and
/// 12 for each address, some 60 for each in a long one; add() allocates. Its order says nothing.
/// Thread: one core.
class AddressSet {
 public:
  /// Longer ones have an index.
  static constexpr std::size_t kLookedThroughMax = 32;

  bool contains(Address address) const { return find(address) != list_.size(); }
  std::size_t size() const { return list_.size(); }
  bool empty() const { return list_.empty(); }
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }

  /// False: it was there already.
  bool add(Address address) {
    if (contains(address)) return false;
    if (places_ == nullptr && list_.size() == kLookedThroughMax) make_index();
    list_.push_back(address);
    if (places_ != nullptr) places_->emplace(address, place(list_.size() - 1));
    return true;
  }

  /// False: it was not there. The last one takes its place.
  bool remove(Address address) {
    const std::size_t at = find(address);
    if (at == list_.size()) return false;
    list_[at] = list_.back();
    if (places_ != nullptr) {
      (*places_)[list_[at]] = place(at);
      places_->erase(address);
    }
    list_.pop_back();
    // Far below where it is made, so that one who comes and goes does not have it made each time.
    if (list_.size() < kLookedThroughMax / 2) places_.reset();
    return true;
  }

 private:
  struct Hash {
    std::size_t operator()(const Address& address) const {
      return protocols::key_hash(0, &address, sizeof address);
    }
  };
  static std::uint32_t place(std::size_t at) { return static_cast<std::uint32_t>(at); }

  /// size(): it is not there.
  std::size_t find(Address address) const {
    if (places_ != nullptr) {
      const auto found = places_->find(address);
      return found == places_->end() ? list_.size() : found->second;
    }
    std::size_t at = 0;
    while (at < list_.size() && list_[at] != address) ++at;
    return at;
  }
  void make_index() {
    places_ = std::make_unique<std::unordered_map<Address, std::uint32_t, Hash>>();
    for (std::size_t at = 0; at < list_.size(); ++at) places_->emplace(list_[at], place(at));
  }

  std::vector<Address> list_;
  std::unique_ptr<std::unordered_map<Address, std::uint32_t, Hash>> places_;
};

}  // namespace troupe
