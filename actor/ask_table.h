// AskTable: the asks of one core that wait for an answer. An answer must show slot and nonce.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "base/strand.h"
#include "protocols/frame.h"

namespace troupe {

class AskedActor;

/// Open asks per core; beyond, asking fails with too_many_asks. Each has room reserved for its
/// answer.
inline constexpr std::uint32_t kOpenAsksMax = 1 << 20;

/// Who waits for an answer. Thread: the asking core only.
class PendingAsk {
 public:
  /// The answer's frame, owned by the callee from here; the table has forgotten the ask.
  virtual void resolve(protocols::Frame* answer) = 0;
  /// The strand that waits, and in it what.
  virtual const Strand& asker() const = 0;
  virtual const Operation& operation() const = 0;
  /// Of the coroutine that waits.
  virtual const CallContext& context() const = 0;
  /// Whom it was for.
  virtual const AskedActor& asked() const = 0;

 protected:
  ~PendingAsk() = default;
};

/// Thread: owner core only. The number of entries follows the most that were ever open at once.
class AskTable {
 public:
  explicit AskTable(Random& random) : random_(random) {}

  struct Ticket {
    std::uint32_t slot;
    std::uint64_t nonce;
  };

  std::uint32_t open() const { return open_; }
  bool full() const { return open_ >= kOpenAsksMax; }
  bool is_open(std::uint32_t slot) const {
    return slot < entries_.size() && entries_[slot].ask != nullptr;
  }
  /// Calls `visit` with the slot of each open ask.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::uint32_t slot = 0; slot < entries_.size(); ++slot) {
      if (entries_[slot].ask != nullptr) visit(slot);
    }
  }

  /// Must not be full().
  Ticket insert(PendingAsk& ask) {
    if (free_ == kNone) {
      free_ = static_cast<std::uint32_t>(entries_.size());
      entries_.push_back(Entry{nullptr, 0, kNone});
    }
    const std::uint32_t slot = free_;
    Entry& entry = entries_[slot];
    free_ = entry.next_free;
    entry.ask = &ask;
    entry.nonce = random_.next() | 1;  // 0 says "no right" in a message
    ++open_;
    return Ticket{slot, entry.nonce};
  }

  /// The ask that `slot` and `nonce` name, forgotten by the table; null if it has ended: the right
  /// to answer is single use.
  PendingAsk* take(std::uint32_t slot, std::uint64_t nonce) {
    if (slot >= entries_.size()) return nullptr;
    Entry& entry = entries_[slot];
    if (entry.ask == nullptr || entry.nonce != nonce) return nullptr;
    PendingAsk* ask = entry.ask;
    entry.ask = nullptr;
    entry.next_free = free_;
    free_ = slot;
    --open_;
    return ask;
  }

  /// The ask that `slot` and `nonce` name; null if it has ended.
  const PendingAsk* find(std::uint32_t slot, std::uint64_t nonce) const {
    if (slot >= entries_.size() || entries_[slot].nonce != nonce) return nullptr;
    return entries_[slot].ask;
  }
  /// The ask in a slot that is_open().
  const PendingAsk& at(std::uint32_t slot) const { return *entries_[slot].ask; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  struct Entry {
    PendingAsk* ask;
    std::uint64_t nonce;
    std::uint32_t next_free;
  };

  Random& random_;
  std::vector<Entry> entries_;
  std::uint32_t free_ = kNone;
  std::uint32_t open_ = 0;
};

}  // namespace troupe
