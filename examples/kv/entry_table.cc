#include "examples/kv/entry_table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace kv {

namespace {

// What the allocator keeps for itself with each block, and what it rounds up to.
constexpr std::size_t kAllocatorBytes = 8;
constexpr std::size_t kAllocatorStep = 16;

std::size_t block_bytes(const Entry& entry) {
  return EntryTable::bytes_of(entry.key_bytes, entry.value_room);
}

}  // namespace

std::size_t EntryTable::bytes_of(std::size_t key_bytes, std::size_t value_bytes) {
  const std::size_t bytes = sizeof(Entry) + key_bytes + value_bytes + kAllocatorBytes;
  return (bytes + kAllocatorStep - 1) / kAllocatorStep * kAllocatorStep;
}

void EntryTable::Slots::allocate(std::size_t count) {
  // Zeroed by the kernel as pages are touched: a large array costs nothing at once.
  at.reset(static_cast<Slot*>(std::calloc(count, sizeof(Slot))));
  TROUPE_CHECK(at != nullptr, "no memory for %zu slots of keys", count);
  slots = count;
  mask = count - 1;
  used = 0;
}

std::size_t EntryTable::Slots::place(Slot slot) {
  std::size_t i = home(slot.tag);
  while (at[i].entry != nullptr) i = (i + 1) & mask;
  at[i] = slot;
  ++used;
  return i;
}

// Closes the gap with what would be looked for through it.
void EntryTable::Slots::remove(std::size_t index) {
  std::size_t gap = index;
  for (std::size_t i = (gap + 1) & mask; at[i].entry != nullptr; i = (i + 1) & mask) {
    const std::size_t from_home = (i - home(at[i].tag)) & mask;
    if (from_home >= ((i - gap) & mask)) {
      at[gap] = at[i];
      gap = i;
    }
  }
  at[gap] = Slot{};
  --used;
}

EntryTable::EntryTable() { current_.allocate(kSlotsMin); }

EntryTable::~EntryTable() {
  free_all(current_);
  free_all(previous_);
}

Entry* EntryTable::find_previous(const Key& key) const {
  const std::size_t i = previous_.find(key);
  return i == kNowhere ? nullptr : previous_.at[i].entry;
}

Entry* EntryTable::new_entry(const Key& key, std::string_view value) {
  void* block = std::malloc(sizeof(Entry) + key.text.size() + value.size());
  TROUPE_CHECK(block != nullptr, "no memory for a value of %zu bytes", value.size());
  auto* entry = static_cast<Entry*>(block);
  entry->expires_at = kNever;
  entry->key_bytes = static_cast<std::uint32_t>(key.text.size());
  entry->value_room = static_cast<std::uint32_t>(value.size());
  copy_bytes(entry->text(), key.text);
  entry->set_value(value);
  return entry;
}

void EntryTable::free_entry(Entry* entry) {
  entry_bytes_ -= block_bytes(*entry);
  std::free(entry);
}

Entry* EntryTable::add(const Key& key, std::string_view value) {
  make_room();
  Entry* entry = new_entry(key, value);
  entry_bytes_ += block_bytes(*entry);
  current_.place(Slot{key.hash & ~std::uint64_t{1}, entry});
  return entry;
}

Entry* EntryTable::replace_block(const Key& key, Entry* entry, std::string_view value) {
  Entry* fresh = new_entry(key, value);
  entry_bytes_ += block_bytes(*fresh);
  fresh->expires_at = entry->expires_at;
  slot_of(key, entry).entry = fresh;
  free_entry(entry);
  return fresh;
}

EntryTable::Slot& EntryTable::slot_of(const Key& key, const Entry* entry) {
  // By the entry's address, which is as good as its text and nearer.
  for (Slots* slots : {&current_, &previous_}) {
    if (!slots->at) continue;
    for (std::size_t i = slots->home(key.hash); slots->at[i].entry != nullptr;
         i = (i + 1) & slots->mask) {
      if (slots->at[i].entry == entry) return slots->at[i];
    }
  }
  troupe::fail_check(__FILE__, __LINE__, "an entry without a slot");
}

void EntryTable::set_expiry(const Key& key, Entry* entry, Milliseconds at) {
  const bool expired = entry->expires_at != kNever;
  const bool expires = at != kNever;
  entry->expires_at = at;
  if (expired == expires) return;
  slot_of(key, entry).tag ^= 1;
  expires ? ++expiring_ : --expiring_;
}

void EntryTable::erase(const Key& key, Entry* entry) {
  Slot& slot = slot_of(key, entry);
  Slots& slots =
      &slot >= &current_.at[0] && &slot <= &current_.at[current_.mask] ? current_ : previous_;
  slots.remove(static_cast<std::size_t>(&slot - &slots.at[0]));
  if (entry->expires_at != kNever) --expiring_;
  free_entry(entry);
  move_some(kMovedEachErase);
  shrink_if_sparse();
}

void EntryTable::shrink_if_sparse() {
  constexpr std::size_t kSparse = 16;  // slots for each key
  if (!previous_.at && current_.slots > kSlotsMin && size() * kSparse < current_.slots) {
    resize(std::max(kSlotsMin, current_.slots / 4));
  }
}

void EntryTable::clear() {
  free_all(current_);
  free_all(previous_);
  current_.allocate(kSlotsMin);
  moved_ = 0;
  sweep_at_ = 0;
  expiring_ = 0;
}

void EntryTable::free_all(Slots& slots) {
  if (slots.used != 0) {
    for (std::size_t i = 0; i < slots.slots; ++i) {
      if (slots.at[i].entry != nullptr) free_entry(slots.at[i].entry);
    }
  }
  slots = Slots();
}

// For one entry more: moves some slots, and grows beyond a load of three quarters.
void EntryTable::make_room() {
  move_some(kMovedEach);
  if (must_grow()) {
    move_some(SIZE_MAX);  // all that is left, which is nothing but after many deletions
    resize(current_.slots * 2);
  }
}

void EntryTable::resize(std::size_t slots) {
  previous_ = std::exchange(current_, Slots());
  current_.allocate(slots);
  moved_ = 0;
  sweep_at_ = 0;
}

void EntryTable::move_some(std::size_t slots) {
  if (!previous_.at) [[likely]]
    return;
  for (; slots > 0 && previous_.used > 0; --slots) {
    const Slot slot = previous_.at[moved_];
    if (slot.entry == nullptr) {
      ++moved_;
      continue;
    }
    current_.place(slot);
    previous_.remove(moved_);  // may put another one there
  }
  if (previous_.used == 0) previous_ = Slots();
}

std::size_t EntryTable::sweep(Milliseconds now, std::size_t slots) {
  move_some(slots);
  shrink_if_sparse();
  if (expiring_ == 0) return 0;
  std::size_t removed = 0;
  for (std::size_t looked = 0; looked < std::min(slots, current_.slots); ++looked) {
    sweep_at_ &= current_.mask;
    const Slot& slot = current_.at[sweep_at_];
    if (slot.entry == nullptr || (slot.tag & 1) == 0 || slot.entry->expires_at >= now) {
      ++sweep_at_;
      continue;
    }
    Entry* entry = slot.entry;
    current_.remove(sweep_at_);
    --expiring_;
    free_entry(entry);
    ++removed;
  }
  return removed;
}

}  // namespace kv
