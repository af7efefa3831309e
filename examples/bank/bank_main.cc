// bank FILE: runs the transfers of a file over accounts on all cores and proves that money was
// conserved. Ctrl-C or SIGTERM: settles the transfers under way, and says which were not started.
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <variant>

#include <CLI/CLI.hpp>

#include "actor/actor.h"
#include "actor/frame_recorder.h"
#include "examples/bank/bank.h"
#include "examples/bank/bank_report.h"

namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr int kExitSignal = 128;  // plus its number

// Beyond, the lanes between all cores take more than 20 GiB of addresses.
constexpr unsigned kBankCoresMax = 256;

const std::map<std::string, troupe::BackendKind> kBackends = {
    {"auto", troupe::BackendKind::kAutomatic},
    {"uring", troupe::BackendKind::kUring},
    {"epoll", troupe::BackendKind::kEpoll}};

/// What the command line says.
struct Arguments {
  std::string input;
  std::string record;
  std::uint32_t accounts = 0;
  bank::BankOptions bank;
  troupe::SystemOptions system;
  bool simulated = false;
};

int print_error(const std::string& what, int code) {
  std::fprintf(stderr, "error: %s\n", what.c_str());
  return code;
}

int print_error(const std::string& what, const troupe::Status& status, int code) {
  return print_error(what + ": " + status.error().describe(), code);
}

/// What is wrong with a seed, or nothing: CLI11 would take -1 and 2^64 for some other number.
std::string check_seed(const std::string& text) {
  std::uint64_t seed = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seed);
  if (error == std::errc() && stop == end) return {};
  return "Value " + text + " not in range 0 to 18446744073709551615";
}

/// Fills `arguments`; or gives the exit code with which the program ends at once.
std::optional<int> parse(int argc, char** argv, Arguments& arguments) {
  bool quiet = false;
  CLI::App app(
      "Runs the transfers of a file over accounts on all cores; proves that money is conserved.");
  app.add_option("FILE", arguments.input,
                 "Transfers: number,from,to,cents (see generate_transfers)")
      ->required();
  app.add_option("--accounts", arguments.accounts,
                 "How many accounts exist, from account-0; 0: as many as FILE names")
      ->check(CLI::Range(0u, bank::kAccountsMax))
      ->capture_default_str();
  app.add_option("--cores", arguments.system.cores, "Cores to use; 0: all")
      ->check(CLI::Range(0u, kBankCoresMax))
      ->capture_default_str();
  app.add_option("--concurrency", arguments.bank.concurrency,
                 "Transfers under way at once on each core")
      ->check(CLI::Range(1u, 100'000u))
      ->capture_default_str();
  app.add_option("--opening", arguments.bank.opening, "What each account starts with, in cents")
      ->check(CLI::Range(std::int64_t{0}, bank::kCentsMax))
      ->capture_default_str();
  app.add_option("--freeze-every", arguments.bank.freeze_every,
                 "Freeze every n-th account first; 0: none")
      ->check(CLI::Range(0u, bank::kAccountsMax))
      ->capture_default_str();
  const auto* simulate = app.add_option("--simulate", arguments.system.simulation.seed,
                                        "Run in simulation from this seed")
                             ->check(check_seed);
  app.add_option("--backend", arguments.system.backend,
                 "What to run on: auto (io_uring, or epoll where that is forbidden), uring, epoll")
      ->transform(CLI::CheckedTransformer(kBackends));
  app.add_option("--record", arguments.record, "Folder for all frames, as capnp decodes them");
  app.add_flag("--quiet", quiet, "No progress lines");
  app.footer(
      "Ctrl-C or SIGTERM: starts no further transfer, settles those under way, proves the rest; "
      "the "
      "second ends at once.\nExit code: 0 conserved, 1 failed, 2 bad input or usage, 130 ended by "
      "Ctrl-C, 143 by SIGTERM.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    return print_error(std::string(error.what()) + " (see --help)", kExitUsage);
  }
  arguments.bank.show_progress = !quiet;
  arguments.system.signals = troupe::Signals::kTellMain;
  arguments.simulated = !simulate->empty();
  if (arguments.simulated) arguments.system.backend = troupe::BackendKind::kSimulation;
  return std::nullopt;
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
  if (!status) return print_error("the bank stopped", status, kExitFailed);
  print_summary(summary, system, arguments.bank.concurrency);
  if (arguments.simulated) {
    std::printf("trace       %016" PRIx64 " (equal for equal seeds)\n", system.fingerprint());
  }
  if (!summary.conserved()) return kExitFailed;
  return system.signal() != 0 ? kExitSignal + system.signal() : 0;
}

int run_recorded(Arguments& arguments, const bank::TransfersFile& file) {
  troupe::FrameRecorder recorder(arguments.record, troupe::System(arguments.system).cores());
  const std::string what = "--record " + arguments.record;
  if (const auto opened = recorder.open(); !opened) return print_error(what, opened, kExitUsage);
  arguments.system.node.observer = &recorder;
  const int code = run(arguments, file);
  if (const auto closed = recorder.close(); !closed) return print_error(what, closed, kExitFailed);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (const std::optional<int> code = parse(argc, argv, arguments)) return *code;

  auto read = bank::read_transfers(arguments.input, arguments.accounts);
  if (const auto* error = std::get_if<bank::InputError>(&read); error != nullptr) {
    return print_error(error->message, kExitUsage);
  }
  const auto& file = std::get<bank::TransfersFile>(read);
  const std::int64_t opening_max = std::numeric_limits<std::int64_t>::max() / file.accounts;
  if (arguments.bank.opening > opening_max) {
    return print_error("--opening: " + std::to_string(file.accounts) + " accounts may start with " +
                           std::to_string(opening_max) +
                           " cents at most: all money together must fit in 64 bits",
                       kExitUsage);
  }
  return arguments.record.empty() ? run(arguments, file) : run_recorded(arguments, file);
}
