#include "examples/bank/bank.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>

#include "examples/bank/account.h"

namespace bank {

using troupe::all_of;
using troupe::Behavior;
using troupe::Duration;
using troupe::Ref;
using troupe::Root;
using troupe::Status;
using troupe::Task;
using troupe::within;

namespace {

constexpr std::uint64_t kProgressEvery = 1000;

Behavior progress(Progress::Self self, std::uint64_t total) {
  std::uint64_t done = 0;
  std::uint64_t printed_tenths = 0;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Progress::Kind::kStop:
        co_return;
      case Progress::Kind::kUnknown:
        break;
      case Progress::Kind::kDone: {
        done += msg.done().transfers();
        const std::uint64_t tenths = total == 0 ? 10 : done * 10 / total;
        if (tenths > printed_tenths) {
          printed_tenths = tenths;
          std::fprintf(stderr, "%3llu %%  %llu of %llu transfers\n",
                       static_cast<unsigned long long>(tenths * 10),
                       static_cast<unsigned long long>(done),
                       static_cast<unsigned long long>(total));
        }
        break;
      }
    }
  }
}

/// What one core did with its transfers.
struct Share {
  std::vector<std::pair<std::size_t, Outcome>> outcomes;  // index into the file
  AskLog asks;
  std::size_t next = 0;  // the next index to take
};

/// The transfers of one core in one round.
struct Work {
  const TransfersFile* file;
  std::vector<std::size_t> listed;
  BankOptions options;
  Ref<Progress> progress;
  bool first_round;  // starts transfers, and counts them as progress; later ones settle them
};

Outcome outcome_of(const Status& status) {
  if (status) return Outcome::kApplied;
  return status.error().is(troupe::Code::kDenied) ? Outcome::kRefused : Outcome::kOpen;
}

// One of the workers of a core: takes the next transfer until there is none, or until the program
// is asked to end; what was started before that is settled in any case. `work` and `share` belong
// to the task that awaits it.
Task<Status> run_worker(const Work* work, Share* share) {
  std::uint64_t unreported = 0;
  const Root here;
  while (share->next < work->listed.size()) {
    if (work->first_round && here.stop_requested()) break;
    const std::size_t index = work->listed[share->next++];
    const Transfer& row = work->file->transfers[index];
    auto done =
        co_await transfer(Ref<Account>(account_name(row.from)), Ref<Account>(account_name(row.to)),
                          row.number, row.cents, work->options.patience, &share->asks);
    const Outcome outcome = outcome_of(done);
    share->outcomes.emplace_back(index, outcome);
    if (++unreported == kProgressEvery && work->first_round) {
      work->progress.tell().done(std::exchange(unreported, 0));
    }
  }
  if (unreported != 0 && work->first_round) work->progress.tell().done(unreported);
  co_return troupe::ok();
}

Task<Share> run_share(Work work) {
  Share share;
  share.outcomes.reserve(work.listed.size());
  std::vector<Task<Status>> workers;
  for (unsigned i = 0; i < work.options.concurrency; ++i) {
    workers.push_back(run_worker(&work, &share));
  }
  (void)co_await all_of(std::move(workers));
  co_return share;
}

/// Runs the listed transfers on all cores; outcomes go to `outcomes` by index.
Task<std::vector<std::size_t>> run_round(Root root, const TransfersFile* file, BankOptions options,
                                         Ref<Progress> reporter, bool first_round,
                                         std::vector<std::size_t> listed,
                                         std::vector<Outcome>* outcomes, Summary* summary) {
  // Neighbours go to one core, so that what is not started at an early end is a few ranges.
  std::vector<std::vector<std::size_t>> parts(root.cores());
  for (std::size_t core = 0; core < parts.size(); ++core) {
    const auto at = [&](std::size_t part) {
      return listed.begin() + static_cast<std::ptrdiff_t>(listed.size() * part / parts.size());
    };
    parts[core].assign(at(core), at(core + 1));
  }
  const auto share_on = [](Root from, unsigned core, Work work) -> Task<Share> {
    co_return co_await from.on_core(core, run_share, std::move(work));
  };
  std::vector<Task<Share>> shares;
  for (unsigned core = 0; core < root.cores(); ++core) {
    shares.push_back(
        share_on(root, core, Work{file, std::move(parts[core]), options, reporter, first_round}));
  }
  auto done = co_await all_of(std::move(shares));

  std::vector<std::size_t> open;
  for (Share& share : done) {
    summary->asks += share.asks.asks;
    summary->ask_times.insert(summary->ask_times.end(), share.asks.times.begin(),
                              share.asks.times.end());
    for (const auto& [index, outcome] : share.outcomes) {
      (*outcomes)[index] = outcome;
      if (outcome == Outcome::kOpen) open.push_back(index);
    }
  }
  co_return open;
}

