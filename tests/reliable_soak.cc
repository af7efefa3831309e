// Seeds of simulated at-least-once delivery for as long as it is told:
// ./tools/soak reliable_delivery --minutes N
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "actor/delivery/testing/reliable_run.h"

int main(int argc, char** argv) {
  double minutes = 10;
  std::uint64_t seed = 1'000'000;
  CLI::App app("Runs simulated payments from seed after seed; stops at the first that fails.");
  app.add_option("--minutes", minutes, "How long")->check(CLI::Range(0.01, 10'000.0));
  app.add_option("--seed", seed, "The first seed")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto start = std::chrono::steady_clock::now();
  const auto limit = std::chrono::duration<double, std::ratio<60>>(minutes);
  std::uint64_t runs = 0;
  std::uint64_t payments = 0;
  std::uint64_t attempts = 0;
  for (; std::chrono::steady_clock::now() - start < limit; ++seed) {
    const troupe::testing::ReliableRun run = troupe::testing::run_reliable(seed);
    if (!run.problem.empty()) {
      std::fprintf(stderr, "error: seed %" PRIu64 ": %s\n", seed, run.problem.c_str());
      return 1;
    }
    ++runs;
    payments += run.payments;
    attempts += run.attempts;
    if (runs % 500 == 0) {
      std::printf("%" PRIu64 " seeds\n", runs);
      std::fflush(stdout);
    }
  }
  std::printf("%" PRIu64 " seeds: %" PRIu64 " payments in %" PRIu64
              " attempts, every effect exactly once\n",
              runs, payments, attempts);
  return 0;
}
