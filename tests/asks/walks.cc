#include <algorithm>
#include <memory>
#include <vector>

#include "actor/testing/callers.h"
#include "tests/asks/asks.h"
#include "tests/asks/systems.h"

namespace troupe::testing {

namespace {

using callers::CallerHandlers;
using callers::Draws;
using callers::Peers;
using callers::Walked;

constexpr std::size_t kActors = 5;
constexpr std::uint32_t kLevels = 6;

/// What a walk comes to if whoever is on the way to an ask does not take it.
Walked foretell(std::uint64_t seed, std::uint32_t levels, std::vector<std::uint32_t>& way) {
  Walked sum;
  for (const Draws::Ask& draw : Draws(seed, levels, kActors).asks) {
    if (std::ranges::find(way, draw.whom) != way.end()) {
      ++sum.refused;
      continue;
    }
    way.push_back(draw.whom);
    const Walked below = foretell(draw.seed, levels - 1, way);
    way.pop_back();
    sum.refused += below.refused;
    sum.answered += below.answered + 1;
  }
  return sum;
}

/// The same if everybody takes what comes back.
std::uint32_t foretell_all(std::uint64_t seed, std::uint32_t levels) {
  std::uint32_t sum = 0;
  for (const Draws::Ask& draw : Draws(seed, levels, kActors).asks) {
    sum += 1 + foretell_all(draw.seed, levels - 1);
  }
  return sum;
}

template <class A>
Task<Ref<A>> spawn_caller(Peers<A> peers) {
  co_return Root().spawn<A>(handlers<CallerHandlers<A>>(), peers);
}

template <class A>
Task<Status> walk(Root root, std::uint64_t seed, bool call_chain, AsksRun* run) {
  auto peers = std::make_shared<std::vector<Ref<A>>>();
  for (std::size_t i = 0; i < kActors; ++i) {
    const auto core = static_cast<unsigned>((seed + i) % root.cores());
    peers->push_back(co_await root.on_core(core, spawn_caller<A>, peers));
  }
  for (std::uint32_t first = 0; first < kActors && run->problem.empty(); ++first) {
    const std::uint64_t of_walk = seed * kActors + first;
    auto walked = co_await (*peers)[first].ask(within(callers::kLong)).walk(of_walk, kLevels);
    if (!walked) co_return walked.error();
    std::vector<std::uint32_t> way{first};
    const Walked expected =
        call_chain ? Walked{0, foretell_all(of_walk, kLevels), 0} : foretell(of_walk, kLevels, way);
    if (walked->refused() != expected.refused || walked->answered() != expected.answered ||
        walked->other() != 0) {
      run->problem = "of the walk from actor " + std::to_string(first) + " " +
                     std::to_string(walked->refused()) + " asks were refused and " +
                     std::to_string(walked->answered()) + " answered, not " +
                     std::to_string(expected.refused) + " and " +
                     std::to_string(expected.answered) + "; " + std::to_string(walked->other()) +
                     " ended otherwise";
    }
    run->refused += walked->refused();
    run->answered += walked->answered();
  }
  co_return ok();
}

}  // namespace

AsksRun run_walks(std::uint64_t seed, bool call_chain) {
  AsksRun run;
  const auto main = call_chain ? walk<callers::Welcomer> : walk<callers::Caller>;
  run_simulated(1 + static_cast<unsigned>(seed % 3), seed, &run, main, seed, call_chain, &run);
  return run;
}

}  // namespace troupe::testing
