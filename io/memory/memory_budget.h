// MemoryBudget: what each core of a node may still take, its own and, where another has some, that
// one's.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace troupe::io {

/// Numbers alone: whose bytes may be taken, not where they lie. Any thread. Cores take and give
/// back portions of kPortionBytes, so the atomics are off every path that is counted in
/// nanoseconds.
class MemoryBudget {
 public:
  static constexpr std::uint64_t kPortionBytes = 64 * 1024;
  /// Of its share a core does not lend this part: however much the others want, it can go on with
  /// so much.
  static constexpr unsigned kNotLentPercent = 25;

  /// `share`: bytes of each core; what exceeds whole portions is left out.
  MemoryBudget(unsigned cores, std::uint64_t share);

  unsigned cores() const { return cores_; }
  std::uint64_t share() const { return share_; }

  /// Takes up to `bytes`, whole portions, of what is unused of the share of `core`: gives how many
  /// it got.
  std::uint64_t take(unsigned core, std::uint64_t bytes) { return take_above(core, bytes, 0); }
  /// The same for another core than `core`, of what that one lends.
  std::uint64_t borrow(unsigned core, std::uint64_t bytes) {
    return take_above(core, bytes, not_lent_);
  }
  /// Gives back what take() or borrow() of that core gave.
  void give(unsigned core, std::uint64_t bytes);
  /// A moment's number.
  std::uint64_t unused(unsigned core) const;

 private:
  // On a line each: as a rule only its own core touches it.
  struct alignas(64) Share {
    std::atomic<std::uint64_t> unused_ = 0;
  };

  const unsigned cores_;
  std::uint64_t take_above(unsigned core, std::uint64_t bytes, std::uint64_t kept);

  const std::uint64_t share_;
  const std::uint64_t not_lent_;
  std::unique_ptr<Share[]> shares_;
};

}  // namespace troupe::io