Task<Status> freeze_some(const TransfersFile* file, BankOptions options) {
  if (options.freeze_every == 0) co_return troupe::ok();
  for (std::uint32_t account = 0; account < file->accounts; account += options.freeze_every) {
    auto told = co_await Ref<Account>(account_name(account)).tell_or_wait().freeze("court order");
    if (!told) co_return told;
  }
  co_return troupe::ok();
}

/// Asks every account for its balance and compares with what the outcomes say.
Task<Status> prove(const TransfersFile* file, BankOptions options,
                   const std::vector<Outcome>* outcomes, Summary* summary) {
  // Unsigned: what went in and what went out may each exceed the range; the balance does not.
  std::vector<std::uint64_t> expected(file->accounts, static_cast<std::uint64_t>(options.opening));
  for (std::size_t i = 0; i < file->transfers.size(); ++i) {
    if ((*outcomes)[i] != Outcome::kApplied) continue;
    const auto cents = static_cast<std::uint64_t>(file->transfers[i].cents);
    expected[file->transfers[i].from] -= cents;
    expected[file->transfers[i].to] += cents;
  }
  AskLog log;
  summary->total_expected = options.opening * static_cast<std::int64_t>(file->accounts);
  for (std::uint32_t account = 0; account < file->accounts; ++account) {
    const Ref<Account> ref(account_name(account));
    const auto ask = [&] { return ref.ask(within(options.patience.attempt)).balance(); };
    auto balance = co_await settled(ask, options.patience, &log);
    if (!balance) co_return balance.error();
    summary->total_found += balance->balance();
    const auto found = static_cast<std::uint64_t>(balance->balance());
    if (found != expected[account]) ++summary->accounts_wrong;
  }
  co_return troupe::ok();
}

void count(const std::vector<Outcome>& outcomes, Summary* summary) {
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    switch (outcomes[i]) {
      case Outcome::kApplied:
        ++summary->applied;
        break;
      case Outcome::kRefused:
        ++summary->refused;
        break;
      case Outcome::kOpen:
        ++summary->failed;
        break;
      case Outcome::kNotStarted: {
        ++summary->not_started;
        std::vector<RowRange>& rows = summary->not_started_rows;
        if (rows.empty() || rows.back().last + 1 != i) rows.push_back(RowRange{i, i});
        rows.back().last = i;
        break;
      }
    }
  }
  summary->repeated -= summary->failed;
}

}  // namespace

Duration Summary::ask_time(double quantile) const {
  if (ask_times.empty()) return Duration(0);
  const auto index = static_cast<std::size_t>(quantile * static_cast<double>(ask_times.size()));
  return ask_times[std::min(index, ask_times.size() - 1)];
}

void serve_accounts(troupe::System& system, const BankOptions& options) {
  const std::int64_t opening = options.opening;
  // A passivated account would forget its balance: these live in memory only, so they stay.
  system.serve<Account>(
      account, [opening](std::string_view) { return opening; },
      troupe::ServeOptions::never_passivate());
}

Task<Status> run_bank(Root root, const TransfersFile* file, BankOptions options, Summary* summary) {
  auto frozen = co_await freeze_some(file, options);
  if (!frozen) co_return frozen;

  const std::uint64_t total = options.show_progress ? file->transfers.size() : UINT64_MAX;
  const auto reporter = root.spawn<Progress>(progress, total);
  std::vector<Outcome> outcomes(file->transfers.size(), Outcome::kNotStarted);
  std::vector<std::size_t> open(file->transfers.size());
  for (std::size_t i = 0; i < open.size(); ++i) open[i] = i;

  const troupe::Time start = root.now();
  for (int round = 0; round < options.settle_rounds_max && !open.empty(); ++round) {
    auto still_open = co_await run_round(root, file, options, reporter, round == 0, std::move(open),
                                         &outcomes, summary);
    open = std::move(still_open);
    if (round == 0) summary->repeated = open.size();
  }
  summary->elapsed = root.now() - start;

  count(outcomes, summary);
  std::sort(summary->ask_times.begin(), summary->ask_times.end());
  co_return co_await prove(file, options, &outcomes, summary);
}

}  // namespace bank
