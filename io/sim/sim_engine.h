// SimEngine: all cores on one thread, under a virtual clock, in an order that one seed decides.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "io/engine.h"
#include "io/memory/core_memory.h"
#include "io/memory/memory_options.h"
#include "io/net/host_table.h"
#include "io/sim/sim_backend.h"
#include "io/sim/sim_control.h"
#include "io/sim/sim_disk.h"
#include "io/sim/sim_network.h"
#include "io/sim/sim_pools.h"

namespace troupe::io {

/// A signal that core 0 is told of, as if the process had got it.
struct SimSignal {
  Duration after = Duration(0);  ///< From the start of the virtual clock.
  int number = 0;                ///< SIGINT, SIGTERM, …
};

/// Bytes of each simulated core's share, on whatever machine.
inline constexpr std::uint64_t kSimMemoryDefault = 256 << 20;

/// What a simulation does. Equal options and an equal program give an equal run, step by step.
struct SimOptions {
  std::uint64_t seed = 1;
  unsigned cores = 2;  ///< 1 to kCoresMax.
  /// A step of any core takes a random time between these two.
  Duration step_min = Duration(50);
  Duration step_max = std::chrono::microseconds(2);
  /// A core's publication is put off one time in so many; 0 means never, 1 as often as is allowed.
  unsigned publish_delay_one_in = 8;
  /// A wake-up arrives after a random time up to this.
  Duration wake_delay_max = std::chrono::microseconds(20);
  /// For blocking(); kDefaultPool and kNamesPool are there even if not named.
  std::vector<PoolOptions> pools = {};
  /// A job of a pool takes a random time between these two, once it has a thread.
  Duration blocking_delay_min = std::chrono::microseconds(10);
  Duration blocking_delay_max = std::chrono::milliseconds(1);
  /// Of the disk that the run makes for itself, empty, and destroys.
  SimDiskOptions disk = {};
  /// The disk to use instead, so that its files outlive the run; must outlive it too. All files on
  /// it are closed at the end.
  SimDisk* disk_to_use = nullptr;
  /// The hosts that resolve() knows.
  HostTable hosts = {};
  /// The budget of the cores' pools. bytes_per_core 0 is kSimMemoryDefault here.
  MemoryOptions memory = {};
  /// One in so many requests for memory is refused although there is budget, of those that may be;
  /// 0: none. Drops messages and refuses actors, at moments that the seed decides.
  unsigned refuse_memory_one_in = 0;
  /// None: the run is not interrupted.
  std::optional<SimSignal> signal = std::nullopt;
  /// Limits after which the run ends with an error: a program that never stops.
  std::uint64_t steps_max = 2'000'000'000;
  Duration virtual_time_max = std::chrono::hours(24 * 365);
  /// The network between the cores, and its faults.
  SimNetworkOptions network = {};
  /// For tests that change how the simulation goes while it runs; must outlive it.
  SimControl* control = nullptr;
};

/// Each step gives a turn, or the way to sleep, to a random one of the cores that could run on a
/// machine. When all sleep, the clock jumps to what comes next: a timer, a wake-up, something on
/// the network. Thread: the caller's;
/// runs once.
class SimEngine final : public Engine {
 public:
  /// Where the virtual clock starts: round, and well above zero.
  static constexpr Time kStart = Time(std::chrono::seconds(1'000'000));

  explicit SimEngine(SimOptions options = {});

  unsigned cores() const override { return options_.cores; }
  /// Errors: kInvalidArgument (options); kFailed if every core sleeps with no timer armed and
  /// nothing under way (detail = operations of the kernel that wait or, if none does, cores not
  /// asked to stop; the context says which), if SimControl holds the clock and nobody is left who
  /// could move it, or if a limit is reached (detail = steps taken). Even
  /// then each core is finished and destroyed.
  Status run(CoreFactory& factory) override;

  /// The virtual time.
  Time clock() const { return clock_; }
  /// Steps taken so far, over all cores.
  std::uint64_t steps() const { return steps_; }
  /// A hash over which core took each step, what the network completed, and when: two runs were the
  /// same if theirs are equal.
  std::uint64_t fingerprint() const { return fingerprint_ ^ network_.fingerprint(); }
  /// The sockets: what became of them.
  const SimNetwork& network() const { return network_; }

 private:
  enum class State : std::uint8_t { kAwake, kDrowsy, kAsleep, kStopped };
  /// A core and where it stands. The backend is declared first: it outlives the core.
  struct Place {
    std::unique_ptr<SimBackend> backend;
    std::unique_ptr<Reactor> core;
    State state = State::kAwake;
    Time sleeps_until = Time::max();
    Time paused_until = Time::min();  // SimControl::slow_down()
  };

  Status check_options() const;
  void make_cores(CoreFactory& factory);
  Status take_steps();
  void step(Place& place, unsigned index);
  void note_step(unsigned index);
  Time signal_time() const;
  void post_due_signal();
  void find_runnable();
  Error deadlock() const;
  Time clock_limit() const {
    return options_.control != nullptr ? options_.control->limit() : Time::max();
  }
  bool tell_idle(Time next);
  Time next_of(const Place& place) const;
  Time next_event() const;
  unsigned not_stopped() const;

  const SimOptions options_;
  Random random_;
  Time clock_ = kStart;
  std::uint64_t steps_ = 0;
  std::uint64_t fingerprint_ = 0xcbf29ce484222325;
  bool signal_posted_ = false;
  SimNetwork network_;
  std::optional<SimPools> pools_;
  std::optional<NodeMemory> memory_;
  SimDisk own_disk_;
  SimDisk* const disk_;
  std::vector<Place> places_;
  std::vector<unsigned> runnable_;
};

}  // namespace troupe::io
