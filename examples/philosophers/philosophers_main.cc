// philosophers: a dinner at which nobody starves; prints who ate how often, and how long they
// waited.
#include <cinttypes>
#include <cstdio>
#include <map>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "examples/command_line/command_line.h"
#include "examples/philosophers/dinner.h"

namespace {

using philosophers::DinnerOptions;
using philosophers::Evening;
using philosophers::Manner;

/// Seats that are printed one by one; beyond, the rest is one line.
constexpr std::size_t kSeatsShown = 20;

const std::map<std::string, Manner> kManners = {{"ordered", Manner::kOrdered},
                                                {"impatient", Manner::kImpatient},
                                                {"stubborn", Manner::kStubborn}};

/// Fills both; or gives the exit code with which the program ends at once.
std::optional<int> parse(int argc, char** argv, DinnerOptions& dinner, examples::Place& place) {
  std::string manner = "ordered";
  std::int64_t think = 200;
  std::int64_t patience = 5000;
  CLI::App app("Dining philosophers: forks and philosophers are actors on all cores.");
  app.add_option("--seats", dinner.seats, "Philosophers, and forks")
      ->check(CLI::Range(2u, philosophers::kSeatsMax))
      ->capture_default_str();
  app.add_option("--meals", dinner.meals, "Meals of each")
      ->check(CLI::Range(1u, philosophers::kMealsMax))
      ->capture_default_str();
  app.add_option("--manner", manner,
                 "ordered (lower fork first), impatient (puts down what it cannot use), stubborn "
                 "(deadlocks sooner or later, until --patience ends)")
      ->check(CLI::IsMember(kManners))
      ->capture_default_str();
  app.add_option("--think", think, "Microseconds that a thought takes at most")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000}))
      ->capture_default_str();
  app.add_option("--patience", patience, "Milliseconds after which a wait for a fork has failed")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{3'600'000}))
      ->capture_default_str();
  examples::add_place_options(app, place);
  app.footer("Exit code: 0 all ate all their meals, 1 somebody went hungry, 2 wrong usage.");
  if (const auto code = examples::parse(app, argc, argv, place)) return code;
  dinner.manner = kManners.at(manner);
  dinner.think_max = std::chrono::microseconds(think);
  dinner.patience = std::chrono::milliseconds(patience);
  return std::nullopt;
}

void print_evening(const Evening& evening) {
  std::uint64_t meals = 0;
  for (std::size_t seat = 0; seat < evening.shares.size(); ++seat) {
    const philosophers::Share& share = evening.shares[seat];
    meals += share.meals;
    if (seat >= kSeatsShown) continue;
    const double waited = static_cast<double>(share.hungry.count()) / 1000.0;
    std::printf("seat %-7zu%u meals, gave up %u times, waited %.1f us for a meal\n", seat,
                share.meals, share.gave_up, share.meals != 0 ? waited / share.meals : 0.0);
  }
  if (evening.shares.size() > kSeatsShown) {
    std::printf("            and %zu more seats\n", evening.shares.size() - kSeatsShown);
  }
  const double seconds = static_cast<double>(evening.elapsed.count()) / 1e9;
  std::printf("meals       %" PRIu64 " in %.3f s, forks taken %" PRIu64 " times\n", meals, seconds,
              evening.forks_given);
}

}  // namespace

int main(int argc, char** argv) {
  DinnerOptions dinner;
  examples::Place place;
  if (const std::optional<int> code = parse(argc, argv, dinner, place)) return *code;

  troupe::System system(place.system);
  examples::print_place("dinner", place, system);
  Evening evening;
  const troupe::Status status = system.run(philosophers::dine, dinner, &evening);
  if (!status || system.signal() != 0) return system.exit_code(status);
  print_evening(evening);
  examples::print_messages(place, system, evening.elapsed);
  if (evening.all_ate(dinner.meals)) return 0;
  std::printf("somebody went hungry: a wait for a fork lasted longer than --patience\n");
  return examples::kExitFailed;
}
