// NameTable: the registry's names as one core knows them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

#include "actor/address.h"
#include "protocols/key_hash.h"

namespace troupe::names {

/// Open addressing, with the whole name compared: a hash never identifies. Thread: owner core only.
class NameTable {
 public:
  /// The name's text lies behind it: one lookup touches an entry and a record.
  struct Record {
    std::uint64_t type;
    Address address;
    std::uint32_t bytes;

    std::string_view name() const { return {reinterpret_cast<const char*>(this + 1), bytes}; }
  };

  NameTable() : entries_(kEntriesMin) {}

  /// Null if nobody has the name. Valid until the table changes.
  const Record* find(std::string_view name) const {
    const std::uint64_t hash = hash_of(name);
    const std::size_t mask = entries_.size() - 1;
    for (std::size_t at = hash & mask; entries_[at].record != nullptr; at = (at + 1) & mask) {
      const Entry& entry = entries_[at];
      if (entry.hash == hash && entry.record->name() == name) return entry.record.get();
    }
    return nullptr;
  }
  /// Whoever had it before has it no longer.
  void set(std::string_view name, Address address, std::uint64_t type);
  /// If it is that actor's.
  void erase(std::string_view name, Address address);

  std::size_t size() const { return count_; }
  /// Before the first name: what hashes start from, so that nobody outside can choose names that
  /// collide.
  void set_seed(std::uint64_t seed) { seed_ = seed; }

 private:
  static constexpr std::size_t kEntriesMin = 16;
  struct Free {
    void operator()(Record* record) const { ::operator delete(record); }
  };
  using Owned = std::unique_ptr<Record, Free>;
  struct Entry {
    std::uint64_t hash = 0;
    Owned record;  // null: free
  };

  std::uint64_t hash_of(std::string_view name) const {
    return protocols::key_hash(seed_, name.data(), name.size());
  }
  void grow();
  void insert(Entry entry);

  std::vector<Entry> entries_;  // a power of two
  std::size_t count_ = 0;
  std::uint64_t seed_ = 0;
};

}  // namespace troupe::names
