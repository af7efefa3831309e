// ThreadedEngine: one thread per core, each on its own CPU with its own io_uring or epoll.
#pragma once

#include <cstdint>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "io/engine.h"
#include "io/memory/memory_options.h"
#include "io/stall/stall_watch.h"
#include "io/uring/uring_options.h"

namespace troupe::io {

/// What the cores of a machine ask the kernel through.
enum class KernelInterface : std::uint8_t {
  kAutomatic,  ///< io_uring; epoll, with one warning, where the kernel forbids or lacks it.
  kUring,      ///< io_uring, or the run fails and says why.
  kEpoll,
};

/// How a system uses the machine.
struct ThreadedOptions {
  /// Cores to run, up to kCoresMax; 0 means one per CPU this process may use.
  unsigned cores = 0;
  /// Keeps core i on the i-th CPU this process may use (round robin). Turn off where several
  /// systems share the CPUs: pinned ones would pile up on the first.
  bool pin = true;
  /// Tells core 0 of SIGINT and SIGTERM while the cores take turns; see SignalWatch.
  bool watch_signals = false;
  /// What each core's ring uses of the kernel.
  UringOptions uring = {};
  KernelInterface kernel = KernelInterface::kAutomatic;
  /// A runnable that keeps its core for longer is reported while it runs: see StallWatch. At least
  /// 1 ms; 0 turns that off.
  Duration stall_after = kStallAfterDefault;
  /// Where warnings go; must outlive the run.
  Log* log = &Log::standard_error();
  /// For blocking(); kDefaultPool and kNamesPool are there even if not named.
  std::vector<PoolOptions> pools = {};
  /// What the pools of the cores may hold.
  MemoryOptions memory = {};
  /// How long the end waits for blocking work that runs, before it is named and left to itself.
  Duration pools_stop_within = std::chrono::seconds(5);
};

/// Seeds come from the kernel, so chance differs from run to run.
class ThreadedEngine final : public Engine {
 public:
  explicit ThreadedEngine(ThreadedOptions options = {});

  unsigned cores() const override { return cores_; }
  /// Errors: kInvalidArgument (more than kCoresMax cores, the pools, the memory, stall_after below
  /// 1 ms); kIo
  /// with the errno if a thread, its CPU, its seed or its io_uring or epoll could not be had. Then
  /// nothing is made or started.
  Status run(CoreFactory& factory) override;

 private:
  ThreadedOptions options_;
  unsigned cores_;
};

}  // namespace troupe::io
