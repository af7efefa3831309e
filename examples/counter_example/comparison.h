// Runs the same checks in all ways and takes the time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actor/actor.h"

namespace counter_example {

/// Calls of one way in one round.
inline constexpr std::uint64_t kCallsMax = 1'000'000'000;

struct ComparisonOptions {
  /// In each way and round; on each core, where all cores take part.
  std::uint64_t calls = 200'000;
  /// What counts is the fastest one of each way: the others were disturbed more.
  unsigned rounds = 9;
  /// Asks that one core has under way at once, where all cores ask one actor.
  unsigned concurrency = 32;
  std::uint64_t seed = 1;  ///< Of the card numbers.
};

/// What one way cost in its fastest round.
struct Cost {
  std::string way;
  std::uint64_t calls = 0;
  std::uint64_t well_formed = 0;  ///< Equal in all ways that check the same numbers.
  troupe::Duration elapsed{};

  double nanoseconds_per_call() const;
  double calls_per_second() const;
};

struct Comparison {
  std::vector<Cost> alone;      ///< One after the other, from core 0. The function comes first.
  std::vector<Cost> all_cores;  ///< From all cores at once. The function comes first.
};

/// The main task. `comparison` outlives it. Errors: that of an ask, which a function has not.
troupe::Task<troupe::Status> compare(troupe::Root root, ComparisonOptions options,
                                     Comparison* comparison);

}  // namespace counter_example
