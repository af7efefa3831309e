#include "io/threaded_engine.h"

#include <sched.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include "base/check.h"
#include "io/blocking/thread_pools.h"
#include "io/epoll/epoll_backend.h"
#include "io/memory/core_memory.h"
#include "io/memory/machine_memory.h"
#include "io/signals.h"
#include "io/uring/uring_backend.h"

namespace troupe::io {

namespace {

Error system_error(int number, const char* context) {
  return Error(Code::kIo, static_cast<std::uint64_t>(number), context);
}

/// The CPUs this process may use; empty if the kernel does not say.
std::vector<unsigned> usable_cpus() {
  std::vector<unsigned> cpus;
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof mask, &mask) != 0) return cpus;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &mask)) cpus.push_back(cpu);
  }
  return cpus;
}

Status pin_to(unsigned cpu) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  CPU_SET(cpu, &mask);
  if (sched_setaffinity(0, sizeof mask, &mask) == 0) return ok();
  return system_error(errno, "sched_setaffinity: the CPU is gone; turn ThreadedOptions::pin off");
}

Result<std::uint64_t> random_seed() {
  std::uint64_t seed = 0;
  ssize_t bytes = 0;
  do {
    bytes = getrandom(&seed, sizeof seed, 0);
  } while (bytes < 0 && errno == EINTR);
  if (bytes == sizeof seed) return seed;
  return system_error(errno, "getrandom gave no seed");
}

/// What the threads of one run share: the barrier between phases and the first error.
/// Thread: any. Lives until all threads are joined.
class Phases {
 public:
  explicit Phases(unsigned threads) : threads_(threads) {}

  /// Notes an error of the first phase; the first stays.
  void fail(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
  }

  /// Counts one thread as having ended the phase, without waiting for the others.
  void arrive() {
    const std::lock_guard lock(mutex_);
    arrive_locked();
  }

  /// Ends the phase on this thread and waits until all others have ended it. False if any failed.
  bool arrive_and_wait() {
    std::unique_lock lock(mutex_);
    const std::uint64_t phase = phase_;
    arrive_locked();
    next_phase_.wait(lock, [&] { return phase_ != phase; });
    return !error_;
  }

  std::optional<Error> error() {
    const std::lock_guard lock(mutex_);
    return error_;
  }

 private:
  void arrive_locked() {
    if (++arrived_ < threads_) return;
    arrived_ = 0;
    ++phase_;
    next_phase_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable next_phase_;
  const unsigned threads_;
  unsigned arrived_ = 0;
  std::uint64_t phase_ = 0;
  std::optional<Error> error_;
};

/// Decides what is left to decide; the same for all cores, with one warning.
KernelInterface choose(const ThreadedOptions& options) {
  if (options.kernel != KernelInterface::kAutomatic) return options.kernel;
  const Result<std::unique_ptr<UringBackend>> tried = UringBackend::create({.entries = 1});
  if (tried) return KernelInterface::kUring;
  // What has only run out says so later, where it is needed: epoll might run out as well.
  const auto number = static_cast<int>(tried.error().detail());
  const bool refused = number == EPERM || number == EACCES || number == ENOSYS;
  if (!tried.error().is(Code::kIo) || !refused) return KernelInterface::kUring;
  log_warning(*options.log, "running on epoll instead of io_uring: %s",
              tried.error().describe().c_str());
  return KernelInterface::kEpoll;
}

/// What a core's thread needs before its core can be made.
struct Ground {
  std::unique_ptr<Backend> backend;
  std::uint64_t seed = 0;
};

Result<Ground> prepare(const ThreadedOptions& options, std::optional<unsigned> cpu) {
  if (cpu) {
    const Status pinned = pin_to(*cpu);
    if (!pinned) return pinned.error();
  }
  Ground ground;
  TROUPE_TRY(ground.seed, random_seed());
  if (options.kernel == KernelInterface::kEpoll) {
    TROUPE_TRY(ground.backend, EpollBackend::create());
  } else {
    TROUPE_TRY(ground.backend, UringBackend::create(options.uring));
  }
  return ground;
}

void run_core(unsigned index, const ThreadedOptions& options, std::optional<unsigned> cpu,
              CoreFactory& factory, ThreadPools& pools, StallWatch* stalls, CoreMemory& memory,
              Phases& phases) {
  Result<Ground> ground = prepare(options, cpu);
  if (!ground) phases.fail(ground.error());
  if (!phases.arrive_and_wait()) return;
  memory.open();
  ground->backend->set_memory(memory);
  std::unique_ptr<Reactor> core =
      factory.make(static_cast<std::uint16_t>(index), *ground->backend, ground->seed);
  TROUPE_CHECK(core != nullptr, "CoreFactory::make gave no core %u", index);
  core->attach(pools);
  memory.attach(*core);
  const CoreContext::Bind bind(*core);
  phases.arrive_and_wait();
  factory.start(*core);
  phases.arrive_and_wait();
  std::optional<SignalWatch> signals;
  if (index == 0 && options.watch_signals) signals.emplace(*core);
  if (stalls != nullptr) stalls->attach(*core);
  core->run();
  if (stalls != nullptr) stalls->detach(*core);
  phases.arrive_and_wait();
  if (index == 0) pools.stop(options.pools_stop_within, *options.log);
  memory.detach();
  phases.arrive_and_wait();
  core->discard_posted();
  factory.finish(*core);
  phases.arrive_and_wait();
  signals.reset();
  core.reset();  // While it is bound: its coroutine frames go back to its own pool.
  // No backend ends while another core's end might still wake it, and no heap while it might still
  // be given something.
  phases.arrive_and_wait();
  memory.close();
}

}  // namespace

