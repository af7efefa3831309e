#include "examples/philosophers/dinner.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace philosophers {

using troupe::Behavior;
using troupe::Duration;
using troupe::Ref;
using troupe::Result;
using troupe::Root;
using troupe::Status;
using troupe::Task;
using troupe::within;

namespace {

/// Longer than any dinner: its philosophers give up before.
constexpr Duration kEvening = std::chrono::hours(1);

Task<Ref<Fork>> spawn_fork(std::uint32_t number) { co_return Root().spawn<Fork>(fork, number); }

Task<Status> seat(std::uint32_t number, Ref<Fork> left, Ref<Fork> right, Ref<Table> at,
                  DinnerOptions options) {
  Root().spawn<Philosopher>(philosopher, number, left, right, at, std::move(options));
  co_return troupe::ok();
}

/// Asks from this core: behind what its philosophers have put down.
Task<Result<std::uint64_t>> count_given(std::vector<Ref<Fork>> forks) {
  std::uint64_t given = 0;
  for (const Ref<Fork>& each : forks) {
    auto counted = co_await each.ask(within(kEvening)).given();
    if (!counted) co_return counted.error();
    given += counted->times();
  }
  co_return given;
}

}  // namespace

bool Evening::all_ate(std::uint32_t meals) const {
  return !shares.empty() && std::all_of(shares.begin(), shares.end(), [meals](const Share& share) {
    return share.meals == meals;
  });
}

Behavior table(Table::Self self, std::uint32_t seats) {
  std::vector<Guest> guests(seats);
  std::uint32_t left = 0;
  std::optional<Table::AllLeftReplyTo> asked;
  for (;;) {
    auto msg = co_await self.receive();
    switch (msg.kind()) {
      case Table::Kind::kStop:
        co_return;
      case Table::Kind::kUnknown:
        break;
      case Table::Kind::kLeaves: {
        auto guest = msg.leaves();
        guests.at(guest.philosopher()) = Guest{guest.meals(), guest.gave_up(), guest.hungry()};
        ++left;
        break;
      }
      case Table::Kind::kAllLeft:
        asked = msg.all_left().take_reply();
        break;
    }
    if (left == seats && asked) std::exchange(asked, std::nullopt)->reply(guests);
  }
}

Task<Status> dine(Root root, DinnerOptions options, Evening* evening) {
  const auto at = root.spawn<Table>(table, options.seats);
  std::vector<Ref<Fork>> forks;
  for (std::uint32_t number = 0; number < options.seats; ++number) {
    auto placed = co_await root.on_core(number % root.cores(), spawn_fork, number);
    forks.push_back(placed);
  }
  const troupe::Time start = root.now();
  for (std::uint32_t number = 0; number < options.seats; ++number) {
    auto seated = co_await root.on_core(number % root.cores(), seat, number, forks[number],
                                        forks[(number + 1) % options.seats], at, options);
    if (!seated) co_return seated;
  }
  auto left = co_await at.ask(within(kEvening)).all_left();
  if (!left) co_return left.error();
  evening->elapsed = root.now() - start;
  for (const Guest& guest : left->guests()) {
    evening->shares.push_back(Share{guest.meals, guest.gave_up, Duration(guest.hungry)});
  }
  // From each core, so that all forks are back when the dinner ends. The last count has seen all.
  for (unsigned core = 0; core < root.cores(); ++core) {
    auto given = co_await root.on_core(core, count_given, forks);
    if (!given) co_return given.error();
    evening->forks_given = *given;
  }
  co_return troupe::ok();
}

}  // namespace philosophers
