// SIGINT and SIGTERM: what main sees of them, and how the program ends. Everywhere; real signals on
// threads, injected ones in simulation.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <thread>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using testing::expect_balanced;
using testing::options_for;

class SignalsTest : public ::testing::TestWithParam<testing::RunOn> {
 protected:
  SystemOptions options(Signals signals, int number = SIGINT) const {
    SystemOptions options = options_for(GetParam());
    options.signals = signals;
    options.simulation.signal = io::SimSignal{10ms, number};
    return options;
  }
  bool simulated() const { return GetParam().backend == BackendKind::kSimulation; }
  /// On threads the test sends it; the simulation does so itself, after 10 ms.
  void send(int number) const {
    if (!simulated()) raise(number);
  }
};

TEST_P(SignalsTest, EndMainsAwaitAndEveryLaterOne) {
  System system(options(Signals::kEndMain));
  const Status status = system.run([this](Root root) -> Task<Status> {
    const auto counter = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    send(SIGINT);
    auto held = co_await counter.ask(within(1h)).hold(Duration(24h).count());
    EXPECT_TRUE(held.error().is(Code::kStopping)) << held.error().describe();
    auto slept = co_await sleep_for(1h);
    EXPECT_TRUE(slept.error().is(Code::kStopping));
    co_return slept.error();
  });
  EXPECT_TRUE(status.error().is(Code::kStopping));
  EXPECT_EQ(system.signal(), SIGINT);
  EXPECT_EQ(system.exit_code(status), 130);
  EXPECT_EQ(system.reports()[0].actors_left, 0u);
  expect_balanced(system);
}

TEST_P(SignalsTest, EndTasksThatMainAwaitsOnOtherCores) {
  System system(options(Signals::kEndMain, SIGTERM));
  const Status status = system.run([this](Root root) -> Task<Status> {
    send(SIGTERM);
    co_return co_await root.on_core(root.cores() - 1, []() -> Task<Status> {
      auto slept = co_await sleep_for(1h);
      EXPECT_TRUE(slept.error().is(Code::kStopping));
      co_return slept;
    });
  });
  EXPECT_TRUE(status.error().is(Code::kStopping));
  EXPECT_EQ(system.exit_code(status), 143);
}

TEST_P(SignalsTest, SuccessOfAMainThatDidNotLookIsNoSuccess) {
  System system(options(Signals::kEndMain));
  const Status status = system.run([this](Root) -> Task<Status> {
    send(SIGINT);
    (void)co_await sleep_for(1h);
    co_return ok();
  });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(system.exit_code(status), 130);
}

TEST_P(SignalsTest, AnErrorOfItsOwnKeepsTheExitCodeOfTheSignal) {
  System system(options(Signals::kEndMain));
  const Status status = system.run([this](Root root) -> Task<Status> {
    send(SIGINT);
    auto stopped = co_await root.until_stopped();
    EXPECT_TRUE(stopped.ok());
    co_return Error(Code::kFailed, 7, "half of it is missing");
  });
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(system.exit_code(status), 130);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "error: failed (7): half of it is missing\n");
}

TEST_P(SignalsTest, AServerTakesTheRequestAndSaysGoodbye) {
  for (Signals signals : {Signals::kEndMain, Signals::kTellMain}) {
    System system(options(signals, SIGTERM));
    const Status status = system.run([this](Root root) -> Task<Status> {
      const auto counter = root.spawn<Counter>(sample::counter, std::uint64_t{3});
      EXPECT_FALSE(root.stop_requested());
      auto early = co_await root.until_stopped(within(1ms));
      EXPECT_TRUE(early.error().is(Code::kDeadlineExceeded)) << early.error().describe();
      send(SIGTERM);
      auto stopped = co_await root.until_stopped();
      EXPECT_TRUE(stopped.ok());
      EXPECT_TRUE(root.stop_requested());
      auto total = co_await counter.ask(within(1h)).total();
      EXPECT_TRUE(total.ok()) << total.error().describe();
      auto again = co_await root.until_stopped(within(1h));
      EXPECT_TRUE(again.ok());
      co_return ok();
    });
    EXPECT_EQ(system.exit_code(status), 0);
    EXPECT_EQ(system.signal(), SIGTERM);
    expect_balanced(system);
  }
}

