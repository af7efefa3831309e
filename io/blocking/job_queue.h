// JobQueue: the jobs of one pool in order, and what is counted of them.
#pragma once

#include <memory>

#include "io/blocking/pools.h"

namespace troupe::io {

/// Thread: whoever holds the lock of the pool it is part of.
class JobQueue {
 public:
  explicit JobQueue(const PoolOptions& options) : options_(options) {
    counters_.name = options.name;
  }
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  const PoolOptions& options() const { return options_; }
  PoolCounters& counters() { return counters_; }
  const PoolCounters& counters() const { return counters_; }
  bool empty() const { return first_ == nullptr; }

  /// Errors: kOverloaded.
  Status push(std::shared_ptr<BlockingJob> job, WhenFull when_full, Time now);
  /// The oldest, which runs from here; the queue must not be empty. The pool still holds it.
  BlockingJob& pop(Time now);
  /// The job of pop() has run. The caller posts it, or release()s it.
  void done(BlockingJob& job, Time now);
  /// Gives up the pool's share of a job that will not be posted.
  static std::shared_ptr<BlockingJob> release(BlockingJob& job) { return std::move(job.held_); }
  Withdrawal withdraw(BlockingJob& job);
  /// Drops what is queued: nobody will run it.
  void drop_all();

 private:
  std::shared_ptr<BlockingJob> unlink(BlockingJob& job);

  const PoolOptions options_;
  PoolCounters counters_;
  BlockingJob* first_ = nullptr;
  BlockingJob* last_ = nullptr;
};

}  // namespace troupe::io
