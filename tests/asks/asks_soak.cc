// Seeds of actors that ask each other, for as long as it is told: ./tools/soak asks --minutes N
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "tests/asks/asks.h"

int main(int argc, char** argv) {
  double minutes = 10;
  std::uint64_t seed = 1'000'000;
  CLI::App app(
      "Runs circles of asks, and handlers beside each other, from seed after seed; stops at the "
      "first that fails.");
  app.add_option("--minutes", minutes, "How long")->check(CLI::Range(0.01, 10'000.0));
  app.add_option("--seed", seed, "The first seed")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto start = std::chrono::steady_clock::now();
  const auto limit = std::chrono::duration<double, std::ratio<60>>(minutes);
  troupe::testing::AsksRun sum;
  std::uint64_t seeds = 0;
  for (; std::chrono::steady_clock::now() - start < limit; ++seed) {
    for (const troupe::testing::AsksRun& run :
         {troupe::testing::run_walks(seed, false), troupe::testing::run_walks(seed, true),
          troupe::testing::run_desk(seed)}) {
      if (!run.problem.empty()) {
        std::fprintf(stderr, "error: seed %" PRIu64 ": %s\n", seed, run.problem.c_str());
        return 1;
      }
      sum.refused += run.refused;
      sum.answered += run.answered;
    }
    if (++seeds % 500 == 0) {
      std::printf("%" PRIu64 " seeds\n", seeds);
      std::fflush(stdout);
    }
  }
  std::printf("%" PRIu64 " seeds: %" PRIu64 " asks answered, %" PRIu64
              " refused because they would deadlock, each rightly\n",
              seeds, sum.answered, sum.refused);
  return 0;
}
