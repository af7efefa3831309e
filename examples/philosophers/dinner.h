// A dinner: forks and philosophers on all cores, from the first thought to the last meal.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "actor/actor.h"
#include "examples/philosophers/philosophers.actor.h"

namespace philosophers {

/// Seats at one table.
inline constexpr std::uint32_t kSeatsMax = 1000;
/// Meals of one philosopher.
inline constexpr std::uint32_t kMealsMax = 1'000'000;

/// Hears when a philosopher begins to eat and when it ends, on its core. For tests; not locked.
using Observer = std::function<void(std::uint32_t philosopher, bool eats)>;

struct DinnerOptions {
  std::uint32_t seats = 5;  ///< 2 to kSeatsMax.
  std::uint32_t meals = 100;
  Manner manner = Manner::kOrdered;
  /// A thought, and a meal, takes a random time up to this.
  troupe::Duration think_max = std::chrono::microseconds(200);
  /// So does the way from the first fork to the second: with none, stubborn ones deadlock rarely.
  troupe::Duration reach_max = std::chrono::microseconds(50);
  troupe::Duration eat_max = std::chrono::microseconds(200);
  /// How long an impatient one waits for the second fork. The others wait for `patience`: so long
  /// only if something is wrong, and the dinner has failed.
  troupe::Duration impatience = std::chrono::milliseconds(1);
  troupe::Duration patience = std::chrono::seconds(30);
  Observer observer = {};
};

/// What one philosopher had of the evening.
struct Share {
  std::uint32_t meals = 0;
  std::uint32_t gave_up = 0;  ///< Forks put down unused, or meals missed by a stubborn one.
  troupe::Duration hungry{};  ///< From the wish to eat to the first bite, all meals together.
};

/// In the order of the seats; empty if nobody answered.
struct Evening {
  std::vector<Share> shares;
  std::uint64_t forks_given = 0;
  troupe::Duration elapsed{};

  /// Whether everybody has eaten all its meals.
  bool all_ate(std::uint32_t meals) const;
};

/// The behaviours of philosophers.actor.
troupe::Behavior fork(Fork::Self self, std::uint32_t number);
troupe::Behavior philosopher(Philosopher::Self self, std::uint32_t number, troupe::Ref<Fork> left,
                             troupe::Ref<Fork> right, troupe::Ref<Table> table,
                             DinnerOptions options);
troupe::Behavior table(Table::Self self, std::uint32_t seats);

/// The main task. `evening` outlives it.
troupe::Task<troupe::Status> dine(troupe::Root root, DinnerOptions options, Evening* evening);

}  // namespace philosophers
