#include "actor/system.h"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "actor/leak_report.h"
#include "base/combine.h"
#include "base/log.h"
#include "io/io_report.h"
#include "io/signals.h"

namespace troupe {

namespace {

constexpr std::size_t kNamesInReport = 20;

io::KernelInterface kernel_of(BackendKind backend) {
  switch (backend) {
    case BackendKind::kUring:
      return io::KernelInterface::kUring;
    case BackendKind::kEpoll:
      return io::KernelInterface::kEpoll;
    case BackendKind::kAutomatic:
    case BackendKind::kSimulation:
      break;
  }
  return io::KernelInterface::kAutomatic;
}

std::unique_ptr<io::Engine> make_engine(const SystemOptions& options) {
  if (options.backend == BackendKind::kSimulation) {
    io::SimOptions simulation = options.simulation;
    if (options.cores != 0) simulation.cores = options.cores;
    if (!options.pools.empty()) simulation.pools = options.pools;
    if (options.memory.bytes_per_core != 0) simulation.memory = options.memory;
    return std::make_unique<io::SimEngine>(simulation);
  }
  return std::make_unique<io::ThreadedEngine>(
      io::ThreadedOptions{.cores = options.cores,
                          .pin = options.pin,
                          .watch_signals = options.signals != Signals::kLeaveAlone,
                          .uring = options.uring,
                          .kernel = kernel_of(options.backend),
                          .stall_after = options.stall_after,
                          .log = options.node.log,
                          .pools = options.pools,
                          .memory = options.memory});
}

}  // namespace

// One run of a system. Lives on the caller's stack while the cores run. Its parts belong to the
// core that is named; they travel as work through the lanes.
class System::Launch final : public io::CoreFactory {
 public:
  Launch(System& system, std::function<Task<Status>()> main, unsigned cores)
      : system_(system), main_(std::move(main)), stop_timer_(*this) {
    for (unsigned core = 0; core < cores; ++core) {
      stops_.push_back(std::make_unique<CoreStop>(*this, core));
    }
    reports_.resize(cores);
    noted_.resize(cores);
  }

  std::unique_ptr<io::Reactor> make(std::uint16_t index, io::Backend& backend,
                                    std::uint64_t seed) override {
    return std::make_unique<Core>(index, backend, seed, *system_.node_);
  }
  void start(io::Reactor& core) override {
    static_cast<Core&>(core).on_guardian_failure(stops_[core.index()]->escalation);
    if (core.index() != 0) return;
    core.ready.push(begin_);
    if (system_.options_.signals != Signals::kLeaveAlone) core.on_signal(on_signal_);
  }
  void finish(io::Reactor& reactor) override;

  Status status() const {
    if (failed_) return Error(Code::kFailed, 0, "an actor's failure was escalated to the system");
    return status_;
  }
  int signal() const { return signal_; }
  bool signal_noted() const {
    return std::ranges::any_of(noted_, [](char noted) { return noted != 0; });
  }
  std::vector<CoreReport> take_reports() { return std::move(reports_); }

 private:
  // Core 0: the first thing it runs.
  struct Begin final : Runnable {
    explicit Begin(Launch& launch) : launch(launch) {}
    void run() override {
      CallContext context;
      context.strand = &launch.strand_;
      run_main(&launch).start(context);
    }
    Launch& launch;
  };

  // Core 0: a signal asks for the end.
  struct OnSignal final : Runnable {
    explicit OnSignal(Launch& launch) : launch(launch) {}
    void run() override { launch.take_signal(); }
    Launch& launch;
  };

  // The stop of one core: there, stop all actors; when they have ended, back to core 0.
  struct CoreStop final : Runnable {
    enum class Step { kStopActors, kEnded, kReport };
    CoreStop(Launch& launch, unsigned core) : launch(launch), core(core) {}
    void run() override;
    Launch& launch;
    unsigned core;
    bool home = false;
    // Beside the stop, which may be stuck: names who did not end.
    struct Report final : Runnable {
      explicit Report(CoreStop& stop) : stop(stop) {}
      void run() override;
      CoreStop& stop;
    } report{*this};
    // A failure was escalated to the guardian of this core.
    struct Escalation final : Runnable {
      explicit Escalation(CoreStop& stop) : stop(stop) {}
      void run() override {
        if (Core::current().index() != 0) return Core::current().run_on(0, *this);
        stop.launch.fail();
      }
      CoreStop& stop;
    } escalation{*this};
    // Before the stop: the core learns of a signal.
    struct Notice final : Runnable {
      void run() override { Core::current().stop_request.ask(); }
    } notice;
  };

  struct StopTimer final : io::Timer {
    explicit StopTimer(Launch& launch) : launch(launch) {}
    void fire() override {
      for (auto& stop : launch.stops_) Core::current().run_on(stop->core, stop->report);
    }
    Launch& launch;
  };

  static detail::Branch run_main(Launch* launch) {
    try {
      launch->status_ = co_await launch->main_();
    } catch (const std::exception& exception) {
      log_warning(launch->system_.node_->log(), "the main task failed: %s", exception.what());
      launch->status_ = Error(Code::kFailed, 0, "an exception left the main task");
    } catch (...) {
      launch->status_ = Error(Code::kFailed, 0, "an exception left the main task");
    }
    launch->begin_stop();
  }

  void take_signal() {
    Core& core = Core::current();
    const char* const name = io::signal_name(core.signal());
    if (running_ != 0) {
      log_warning(system_.node_->log(), "%s: already ending; a second signal ends at once", name);
      return;
    }
    log_warning(system_.node_->log(), "%s: ending in order; a second signal ends at once", name);
    signal_ = core.signal();
    // Here at once: before main's await, if it is for this, can be cancelled.
    core.stop_request.ask();
    for (auto& stop : stops_) {
      if (stop->core != core.index()) core.run_on(stop->core, stop->notice);
    }
    if (system_.options_.signals == Signals::kEndMain) strand_.cancel(Code::kStopping);
  }

