#include "tests/bank_simulation.h"

#include <chrono>
#include <csignal>

#include "actor/frame_recorder.h"
#include "base/random.h"

namespace troupe::tests {

namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kAccounts = 40;
constexpr std::uint64_t kTransfers = 300;

bank::TransfersFile make_transfers(std::uint64_t seed) {
  bank::TransfersFile file;
  file.accounts = kAccounts;
  Random random(seed);
  for (std::uint64_t number = 1; number <= kTransfers; ++number) {
    const auto from = static_cast<std::uint32_t>(random.below(kAccounts));
    const auto to =
        static_cast<std::uint32_t>((from + 1 + random.below(kAccounts - 1)) % kAccounts);
    const auto cents = static_cast<std::int64_t>(1 + random.below(400));
    file.transfers.push_back(bank::Transfer{number, from, to, cents});
  }
  return file;
}

class Trace final : public FrameObserver {
 public:
  explicit Trace(std::string& text) : text_(text) {}
  void frame(std::uint16_t core, Time at, const protocols::Frame& frame) override {
    text_ += describe_frame(core, at, frame);
    text_ += '\n';
  }

 private:
  std::string& text_;
};

std::string problem_in(const Status& status, const BankRun& run) {
  if (!status) return "the run ended with " + status.error().describe();
  if (run.summary.failed != 0) {
    return std::to_string(run.summary.failed) + " transfers stayed open";
  }
  if (run.summary.applied + run.summary.refused + run.summary.not_started != kTransfers) {
    return "a transfer is neither applied nor refused nor left alone";
  }
  if (run.signal == 0 && run.summary.not_started != 0)
    return "transfers left alone without a signal";
  if (run.summary.total_found != run.summary.total_expected) {
    return "money was made or lost: " + std::to_string(run.summary.total_found) + " of " +
           std::to_string(run.summary.total_expected) + " cents";
  }
  if (run.summary.accounts_wrong != 0) {
    return std::to_string(run.summary.accounts_wrong) + " accounts differ from their transfers";
  }
  if (run.ledger.sent != run.ledger.handled + run.ledger.dropped_total()) {
    return "the ledger does not balance: " + std::to_string(run.ledger.sent) + " sent, " +
           std::to_string(run.ledger.handled) + " handled, " +
           std::to_string(run.ledger.dropped_total()) + " dropped";
  }
  return {};
}

}  // namespace

BankRun run_simulated_bank(std::uint64_t seed, const BankRunOptions& how) {
  BankRun run;
  Trace trace(run.trace);
  SystemOptions options;
  options.backend = BackendKind::kSimulation;
  options.cores = 2 + static_cast<unsigned>(seed % 3);
  options.simulation.seed = seed;
  options.simulation.virtual_time_max = 1h;
  options.signals = Signals::kTellMain;
  if (how.signal_after) options.simulation.signal = io::SimSignal{*how.signal_after, SIGTERM};
  options.simulation.publish_delay_one_in = 4;
  // Full ring: 8 KiB are about 80 asks. Full spill: 20 more. Full mailbox: 3.
  options.node.lanes.user_ring_bytes = 8192;
  options.node.lanes.control_ring_bytes = 8192;
  options.node.lanes.spill_bytes_max = 2048;
  options.node.mailbox_messages_max = 3;
  options.node.observer = how.with_trace ? &trace : nullptr;
  options.node.log = &Log::silent();

  bank::BankOptions bank_options;
  bank_options.opening = 500;
  bank_options.freeze_every = 13;
  bank_options.concurrency = how.concurrency;
  bank_options.show_progress = false;
  // So short that outcomes stay open and are settled in later rounds.
  bank_options.patience = bank::Patience{40us, 5us, 2};
  bank_options.settle_rounds_max = 2000;

  const bank::TransfersFile file = make_transfers(seed);
  System system(options);
  bank::serve_accounts(system, bank_options);
  const Status status = system.run(bank::run_bank, &file, bank_options, &run.summary);
  run.ended_well = status.ok();
  run.ledger = system.ledger();
  run.signal = system.signal();
  for (const CoreReport& report : system.reports()) run.spilled_frames += report.spilled_frames;
  run.problem = problem_in(status, run);
  return run;
}

}  // namespace troupe::tests
