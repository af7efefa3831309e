// One simulated run of payments that are delivered at least once, while messages are dropped,
// answers lost and both sides restarted.
#pragma once

#include <cstdint>
#include <string>

#include "actor/actor.h"

namespace troupe::testing {

struct ReliableRun {
  std::string problem;  ///< Empty: every payment took effect, and none twice.
  std::uint64_t payments = 0;
  std::uint64_t attempts = 0;
  std::uint64_t repetitions = 0;  ///< That a till recognised.
  std::uint64_t restarts = 0;     ///< Of tills and payers.
  Ledger ledger;
  std::uint64_t fingerprint = 0;
};

/// Everything from `seed`. Odd seeds keep an order, and check it. Without `deduplicate`, tills do
/// everything that arrives.
ReliableRun run_reliable(std::uint64_t seed, bool deduplicate = true);

}  // namespace troupe::testing
