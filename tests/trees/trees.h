// Random trees of actors in simulation, and what must hold of every run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace trees {

/// One thing that the driver does. Its operands are taken modulo what there is.
struct Step {
  std::uint8_t kind = 0;
  std::uint32_t member = 0;
  std::uint32_t other = 0;
  std::uint32_t detail = 0;
};

/// What a run did: so that a test can see that it did something.
struct Summary {
  std::uint64_t members = 0;
  std::uint64_t behaviors = 0;  ///< Begun: members and their restarts.
  std::uint64_t handled = 0;
  std::uint64_t dropped = 0;
  std::uint64_t watches_told = 0;  ///< Of watches within the trees.
  std::uint64_t fingerprint = 0;   ///< Equal for equal runs.
  /// What did not hold; empty if all did.
  std::vector<std::string> violations;
};

/// Runs the steps on `cores` simulated cores. Checks that the ledger balances, that no actor and no
/// coroutine frame is left, that the observer was told of each end once and watchers in the trees
/// at most once a watch, and that the order of each sender and receiver was kept.
Summary run_trees(const std::vector<Step>& steps, std::uint64_t seed, unsigned cores);

/// So many steps from a seed.
std::vector<Step> random_steps(std::uint64_t seed, std::size_t count);

}  // namespace trees
