// Ledger: what one account knows. Plain data, tested without an actor.
#pragma once

#include <cstdint>
#include <unordered_map>

namespace bank {

/// Balance in cents, and what each transfer number moved. Applying is idempotent by number.
class Ledger {
 public:
  explicit Ledger(std::int64_t opening) : balance_(opening) {}

  std::int64_t balance() const { return balance_; }
  bool knows(std::uint64_t transfer) const { return moved_.contains(transfer); }

  /// Adds `amount` (negative: takes) unless the number was seen before. The caller checked the
  /// funds.
  void apply_once(std::uint64_t transfer, std::int64_t amount) {
    if (moved_.emplace(transfer, amount).second) balance_ += amount;
  }

  /// Takes back what `transfer` moved. From here on the number counts as seen, so that a late
  /// repetition of the leg does nothing.
  void undo_once(std::uint64_t transfer) {
    std::int64_t& amount = moved_[transfer];
    balance_ -= amount;
    amount = 0;
  }

 private:
  std::int64_t balance_;
  std::unordered_map<std::uint64_t, std::int64_t> moved_;
};

}  // namespace bank
