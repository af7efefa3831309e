// KeyedActors: the keyed actors that are active on one core, by type and key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "actor/cell.h"
#include "actor/ledger.h"
#include "io/timer.h"
#include "protocols/frame.h"

namespace troupe {

class Core;
class ServedType;

/// Open addressing with the whole key compared: a hash never identifies. The hash is seeded by the
/// backend, so that nobody outside can choose colliding keys. Thread: owner core only.
class KeyedActors final : private io::Timer {
 public:
  KeyedActors(Core& core, std::uint64_t hash_seed);
  ~KeyedActors();

  /// The activation that a keyed frame is for, made if need be; or null, and `why_not`.
  Cell* find_or_activate(const protocols::Frame& frame, DropReason& why_not);
  /// The activation, if there is one.
  Cell* find(std::uint64_t type, std::string_view key) const;

  /// `cell` has ended. What is queued in it goes to a new activation.
  void ended(Cell& cell);

  std::size_t active() const { return count_; }

 private:
  struct Entry {
    std::uint64_t hash;
    Cell* cell;
  };

  Cell* activate(const ServedType& served, std::string_view key, std::uint64_t hash,
                 DropReason& why_not);
  void enter(Cell& cell, std::string_view key, std::uint64_t hash);
  void leave(Cell& cell, std::uint64_t hash);
  void insert(std::uint64_t hash, Cell& cell);
  void erase(std::uint64_t hash, const Cell& cell);
  void grow();
  std::uint64_t hash_of(std::uint64_t type, std::string_view key) const;
  void fire() override;  // looks for idle ones
  void schedule_sweep(Duration idle_after);

  Core& core_;
  std::uint64_t seed_;
  std::vector<Entry> entries_;  // a power of two; null cells are free
  std::size_t count_ = 0;
  Cell* first_ = nullptr;  // all active ones
  Cell* sweep_ = nullptr;  // where the sweep goes on
};

}  // namespace troupe
