// Shops on all cores that sell until every payment is settled, and the proof that the books agree.
#pragma once

#include <chrono>
#include <cstdint>

#include "actor/actor.h"
#include "examples/payments/gateway.h"
#include "examples/payments/payment.h"

namespace payments {

/// Payments of one run.
inline constexpr std::uint64_t kPaymentsMax = 10'000'000;

struct ShopOptions {
  std::uint64_t payments = 10'000;
  unsigned concurrency = 32;  ///< Payments that one core has under way at once.
  std::uint64_t seed = 1;     ///< Of amounts and cards.
  Faults faults;
  Patience patience;  ///< Of the payments with the processor.
  /// How long a shop waits for one answer, and how often it repeats a request.
  troupe::Duration ask_patience = std::chrono::milliseconds(500);
  int attempts_max = 50;
  troupe::Duration pause = std::chrono::milliseconds(2);  ///< Longer after each attempt.
};

/// What happened, and the proof.
struct Summary {
  std::uint64_t captured = 0;
  std::uint64_t declined = 0;
  std::uint64_t failed = 0;  ///< Not settled after all attempts.
  std::uint64_t refunds = 0;
  std::uint64_t repeated = 0;     ///< Requests of shops that were made again.
  std::uint64_t not_started = 0;  ///< The program was asked to end.
  std::uint64_t restarts = 0;     ///< Of processors.
  troupe::Duration elapsed{};

  // Cents.
  std::uint64_t sold = 0;            ///< By the shops' books.
  std::uint64_t given_back = 0;      ///< The same.
  std::uint64_t held = 0;            ///< By the network.
  std::uint64_t holds_repeated = 0;  ///< Calls that the network knew already.
  std::uint64_t answers_lost = 0;    ///< By the network.
  std::uint64_t wrong = 0;           ///< Payments at which the books differ.

  bool proved() const { return failed == 0 && wrong == 0 && sold == held; }
};

/// Serves the payments. Call before System::run.
void serve_payments(troupe::System& system, const ShopOptions& options);

/// The main task. `summary` outlives it. Told to end, it starts no further payment, settles those
/// under way and proves the rest: for systems whose signals only tell main (Signals::kTellMain).
troupe::Task<troupe::Status> run_shops(troupe::Root root, ShopOptions options, Summary* summary);

}  // namespace payments
