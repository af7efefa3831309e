// Random runs, in simulation, of actors that ask each other and of one that handles several
// messages at once.
#pragma once

#include <cstdint>
#include <string>

namespace troupe::testing {

struct AsksRun {
  std::string problem;         ///< What did not hold; empty: everything did.
  std::uint64_t refused = 0;   ///< Asks that ended with would_deadlock.
  std::uint64_t answered = 0;  ///< Asks with an answer.
};

/// Five actors on one to three cores ask each other at random, up to six deep, for one ask from
/// outside at a time. Just those asks must be refused that come to an actor which waits for them,
/// and nothing may wait for a deadline. With `call_chain` the contract lets all be answered.
AsksRun run_walks(std::uint64_t seed, bool call_chain);

/// Readers, writers and what interleaves come to one actor, whose handlers await, fail and restart
/// it, until it is stopped in one way or another. No handler may run beside one that excludes it,
/// no reader or writer may begin out of turn, and every ask must end.
AsksRun run_desk(std::uint64_t seed);

}  // namespace troupe::testing
