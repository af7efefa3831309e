// What the command lines of the examples have in common: where to run, and exit codes.
#pragma once

#include <optional>

#include <CLI/CLI.hpp>

#include "actor/actor.h"

namespace examples {

inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

/// More than any example has work for.
inline constexpr unsigned kCoresMax = 256;

/// Where a program runs, as its command line says.
struct Place {
  troupe::SystemOptions system;
  bool simulated = false;
};

/// --cores, --backend and --simulate. `place` outlives `app`.
void add_place_options(CLI::App& app, Place& place);

/// Parses the command line. Nothing: go on. Otherwise the exit code with which the program ends: 0
/// after --help, kExitUsage after one line on standard error. Call once, not on a core.
std::optional<int> parse(CLI::App& app, int argc, char** argv, Place& place);

/// One line for a person: cores and, if it is simulated, the seed. Call before the run.
void print_place(const char* name, const Place& place, const troupe::System& system);

/// What was sent, handled and dropped, why, and what each core did in `elapsed`; in a simulation
/// the fingerprint of the run too. Call after the run.
void print_messages(const Place& place, const troupe::System& system, troupe::Duration elapsed);

}  // namespace examples
