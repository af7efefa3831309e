// SimPools: blocking work in simulation: it takes virtual time, and one thread does all of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "io/blocking/pools.h"

namespace troupe::io {

/// A job takes a random time between two limits on one of its pool's threads, which are as many as
/// on a machine; at the end of that time it is done, in one go, and goes home. Thread: the
/// simulation's.
class SimPools final : public BlockingPools {
 public:
  /// `clock` is the simulation's, and outlives this. `pools` as complete() gives them.
  SimPools(const std::vector<PoolOptions>& pools, const Time& clock, std::uint64_t seed,
           Duration delay_min, Duration delay_max);
  ~SimPools() override;

  /// When the next job is done; Time::max() if none runs.
  Time next() const;
  /// Does the jobs whose time has come, in its order. To be called between two steps.
  void run_due();
  /// Drops what waits and what runs.
  void stop();

 private:
  class Pool;
  Duration draw_delay();

  const Time& clock_;
  Random random_;
  const Duration delay_min_;
  const Duration delay_max_;
  std::size_t running_ = 0;   // Jobs, over all pools.
  std::uint64_t begun_ = 0;   // Jobs: what is due at one moment is done in the order it began.
  std::vector<Pool*> pools_;  // owned by the base
};

}  // namespace troupe::io
