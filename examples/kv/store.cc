#include "examples/kv/store.h"

#include <algorithm>
#include <chrono>

#include "base/check.h"
#include "examples/kv/decimal.h"

namespace kv {

void Store::set_now(troupe::Time now) {
  const auto since = now.time_since_epoch();
  now_ = std::max(now_, std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

// The entry, unless it has ended: then it is freed. As in Redis, at its very millisecond a key is
// still there.
Entry* Store::live(const Key& key, Entry* entry) {
  if (entry == nullptr || entry->expires_at >= now_) [[likely]]
    return entry;
  table_.erase(key, entry);
  ++counters_.expired;
  return nullptr;
}

std::optional<std::string_view> Store::get(const Key& key) {
  const Entry* entry = live(key);
  if (entry == nullptr) {
    ++counters_.misses;
    return std::nullopt;
  }
  ++counters_.hits;
  return entry->value();
}

// A value that fits where the old one is costs nothing; a new block exists beside the old one for a
// moment. A store that is over its limit takes no writes at all, as in Redis.
bool Store::has_room(const Entry* entry, const Key& key, std::size_t value_bytes) const {
  if (table_.bytes() > bytes_max_) return false;
  if (entry != nullptr && EntryTable::fits(*entry, value_bytes)) return true;
  const std::size_t more = entry != nullptr ? EntryTable::bytes_of(key.text.size(), value_bytes)
                                            : table_.bytes_to_add(key.text.size(), value_bytes);
  return table_.bytes() + more <= bytes_max_;
}

Entry* Store::write(const Key& key, Entry* entry, std::string_view value) {
  return entry == nullptr ? table_.add(key, value) : table_.replace(key, entry, value);
}

// Whatever is not a plain write. `entry` is the key's, ended or not, or null.
Stored Store::set_entry(const Key& key, Entry* entry, std::string_view value,
                        const SetOptions& options) {
  entry = live(key, entry);
  if (!has_room(entry, key, value.size())) [[unlikely]]
    return Stored::kOutOfMemory;
  if (options.condition == Condition::kIfAbsent && entry != nullptr) {
    return Stored::kConditionFailed;
  }
  if (options.condition == Condition::kIfPresent && entry == nullptr) {
    return Stored::kConditionFailed;
  }
  entry = write(key, entry, value);
  switch (options.expiry) {
    case Expiry::kKeep:
      break;
    case Expiry::kNone:
      if (entry->expires_at != kNever) table_.set_expiry(key, entry, kNever);
      break;
    case Expiry::kAfter:
      TROUPE_DCHECK(options.after <= kExpiryAfterMax, "the caller refuses what is later");
      table_.set_expiry(key, entry, now_ + options.after);
      break;
  }
  return Stored::kDone;
}

bool Store::remove(const Key& key) {
  Entry* entry = live(key);
  if (entry == nullptr) return false;
  table_.erase(key, entry);
  return true;
}

Added Store::add(const Key& key, std::int64_t amount, std::int64_t& sum) {
  Entry* entry = live(key);
  // Redis looks at its memory before it looks at the command.
  if (!has_room(entry, key, kIntegerBytesMax)) [[unlikely]]
    return Added::kOutOfMemory;
  std::int64_t value = 0;
  if (entry != nullptr && !read_integer(entry->value(), value)) return Added::kNotAnInteger;
  if (__builtin_add_overflow(value, amount, &sum)) return Added::kOverflow;
  char text[kIntegerBytesMax];
  const char* end = write_integer(text, sum);
  write(key, entry, std::string_view(text, static_cast<std::size_t>(end - text)));
  return Added::kDone;
}

bool Store::expire(const Key& key, Milliseconds after, Condition condition) {
  TROUPE_DCHECK(after <= kExpiryAfterMax, "the caller refuses what is later");
  Entry* entry = live(key);
  if (entry == nullptr) return false;
  const Milliseconds at = now_ + after;
  const Milliseconds before = entry->expires_at;
  // A key without an expiry is, to GT and LT, one that ends in an infinite time.
  const bool refused =
      (condition == Condition::kIfAbsent && before != kNever) ||
      (condition == Condition::kIfPresent && before == kNever) ||
      (condition == Condition::kIfLater && at <= before) ||
      (condition == Condition::kIfEarlier && at >= before) ||
      (condition == Condition::kIfPresentAndEarlier && (before == kNever || at >= before));
  if (refused) return false;
  if (at <= now_) {
    table_.erase(key, entry);
  } else {
    table_.set_expiry(key, entry, at);
  }
  return true;
}

bool Store::persist(const Key& key) {
  Entry* entry = live(key);
  if (entry == nullptr || entry->expires_at == kNever) return false;
  table_.set_expiry(key, entry, kNever);
  return true;
}

Milliseconds Store::time_left(const Key& key) {
  const Entry* entry = live(key);
  if (entry == nullptr) return -2;
  if (entry->expires_at == kNever) return -1;
  return entry->expires_at - now_;
}

std::size_t Store::sweep(std::size_t slots) {
  const std::size_t removed = table_.sweep(now_, slots);
  counters_.expired += removed;
  return removed;
}

}  // namespace kv
