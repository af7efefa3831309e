// System: actors on all cores of a process, from start to orderly stop. Several may exist at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "actor/core.h"
#include "actor/node.h"
#include "actor/root.h"
#include "actor/self.h"
#include "base/memory_source.h"
#include "base/result.h"
#include "base/task.h"
#include "base/time.h"
#include "io/memory/memory_options.h"
#include "io/sim/sim_engine.h"
#include "io/stall/stall_watch.h"
#include "io/threaded_engine.h"

namespace troupe {

enum class BackendKind : std::uint8_t {
  kAutomatic,   ///< kUring; where the kernel forbids or lacks io_uring, kEpoll and one warning.
  kUring,       ///< A thread per core, each with its own io_uring. The run fails without.
  kEpoll,       ///< A thread per core, each with its own epoll.
  kSimulation,  ///< One thread, virtual time, everything from a seed.
};

/// What SIGINT (Ctrl-C) and SIGTERM do while a system runs on the machine. The first one of a
/// process goes to all its systems that do not leave signals alone; each writes a line to its log.
/// The second ends the process at once, with exit code 128 plus its number (io::SignalWatch has the
/// details). In simulation SimOptions::signal stands for the first. See docs/adr/0007-signals.md.
enum class Signals : std::uint8_t {
  /// Root::stop_requested() becomes true and Root::until_stopped() returns; main's await, and every
  /// later one, gives kStopping, until main takes the request with until_stopped(). When main has
  /// returned, the actors are stopped as ever.
  kEndMain,
  /// The same, but main's awaits go on as if nothing had happened: main looks when it suits it.
  kTellMain,
  /// Nothing: dispositions stay as the process has set them up. For systems inside a program that
  /// has signals of its own.
  kLeaveAlone,
};

struct SystemOptions {
  BackendKind backend = BackendKind::kAutomatic;
  /// 0: one per CPU this process may use (two in simulation).
  unsigned cores = 0;
  /// Keeps each core on its own CPU.
  bool pin = true;
  Signals signals = Signals::kEndMain;
  /// What io_uring may use of the kernel. io::io_report() says what it does use.
  io::UringOptions uring = {};
  /// An actor or task that keeps its core for longer without an await is reported to the log, with
  /// its chain of awaits, while it does so (io::StallWatch). At least 1 ms; 0 turns that off. The
  /// simulation has none: its clock stands still meanwhile.
  Duration stall_after = io::kStallAfterDefault;
  /// What the pools of the cores may hold, of messages, coroutine frames and actors. Beyond that
  /// messages are dropped with kOutOfMemory and actors are not spawned. Counts in simulation too,
  /// if it says how much.
  io::MemoryOptions memory = {};
  /// Of the simulation; `cores` above counts.
  io::SimOptions simulation;
  NodeOptions node;
  /// How long actors may take to end at the stop, before they are named and abandoned.
  Duration stop_within = std::chrono::seconds(10);
  /// Pools for blocking(): their threads and limits. io::kDefaultPool and io::kNamesPool are there
  /// even if not named.
  std::vector<io::PoolOptions> pools = {};
};

/// How a keyed type is served.
struct ServeOptions {
  /// An activation without messages for this long is passivated: the next message starts a new one.
  Duration idle_after = std::chrono::minutes(10);
  /// The scheduling group of all activations, and of the children they spawn.
  Group group = Group::kUser;
  static ServeOptions never_passivate() { return ServeOptions{.idle_after = Duration::max()}; }
};

/// What one core did, read after its last turn.
struct CoreReport {
  Ledger ledger;
  io::ReactorCounters reactor;
  std::uint64_t frames_sent = 0;      ///< To other cores.
  std::uint64_t frames_received = 0;  ///< From other cores.
  std::uint64_t spilled_frames = 0;   ///< Held back because a ring was full.
  std::uint64_t pool_heap_calls = 0;  ///< Times the core's pools asked the heap.
  MemoryCounters memory;
  std::uint32_t actors_left = 0;  ///< Abandoned at the stop.
};

namespace detail {

template <class A, class F, class Starter>
class ServedActor final : public ServedType {
 public:
  ServedActor(F behavior, Starter starter, const ServeOptions& options)
      : ServedType(A::kType, options.idle_after, options.group),
        behavior_(std::move(behavior)),
        starter_(std::move(starter)) {}

