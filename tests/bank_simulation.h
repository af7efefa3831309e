// The bank in simulation: everything from a seed, lanes and mailboxes small enough to fill.
#pragma once

#include <cstdint>
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
};

/// Runs it. Equal seeds give equal runs, byte for byte.
BankRun run_simulated_bank(std::uint64_t seed, bool with_trace);

}  // namespace troupe::tests