TEST_P(SignalsTest, AMainThatIsOnlyToldGoesOnAndLooksWhereItIs) {
  System system(options(Signals::kTellMain));
  const Status status = system.run([this](Root root) -> Task<Status> {
    send(SIGINT);
    auto slept = co_await sleep_for(20ms);
    EXPECT_TRUE(slept.ok());
    // Every core learns of it.
    for (unsigned core = 0; core < root.cores(); ++core) {
      auto seen = co_await root.on_core(core, []() -> Task<bool> {
        while (!Root().stop_requested()) (void)co_await sleep_for(1ms);
        co_return true;
      });
      EXPECT_TRUE(seen);
    }
    co_return ok();
  });
  EXPECT_EQ(system.exit_code(status), 0);
}

TEST_P(SignalsTest, WaitingOnAnotherCoreAndInACombination) {
  for (Signals signals : {Signals::kEndMain, Signals::kTellMain}) {
    System system(options(signals));
    const Status status = system.run([this](Root root) -> Task<Status> {
      // It loses, and is forgotten.
      auto slept_first = co_await first_of(root.until_stopped(), sleep_for(1ms));
      EXPECT_EQ(slept_first.index(), 1u);
      send(SIGINT);
      auto there = [](Root from) -> Task<Status> {
        co_return co_await from.on_core(
            from.cores() - 1, []() -> Task<Status> { co_return co_await Root().until_stopped(); });
      };
      auto [here, elsewhere] = co_await all_of(root.until_stopped(), there(root));
      EXPECT_TRUE(here.ok());
      // Cancelled with main, or told on its own core: whichever came first.
      EXPECT_TRUE(elsewhere.ok() || elsewhere.error().is(Code::kStopping));
      auto taken = co_await root.until_stopped();
      EXPECT_TRUE(taken.ok());
      auto goodbye = co_await sleep_for(1ms);
      EXPECT_TRUE(goodbye.ok());
      co_return ok();
    });
    EXPECT_EQ(system.exit_code(status), 0);
  }
}

TEST_P(SignalsTest, LeftAloneTheyAreTheProcesss) {
  static std::atomic<int> seen = 0;
  seen = 0;
  const auto previous = signal(SIGINT, [](int number) { seen = number; });
  System system(options(Signals::kLeaveAlone));
  const Status status = system.run([this](Root root) -> Task<Status> {
    send(SIGINT);
    auto slept = co_await sleep_for(20ms);
    EXPECT_TRUE(slept.ok());
    EXPECT_FALSE(root.stop_requested());
    co_return ok();
  });
  EXPECT_EQ(seen, simulated() ? 0 : SIGINT);
  EXPECT_EQ(system.signal(), 0);
  EXPECT_EQ(system.exit_code(status), 0);
  signal(SIGINT, previous);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, SignalsTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

SystemOptions threaded(unsigned cores) {
  return options_for(testing::RunOn{BackendKind::kUring, cores});
}

TEST(Signals, ReachACoreThatSleeps) {
  std::atomic<bool> waits = false;
  std::thread sender([&] {
    while (!waits.load()) std::this_thread::yield();
    std::this_thread::sleep_for(20ms);
    kill(getpid(), SIGTERM);
  });
  System system(threaded(2));
  const Status status = system.run([&waits](Root root) -> Task<Status> {
    waits = true;
    co_return co_await root.until_stopped();
  });
  EXPECT_EQ(system.exit_code(status), 0);
  EXPECT_EQ(system.signal(), SIGTERM);
  sender.join();
}

TEST(Signals, ReachAllSystemsOfAProcessAndNoneOfTheNext) {
  std::atomic<int> running = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&running] {
      System system(threaded(2));
      const Status status = system.run([&running](Root root) -> Task<Status> {
        ++running;
        co_return co_await root.until_stopped(within(1h));
      });
      EXPECT_EQ(system.exit_code(status), 0);
      EXPECT_EQ(system.signal(), SIGINT);
    });
  }
  while (running.load() != 3) std::this_thread::yield();
  kill(getpid(), SIGINT);
  for (std::thread& thread : threads) thread.join();

  System next(threaded(1));
  const Status status = next.run([](Root root) -> Task<Status> {
    auto stopped = co_await root.until_stopped(within(5ms));
    EXPECT_TRUE(stopped.error().is(Code::kDeadlineExceeded));
    co_return ok();
  });
  EXPECT_EQ(next.exit_code(status), 0);
  EXPECT_EQ(next.signal(), 0);
}

TEST(Signals, TooManyCoresAreAnErrorAndNotALackOfMemory) {
  System system(threaded(100'000));
  const Status status = system.run([](Root) -> Task<Status> { co_return ok(); });
  EXPECT_TRUE(status.error().is(Code::kInvalidArgument)) << status.error().describe();
}

}  // namespace
}  // namespace troupe
