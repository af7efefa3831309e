#include "actor/keyed_actors.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "actor/cell_inline.h"
#include "actor/core.h"
#include "protocols/key_hash.h"

namespace troupe {

using protocols::Frame;

namespace {
// Cells that one sweep looks at before others get their turn.
constexpr std::size_t kSweepCells = 1024;
constexpr Duration kSweepPeriodMin = std::chrono::milliseconds(10);
}  // namespace

KeyedActors::KeyedActors(Core& core, std::uint64_t hash_seed)
    : core_(core), seed_(hash_seed), entries_(64, Entry{0, nullptr}) {}

KeyedActors::~KeyedActors() {
  if (armed()) core_.timers().cancel(*this);
}

std::uint64_t KeyedActors::hash_of(std::uint64_t type, std::string_view key) const {
  return protocols::key_hash(seed_ ^ type, key.data(), key.size());
}

Cell* KeyedActors::find(std::uint64_t type, std::string_view key) const {
  const std::uint64_t hash = hash_of(type, key);
  const std::size_t mask = entries_.size() - 1;
  for (std::size_t at = hash & mask; entries_[at].cell != nullptr; at = (at + 1) & mask) {
    const Entry& entry = entries_[at];
    if (entry.hash == hash && entry.cell->key() == key && entry.cell->type().id == type) {
      return entry.cell;
    }
  }
  return nullptr;
}

Cell* KeyedActors::find_or_activate(const Frame& frame, DropReason& why_not) {
  const std::uint64_t type = frame.key().type;
  const std::string_view key(frame.key_text(), frame.key().key_bytes);
  if (Cell* cell = find(type, key); cell != nullptr) return cell;
  const ServedType* served = core_.node().served(type);
  why_not = DropReason::kNoSuchActor;
  return served == nullptr ? nullptr : activate(*served, key, hash_of(type, key), why_not);
}

Cell* KeyedActors::activate(const ServedType& served, std::string_view key, std::uint64_t hash,
                            DropReason& why_not) {
  Cell* cell = core_.new_cell(served.type(), nullptr, Guardian::kKeyed);
  if (cell == nullptr) {
    why_not = core_.why_no_cell();
    return nullptr;
  }
  cell->strand().set_group(served.group());
  enter(*cell, key, hash);
  try {
    cell->start(served.activate(*cell));
  } catch (const std::exception& exception) {
    log_warning(core_.node().log(), "%s '%.*s' cannot start: %s", served.type().name,
                static_cast<int>(key.size()), key.data(), exception.what());
    leave(*cell, hash);
    core_.discard_cell(*cell);
    why_not = DropReason::kActivationFailed;
    return nullptr;
  }
  schedule_sweep(served.idle_after());
  return cell;
}

void KeyedActors::enter(Cell& cell, std::string_view key, std::uint64_t hash) {
  void* block = core_.blocks.allocate(sizeof(Cell::Keyed) + key.size() + 1);
  cell.keyed_ =
      new (block) Cell::Keyed{first_, nullptr, core_.now(), static_cast<std::uint32_t>(key.size())};
  if (!key.empty()) std::memcpy(cell.keyed_->text(), key.data(), key.size());
  cell.keyed_->text()[key.size()] = 0;
  insert(hash, cell);
  if (first_ != nullptr) first_->keyed_->previous = &cell;
  first_ = &cell;
}

void KeyedActors::leave(Cell& cell, std::uint64_t hash) {
  erase(hash, cell);
  Cell::Keyed& keyed = *cell.keyed_;
  if (sweep_ == &cell) sweep_ = keyed.next;
  (keyed.previous != nullptr ? keyed.previous->keyed_->next : first_) = keyed.next;
  if (keyed.next != nullptr) keyed.next->keyed_->previous = keyed.previous;
  cell.keyed_ = nullptr;
  core_.blocks.free(&keyed, sizeof(Cell::Keyed) + keyed.bytes + 1);
}

void KeyedActors::ended(Cell& cell) {
  const std::string key(cell.key());  // outlives the cell's block
  const std::uint64_t hash = hash_of(cell.type().id, key);
  leave(cell, hash);
  if (cell.mailbox_.empty()) return;
  DropReason why_not = DropReason::kSystemStopping;
  if (!core_.stopping()) {
    const ServedType* served = core_.node().served(cell.type().id);
    if (Cell* next = activate(*served, key, hash, why_not); next != nullptr) {
      // Whatever the limits say: they were within them, or come from a stash.
      next->put_back(cell.mailbox_, cell.queued_, cell.queued_bytes_);
      cell.queued_ = 0;
      cell.queued_bytes_ = 0;
    }
  }
  cell.drop_mailbox(why_not);
}

void KeyedActors::insert(std::uint64_t hash, Cell& cell) {
  if ((count_ + 1) * 4 > entries_.size() * 3) grow();
  const std::size_t mask = entries_.size() - 1;
  std::size_t at = hash & mask;
  while (entries_[at].cell != nullptr) at = (at + 1) & mask;
  entries_[at] = Entry{hash, &cell};
  ++count_;
}

void KeyedActors::grow() {
  std::vector<Entry> old(entries_.size() * 2, Entry{0, nullptr});
  old.swap(entries_);
  const std::size_t mask = entries_.size() - 1;
  for (const Entry& entry : old) {
    if (entry.cell == nullptr) continue;
    std::size_t at = entry.hash & mask;
    while (entries_[at].cell != nullptr) at = (at + 1) & mask;
    entries_[at] = entry;
  }
}

// Closes the gap by moving later entries of the same run forward: no tombstones, so that lookups
// stay short however many actors come and go.
void KeyedActors::erase(std::uint64_t hash, const Cell& cell) {
  const std::size_t mask = entries_.size() - 1;
  std::size_t gap = hash & mask;
  while (entries_[gap].cell != &cell) gap = (gap + 1) & mask;
  std::size_t at = gap;
  for (;;) {
    at = (at + 1) & mask;
    if (entries_[at].cell == nullptr) break;
    const std::size_t home = entries_[at].hash & mask;
    if (((at - home) & mask) >= ((at - gap) & mask)) {
      entries_[gap] = entries_[at];
      gap = at;
    }
  }
  entries_[gap] = Entry{0, nullptr};
  --count_;
}

void KeyedActors::schedule_sweep(Duration idle_after) {
  if (armed() || idle_after == Duration::max()) return;
  const Duration period = std::max(kSweepPeriodMin, idle_after / 4);
  core_.timers().arm(*this, saturating_add(core_.now(), period));
}

void KeyedActors::fire() {
  if (core_.stopping() || first_ == nullptr) return;
  if (sweep_ == nullptr) sweep_ = first_;
  Duration shortest = Duration::max();
  for (std::size_t looked = 0; looked < kSweepCells && sweep_ != nullptr; ++looked) {
    Cell& cell = *sweep_;
    sweep_ = cell.keyed_->next;
    const ServedType* served = core_.node().served(cell.type().id);
    if (served->idle_after() == Duration::max()) continue;
    shortest = std::min(shortest, served->idle_after());
    if (cell.idle_since(saturating_add(core_.now(), -served->idle_after()))) cell.passivate();
  }
  if (sweep_ != nullptr) {
    core_.timers().arm(*this, core_.now());  // goes on in the next turn
  } else {
    schedule_sweep(shortest);
  }
}

}  // namespace troupe
