// A simulated system for one random run.
#pragma once

#include <string>
#include <utility>

#include "actor/actor.h"
#include "tests/asks/asks.h"

namespace troupe::testing {

/// Runs `main(root, args…)`; a problem of `run` is what the system says of its end: an error,
/// actors or messages left over.
template <class F, class... Args>
void run_simulated(unsigned cores, std::uint64_t seed, AsksRun* run, F main, Args... args) {
  SystemOptions options;
  options.backend = BackendKind::kSimulation;
  options.cores = cores;
  options.simulation.seed = seed;
  options.simulation.virtual_time_max = std::chrono::hours(48);
  options.node.log = &Log::silent();
  System system(options);
  const Status status = system.run(std::move(main), std::move(args)...);
  if (!run->problem.empty()) return;
  if (!status) run->problem = status.error().describe();
  const Ledger ledger = system.ledger();
  if (ledger.sent != ledger.handled + ledger.dropped_total()) {
    run->problem = std::to_string(ledger.sent) + " messages were sent, " +
                   std::to_string(ledger.handled) + " handled and " +
                   std::to_string(ledger.dropped_total()) + " dropped";
  }
  for (const CoreReport& report : system.reports()) {
    if (report.actors_left != 0) run->problem = "actors did not end";
  }
}

}  // namespace troupe::testing
