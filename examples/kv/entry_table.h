// EntryTable: a shard's keys and values in an open-addressing hash table that grows step by step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

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
  std::string_view value() const { return {text() + key_bytes, value_bytes}; }
  /// The value must fit into value_room; it may be a part of the value that is there.
  void set_value(std::string_view value);

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
  Entry* find(const Key& key) const;
  /// Adds a key that is not there. The value fits; it is set, and nothing expires.
  Entry* add(const Key& key, std::string_view value);
  /// Gives a key that is there another value, in another block if need be: `entry` is gone then.
  Entry* replace(const Key& key, Entry* entry, std::string_view value);
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
    return bytes_of(key_bytes, value_bytes) +
           (must_grow() ? 2 * current_.slots() * sizeof(Slot) : 0);
  }
  /// What an entry takes by itself.
  static std::size_t bytes_of(std::size_t key_bytes, std::size_t value_bytes);
  /// True if the block has room for such a value, without wasting most of it.
  static bool fits(const Entry& entry, std::size_t value_bytes);

 private:
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
    std::size_t mask = 0;  // slots - 1; 0 without slots
    std::size_t used = 0;

    void allocate(std::size_t slots);
    std::size_t home(std::uint64_t tag) const { return (tag >> 1) & mask; }
    std::size_t find(const Key& key) const;
    std::size_t place(Slot slot);
    void remove(std::size_t index);
    std::size_t slots() const { return at ? mask + 1 : 0; }
  };
  static constexpr std::size_t kNowhere = SIZE_MAX;
  static constexpr std::size_t kSlotsMin = 16;
  // Slots of the smaller array that each change moves over. Growth from n slots doubles them, and
  // the next one is due 3/4 n additions later: 2 would do; with 8 the two arrays are soon one.
  static constexpr std::size_t kMovedEach = 8;
  // An array that shrinks has few entries, and few deletions left in which to be done.
  static constexpr std::size_t kMovedEachErase = 32;

  static Entry* new_entry(const Key& key, std::string_view value);
  void free_entry(Entry* entry);
  Slot& slot_of(const Key& key, const Entry* entry);
  bool must_grow() const { return (size() + 1) * 4 > current_.slots() * 3; }
  void make_room();
  void shrink_if_sparse();
  void resize(std::size_t slots);
  void move_some(std::size_t slots);
  void free_all(Slots& slots);
  std::size_t slot_bytes() const { return (current_.slots() + previous_.slots()) * sizeof(Slot); }

  Slots current_;
  Slots previous_;               // while its slots are being moved
  std::size_t moved_ = 0;        // of previous_: below, all are free
  std::size_t sweep_at_ = 0;     // the next slot of current_
  std::size_t entry_bytes_ = 0;  // of all entries
  std::size_t expiring_ = 0;
};

}  // namespace kv
