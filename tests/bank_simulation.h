// The bank in simulation: everything from a seed, lanes and mailboxes small enough to fill.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "examples/bank/bank.h"
#include "examples/bank/transfers_file.h"

namespace troupe::tests {

/// What one simulated run of the bank did.
struct BankRun {
  bool ended_well = false;
  std::string problem;  ///< Empty if money was conserved and the ledger balances.
  std::string trace;    ///< One line a frame, if it was asked for.
  bank::Summary summary;
  Ledger ledger;
  std::uint64_t spilled_frames = 0;
  int signal = 0;  ///< That the main task got.
};

/// What a run does beside what its seed says.
struct BankRunOptions {
  bool with_trace = false;
  /// When a signal asks the bank to end, in virtual time from its start.
  std::optional<Duration> signal_after;
  /// Transfers under way at once on each core.
  unsigned concurrency = 100;
};

/// Runs it. Equal arguments give equal runs, byte for byte.
BankRun run_simulated_bank(std::uint64_t seed, const BankRunOptions& how);
inline BankRun run_simulated_bank(std::uint64_t seed, bool with_trace) {
  BankRunOptions how;
  how.with_trace = with_trace;
  return run_simulated_bank(seed, how);
}

}  // namespace troupe::tests
