// CellTable: the actors of one core by slot. An address is valid while its incarnation is in its
// slot.
#pragma once

#include <cstdint>
#include <vector>

#include "actor/cell.h"

namespace troupe {

/// Thread: owner core only.
class CellTable {
 public:
  Cell* find(std::uint32_t slot, std::uint32_t incarnation) const {
    if (slot >= entries_.size()) return nullptr;
    const Entry& entry = entries_[slot];
    return entry.incarnation == incarnation ? entry.cell : nullptr;
  }

  /// Who lives in that slot, whichever incarnation; null if nobody does.
  Cell* at(std::uint32_t slot) const {
    return slot < entries_.size() ? entries_[slot].cell : nullptr;
  }

  /// Slot and incarnation for a new actor; set() follows before anything else.
  Address reserve(std::uint16_t node, std::uint16_t core) {
    if (free_ == kNone) {
      free_ = static_cast<std::uint32_t>(entries_.size());
      entries_.push_back(Entry{nullptr, 0, kNone});
    }
    const std::uint32_t slot = free_;
    Entry& entry = entries_[slot];
    free_ = entry.next_free;
    ++live_;
    return Address{node, core, slot, ++entry.incarnation};
  }
  void set(Cell& cell) { entries_[cell.address().slot].cell = &cell; }

  /// The actor is gone: its address finds nobody from here on.
  void remove(std::uint32_t slot) {
    Entry& entry = entries_[slot];
    entry.cell = nullptr;
    entry.next_free = free_;
    free_ = slot;
    --live_;
  }

  std::uint32_t live() const { return live_; }

  /// Calls `visit` for each living actor, by slot. It may end actors.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::size_t slot = 0; slot < entries_.size(); ++slot) {
      if (Cell* cell = entries_[slot].cell; cell != nullptr) visit(*cell);
    }
  }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  struct Entry {
    Cell* cell;
    std::uint32_t incarnation;
    std::uint32_t next_free;
  };
  std::vector<Entry> entries_;
  std::uint32_t free_ = kNone;
  std::uint32_t live_ = 0;
};

}  // namespace troupe
