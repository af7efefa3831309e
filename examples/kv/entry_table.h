// EntryTable: a shard's keys and values in an open-addressing hash table that grows step by step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "base/check.h"
#include "examples/kv/short_bytes.h"

namespace kv {

/// A key with the hash that KeyHasher gives it.
struct Key {
  std::string_view text;
  std::uint64_t hash;
};

/// Milliseconds on the node's clock, rounded down: what expiry counts in.
using Milliseconds = std::int64_t;
inline constexpr Milliseconds kNever = INT64_MAX;

/// One key and its value, in one block. Made and freed by EntryTable.
struct Entry {
  Milliseconds expires_at;  ///< kNever without. Changed by EntryTable::set_expiry alone.
  std::uint32_t key_bytes;
  std::uint32_t value_bytes;
  std::uint32_t value_room;  ///< Bytes that the value may grow to in this block.

  std::string_view key() const { return {text(), key_bytes}; }
  bool has_key(std::string_view other) const {
    return key_bytes == other.size() && equal_bytes(text(), other.data(), key_bytes);
  }
  std::string_view value() const { return {text() + key_bytes, value_bytes}; }
  /// The value must fit into value_room; it may be a part of the value that is there.
  [[gnu::always_inline]] void set_value(std::string_view value) {
    TROUPE_DCHECK(value.size() <= value_room, "a value of %zu bytes in %u", value.size(),
                  value_room);
    copy_bytes(text() + key_bytes, value);
    value_bytes = static_cast<std::uint32_t>(value.size());
  }

 private:
  friend class EntryTable;
  char* text() { return reinterpret_cast<char*>(this + 1); }
  const char* text() const { return reinterpret_cast<const char*>(this + 1); }
};

/// Linear probing over slots of 16 bytes with the hash in them, so that a probe meets the memory of
/// an entry only when it is (all but surely) the one. Deleting closes the gap: no tombstones. To
/// grow, it allocates the larger array and moves a few slots with each change, so that no single
/// command waits for a million. Thread: one.
class EntryTable {
 public:
  EntryTable();
  ~EntryTable();
  EntryTable(const EntryTable&) = delete;
  EntryTable& operator=(const EntryTable&) = delete;

  /// Null if there is none.
  [[gnu::always_inline]] Entry* find(const Key& key) const {
    const std::size_t i = current_.find(key);
    if (i != kNowhere) [[likely]]
      return current_.at[i].entry;
    return previous_.at ? find_previous(key) : nullptr;
  }
  /// Adds a key that is not there. The value fits; it is set, and nothing expires.
  Entry* add(const Key& key, std::string_view value);
  /// Gives a key that is there another value, in another block if need be: `entry` is gone then.
  Entry* replace(const Key& key, Entry* entry, std::string_view value) {
    if (!fits(*entry, value.size())) return replace_block(key, entry, value);
    entry->set_value(value);
    return entry;
  }
  /// Sets or, with kNever, takes away the moment at which a key ends.
  void set_expiry(const Key& key, Entry* entry, Milliseconds at);
  void erase(const Key& key, Entry* entry);
  void clear();

  /// Looks at the next `slots` slots, in turns over the whole table, and erases what has expired at
  /// `now`. Returns how many.
  std::size_t sweep(Milliseconds now, std::size_t slots);

  std::size_t size() const { return current_.used + previous_.used; }
  /// How many of them expire.
  std::size_t expiring() const { return expiring_; }
  /// What entries and slots take, with what the allocator adds to each (estimated).
  std::size_t bytes() const { return entry_bytes_ + slot_bytes(); }
  /// What add() would take beside that for such an entry, with the slots of a growth.
  std::size_t bytes_to_add(std::size_t key_bytes, std::size_t value_bytes) const {
    return bytes_of(key_bytes, value_bytes) + (must_grow() ? 2 * current_.slots * sizeof(Slot) : 0);
  }
  /// What an entry takes by itself.
  static std::size_t bytes_of(std::size_t key_bytes, std::size_t value_bytes);
  /// True if the block has room for such a value, without wasting most of it.
  static bool fits(const Entry& entry, std::size_t value_bytes) {
    constexpr std::size_t kWasteAllowed = 64;  // bytes, whatever the size of the value
    return value_bytes <= entry.value_room && entry.value_room <= 2 * value_bytes + kWasteAllowed;
  }

 private:
  static constexpr std::size_t kNowhere = SIZE_MAX;
  // The lowest bit of `tag` says whether the entry expires, so that a sweep reads slots alone; the
  // others are the hash's.
  struct Slot {
    std::uint64_t tag;
    Entry* entry;  // null: free
  };
  struct Free {
    void operator()(Slot* slots) const { std::free(slots); }
  };
  struct Slots {
    std::unique_ptr<Slot[], Free> at;
    std::size_t slots = 0;
    std::size_t mask = 0;  // slots - 1; 0 without slots
    std::size_t used = 0;

    void allocate(std::size_t count);
    std::size_t home(std::uint64_t tag) const { return (tag >> 1) & mask; }
    [[gnu::always_inline]] std::size_t find(const Key& key) const {
      for (std::size_t i = home(key.hash);; i = (i + 1) & mask) {
        const Slot& slot = at[i];
        if (slot.entry == nullptr) return kNowhere;
        if ((slot.tag | 1) == (key.hash | 1) && slot.entry->has_key(key.text)) return i;
      }
    }
    std::size_t place(Slot slot);
    void remove(std::size_t index);
  };
  static constexpr std::size_t kSlotsMin = 16;
  // Slots of the smaller array that each change moves over. Growth from n slots doubles them, and
  // the next one is due 3/4 n additions later: 2 would do; with 8 the two arrays are soon one.
  static constexpr std::size_t kMovedEach = 8;
  // An array that shrinks has few entries, and few deletions left in which to be done.
  static constexpr std::size_t kMovedEachErase = 32;

  Entry* find_previous(const Key& key) const;
  Entry* replace_block(const Key& key, Entry* entry, std::string_view value);
  static Entry* new_entry(const Key& key, std::string_view value);
  void free_entry(Entry* entry);
  Slot& slot_of(const Key& key, const Entry* entry);
  bool must_grow() const { return (size() + 1) * 4 > current_.slots * 3; }
  void make_room();
  void shrink_if_sparse();
  void resize(std::size_t slots);
  void move_some(std::size_t slots);
  void free_all(Slots& slots);
  std::size_t slot_bytes() const { return (current_.slots + previous_.slots) * sizeof(Slot); }

  Slots current_;
  Slots previous_;               // while its slots are being moved
  std::size_t moved_ = 0;        // of previous_: below, all are free
  std::size_t sweep_at_ = 0;     // the next slot of current_
  std::size_t entry_bytes_ = 0;  // of all entries
  std::size_t expiring_ = 0;
};

}  // namespace kv
