// The bank: runs transfers over accounts on all cores, settles what stays open, proves the totals.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "actor/actor.h"
#include "examples/bank/transfer.h"
#include "examples/bank/transfers_file.h"

namespace bank {

struct BankOptions {
  /// Every account starts with this. Cents.
  std::int64_t opening = 100'000;
  /// Every n-th account is frozen before the first transfer, so that some deposits are refused and
  /// their withdrawals undone. 0: none.
  std::uint32_t freeze_every = 1000;
  /// Transfers that one core has under way at once.
  unsigned concurrency = 64;
  Patience patience;
  /// Rounds in which what stayed open is repeated, before it counts as failed.
  int settle_rounds_max = 100;
  bool show_progress = true;
};

enum class Outcome : std::uint8_t { kNotStarted, kOpen, kApplied, kRefused };

/// Neighbouring rows of the file, both included: indices into TransfersFile::transfers.
struct RowRange {
  std::size_t first;
  std::size_t last;
};

/// What happened to the transfers, and the proof.
struct Summary {
  std::uint64_t applied = 0;
  std::uint64_t refused = 0;
  std::uint64_t failed = 0;    ///< Still open after all rounds.
  std::uint64_t repeated = 0;  ///< Were open at first and settled later.
  /// Left alone because the program was asked to end. No account knows of them.
  std::uint64_t not_started = 0;
  std::vector<RowRange> not_started_rows;  ///< The same, in order: at most one range per core.
  std::uint64_t asks = 0;
  std::vector<troupe::Duration> ask_times;  ///< Of a sample of the asks, sorted.
  troupe::Duration elapsed{};               ///< Of the transfers, without freezing and proving.

  std::int64_t total_expected = 0;   ///< Accounts times opening. Cents.
  std::int64_t total_found = 0;      ///< Sum of all balances at the end.
  std::uint64_t accounts_wrong = 0;  ///< Whose balance is not opening + applied in - applied out.

  bool conserved() const {
    return total_found == total_expected && accounts_wrong == 0 && failed == 0;
  }
  troupe::Duration ask_time(double quantile) const;
};

/// Serves the accounts. Call before System::run.
void serve_accounts(troupe::System& system, const BankOptions& options);

/// The main task. `file` and `summary` must outlive it; other cores read `file`. Once the program
/// is asked to end it starts no further transfer, settles those under way, and proves the totals as
/// ever: run it in a system whose signals only tell main (Signals::kTellMain).
troupe::Task<troupe::Status> run_bank(troupe::Root root, const TransfersFile* file,
                                      BankOptions options, Summary* summary);

}  // namespace bank
