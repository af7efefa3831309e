// Seeds of random trees for as long as it is told: ./tools/soak trees --minutes N
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "tests/trees/trees.h"

int main(int argc, char** argv) {
  double minutes = 10;
  std::uint64_t seed = 1'000'000;
  CLI::App app("Runs random trees of actors, seed after seed; stops at the first that fails.");
  app.add_option("--minutes", minutes, "How long")->check(CLI::Range(0.01, 10'000.0));
  app.add_option("--seed", seed, "The first seed")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto start = std::chrono::steady_clock::now();
  const auto limit = std::chrono::duration<double, std::ratio<60>>(minutes);
  std::uint64_t runs = 0;
  std::uint64_t restarts = 0;
  auto reported = start;
  for (auto now = start; now - start < limit; now = std::chrono::steady_clock::now(), ++seed) {
    const auto steps = trees::random_steps(seed, 50 + seed % 1000);
    const trees::Summary summary =
        trees::run_trees(steps, seed, 1 + static_cast<unsigned>(seed % 4));
    if (!summary.violations.empty()) {
      std::fprintf(stderr, "error: seed %" PRIu64 ": %s (%zu violations)\n", seed,
                   summary.violations.front().c_str(), summary.violations.size());
      return 1;
    }
    ++runs;
    restarts += summary.behaviors - summary.members;
    if (now - reported > std::chrono::seconds(30)) {
      reported = now;
      std::printf("%" PRIu64 " seeds, %" PRIu64 " restarts\n", runs, restarts);
      std::fflush(stdout);
    }
  }
  std::printf("%" PRIu64 " seeds, %" PRIu64 " restarts: all held\n", runs, restarts);
  return 0;
}