ThreadedEngine::ThreadedEngine(ThreadedOptions options)
    : options_(options),
      cores_(options.cores != 0
                 ? options.cores
                 : std::clamp(static_cast<unsigned>(usable_cpus().size()), 1u, kCoresMax)) {}

Status ThreadedEngine::run(CoreFactory& factory) {
  if (cores_ > kCoresMax) {
    return Error(Code::kInvalidArgument, cores_, "ThreadedOptions::cores: at most 1024");
  }
  if (options_.stall_after < std::chrono::milliseconds(1) && options_.stall_after != Duration(0)) {
    return Error(Code::kInvalidArgument, 0, "ThreadedOptions::stall_after: at least 1 ms, or 0");
  }
  const std::vector<unsigned> usable = usable_cpus();
  TROUPE_TRY(const NodeMemory::Settings memory_settings,
             settings_of(options_.memory, default_share(machine_memory(), cores_)));
  NodeMemory memory(cores_, memory_settings);
  TROUPE_TRY(const std::vector<PoolOptions> pool_options,
             BlockingPools::complete(options_.pools, static_cast<unsigned>(usable.size())));
  options_.kernel = choose(options_);
  const std::vector<unsigned> cpus = options_.pin ? usable : std::vector<unsigned>();
  ThreadPools pools(pool_options);
  std::optional<StallWatch> stalls;
  if (options_.stall_after != Duration(0)) stalls.emplace(options_.stall_after, *options_.log);
  StallWatch* const watch = stalls ? &*stalls : nullptr;
  Phases phases(cores_);
  std::vector<std::thread> threads;
  threads.reserve(cores_);
  for (unsigned i = 0; i < cores_; ++i) {
    const std::optional<unsigned> cpu =
        cpus.empty() ? std::nullopt : std::optional<unsigned>(cpus[i % cpus.size()]);
    try {
      threads.emplace_back([&, i, cpu] {
        run_core(i, options_, cpu, factory, pools, watch, memory.core(i), phases);
      });
    } catch (const std::system_error& failure) {
      // The threads that did start wait for this one: it has ended its first phase, badly.
      phases.fail(system_error(failure.code().value(),
                               "no thread for a core: raise the limit of threads (ulimit -u)"));
      phases.arrive();
    }
  }
  for (std::thread& thread : threads) thread.join();
  pool_counters_ = pools.counters();
  const std::optional<Error> error = phases.error();
  return error ? Status(*error) : ok();
}

}  // namespace troupe::io
