// Pools of threads for work that blocks: their options, counters, and what a job of one is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/posted.h"
#include "io/reactor.h"

namespace troupe::io {

inline constexpr std::size_t kPoolsMax = 64;            ///< Of a system.
inline constexpr unsigned kPoolThreadsMax = 1024;       ///< Of a pool.
inline constexpr unsigned kPoolThreadsDefault = 8;      ///< The fewest where options say 0.
inline constexpr std::size_t kPoolQueueDefault = 1024;  ///< Jobs that wait, of a pool.
/// Jobs in a pool, those included whose coroutines wait for room.
inline constexpr std::size_t kPoolJobsMax = std::size_t{1} << 20;

/// The pool of who names none, and that of names of hosts: both are always there.
inline constexpr const char* kDefaultPool = "default";
inline constexpr const char* kNamesPool = "dns";

/// A pool of a system. How many threads: as many as calls block at once when all goes well, which
/// is calls a second times seconds a call. A blocked thread costs memory (its stack), not a CPU.
/// For work that computes: no more than the CPUs that the cores leave free. Its threads start as
/// they are needed, and stay.
struct PoolOptions {
  const char* name = kDefaultPool;  ///< A literal: it is the context of errors. 1 to 15 bytes.
  /// 0: one per CPU this process may use, at least kPoolThreadsDefault; in simulation that many.
  unsigned threads = 0;
  /// Jobs that wait for a thread, at most; blocking() beyond it fails at once. At least 1.
  std::size_t queue_max = kPoolQueueDefault;
};

/// What a pool did and does. At any moment submitted = queued + running + done + withdrawn +
/// dropped.
struct PoolCounters {
  const char* name = nullptr;
  unsigned threads = 0;         ///< Started so far; in simulation those there may be.
  std::size_t queued = 0;       ///< Now, without a thread yet.
  std::size_t queued_most = 0;  ///< Ever at once.
  std::size_t running = 0;      ///< Now.
  std::uint64_t submitted = 0;
  std::uint64_t done = 0;
  std::uint64_t rejected = 0;   ///< Not submitted: the queue was full.
  std::uint64_t withdrawn = 0;  ///< Cancelled or out of time before they began.
  std::uint64_t abandoned = 0;  ///< Ran on when nobody awaited them any more; done counts them too.
  std::uint64_t dropped = 0;    ///< Still queued when the system ended.
  Duration wait_longest{};      ///< In the queue.
  Duration run_longest{};
};

/// Work for a pool, and its result. Held by the pool from submit() until it is withdrawn or has
/// come home, and by the one who awaits it.
class BlockingJob : public Posted {
 public:
  virtual ~BlockingJob() = default;

  /// Does it and keeps what comes of it. On a thread of the pool, no core being current; in
  /// simulation on the simulation's, between steps. Does not throw.
  virtual void work() = 0;
  /// It is done and on its core again. Somebody may have stopped waiting for it.
  virtual void came_home() = 0;

  Reactor& home() const { return home_; }

 protected:
  explicit BlockingJob(Reactor& home) : home_(home) {}

 private:
  friend class JobQueue;
  enum class State : std::uint8_t { kNew, kQueued, kRunning, kDone };

  void arrived() final {
    const std::shared_ptr<BlockingJob> held = std::move(held_);
    held->came_home();
  }
  void discarded() final { const std::shared_ptr<BlockingJob> held = std::move(held_); }

  Reactor& home_;
  // Of the pool that has it, under the pool's lock.
  std::shared_ptr<BlockingJob> held_;  // itself, while the pool or the way home needs it
  BlockingJob* next_ = nullptr;
  BlockingJob* previous_ = nullptr;
  Time since_{};  // in its state
  State state_ = State::kNew;
};

/// Whether blocking() may wait for room in the queue.
enum class WhenFull : std::uint8_t { kFail, kWait };

/// What became of a job that nobody waits for any more.
enum class Withdrawal : std::uint8_t {
  kWithdrawn,  ///< It had not begun and never will.
  kAbandoned,  ///< It runs; its result will be dropped.
  kDone,       ///< It is done: it comes home, or the pool has ended.
};

/// One pool. Thread: any, unless a derived class says otherwise.
class BlockingPool {
 public:
  virtual ~BlockingPool() = default;

  virtual const char* name() const = 0;
  /// Gives a job to the pool, which posts it to its core once it is done. Errors: kOverloaded
  /// (detail = the limit, context = the pool's name); kStopping, the system ends; kIo with the
  /// errno if there is no thread at all.
  virtual Status submit(std::shared_ptr<BlockingJob> job, WhenFull when_full) = 0;
  /// `job` was submitted here.
  virtual Withdrawal withdraw(BlockingJob& job) = 0;
  virtual PoolCounters counters() const = 0;
};

/// The pools of a system. They outlive its cores. Thread: any.
class BlockingPools {
 public:
  virtual ~BlockingPools() = default;

  /// Null if there is none of that name.
  BlockingPool* find(std::string_view name) const;
  std::vector<PoolCounters> counters() const;

  /// `pools` with those added that are always there, and 0 threads replaced by `threads`. Errors:
  /// kInvalidArgument.
  static Result<std::vector<PoolOptions>> complete(std::vector<PoolOptions> pools,
                                                   unsigned threads);

 protected:
  void add(std::unique_ptr<BlockingPool> pool) { pools_.push_back(std::move(pool)); }

 private:
  std::vector<std::unique_ptr<BlockingPool>> pools_;
};

}  // namespace troupe::io
