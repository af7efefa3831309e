#include "examples/payments/shop.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"

namespace payments {

using troupe::all_of;
using troupe::Code;
using troupe::Error;
using troupe::Ref;
using troupe::Root;
using troupe::Status;
using troupe::Task;
using troupe::within;

namespace {

constexpr std::uint64_t kCentsMax = 100'000;
constexpr std::uint64_t kRefundOneIn = 8;

/// A payment as its shop knows it: the same whenever it is made from the same number and seed.
struct Sale {
  Sale(std::uint64_t number, std::uint64_t seed) : id("payment-" + std::to_string(number)) {
    troupe::Random random(seed ^ (number * 0x9e3779b97f4a7c15));
    cents = 1 + random.below(kCentsMax);
    card = std::to_string(4'000'000'000'000'000 + random.below(1'000'000'000'000));
    if (random.one_in(kRefundOneIn)) refund = 1 + random.below(cents);
  }
  Order order() const { return Order{cents, "EUR", card}; }

  std::string id;
  std::string card;
  std::uint64_t cents = 0;
  std::uint64_t refund = 0;  ///< What is given back at the end; 0: nothing.
};

enum class Outcome : std::uint8_t { kNotStarted, kCaptured, kDeclined, kFailed };

/// What one core did.
struct Share {
  std::uint64_t next = 0;  // the next number to take
  std::uint64_t repeated = 0;
  std::uint64_t refunds = 0;
  std::vector<std::pair<std::uint64_t, Outcome>> outcomes;
};

/// A refusal that stays, whoever asks again.
bool is_final(const Error& error) {
  return error.is(Code::kDenied) && !error.is(Refusal::kUnavailable) && !error.is(Refusal::kBusy);
}

/// Repeats `ask()` until it is answered or refused for good, up to the limit. Every request of the
/// gateway may be repeated, so nobody has to know what an open outcome was.
template <class AskAgain>
auto settled(AskAgain ask, ShopOptions options, Share* share)
    -> Task<troupe::detail::AwaitResult<std::invoke_result_t<AskAgain&>>> {
  for (int attempt = 1;; ++attempt) {
    auto answer = co_await ask();
    if (answer || is_final(answer.error()) || attempt == options.attempts_max) co_return answer;
    ++share->repeated;
    auto paused = co_await troupe::sleep_for(options.pause * attempt);
    if (!paused) co_return paused.error();
  }
}

Task<Outcome> settle(Ref<Gateway> gateway, Sale sale, ShopOptions options, Share* share) {
  // The lambdas outlive each attempt: they and what they refer to live in this frame.
  const auto authorize = [&] {
    return gateway.ask(within(options.ask_patience)).authorize(sale.id, sale.order());
  };
  auto authorized = co_await settled(authorize, options, share);
  if (!authorized) {
    const bool declined = authorized.error().is(Refusal::kDeclined);
    co_return declined ? Outcome::kDeclined : Outcome::kFailed;
  }
  const auto capture = [&] { return gateway.ask(within(options.ask_patience)).capture(sale.id); };
  auto captured = co_await settled(capture, options, share);
  if (!captured || captured->cents() != sale.cents) co_return Outcome::kFailed;
  if (sale.refund == 0) co_return Outcome::kCaptured;

  const auto refund = [&] {
    return gateway.ask(within(options.ask_patience)).refund(sale.id, 1, sale.refund);
  };
  auto refunded = co_await settled(refund, options, share);
  if (!refunded || refunded->left() != sale.cents - sale.refund) co_return Outcome::kFailed;
  ++share->refunds;
  co_return Outcome::kCaptured;
}

/// The payments first, first + step, …: one core's.
struct Work {
  Ref<Gateway> gateway;
  std::uint64_t first;
  std::uint64_t step;
  ShopOptions options;
};

// One of the sellers of a core. `work` and `share` belong to the task that awaits it.
Task<Status> sell(const Work* work, Share* share) {
  const Root here;
  for (;;) {
    const std::uint64_t number = work->first + work->step * share->next++;
    if (number >= work->options.payments) co_return troupe::ok();
    if (here.stop_requested()) {
      share->outcomes.emplace_back(number, Outcome::kNotStarted);
      continue;
    }
    auto outcome =
        co_await settle(work->gateway, Sale(number, work->options.seed), work->options, share);
    share->outcomes.emplace_back(number, outcome);
  }
}

Task<Share> run_share(Work work) {
  Share share;
  std::vector<Task<Status>> sellers;
  for (unsigned i = 0; i < work.options.concurrency; ++i) sellers.push_back(sell(&work, &share));
  (void)co_await all_of(std::move(sellers));
  co_return share;
}

/// run_share() on that core.
Task<Share> run_share_on(unsigned core, Work work) {
  auto share = co_await Root().on_core(core, run_share, std::move(work));
  co_return share;
}

Task<Ref<Network>> open_network(Faults faults) { co_return Root().spawn<Network>(network, faults); }

Task<Ref<Gateway>> open_gateway(Ref<Network> through, std::uint32_t crash_one_in) {
  co_return Root().spawn<Gateway>(gateway, through, crash_one_in);
}

/// One payment's books: the shop's, the payment's own and the network's.
Task<Status> prove_one(Ref<Network> through, Sale sale, Outcome outcome, ShopOptions options,
                       Share* log, Summary* summary) {
  const bool sold = outcome == Outcome::kCaptured;
  const auto look = [&] { return Ref<Payment>(sale.id).ask(within(options.ask_patience)).look(); };
  auto looked = co_await settled(look, options, log);
  if (!looked) co_return looked.error();
  const auto hold = [&] { return through.ask(within(options.ask_patience)).held(sale.id); };
  auto held = co_await settled(hold, options, log);
  if (!held) co_return held.error();
  const bool right = looked->phase() == (sold ? Phase::kCaptured : Phase::kIdle) &&
                     looked->cents() == (sold ? sale.cents : 0) &&
                     looked->refunded() == (sold ? sale.refund : 0) &&
                     held->cents() == (sold ? sale.cents : 0);
  if (!right) ++summary->wrong;
  if (!sold) co_return troupe::ok();
  summary->sold += sale.cents;
  summary->given_back += sale.refund;
  co_return troupe::ok();
}

Task<Status> report_processors(std::vector<Ref<Gateway>> gateways, ShopOptions options,
                               Summary* summary) {
  Share log;
  for (const Ref<Gateway>& each : gateways) {
    const auto find = [&] { return each.ask(within(options.ask_patience)).processor(); };
    auto found = co_await settled(find, options, &log);
    if (!found) co_return found.error();
    const Ref<Processor> processor = found->processor();
    const auto ask = [&] { return processor.ask(within(options.ask_patience)).report(); };
    auto report = co_await settled(ask, options, &log);
    if (!report) co_return report.error();
    summary->restarts += report->restarts();
  }
  co_return troupe::ok();
}

void count(const Share& share, Summary* summary) {
  summary->repeated += share.repeated;
  summary->refunds += share.refunds;
  for (const auto& [number, outcome] : share.outcomes) {
    switch (outcome) {
      case Outcome::kNotStarted:
        ++summary->not_started;
        break;
      case Outcome::kCaptured:
        ++summary->captured;
        break;
      case Outcome::kDeclined:
        ++summary->declined;
        break;
      case Outcome::kFailed:
        ++summary->failed;
        break;
    }
  }
}

Task<Status> prove(Ref<Network> through, std::vector<Share> shares, ShopOptions options,
                   Summary* summary) {
  Share log;
  for (const Share& share : shares) {
    for (const auto& [number, outcome] : share.outcomes) {
      if (outcome == Outcome::kFailed) continue;  // open, and counted as that
      auto proved =
          co_await prove_one(through, Sale(number, options.seed), outcome, options, &log, summary);
      if (!proved) co_return proved;
    }
  }
  const auto ask = [&] { return through.ask(within(options.ask_patience)).totals(); };
  auto totals = co_await settled(ask, options, &log);
  if (!totals) co_return totals.error();
  summary->held = totals->cents();
  summary->holds_repeated = totals->repeated();
  summary->answers_lost = totals->lost();
  co_return troupe::ok();
}

}  // namespace

void serve_payments(troupe::System& system, const ShopOptions& options) {
  const Patience patience = options.patience;
  // In memory only: a passivated payment would forget that it was made.
  system.serve<Payment>(
      idle, [patience](std::string_view) { return patience; },
      troupe::ServeOptions::never_passivate());
}

Task<Status> run_shops(Root root, ShopOptions options, Summary* summary) {
  auto through = co_await root.on_core(root.cores() - 1, open_network, options.faults);
  std::vector<Ref<Gateway>> gateways;
  for (unsigned core = 0; core < root.cores(); ++core) {
    auto opened = co_await root.on_core(core, open_gateway, through, options.faults.crash_one_in);
    gateways.push_back(opened);
  }
  const troupe::Time start = root.now();
  std::vector<Task<Share>> cores;
  for (unsigned core = 0; core < root.cores(); ++core) {
    cores.push_back(run_share_on(core, Work{gateways[core], core, root.cores(), options}));
  }
  auto shares = co_await all_of(std::move(cores));
  summary->elapsed = root.now() - start;
  for (const Share& share : shares) count(share, summary);
  auto reported = co_await report_processors(std::move(gateways), options, summary);
  if (!reported) co_return reported;
  auto proved = co_await prove(through, std::move(shares), options, summary);
  co_return proved;
}

}  // namespace payments
