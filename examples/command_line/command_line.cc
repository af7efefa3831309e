#include "examples/command_line/command_line.h"

#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <string>
#include <system_error>

namespace examples {

namespace {

const std::map<std::string, troupe::BackendKind> kBackends = {
    {"auto", troupe::BackendKind::kAutomatic},
    {"uring", troupe::BackendKind::kUring},
    {"epoll", troupe::BackendKind::kEpoll}};

/// What is wrong with a seed, or nothing: CLI11 would take -1 and 2^64 for some other number.
std::string check_seed(const std::string& text) {
  std::uint64_t seed = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seed);
  if (error == std::errc() && stop == end) return {};
  return "Value " + text + " not in range 0 to 18446744073709551615";
}

}  // namespace

void add_place_options(CLI::App& app, Place& place) {
  app.add_option("--cores", place.system.cores, "Cores to use; 0: all")
      ->check(CLI::Range(0u, kCoresMax))
      ->capture_default_str();
  app.add_option("--backend", place.system.backend,
                 "What to run on: auto (io_uring, or epoll where that is forbidden), uring, epoll")
      ->transform(CLI::CheckedTransformer(kBackends));
  app.add_option("--simulate", place.system.simulation.seed, "Run in simulation from this seed")
      ->check(check_seed);
}

std::optional<int> parse(CLI::App& app, int argc, char** argv, Place& place) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    std::fprintf(stderr, "error: %s (see --help)\n", error.what());
    return kExitUsage;
  }
  place.simulated = app.count("--simulate") != 0;
  if (place.simulated) place.system.backend = troupe::BackendKind::kSimulation;
  return std::nullopt;
}

void print_place(const char* name, const Place& place, const troupe::System& system) {
  std::printf("%-12s%u cores", name, system.cores());
  if (place.simulated) std::printf(", simulated from seed %" PRIu64, place.system.simulation.seed);
  std::printf("\n");
  std::fflush(stdout);
}

void print_messages(const Place& place, const troupe::System& system, troupe::Duration elapsed) {
  const double seconds = static_cast<double>(elapsed.count()) / 1e9;
  for (std::size_t core = 0; core < system.reports().size(); ++core) {
    const troupe::CoreReport& report = system.reports()[core];
    const double rate = seconds > 0 ? static_cast<double>(report.ledger.handled) / seconds : 0;
    std::printf("core %-7zu%.0f messages/s handled, %" PRIu64 " frames to other cores\n", core,
                rate, report.frames_sent);
  }
  const troupe::Ledger ledger = system.ledger();
  std::printf("messages    %" PRIu64 " sent = %" PRIu64 " handled + %" PRIu64 " dropped\n",
              ledger.sent, ledger.handled, ledger.dropped_total());
  for (std::size_t reason = 0; reason < troupe::kDropReasons; ++reason) {
    if (ledger.dropped[reason] == 0) continue;
    std::printf("            %" PRIu64 " dropped: %s\n", ledger.dropped[reason],
                to_string(static_cast<troupe::DropReason>(reason)));
  }
  if (place.simulated) {
    std::printf("trace       %016" PRIx64 " (equal for equal seeds)\n", system.fingerprint());
  }
}

}  // namespace examples
