// Tests what the first and the second signal do, on a core that the test turns by hand, and that
// dispositions come back.
#include "io/signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <time.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "io/sim/sim_engine.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

class StillBackend final : public Backend {
 public:
  Time now() override { return Time(1000s); }
  void poll() override {}
  void sleep(Time) override {}
  void wake() override { wakes.fetch_add(1); }
  bool publishes_now() override { return true; }
  std::atomic<unsigned> wakes = 0;
};

/// A core with what it does about a signal: it counts.
class Listener final : public Runnable {
 public:
  Listener() { core.on_signal(*this); }
  void run() override { ++told; }
  /// The signal the core has been told of; 0 if none.
  int turn() {
    const CoreContext::Bind bind(core);
    EXPECT_TRUE(core.heed_requests());
    core.turn();
    EXPECT_EQ(told, core.signal() == 0 ? 0 : 1);
    return core.signal();
  }
  StillBackend backend;
  Reactor core{0, backend, 1};
  int told = 0;
};

void wait(Duration duration) {
  const timespec time{0, static_cast<long>(duration.count())};
  nanosleep(&time, nullptr);
}

sighandler_t disposition(int number) {
  struct sigaction action{};
  sigaction(number, nullptr, &action);
  return action.sa_handler;
}

TEST(Signals, TheFirstIsToldOnce) {
  for (int number : {SIGINT, SIGTERM}) {
    Listener listener;
    const SignalWatch watch(listener.core);
    EXPECT_EQ(listener.turn(), 0);
    raise(number);
    EXPECT_EQ(listener.turn(), number);
    EXPECT_EQ(listener.turn(), number);
  }
}

TEST(Signals, WakesACoreThatSleepsAndNoOther) {
  Listener listener;
  const CoreContext::Bind bind(listener.core);
  const SignalWatch watch(listener.core);
  ASSERT_TRUE(listener.core.prepare_sleep());
  raise(SIGINT);
  EXPECT_EQ(listener.backend.wakes, 1u);
  listener.core.finish_sleep();
  // What came before the announcement is seen by the last look.
  EXPECT_FALSE(listener.core.prepare_sleep());
  EXPECT_EQ(listener.turn(), SIGINT);
  EXPECT_EQ(listener.backend.wakes, 1u);
}

TEST(Signals, GoesToEveryWatchAlsoToLaterOnes) {
  Listener first, second, later;
  const SignalWatch watch_first(first.core);
  auto watch_second = std::make_unique<SignalWatch>(second.core);
  raise(SIGTERM);
  const SignalWatch watch_later(later.core);
  EXPECT_EQ(first.turn(), SIGTERM);
  EXPECT_EQ(second.turn(), SIGTERM);
  EXPECT_EQ(later.turn(), SIGTERM);
}

TEST(Signals, AWatchThatEndedIsToldNothing) {
  Listener kept, ended;
  auto watch_ended = std::make_unique<SignalWatch>(ended.core);
  const SignalWatch watch_kept(kept.core);
  watch_ended.reset();
  raise(SIGINT);
  EXPECT_EQ(kept.turn(), SIGINT);
  EXPECT_EQ(ended.turn(), 0);
}

TEST(Signals, DispositionsComeBackAndTheNextWatchBeginsAnew) {
  signal(SIGINT, SIG_IGN);
  for (int i = 0; i < 3; ++i) {
    Listener listener;
    {
      const SignalWatch watch(listener.core);
      const SignalWatch other(listener.core);
      EXPECT_NE(disposition(SIGINT), SIG_IGN);
      raise(SIGINT);  // though it was ignored
    }
    EXPECT_EQ(listener.turn(), SIGINT);
    EXPECT_EQ(disposition(SIGINT), SIG_IGN);
    EXPECT_EQ(disposition(SIGTERM), SIG_DFL);
    raise(SIGINT);
  }
  signal(SIGINT, SIG_DFL);
}

TEST(Signals, TheSameRequestSentTwiceIsOne) {
  Listener listener;
  const SignalWatch watch(listener.core);
  raise(SIGTERM);
  raise(SIGTERM);
  raise(SIGINT);
  EXPECT_EQ(listener.turn(), SIGTERM);
}

TEST(SignalsDeathTest, TheSecondEndsAtOnce) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const auto twice = [](int number, int then) {
    Listener listener;
    const SignalWatch watch(listener.core);
    raise(number);
    wait(SignalWatch::kSameRequest + 20ms);
    raise(then);
  };
  EXPECT_EXIT(twice(SIGINT, SIGINT), testing::ExitedWithCode(130),
              "^troupe: SIGINT, the second signal: ended at once\n$");
  EXPECT_EXIT(twice(SIGINT, SIGTERM), testing::ExitedWithCode(143),
              "^troupe: SIGTERM, the second signal: ended at once\n$");
}

TEST(Signals, WatchesComeAndGoWhileSignalsComeIn) {
  // For the thread sanitizer above all: handlers run on one thread while others make and end
  // watches. All within kSameRequest of the first signal, as far as time allows.
  Listener anchor;
  const SignalWatch keeps_handlers(anchor.core);
  const auto first = std::chrono::steady_clock::now();
  raise(SIGINT);
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      while (!done.load()) {
        Listener listener;
        const SignalWatch watch(listener.core);
        EXPECT_EQ(listener.turn(), SIGINT);
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    if (std::chrono::steady_clock::now() - first > SignalWatch::kSameRequest / 2) break;
    raise(SIGTERM);
  }
  done.store(true);
  for (std::thread& thread : threads) thread.join();
}

/// Core 0 stops itself when it is told.
class StopsWhenTold final : public CoreFactory {
 public:
  std::unique_ptr<Reactor> make(std::uint16_t index, Backend& backend,
                                std::uint64_t seed) override {
    return std::make_unique<Reactor>(index, backend, seed);
  }
  void start(Reactor& core) override { core.on_signal(stop_); }
  void finish(Reactor& core) override {
    told = core.signal();
    told_at = core.now();
  }
  int told = 0;
  Time told_at{};

 private:
  struct Stop final : Runnable {
    void run() override { Reactor::current().request_stop(); }
  } stop_;
};

TEST(Signals, ComeInSimulationWhenTheOptionsSay) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimOptions options;
    options.cores = 1;
    options.seed = seed;
    options.signal = SimSignal{3s, SIGTERM};
    StopsWhenTold factory;
    SimEngine engine(options);
    const Status ended = engine.run(factory);
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(factory.told, SIGTERM);
    EXPECT_GE(factory.told_at, SimEngine::kStart + 3s);
    EXPECT_LE(factory.told_at, SimEngine::kStart + 3s + 1ms);
  }
}

}  // namespace
}  // namespace troupe::io
