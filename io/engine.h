// Engine: what runs all reactors of a system, as threads of a machine or as steps of a simulation.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "io/backend.h"
#include "io/blocking/pools.h"
#include "io/reactor.h"

namespace troupe::io {

/// Makes the cores of a system and is told of their phases. Each call is made on the core's own
/// thread; different cores' calls may run at the same time. Must not throw.
class CoreFactory {
 public:
  virtual ~CoreFactory() = default;

  /// Makes core `index`, from 0. `backend` outlives it. No core is current yet. Never null.
  virtual std::unique_ptr<Reactor> make(std::uint16_t index, Backend& backend,
                                        std::uint64_t seed) = 0;
  /// After all cores are made, before any takes its first turn.
  virtual void start(Reactor& core) = 0;
  /// After the core's last turn and that of all others; all cores are still alive.
  virtual void finish(Reactor& core) = 0;
};

/// The most cores an engine runs.
inline constexpr unsigned kCoresMax = 1024;

/// Runs cores through the phases: all made, all started, turns, all finished, all destroyed. No
/// core enters a phase before every other one has left the phase before. Thread: one caller.
class Engine {
 public:
  virtual ~Engine() = default;

  virtual unsigned cores() const = 0;
  /// Returns when every core was asked to stop (Reactor::request_stop) and all are destroyed; or
  /// with the first error, without having left any core or thread behind. Blocks the caller
  /// meanwhile.
  virtual Status run(CoreFactory& factory) = 0;

  /// What the pools for blocking work did, after run().
  const std::vector<PoolCounters>& pool_counters() const { return pool_counters_; }

 protected:
  std::vector<PoolCounters> pool_counters_;
};

}  // namespace troupe::io
