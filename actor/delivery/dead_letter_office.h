// The dead letters of all cores: looking at them, sending them again, forgetting them.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "actor/core.h"
#include "actor/delivery/dead_letters.h"
#include "actor/on_core.h"
#include "actor/ref.h"
#include "actor/root.h"
#include "base/result.h"
#include "base/task.h"

namespace troupe {

// On one's own core, Core::current().dead_letters does the same at once. Best effort, as letters
// are: each core keeps its newest ones (NodeOptions::dead_letters).

/// Of all cores, core by core, each oldest first; at most filter.limit of each.
Task<std::vector<DeadLetter>> dead_letters(Root root, DeadLetterFilter filter = {});
/// Sends what fits again, on each core at most filter.limit: see DeadLetters::replay().
Task<Replays> replay_dead_letters(Root root, DeadLetterFilter filter);
/// Forgets what fits; how many.
Task<std::size_t> discard_dead_letters(Root root, DeadLetterFilter filter);

/// Sends one letter of dead_letters() again, from the core that keeps it.
Task<Status> replay(Root root, DeadLetter letter);
/// To another actor of its protocol.
template <class A>
Task<Status> replay(Root root, DeadLetter letter, Ref<A> to) {
  const auto there = [](std::uint64_t number, Ref<A> target) -> Task<Status> {
    co_return Core::current().dead_letters.replay(number, target);
  };
  Status sent = co_await root.on_core(letter.core, there, letter.number, std::move(to));
  co_return sent;
}

}  // namespace troupe
