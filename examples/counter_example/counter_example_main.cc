// counter_example: what a function costs, and what it costs as an actor.
#include <cstdio>
#include <optional>

#include <CLI/CLI.hpp>

#include "examples/command_line/command_line.h"
#include "examples/counter_example/comparison.h"

namespace {

using counter_example::Cost;

void print_costs(const char* title, const std::vector<Cost>& costs) {
  if (costs.empty()) return;
  const double function = costs.front().nanoseconds_per_call();
  std::printf("\n%-24s%14s%16s%12s\n", title, "ns per call", "calls/s", "function =");
  for (const Cost& cost : costs) {
    const double each = cost.nanoseconds_per_call();
    std::printf("  %-22s%14.1f%16.0f%12.1f\n", cost.way.c_str(), each, cost.calls_per_second(),
                function > 0 ? each / function : 0.0);
  }
}

}  // namespace

int main(int argc, char** argv) {
  counter_example::ComparisonOptions options;
  examples::Place place;
  CLI::App app("The same computation as a function, as a task and as an actor, with its cost.");
  app.add_option("--calls", options.calls, "Calls in each way and round")
      ->check(CLI::Range(std::uint64_t{1}, counter_example::kCallsMax))
      ->capture_default_str();
  app.add_option("--rounds", options.rounds, "What is printed is the fastest round of each way")
      ->check(CLI::Range(1u, 1000u))
      ->capture_default_str();
  app.add_option("--concurrency", options.concurrency,
                 "Asks under way at once on each core, where all cores ask one actor")
      ->check(CLI::Range(1u, 10'000u))
      ->capture_default_str();
  examples::add_place_options(app, place);
  app.footer("Exit code: 0 fine, 1 failed, 2 wrong usage. A simulation's times are not real ones.");
  if (const auto code = examples::parse(app, argc, argv, place)) return *code;

  troupe::System system(place.system);
  examples::print_place("comparison", place, system);
  counter_example::Comparison comparison;
  const troupe::Status status = system.run(counter_example::compare, options, &comparison);
  if (!status || system.signal() != 0) return system.exit_code(status);
  print_costs("one call after another", comparison.alone);
  print_costs("all cores at once", comparison.all_cores);
  std::printf("\nmessages    %llu: the functions and tasks sent none\n",
              static_cast<unsigned long long>(system.ledger().sent));
  return 0;
}
