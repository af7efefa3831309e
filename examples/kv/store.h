// Store: the data of one shard, with expiry and a limit of memory. Plain data, tested without an
// actor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "examples/kv/entry_table.h"

namespace kv {

/// What a shard holds by default, in bytes of memory.
inline constexpr std::size_t kShardBytesMax = std::size_t{256} << 20;

/// The longest time until a key ends: what is left for the node's clock is 285,000 years.
inline constexpr Milliseconds kExpiryAfterMax = kNever - (Milliseconds{1} << 53);

/// Under which condition a key is written or given an expiry.
enum class Condition : std::uint8_t {
  kAlways,
  kIfAbsent,             ///< SET NX; EXPIRE NX: only without an expiry.
  kIfPresent,            ///< SET XX; EXPIRE XX: only with an expiry.
  kIfLater,              ///< EXPIRE GT.
  kIfEarlier,            ///< EXPIRE LT.
  kIfPresentAndEarlier,  ///< EXPIRE XX LT.
};

/// What happens to the expiry of a key that is set.
enum class Expiry : std::uint8_t { kNone, kKeep, kAfter };

struct SetOptions {
  Condition condition = Condition::kAlways;
  Expiry expiry = Expiry::kNone;
  Milliseconds after = 0;  ///< With kAfter: from now, above zero, at most kExpiryAfterMax.
};

enum class Stored : std::uint8_t { kDone, kConditionFailed, kOutOfMemory };
enum class Added : std::uint8_t { kDone, kNotAnInteger, kOverflow, kOutOfMemory };

struct StoreCounters {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t expired = 0;
};

/// Keys with values and, some, a moment at which they end. A key that has ended is gone to whoever
/// looks; sweep() frees the memory of those that nobody looks at. Views that it returns live until
/// the next change. Thread: the shard's. Allocates for each new key and for values that grow.
class Store {
 public:
  explicit Store(std::size_t bytes_max = kShardBytesMax) : bytes_max_(bytes_max) {}

  /// The time of everything that follows, never earlier than before. Given once per batch, as a
  /// script of Redis sees one time throughout.
  void set_now(troupe::Time now);

  std::optional<std::string_view> get(const Key& key);
  /// Checks the memory first: kOutOfMemory changed nothing.
  Stored set(const Key& key, std::string_view value, const SetOptions& options) {
    Entry* entry = table_.find(key);
    if (!is_plain_write(entry, value.size(), options)) [[unlikely]]
      return set_entry(key, entry, value, options);
    entry->set_value(value);
    return Stored::kDone;
  }
  bool remove(const Key& key);
  bool exists(const Key& key) { return live(key) != nullptr; }
  /// Adds to the integer that the value spells; an absent one is zero. Keeps the expiry.
  Added add(const Key& key, std::int64_t amount, std::int64_t& sum);
  /// Ends the key after so many milliseconds, at most kExpiryAfterMax: at once, if it is not more
  /// than zero. False without the key, and if the condition does not hold.
  bool expire(const Key& key, Milliseconds after, Condition condition);
  bool persist(const Key& key);
  /// What is left: -2 without the key, -1 without an expiry.
  Milliseconds time_left(const Key& key);
  void clear() { table_.clear(); }

  /// Looks at the next `slots` slots of the table and frees what has ended. Returns how many keys.
  std::size_t sweep(std::size_t slots);

  /// Keys, with those that have ended and were not yet met.
  std::size_t size() const { return table_.size(); }
  std::size_t expiring() const { return table_.expiring(); }
  std::size_t bytes() const { return table_.bytes(); }
  std::size_t bytes_max() const { return bytes_max_; }
  const StoreCounters& counters() const { return counters_; }

 private:
  Entry* live(const Key& key) { return live(key, table_.find(key)); }
  Entry* live(const Key& key, Entry* entry);
  /// That a value takes the place of another one is most of what happens, and changes nothing else.
  bool is_plain_write(const Entry* entry, std::size_t value_bytes,
                      const SetOptions& options) const {
    return entry != nullptr && entry->expires_at == kNever &&
           options.condition == Condition::kAlways && options.expiry != Expiry::kAfter &&
           EntryTable::fits(*entry, value_bytes) && table_.bytes() <= bytes_max_;
  }
  Stored set_entry(const Key& key, Entry* entry, std::string_view value, const SetOptions& options);
  bool has_room(const Entry* entry, const Key& key, std::size_t value_bytes) const;
  Entry* write(const Key& key, Entry* entry, std::string_view value);

  EntryTable table_;
  std::size_t bytes_max_;
  Milliseconds now_ = 0;
  StoreCounters counters_;
};

}  // namespace kv
