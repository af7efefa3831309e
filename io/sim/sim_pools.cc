#include "io/sim/sim_pools.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "io/blocking/job_queue.h"

namespace troupe::io {

class SimPools::Pool final : public BlockingPool {
 public:
  Pool(SimPools& all, const PoolOptions& options) : all_(all), queue_(options) {
    queue_.counters().threads = options.threads;
  }

  const char* name() const override { return queue_.options().name; }

  Status submit(std::shared_ptr<BlockingJob> job, WhenFull when_full) override {
    const Status pushed = queue_.push(std::move(job), when_full, all_.clock_);
    begin_jobs();
    return pushed;
  }
  Withdrawal withdraw(BlockingJob& job) override { return queue_.withdraw(job); }
  PoolCounters counters() const override { return queue_.counters(); }

  /// When the first of those that run is done, and which that is.
  std::tuple<Time, std::uint64_t> next() const {
    const auto first = std::ranges::min_element(running_, {}, &Running::order);
    return first != running_.end() ? first->order() : std::tuple(Time::max(), ~std::uint64_t{0});
  }

  void finish_next() {
    const auto first = std::ranges::min_element(running_, {}, &Running::order);
    BlockingJob& job = *first->job;
    running_.erase(first);
    --all_.running_;
    job.work();
    queue_.done(job, all_.clock_);
    job.home().post(job);
    begin_jobs();
  }

  void stop() {
    queue_.drop_all();
    // They count as running for ever, as those that do not end on a machine.
    for (const Running& each : running_) JobQueue::release(*each.job);
    all_.running_ -= running_.size();
    running_.clear();
  }

 private:
  struct Running {
    Time at;
    std::uint64_t number;
    BlockingJob* job;
    std::tuple<Time, std::uint64_t> order() const { return {at, number}; }
  };

  void begin_jobs() {
    while (!queue_.empty() && running_.size() < queue_.options().threads) {
      BlockingJob& job = queue_.pop(all_.clock_);
      ++all_.running_;
      running_.push_back({saturating_add(all_.clock_, all_.draw_delay()), all_.begun_++, &job});
    }
  }

  SimPools& all_;
  JobQueue queue_;
  std::vector<Running> running_;
};

SimPools::SimPools(const std::vector<PoolOptions>& pools, const Time& clock, std::uint64_t seed,
                   Duration delay_min, Duration delay_max)
    : clock_(clock), random_(seed), delay_min_(delay_min), delay_max_(delay_max) {
  for (const PoolOptions& options : pools) {
    auto pool = std::make_unique<Pool>(*this, options);
    pools_.push_back(pool.get());
    add(std::move(pool));
  }
}

SimPools::~SimPools() { stop(); }

Duration SimPools::draw_delay() {
  const auto spread = static_cast<std::uint64_t>((delay_max_ - delay_min_).count());
  return delay_min_ + Duration(static_cast<std::int64_t>(random_.below(spread + 1)));
}

Time SimPools::next() const {
  if (running_ == 0) return Time::max();
  Time next = Time::max();
  for (const Pool* pool : pools_) next = std::min(next, std::get<Time>(pool->next()));
  return next;
}

void SimPools::run_due() {
  while (running_ != 0) {
    const auto first =
        std::ranges::min_element(pools_, {}, [](const Pool* pool) { return pool->next(); });
    const auto [at, number] = (*first)->next();
    if (at > clock_) return;
    (*first)->finish_next();
  }
}

void SimPools::stop() {
  for (Pool* pool : pools_) pool->stop();
}

}  // namespace troupe::io