  Behavior activate(Cell& cell) const override {
    const auto key = KeyCodec<typename A::Key>::decode(cell.key());
    using Start = std::invoke_result_t<const Starter&, typename A::Key>;
    if constexpr (std::is_void_v<Start>) {
      return std::invoke(behavior_, Self<A>(cell));
    } else if constexpr (requires { std::tuple_size<Start>::value; }) {
      return std::apply(
          [&](auto&&... args) {
            return std::invoke(behavior_, Self<A>(cell), std::forward<decltype(args)>(args)...);
          },
          starter_(key));
    } else {
      return std::invoke(behavior_, Self<A>(cell), starter_(key));
    }
  }

 private:
  F behavior_;
  Starter starter_;
};

}  // namespace detail

/// Made, told what to serve, run once. Thread: one caller.
class System {
 public:
  explicit System(SystemOptions options = {});
  ~System();
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  /// Keyed actors of type A live as `behavior(self, start…)`; `starter(key)` gives the start
  /// arguments: a value, a tuple, or void. Both are called on all cores at once and must not share
  /// state unguarded. Call before run().
  template <class A, class F, class Starter>
  void serve(F behavior, Starter starter, ServeOptions options = {}) {
    static_assert(A::kKeyed, "only keyed actors are served; spawn the others");
    check_reentrancy<A, F>();
    node_->serve(std::make_unique<detail::ServedActor<A, F, Starter>>(std::move(behavior),
                                                                      std::move(starter), options));
  }
  /// Keyed actors without start arguments.
  template <class A, class F>
  void serve(F behavior) {
    serve<A>(std::move(behavior), [](typename A::Key) {});
  }

  /// Starts all cores, runs `Task<Status> main(Root, args…)` on core 0, then stops every actor and
  /// every core. Blocks the caller. The first error of: the engine, main, the stop
  /// (kDeadlineExceeded, detail = actors that did not end within stop_within).
  template <class F, class... Args>
  Status run(F main, Args... args) {
    // Shared, because std::function copies what it holds and arguments may be move-only.
    auto held = std::make_shared<std::tuple<Args...>>(std::move(args)...);
    return run_main([main = std::move(main), held] {
      return std::apply([&](Args&... each) { return main(Root(), std::move(each)...); }, *held);
    });
  }

  unsigned cores() const;

  // ---- after run() ----

  /// The signal that asked for the end while main ran; 0 if none came. One that came when main had
  /// returned changed nothing.
  int signal() const { return signal_; }
  /// The exit code for a program that ends with `status`, what run() gave: 0 if it is ok, and 1
  /// otherwise, with a line on standard error. If a signal asked for the end: 0 only if it is ok
  /// and somebody took note of the request (Root::stop_requested(), Root::until_stopped()), as a
  /// server does; otherwise 128 plus the signal's number.
  int exit_code(const Status& status) const;

  const std::vector<CoreReport>& reports() const { return reports_; }
  /// What the pools for blocking() did.
  const std::vector<io::PoolCounters>& pools() const { return pools_; }
  Ledger ledger() const;
  /// In simulation: equal for equal runs.
  std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  class Launch;
  Status run_main(std::function<Task<Status>()> main);

  SystemOptions options_;
  std::unique_ptr<Node> node_;
  std::vector<CoreReport> reports_;
  std::vector<io::PoolCounters> pools_;
  std::uint64_t fingerprint_ = 0;
  int signal_ = 0;
  bool signal_noted_ = false;
  bool ran_ = false;
};

/// 0; or 1, with the error as a line on standard error.
int exit_code_of(const Status& status);

/// What a system with these options would run on and use of this machine's kernel: a text of
/// several lines, for people, as programs print it for --io-report. Not on a core.
std::string io_report(const SystemOptions& options = {});

/// What most programs need: a system that runs `main`, and the exit code of the process: 0, 1 with
/// the error as a line on standard error, or 128 plus the number of the signal that ended it
/// (System::exit_code).
template <class F, class... Args>
int run(SystemOptions options, F main, Args... args) {
  System system(std::move(options));
  return system.exit_code(system.run(std::move(main), std::move(args)...));
}
/// The same with default options.
template <class F, class... Args>
  requires std::is_invocable_v<F&, Root, Args...>
int run(F main, Args... args) {
  return run(SystemOptions(), std::move(main), std::move(args)...);
}

}  // namespace troupe
