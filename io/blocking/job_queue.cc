#include "io/blocking/job_queue.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace troupe::io {

Status JobQueue::push(std::shared_ptr<BlockingJob> job, WhenFull when_full, Time now) {
  const std::size_t limit = when_full == WhenFull::kWait ? kPoolJobsMax : options_.queue_max;
  if (counters_.queued >= limit) {
    ++counters_.rejected;
    return Error(Code::kOverloaded, limit, options_.name);
  }
  BlockingJob& added = *job;
  TROUPE_CHECK(added.state_ == BlockingJob::State::kNew, "a job is given to a pool twice");
  added.held_ = std::move(job);
  added.state_ = BlockingJob::State::kQueued;
  added.since_ = now;
  added.previous_ = last_;
  (last_ != nullptr ? last_->next_ : first_) = &added;
  last_ = &added;
  ++counters_.submitted;
  ++counters_.queued;
  counters_.queued_most = std::max(counters_.queued_most, counters_.queued);
  return ok();
}

BlockingJob& JobQueue::pop(Time now) {
  BlockingJob& job = *first_;
  job.held_ = unlink(job);
  job.state_ = BlockingJob::State::kRunning;
  counters_.wait_longest = std::max(counters_.wait_longest, now - job.since_);
  job.since_ = now;
  ++counters_.running;
  return job;
}

void JobQueue::done(BlockingJob& job, Time now) {
  job.state_ = BlockingJob::State::kDone;
  counters_.run_longest = std::max(counters_.run_longest, now - job.since_);
  --counters_.running;
  ++counters_.done;
}

Withdrawal JobQueue::withdraw(BlockingJob& job) {
  switch (job.state_) {
    case BlockingJob::State::kQueued:
      unlink(job);
      job.state_ = BlockingJob::State::kDone;
      ++counters_.withdrawn;
      return Withdrawal::kWithdrawn;
    case BlockingJob::State::kRunning:
      ++counters_.abandoned;
      return Withdrawal::kAbandoned;
    case BlockingJob::State::kNew:
    case BlockingJob::State::kDone:
      break;
  }
  return Withdrawal::kDone;
}

void JobQueue::drop_all() {
  while (first_ != nullptr) {
    BlockingJob& job = *first_;
    job.state_ = BlockingJob::State::kDone;
    ++counters_.dropped;
    unlink(job);
  }
}

/// Takes it out of the queue; gives the queue's share of it.
std::shared_ptr<BlockingJob> JobQueue::unlink(BlockingJob& job) {
  (job.previous_ != nullptr ? job.previous_->next_ : first_) = job.next_;
  (job.next_ != nullptr ? job.next_->previous_ : last_) = job.previous_;
  job.next_ = nullptr;
  job.previous_ = nullptr;
  --counters_.queued;
  return std::move(job.held_);
}

}  // namespace troupe::io
