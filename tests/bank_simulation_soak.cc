// Seeds of the simulated bank for as long as it is told: ./tools/soak bank_simulation --minutes N
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "tests/bank_simulation.h"

int main(int argc, char** argv) {
  double minutes = 10;
  std::uint64_t seed = 1'000'000;
  CLI::App app("Runs the simulated bank from seed after seed; stops at the first that fails.");
  app.add_option("--minutes", minutes, "How long")->check(CLI::Range(0.01, 10'000.0));
  app.add_option("--seed", seed, "The first seed")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto start = std::chrono::steady_clock::now();
  const auto limit = std::chrono::duration<double, std::ratio<60>>(minutes);
  std::uint64_t runs = 0;
  auto reported = start;
  for (auto now = start; now - start < limit; now = std::chrono::steady_clock::now(), ++seed) {
    // Every 16th twice, with traces compared.
    const bool twice = seed % 16 == 0;
    const troupe::tests::BankRun run = troupe::tests::run_simulated_bank(seed, twice);
    if (!run.problem.empty() ||
        (twice && troupe::tests::run_simulated_bank(seed, true).trace != run.trace)) {
      std::fprintf(stderr, "error: seed %" PRIu64 ": %s\n", seed,
                   run.problem.empty() ? "two runs differ" : run.problem.c_str());
      return 1;
    }
    ++runs;
    if (now - reported > std::chrono::seconds(30)) {
      reported = now;
      std::printf("%" PRIu64 " seeds\n", runs);
      std::fflush(stdout);
    }
  }
  std::printf("%" PRIu64 " seeds, all conserved\n", runs);
  return 0;
}
