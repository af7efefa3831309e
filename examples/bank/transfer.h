// One transfer: two legs between accounts that may live on different cores.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include "actor/actor.h"
#include "examples/bank/bank.actor.h"

namespace bank {

/// How long one attempt of a leg may take, how often it is repeated, and the pause before that.
struct Patience {
  troupe::Duration attempt = std::chrono::milliseconds(200);
  troupe::Duration pause = std::chrono::milliseconds(1);
  int attempts_max = 20;
};

/// The asks of one core: how many, and the time of every kTimedOneIn-th, by the core's clock.
struct AskLog {
  static constexpr std::uint64_t kTimedOneIn = 4;  // enough for percentiles, cheap in memory
  std::uint64_t asks = 0;
  std::vector<troupe::Duration> times;

  void note(troupe::Duration time) {
    if (asks++ % kTimedOneIn == 0) times.push_back(time);
  }
};

/// True if the other side may or may not have acted: the caller repeats under the same number.
bool is_open(const troupe::Error& error);
/// True if the message was refused before anybody handled it: a later attempt may fare better.
bool is_busy(const troupe::Error& error);

/// Repeats `ask()` while its outcome is open or the other side is busy, up to the limit. `log`
/// belongs to the caller's core.
template <class AskAgain>
auto settled(AskAgain ask, Patience patience, AskLog* log)
    -> troupe::Task<troupe::detail::AwaitResult<std::invoke_result_t<AskAgain&>>> {
  for (int attempt = 1;; ++attempt) {
    const troupe::Time start = troupe::Root().now();
    auto answer = co_await ask();
    log->note(troupe::Root().now() - start);
    if (answer || attempt == patience.attempts_max) co_return answer;
    if (!is_open(answer.error()) && !is_busy(answer.error())) co_return answer;
    // Longer each time, so that a full mailbox gets the time to drain.
    auto slept = co_await troupe::sleep_for(patience.pause * attempt);
    if (!slept) co_return slept.error();
  }
}

/// Moves `cents`. Ok: both legs applied. A denial: neither. An open or busy error: not decided; the
/// caller repeats it later under the same `number`.
troupe::Task<troupe::Status> transfer(troupe::Ref<Account> from, troupe::Ref<Account> to,
                                      std::uint64_t number, std::int64_t cents, Patience patience,
                                      AskLog* log);

}  // namespace bank
