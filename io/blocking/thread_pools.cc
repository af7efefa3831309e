#include "io/blocking/thread_pools.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "io/blocking/job_queue.h"

namespace troupe::io {

namespace {

Time read_clock() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return Time(std::chrono::seconds(time.tv_sec) + Duration(time.tv_nsec));
}

/// What the threads of a pool share with it. It lives as long as the last of them: one that does
/// not come back from its job may outlive the system.
struct Shared {
  explicit Shared(const PoolOptions& options) : queue(options) {
    CPU_ZERO(&cpus);
    any_cpu = sched_getaffinity(0, sizeof cpus, &cpus) == 0;
  }

  std::mutex mutex;
  // Under the mutex.
  std::condition_variable work;   // there is a job, or the end
  std::condition_variable ended;  // somebody is through with its job
  JobQueue queue;
  unsigned idle = 0;     // threads that wait for a job and were promised none
  unsigned posting = 0;  // threads that are about to touch a core
  bool closed = false;
  bool left_behind = false;  // the cores are gone, whoever still runs

  // A core's thread is kept on its CPU, and a thread that it starts would be kept there too.
  cpu_set_t cpus;
  bool any_cpu = false;
};

/// Takes one job from the queue to its core. `lock` is held before and after.
void take_job(Shared& shared, std::unique_lock<std::mutex>& lock) {
  BlockingJob& job = shared.queue.pop(read_clock());
  lock.unlock();
  job.work();
  const Time now = read_clock();
  lock.lock();
  shared.queue.done(job, now);
  if (shared.left_behind) {
    std::shared_ptr<BlockingJob> last = JobQueue::release(job);
    lock.unlock();
    last.reset();  // With what the job owns: not under the lock.
    lock.lock();
    return;
  }
  // Not under the lock, since it wakes the core. stop() waits for it.
  ++shared.posting;
  lock.unlock();
  job.home().post(job);
  lock.lock();
  --shared.posting;
  if (shared.closed) shared.ended.notify_all();
}

void serve(const std::shared_ptr<Shared>& shared) {
  if (shared->any_cpu) sched_setaffinity(0, sizeof shared->cpus, &shared->cpus);
  pthread_setname_np(pthread_self(), shared->queue.options().name);
  std::unique_lock lock(shared->mutex);
  for (;;) {
    while (shared->queue.empty()) {
      if (shared->closed) return;
      ++shared->idle;
      shared->work.wait(lock);
      --shared->idle;
    }
    take_job(*shared, lock);
  }
}

}  // namespace

class ThreadPools::Pool final : public BlockingPool {
 public:
  explicit Pool(const PoolOptions& options) : shared_(std::make_shared<Shared>(options)) {
    threads_.reserve(options.threads);
  }

  const char* name() const override { return shared_->queue.options().name; }

  Status submit(std::shared_ptr<BlockingJob> job, WhenFull when_full) override {
    const Time now = read_clock();
    const std::lock_guard lock(shared_->mutex);
    if (shared_->closed) return Error(Code::kStopping, 0, name());
    JobQueue& queue = shared_->queue;
    // Every waiting thread has a job of the queue to take, or is woken for this one.
    if (queue.counters().queued >= shared_->idle && threads_.size() < queue.options().threads) {
      const Status started = start_thread();
      if (!started && threads_.empty()) return started;
    }
    const Status pushed = queue.push(std::move(job), when_full, now);
    if (pushed) shared_->work.notify_one();
    return pushed;
  }

  Withdrawal withdraw(BlockingJob& job) override {
    const std::lock_guard lock(shared_->mutex);
    return shared_->queue.withdraw(job);
  }

  PoolCounters counters() const override {
    const std::lock_guard lock(shared_->mutex);
    return shared_->queue.counters();
  }

  void close() {
    const std::lock_guard lock(shared_->mutex);
    shared_->closed = true;
    shared_->queue.drop_all();
    shared_->work.notify_all();
  }

  /// Ends the threads; those that have not ended by `end` are left to themselves. False if any.
  bool join(Time end) {
    std::unique_lock lock(shared_->mutex);
    if (shared_->left_behind) return true;  // Joined before.
    const auto idle = [&] {
      return shared_->queue.counters().running == 0 && shared_->posting == 0;
    };
    while (!idle() && read_clock() < end) {
      if (end == Time::max()) {
        shared_->ended.wait(lock);
      } else {
        shared_->ended.wait_for(lock, end - read_clock());
      }
    }
    const bool all = shared_->queue.counters().running == 0;
    shared_->left_behind = true;
    shared_->ended.wait(lock, [&] { return shared_->posting == 0; });
    lock.unlock();
    for (std::thread& thread : threads_) {
      if (all) {
        thread.join();
      } else {
        thread.detach();
      }
    }
    threads_.clear();
    return all;
  }

  std::size_t running() const { return counters().running; }

 private:
  Status start_thread() {
    try {
      threads_.emplace_back([shared = shared_] { serve(shared); });
    } catch (const std::system_error& failure) {
      return Error(Code::kIo, static_cast<std::uint64_t>(failure.code().value()),
                   "no thread for blocking work: raise the limit of threads (ulimit -u)");
    }
    shared_->queue.counters().threads = static_cast<unsigned>(threads_.size());
    return ok();
  }

  const std::shared_ptr<Shared> shared_;
  std::vector<std::thread> threads_;  // Under the mutex, until the pool is closed.
};

ThreadPools::ThreadPools(const std::vector<PoolOptions>& pools) {
  for (const PoolOptions& options : pools) {
    auto pool = std::make_unique<Pool>(options);
    pools_.push_back(pool.get());
    add(std::move(pool));
  }
}

ThreadPools::~ThreadPools() {
  for (Pool* pool : pools_) pool->close();
  for (Pool* pool : pools_) pool->join(Time::max());
}

void ThreadPools::stop(Duration limit, Log& log) {
  for (Pool* pool : pools_) pool->close();
  const Time end = saturating_add(read_clock(), limit);
  for (Pool* pool : pools_) {
    if (pool->join(end)) continue;
    log_warning(log, "pool %s: %zu blocking jobs did not end in time and are left to themselves",
                pool->name(), pool->running());
  }
}

}  // namespace troupe::io
