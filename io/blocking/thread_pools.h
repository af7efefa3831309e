// ThreadPools: the pools of a system that runs on a machine: threads, each pool with its queue.
#pragma once

#include <memory>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "io/blocking/pools.h"

namespace troupe::io {

/// Thread: made, stopped and destroyed by an engine; the rest any. No thread is started before the
/// first job. A submission costs a short lock; up to `threads` times in a pool's life it costs the
/// start of a thread too, some tens of microseconds.
class ThreadPools final : public BlockingPools {
 public:
  /// `pools` as complete() gives them.
  explicit ThreadPools(const std::vector<PoolOptions>& pools);
  /// Stops, waiting for what runs however long it takes, unless stop() was called.
  ~ThreadPools() override;

  /// Takes no more jobs, drops those that wait and waits for those that run, `limit` at most in
  /// all: then a warning names the pool, and its threads go on by themselves, for jobs own what
  /// they use. Afterwards no thread of a pool touches a core. Call it when no core takes turns.
  void stop(Duration limit, Log& log);

 private:
  class Pool;
  std::vector<Pool*> pools_;  // owned by the base
};

}  // namespace troupe::io
