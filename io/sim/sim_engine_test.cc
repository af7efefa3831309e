// Tests the simulation: repeatable, different by seed, and no hang goes unnoticed.
#include "io/sim/sim_engine.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <utility>

#include "io/testing_ring.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

struct Outcome {
  std::uint64_t fingerprint;
  std::uint64_t steps;
  Time clock;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome run_ring(std::uint64_t seed, unsigned cores) {
  RingOptions ring;
  ring.cores = cores;
  ring.passes = 300;
  RingFactory factory(ring);
  SimOptions options;
  options.seed = seed;
  options.cores = cores;
  SimEngine engine(options);
  const Status ended = engine.run(factory);
  EXPECT_TRUE(ended.ok()) << "seed " << seed << ": " << ended.error().describe();
  EXPECT_EQ(factory.made(), cores);
  EXPECT_EQ(factory.destroyed(), cores);
  return {engine.fingerprint(), engine.steps(), engine.clock()};
}

TEST(SimEngine, RepeatsARunFromItsSeed) {
  std::set<std::uint64_t> fingerprints;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const unsigned cores = 1 + static_cast<unsigned>(seed % 5);
    const Outcome first = run_ring(seed, cores);
    const Outcome again = run_ring(seed, cores);
    EXPECT_EQ(first, again) << "seed " << seed;
    fingerprints.insert(first.fingerprint);
  }
  EXPECT_EQ(fingerprints.size(), 500u);
}

TEST(SimEngine, FindsAWakeUpThatIsForgotten) {
  unsigned deadlocks = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RingOptions ring;
    ring.forgets_to_wake = true;
    RingFactory factory(ring);
    SimOptions options;
    options.seed = seed;
    SimEngine engine(options);
    const Status ended = engine.run(factory);
    if (ended.ok()) continue;
    EXPECT_TRUE(ended.error().is(Code::kFailed));
    EXPECT_EQ(ended.error().detail(), 2u);
    EXPECT_STREQ(ended.error().context(), "deadlock: every core sleeps and no timer is armed");
    EXPECT_EQ(factory.destroyed(), 2u);
    ++deadlocks;
  }
  EXPECT_EQ(deadlocks, 50u);
}

/// One core that does as `start` says.
class OneCore final : public CoreFactory {
 public:
  explicit OneCore(std::function<void(Reactor&)> start) : start_(std::move(start)) {}
  std::unique_ptr<Reactor> make(std::uint16_t index, Backend& backend,
                                std::uint64_t seed) override {
    return std::make_unique<Reactor>(index, backend, seed);
  }
  void start(Reactor& core) override { start_(core); }
  void finish(Reactor& core) override { finished = true; }

  bool finished = false;

 private:
  std::function<void(Reactor&)> start_;
};

class Forever final : public Runnable {
 public:
  void run() override { CoreContext::current().ready.push(*this); }
};

class EveryHour final : public Timer {
 public:
  void fire() override {
    Reactor& core = Reactor::current();
    EXPECT_GE(core.now(), at());
    EXPECT_LE(core.now() - at(), 10us);
    ++fired;
    core.timers().arm(*this, at() + 1h);
  }
  unsigned fired = 0;
};

TEST(SimEngine, EndsAProgramThatNeverDoes) {
  Forever forever;
  OneCore busy([&](Reactor& core) { core.ready.push(forever); });
  SimOptions options;
  options.cores = 1;
  options.steps_max = 10'000;
  SimEngine engine(options);
  const Status ended = engine.run(busy);
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().detail(), 10'000u);
  EXPECT_NE(ended.error().describe().find("steps_max"), std::string::npos);
  EXPECT_TRUE(busy.finished);
}

TEST(SimEngine, JumpsToTheNextTimerWhenAllSleep) {
  EveryHour timer;
  OneCore idle([&](Reactor& core) { core.timers().arm(timer, core.now() + 1h); });
  SimOptions options;
  options.cores = 1;
  options.virtual_time_max = 100 * 24h;
  SimEngine engine(options);
  const Status ended = engine.run(idle);
  ASSERT_FALSE(ended.ok());
  EXPECT_NE(ended.error().describe().find("virtual_time_max"), std::string::npos);
  EXPECT_EQ(timer.fired, 2400u);
  EXPECT_LT(engine.steps(), 20'000u);
}

TEST(SimEngine, RefusesWhatItCannotRun) {
  OneCore never([](Reactor&) { FAIL(); });
  for (unsigned cores : {0u, kCoresMax + 1}) {
    SimOptions options;
    options.cores = cores;
    SimEngine engine(options);
    const Status ended = engine.run(never);
    EXPECT_TRUE(ended.error().is(Code::kInvalidArgument));
  }
  SimOptions options;
  options.step_min = 0ns;
  SimEngine engine(options);
  const Status ended = engine.run(never);
  EXPECT_TRUE(ended.error().is(Code::kInvalidArgument));
}

TEST(SimBackend, PutsPublicationsOffButNotForLong) {
  const Time clock{};
  SimBackend seldom(clock, 1, 8, 0ns);
  unsigned delayed = 0;
  for (int i = 0; i < 80'000; ++i) delayed += seldom.publishes_now() ? 0 : 1;
  EXPECT_NEAR(delayed, 10'000, 500);

  SimBackend always(clock, 1, 1, 0ns);
  for (int i = 0; i < 90; ++i) EXPECT_EQ(always.publishes_now(), i % 9 == 8);

  SimBackend never(clock, 1, 0, 0ns);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(never.publishes_now());
}

TEST(SimBackend, TheEarliestWakeUpCounts) {
  Time clock = Time(1s);
  SimBackend backend(clock, 7, 0, 20us);
  EXPECT_EQ(backend.wake_at(), Time::max());
  Time earliest = Time::max();
  for (int i = 0; i < 100; ++i) {
    backend.wake();
    EXPECT_LE(backend.wake_at(), earliest);
    EXPECT_GE(backend.wake_at(), clock);
    EXPECT_LE(backend.wake_at(), clock + 20us);
    earliest = backend.wake_at();
  }
  backend.take_wake();
  EXPECT_EQ(backend.wake_at(), Time::max());
}

}  // namespace
}  // namespace troupe::io