  void fail() {
    failed_ = true;
    strand_.cancel(Code::kStopping);
  }

  void begin_stop() {
    strand_.forget_first();
    running_ = static_cast<unsigned>(stops_.size());
    Core& core = Core::current();
    core.timers().arm(stop_timer_, saturating_add(core.now(), system_.options_.stop_within));
    for (auto& stop : stops_) core.run_on(stop->core, *stop);
  }
  void core_stopped() {
    if (--running_ != 0) return;
    if (stop_timer_.armed()) Core::current().timers().cancel(stop_timer_);
    for (auto& stop : stops_) system_.node_->mesh().reactor(stop->core).request_stop();
  }

  System& system_;
  std::function<Task<Status>()> main_;
  Status status_ = ok();
  Strand strand_;
  Begin begin_{*this};
  OnSignal on_signal_{*this};
  int signal_ = 0;
  bool failed_ = false;  // the guardian of users, with its children's failure
  std::vector<std::unique_ptr<CoreStop>> stops_;
  StopTimer stop_timer_;
  unsigned running_ = 0;
  std::vector<CoreReport> reports_;  // each written by its core
  std::vector<char> noted_;          // the same: whether somebody there knew of the signal
};

void System::Launch::CoreStop::run() {
  if (home) {
    launch.core_stopped();
    return;
  }
  // Runs twice on its core: to stop the actors, and when the last has ended.
  Core& here = Core::current();
  if (!here.stopping()) {
    here.stop_actors(*this);
    return;
  }
  home = true;
  here.run_on(0, *this);
}

void System::Launch::CoreStop::Report::run() {
  Core& here = Core::current();
  if (here.cells.live() != 0) {
    const std::string line = "core " + std::to_string(here.index()) + ": " +
                             std::to_string(here.cells.live()) +
                             " actors did not end in time and are abandoned; the first are:\n";
    here.node().log().warning(line + leak_report(here, kNamesInReport));
  }
  here.request_stop();
}

// Every core has taken its last turn: what is still in the lanes is dropped and counted.
void System::Launch::finish(io::Reactor& reactor) {
  auto& core = static_cast<Core&>(reactor);
  if (stop_timer_.armed() && core.index() == 0) core.timers().cancel(stop_timer_);
  core.exchange.receive();
  while (protocols::Frame* frame = core.exchange.take_spilled()) {
    if (frame->header.type == protocols::FrameType::kStopAfterQueued) {
      core.release(frame);
    } else {
      core.drop(frame, DropReason::kSystemStopping);
    }
  }
  core.end_interception();
  noted_[core.index()] = core.stop_request.looked() ? 1 : 0;
  CoreReport& report = reports_[core.index()];
  report.ledger = core.ledger;
  report.reactor = core.counters();
  report.frames_sent = core.exchange.frames_sent();
  report.frames_received = core.exchange.frames_received();
  report.spilled_frames = core.exchange.spilled_frames();
  report.pool_heap_calls = core.blocks.heap_calls() + core.messages.heap_calls();
  report.memory = core.memory().counters();
  report.actors_left = core.cells.live();
}

System::System(SystemOptions options) : options_(std::move(options)) {
  const unsigned cores = make_engine(options_)->cores();
  // With too many the engine refuses to run; there is no need for their lanes.
  options_.node.cores = cores <= io::kCoresMax ? cores : 1;
  node_ = std::make_unique<Node>(options_.node);
}

System::~System() = default;

unsigned System::cores() const { return node_->cores(); }

Status System::run_main(std::function<Task<Status>()> main) {
  TROUPE_CHECK(!ran_, "a System runs once; make another for another run");
  ran_ = true;
  const std::unique_ptr<io::Engine> engine = make_engine(options_);
  Launch launch(*this, std::move(main), cores());
  Status ran = engine->run(launch);
  reports_ = launch.take_reports();
  pools_ = engine->pool_counters();
  signal_ = launch.signal();
  signal_noted_ = launch.signal_noted();
  // Written to a lane after its reader had taken its last look.
  reports_[0].ledger.dropped[static_cast<std::size_t>(DropReason::kSystemStopping)] +=
      node_->mesh().clear();
  if (auto* simulation = dynamic_cast<io::SimEngine*>(engine.get()); simulation != nullptr) {
    fingerprint_ = simulation->fingerprint();
  }
  if (!ran) return ran;
  if (!launch.status()) return launch.status();
  std::uint64_t left = 0;
  for (const CoreReport& report : reports_) left += report.actors_left;
  if (left != 0) return Error(Code::kDeadlineExceeded, left, "actors did not end at the stop");
  return ok();
}

Ledger System::ledger() const {
  Ledger total;
  for (const CoreReport& report : reports_) total += report.ledger;
  return total;
}

int System::exit_code(const Status& status) const {
  if (signal_ == 0) return exit_code_of(status);
  if (status && signal_noted_) return 0;
  // That main was stopping says nothing that the signal's own line did not.
  if (!status && !status.error().is(Code::kStopping)) (void)exit_code_of(status);
  return 128 + signal_;
}

std::string io_report(const SystemOptions& options) {
  if (options.backend == BackendKind::kSimulation) return "backend: simulation\n";
  return io::io_report({.cores = options.cores,
                        .uring = options.uring,
                        .kernel = kernel_of(options.backend),
                        .memory = options.memory});
}

int exit_code_of(const Status& status) {
  if (status) return 0;
  std::fprintf(stderr, "error: %s\n", status.error().describe().c_str());
  return 1;
}

}  // namespace troupe
