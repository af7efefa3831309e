#include "actor/names/name_table.h"

#include <cstring>
#include <utility>

namespace troupe::names {

void NameTable::set(std::string_view name, Address address, std::uint64_t type) {
  if (const Record* known = find(name); known != nullptr) {
    auto& record = const_cast<Record&>(*known);
    record.address = address;
    record.type = type;
    return;
  }
  if ((count_ + 1) * 4 > entries_.size() * 3) grow();
  void* block = ::operator new(sizeof(Record) + name.size());
  Owned record(new (block) Record{type, address, static_cast<std::uint32_t>(name.size())});
  std::memcpy(record.get() + 1, name.data(), name.size());
  insert(Entry{hash_of(name), std::move(record)});
  ++count_;
}

void NameTable::insert(Entry entry) {
  const std::size_t mask = entries_.size() - 1;
  std::size_t at = entry.hash & mask;
  while (entries_[at].record != nullptr) at = (at + 1) & mask;
  entries_[at] = std::move(entry);
}

void NameTable::grow() {
  std::vector<Entry> old(entries_.size() * 2);
  old.swap(entries_);
  for (Entry& entry : old) {
    if (entry.record != nullptr) insert(std::move(entry));
  }
}

// Closes the gap by moving later entries of the same run forward: no tombstones.
void NameTable::erase(std::string_view name, Address address) {
  const Record* record = find(name);
  if (record == nullptr || record->address != address) return;
  const std::size_t mask = entries_.size() - 1;
  std::size_t gap = hash_of(name) & mask;
  while (entries_[gap].record.get() != record) gap = (gap + 1) & mask;
  entries_[gap].record.reset();
  --count_;
  for (std::size_t at = (gap + 1) & mask; entries_[at].record != nullptr; at = (at + 1) & mask) {
    const std::size_t home = entries_[at].hash & mask;
    if (((at - home) & mask) < ((at - gap) & mask)) continue;
    entries_[gap] = std::move(entries_[at]);
    gap = at;
  }
}

}  // namespace troupe::names
