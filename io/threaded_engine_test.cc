// Tests cores on real threads: phases, waking sleepers, stopping, and failing before anything
// starts.
#include "io/threaded_engine.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "io/testing_ring.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

void run_ring(RingFactory& factory, unsigned cores) {
  ThreadedOptions options;
  options.cores = cores;
  ThreadedEngine engine(options);
  EXPECT_EQ(engine.cores(), cores);
  const Status ended = engine.run(factory);
  EXPECT_TRUE(ended.ok()) << (ended.ok() ? "" : ended.error().describe());
  EXPECT_EQ(factory.made(), cores);
  EXPECT_EQ(factory.destroyed(), cores);
}

TEST(ThreadedEngine, StartsAndStopsTwoHundredTimes) {
  for (unsigned i = 0; i < 200; ++i) {
    RingOptions ring;
    ring.cores = 1 + i % 4;
    ring.passes = 1 + i;
    RingFactory factory(ring);
    run_ring(factory, ring.cores);
  }
}

TEST(ThreadedEngine, LosesNoWakeUp) {
  // Without polling every pass meets a core that sleeps or is about to; without timers a lost
  // wake-up would hang this test. Dawdling moves the publication across the sleeper's last look.
  for (std::uint64_t dawdle : {0u, 300u, 10'000u}) {
    RingOptions ring;
    ring.passes = 10'000;
    ring.dawdle_max = dawdle;
    ring.reactor.spin_max = 0ns;
    RingFactory factory(ring);
    run_ring(factory, 2);
    std::uint64_t sleeps = 0;
    std::uint64_t wakes = 0;
    for (const ReactorCounters& counters : factory.counters()) {
      sleeps += counters.sleeps;
      wakes += counters.wakes_sent;
      EXPECT_EQ(counters.spins, 0u);
    }
    // A wake-up ends one sleep, the current or the next, and not every later one.
    EXPECT_LE(wakes, ring.passes + 2);
    EXPECT_LE(sleeps, 2 * wakes + 10);
  }
}

TEST(ThreadedEngine, PollsBeforeItSleeps) {
  RingOptions ring;
  ring.passes = 20'000;
  ring.reactor.spin_min = std::chrono::microseconds(1);
  RingFactory factory(ring);
  run_ring(factory, 2);
  EXPECT_GT(factory.counters()[0].spins + factory.counters()[1].spins, 0u);
}

/// Cores that do nothing; a thread outside stops them.
class IdleFactory final : public CoreFactory {
 public:
  std::unique_ptr<Reactor> make(std::uint16_t index, Backend& backend,
                                std::uint64_t seed) override {
    ++made;
    return std::make_unique<Reactor>(index, backend, seed);
  }
  void start(Reactor& core) override {
    stoppers_[core.index()] = std::thread([&core] { core.request_stop(); });
  }
  void finish(Reactor& core) override {
    EXPECT_TRUE(core.stop_requested());
    stoppers_[core.index()].join();
  }
  std::atomic<unsigned> made = 0;

 private:
  std::thread stoppers_[4];
};

TEST(ThreadedEngine, IsStoppedFromOutside) {
  for (int i = 0; i < 50; ++i) {
    IdleFactory factory;
    ThreadedOptions options;
    options.cores = 4;
    options.pin = i % 2 == 0;
    ThreadedEngine engine(options);
    EXPECT_TRUE(engine.run(factory).ok());
  }
}

TEST(ThreadedEngine, TakesOneCorePerUsableCpu) {
  ThreadedEngine engine;
  EXPECT_GE(engine.cores(), 1u);
  EXPECT_LE(engine.cores(), kCoresMax);
  ThreadedOptions options;
  options.cores = kCoresMax + 1;
  ThreadedEngine too_many(options);
  IdleFactory factory;
  EXPECT_TRUE(too_many.run(factory).error().is(Code::kInvalidArgument));
}

/// Runs four cores in a child whose descriptors suffice for fewer; returns its exit status.
int run_short_of_files() {
  const pid_t child = fork();
  if (child == 0) {
    const int lowest_free = dup(0);
    const rlimit limit{static_cast<rlim_t>(lowest_free) + 5, static_cast<rlim_t>(lowest_free) + 5};
    close(lowest_free);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) _exit(2);
    IdleFactory factory;
    ThreadedOptions options;
    options.cores = 4;
    ThreadedEngine engine(options);
    const Status ended = engine.run(factory);
    const bool refused = !ended.ok() && ended.error().is(Code::kIo) &&
                         ended.error().detail() == EMFILE && factory.made == 0;
    _exit(refused ? 0 : 3);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(ThreadedEngine, StartsNothingIfOneRingCannotBeHad) { EXPECT_EQ(run_short_of_files(), 0); }

}  // namespace
}  // namespace troupe::io
