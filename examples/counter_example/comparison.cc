#include "examples/counter_example/comparison.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/random.h"
#include "examples/counter_example/card_number.h"
#include "examples/counter_example/checker.h"

namespace counter_example {

using troupe::all_of;
using troupe::Duration;
using troupe::Ref;
using troupe::Result;
using troupe::Root;
using troupe::Status;
using troupe::Task;
using troupe::within;

namespace {

using Numbers = std::vector<std::string>;

constexpr std::size_t kNumbers = 64;  // different card numbers, over and over
constexpr std::size_t kDigits = 16;
/// Calls before other strands of the core get a turn.
constexpr std::uint64_t kCallsPerTurn = 4096;
constexpr Duration kPatience = std::chrono::seconds(30);
constexpr Duration kNextTurn = std::chrono::microseconds(1);

Numbers make_numbers(std::uint64_t seed) {
  troupe::Random random(seed);
  Numbers numbers(kNumbers);
  for (std::string& number : numbers) {
    for (std::size_t i = 0; i < kDigits; ++i) {
      number += static_cast<char>('0' + static_cast<char>(random.below(10)));
    }
  }
  return numbers;
}

Task<Result<std::uint64_t>> call_function(Numbers numbers, std::uint64_t calls) {
  std::uint64_t found = 0;
  for (std::uint64_t i = 0; i < calls; ++i) {
    if (well_formed(numbers[i % kNumbers])) ++found;
    if (i % kCallsPerTurn != kCallsPerTurn - 1) continue;
    auto yielded = co_await troupe::yield();
    if (!yielded) co_return yielded.error();
  }
  co_return found;
}

Task<Result<std::uint64_t>> await_task(Numbers numbers, std::uint64_t calls) {
  std::uint64_t found = 0;
  for (std::uint64_t i = 0; i < calls; ++i) {
    const bool valid = co_await check(numbers[i % kNumbers]);
    if (valid) ++found;
    if (i % kCallsPerTurn != kCallsPerTurn - 1) continue;
    auto yielded = co_await troupe::yield();
    if (!yielded) co_return yielded.error();
  }
  co_return found;
}

Task<Result<std::uint64_t>> ask_actor(Numbers numbers, std::uint64_t calls, Ref<Checker> actor) {
  std::uint64_t found = 0;
  for (std::uint64_t i = 0; i < calls; ++i) {
    auto answer = co_await actor.ask(within(kPatience)).check(numbers[i % kNumbers]);
    if (!answer) co_return answer.error();  // fifteen reasons that the function does not have
    if (answer->valid()) ++found;
  }
  co_return found;
}

/// Asks from one core, `concurrency` under way at once.
Task<Result<std::uint64_t>> ask_actor_at_once(Numbers numbers, std::uint64_t calls,
                                              Ref<Checker> actor, unsigned concurrency) {
  std::vector<Task<Result<std::uint64_t>>> askers;
  for (unsigned i = 0; i < concurrency; ++i) {
    const std::uint64_t own = calls / concurrency + (i < calls % concurrency ? 1 : 0);
    askers.push_back(ask_actor(numbers, own, actor));
  }
  auto counts = co_await all_of(std::move(askers));
  std::uint64_t found = 0;
  for (const auto& count : counts) {
    if (!count) co_return count.error();
    found += *count;
  }
  co_return found;
}

/// Awaits `way`, and notes what it cost.
Task<Status> take_time(std::string name, std::uint64_t calls, Task<Result<std::uint64_t>> way,
                       std::vector<Cost>* costs) {
  // now() is the time of the turn: it is read in a new one, before and after.
  auto rested = co_await troupe::sleep_for(kNextTurn);
  if (!rested) co_return rested;
  const troupe::Time start = Root().now();
  auto found = co_await std::move(way);
  if (!found) co_return found.error();
  auto ended = co_await troupe::sleep_for(kNextTurn);
  if (!ended) co_return ended;
  costs->push_back(Cost{std::move(name), calls, *found, Root().now() - start - kNextTurn});
  co_return troupe::ok();
}

/// `function(args…)` on every core at once; the sum of what they found.
template <class F, class... Args>
Task<Result<std::uint64_t>> sum_of_all_cores(F function, Args... args) {
  const auto counts = co_await Root().on_all_cores(function, args...);
  std::uint64_t found = 0;
  for (const auto& count : counts) {
    if (!count) co_return count.error();
    found += *count;
  }
  co_return found;
}

Task<Ref<Checker>> spawn_checker() { co_return Root().spawn<Checker>(checker); }

Task<Status> compare_alone(Root root, Numbers numbers, std::uint64_t calls,
                           std::vector<Cost>* costs) {
  auto function = co_await take_time("function", calls, call_function(numbers, calls), costs);
  if (!function) co_return function;
  auto task = co_await take_time("task", calls, await_task(numbers, calls), costs);
  if (!task) co_return task;
  const auto here = root.spawn<Checker>(checker);
  auto beside =
      co_await take_time("actor, same core", calls, ask_actor(numbers, calls, here), costs);
  if (!beside || root.cores() < 2) co_return beside;
  auto there = co_await root.on_core(1, spawn_checker);
  auto across =
      co_await take_time("actor, other core", calls, ask_actor(numbers, calls, there), costs);
  co_return across;
}

Task<Status> compare_on_all_cores(Root root, Numbers numbers, ComparisonOptions options,
                                  std::vector<Cost>* costs) {
  const std::uint64_t calls = options.calls * root.cores();
  auto functions = co_await take_time(
      "function", calls, sum_of_all_cores(call_function, numbers, options.calls), costs);
  if (!functions) co_return functions;
  const auto one = root.spawn<Checker>(checker);
  auto asks = co_await take_time(
      "one actor", calls,
      sum_of_all_cores(ask_actor_at_once, numbers, options.calls, one, options.concurrency), costs);
  co_return asks;
}

/// The faster ones of both, way by way.
void keep_fastest(std::vector<Cost> round, std::vector<Cost>& fastest) {
  if (fastest.empty()) {
    fastest = std::move(round);
    return;
  }
  for (std::size_t i = 0; i < fastest.size(); ++i) {
    if (round[i].elapsed < fastest[i].elapsed) fastest[i] = std::move(round[i]);
  }
}

}  // namespace

double Cost::nanoseconds_per_call() const {
  return calls == 0 ? 0 : static_cast<double>(elapsed.count()) / static_cast<double>(calls);
}

double Cost::calls_per_second() const {
  const double nanoseconds = nanoseconds_per_call();
  return nanoseconds == 0 ? 0 : 1e9 / nanoseconds;
}

Task<Status> compare(Root root, ComparisonOptions options, Comparison* comparison) {
  const Numbers numbers = make_numbers(options.seed);
  for (unsigned round = 0; round < options.rounds; ++round) {
    std::vector<Cost> alone;
    auto one = co_await compare_alone(root, numbers, options.calls, &alone);
    if (!one) co_return one;
    keep_fastest(std::move(alone), comparison->alone);
    std::vector<Cost> all_cores;
    auto all = co_await compare_on_all_cores(root, numbers, options, &all_cores);
    if (!all) co_return all;
    keep_fastest(std::move(all_cores), comparison->all_cores);
  }
  co_return troupe::ok();
}

}  // namespace counter_example
