// bank FILE: runs the transfers of a file over accounts on all cores and proves that money was
// conserved.
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <optional>
#include <string>
#include <variant>

#include <CLI/CLI.hpp>

#include "actor/actor.h"
#include "actor/frame_recorder.h"
#include "examples/bank/bank.h"

namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

double microseconds(troupe::Duration duration) {
  return static_cast<double>(duration.count()) / 1000.0;
}

void print_summary(const bank::Summary& summary, const troupe::System& system,
                   unsigned concurrency) {
  const double seconds = static_cast<double>(summary.elapsed.count()) / 1e9;
  std::printf("transfers   %" PRIu64 " applied, %" PRIu64 " refused, %" PRIu64 " failed",
              summary.applied, summary.refused, summary.failed);
  if (summary.repeated != 0) std::printf(" (%" PRIu64 " settled by repeating)", summary.repeated);
  std::printf("\nelapsed     %.3f s, %.0f transfers/s\n", seconds,
              static_cast<double>(summary.applied + summary.refused) / seconds);
  for (std::size_t core = 0; core < system.reports().size(); ++core) {
    const troupe::CoreReport& report = system.reports()[core];
    std::printf("core %-2zu     %.0f messages/s handled, %" PRIu64
                " frames to other cores, "
                "%" PRIu64 " sleeps\n",
                core, static_cast<double>(report.ledger.handled) / seconds, report.frames_sent,
                report.reactor.sleeps);
  }
  std::printf("ask         p50 %.1f us, p99 %.1f us (%u transfers under way on each core)\n",
              microseconds(summary.ask_time(0.5)), microseconds(summary.ask_time(0.99)),
              concurrency);
  const troupe::Ledger ledger = system.ledger();
  std::printf("messages    %" PRIu64 " sent = %" PRIu64 " handled + %" PRIu64 " dropped\n",
              ledger.sent, ledger.handled, ledger.dropped_total());
  for (std::size_t reason = 0; reason < troupe::kDropReasons; ++reason) {
    if (ledger.dropped[reason] == 0) continue;
    std::printf("            %" PRIu64 " dropped: %s (their asks were answered and repeated)\n",
                ledger.dropped[reason], to_string(static_cast<troupe::DropReason>(reason)));
  }
  std::printf(
      "money       %.2f before, %.2f after: %s\n",
      static_cast<double>(summary.total_expected) / 100.0,
      static_cast<double>(summary.total_found) / 100.0,
      summary.conserved() ? "conserved, every account as its transfers say" : "NOT CONSERVED");
}

/// What the command line says.
struct Arguments {
  std::string input;
  std::string record;
  bank::BankOptions bank;
  troupe::SystemOptions system;
  bool simulated = false;
};

/// Fills `arguments`; or gives the exit code with which the program ends at once.
std::optional<int> parse(int argc, char** argv, Arguments& arguments) {
  bool quiet = false;
  CLI::App app(
      "Runs the transfers of a file over accounts on all cores; proves that money is conserved.");
  app.add_option("FILE", arguments.input,
                 "Transfers: number,from,to,cents (see generate_transfers)")
      ->required();
  app.add_option("--cores", arguments.system.cores, "Cores to use; 0: all")->capture_default_str();
  app.add_option("--concurrency", arguments.bank.concurrency,
                 "Transfers under way at once on each core")
      ->check(CLI::Range(1u, 100'000u))
      ->capture_default_str();
  app.add_option("--opening", arguments.bank.opening, "What each account starts with, in cents")
      ->check(CLI::Range(std::int64_t{0}, bank::kCentsMax))
      ->capture_default_str();
  app.add_option("--freeze-every", arguments.bank.freeze_every,
                 "Freeze every n-th account first; 0: none")
      ->capture_default_str();
  const auto* simulate = app.add_option("--simulate", arguments.system.simulation.seed,
                                        "Run in simulation from this seed");
  app.add_option("--record", arguments.record, "Folder for all frames, as capnp decodes them");
  app.add_flag("--quiet", quiet, "No progress lines");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  arguments.bank.show_progress = !quiet;
  arguments.simulated = !simulate->empty();
  if (arguments.simulated) arguments.system.backend = troupe::BackendKind::kSimulation;
  return std::nullopt;
}

int print_error(const std::string& what, const troupe::Status& status) {
  std::fprintf(stderr, "error: %s: %s\n", what.c_str(), status.error().describe().c_str());
  return kExitFailed;
}

/// Runs the bank and prints what it did.
int run(const Arguments& arguments, const bank::TransfersFile& file) {
  troupe::System system(arguments.system);
  bank::serve_accounts(system, arguments.bank);
  std::printf("bank        %zu transfers, %u accounts, %u cores%s\n", file.transfers.size(),
              file.accounts, system.cores(), arguments.simulated ? ", simulated" : "");
  std::fflush(stdout);
  bank::Summary summary;
  const troupe::Status status = system.run(bank::run_bank, &file, arguments.bank, &summary);
  if (!status) return print_error("the bank stopped", status);
  print_summary(summary, system, arguments.bank.concurrency);
  if (arguments.simulated) {
    std::printf("trace       %016" PRIx64 " (equal for equal seeds)\n", system.fingerprint());
  }
  return summary.conserved() ? 0 : kExitFailed;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (const std::optional<int> code = parse(argc, argv, arguments)) return *code;

  auto read = bank::read_transfers(arguments.input);
  if (const auto* error = std::get_if<bank::InputError>(&read); error != nullptr) {
    std::fprintf(stderr, "error: %s\n", error->message.c_str());
    return kExitUsage;
  }
  const auto& file = std::get<bank::TransfersFile>(read);
  if (arguments.record.empty()) return run(arguments, file);

  troupe::FrameRecorder recorder(arguments.record, troupe::System(arguments.system).cores());
  if (const auto opened = recorder.open(); !opened) return print_error(arguments.record, opened);
  arguments.system.node.observer = &recorder;
  const int code = run(arguments, file);
  if (const auto closed = recorder.close(); !closed) return print_error(arguments.record, closed);
  return code;
}
