// Systems: how they end, what is left then, and what ends the process.
#include "actor/system.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <stdexcept>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Watcher;
using testing::options_for;
using testing::run_in;

/// Awaits something that no cancellation reaches in time: it sleeps again and again after the stop.
Behavior endless(Counter::Self self) {
  for (;;) {
    auto slept = co_await sleep_for(1ms);
    if (!slept) {
      auto msg = co_await self.receive();
      (void)msg.kind();
      for (;;) {
        auto more = co_await sleep_for(1h);
        (void)more;
      }
    }
  }
}

/// Takes its time to end.
Behavior lingering(Counter::Self self) {
  auto msg = co_await self.receive();
  (void)msg.kind();
  auto slept = co_await self.sleep_for(10ms);
  (void)slept;
}

TEST(SystemTest, AStopAfterQueuedThatComesWhileItEndsIsNoLostMessage) {
  System system(options_for({BackendKind::kSimulation, 1}));
  run_in(system, [](Root root) -> Task<Status> {
    auto actor = root.spawn<Counter>(lingering);
    actor.stop();
    auto slept = co_await sleep_for(1ms);
    actor.stop_after_queued();
    co_return slept;
  });
  EXPECT_EQ(system.ledger().dropped_total(), 0u);
}

// Ends the process with 0 if the stop gave up on exactly one actor.
[[noreturn]] void stop_with_an_endless_actor() {
  SystemOptions options = options_for({BackendKind::kSimulation, 2});
  options.node.log = &Log::standard_error();
  options.stop_within = 50ms;
  System system(options);
  const Status status = system.run([](Root root) -> Task<Status> {
    root.spawn<Counter>(endless);
    auto slept = co_await sleep_for(5ms);
    co_return slept;
  });
  const bool as_expected = status.has_error() && status.error().is(Code::kDeadlineExceeded) &&
                           status.error().detail() == 1;
  std::_Exit(as_expected ? 0 : 1);
}

// In a process of its own: an abandoned actor's memory is never freed.
TEST(SystemDeathTest, NamesActorsThatDoNotEnd) {
  EXPECT_EXIT(stop_with_an_endless_actor(), ::testing::ExitedWithCode(0),
              "1 actors did not end in time.*\ncore 0: 1 actor, 0 open asks, 1 timer\n"
              "/user/.0: sample.Counter .core 0, slot 0.: .*\n.*waits for "
              "sleep\n.*at .*system_test.cc:");
}

/// Watches as many as it may, and one more. None of them lives: the other core says so only later.
Behavior watches_too_many(Watcher::Self self) {
  for (std::uint32_t slot = 0; slot <= kWatchesMax; ++slot) {
    self.watch(Ref<Counter>(Address{0, 1, slot, 1}));
  }
  auto msg = co_await self.receive();
  (void)msg.kind();
}
void run_one_that_watches_too_many() {
  System system(options_for({BackendKind::kSimulation, 2}));
  (void)system.run([](Root root) -> Task<Status> {
    auto watcher = root.spawn<Watcher>(watches_too_many);
    auto ended = co_await until_ended(watcher, within(1h));
    co_return ended ? ok() : Status(ended.error());
  });
}

TEST(SystemDeathTest, WatchingMoreThanTheLimitSaysWhoDoes) {
  EXPECT_DEATH(run_one_that_watches_too_many(), "actor sample.Watcher watches 65536 others");
}

/// Tells another core more than its ring holds, as its last act.
Behavior last_words(Counter::Self self, Ref<Counter> to) {
  auto msg = co_await self.receive();
  (void)msg.kind();
  for (int i = 0; i < 5000; ++i) to.tell().add(1);
}

TEST(SystemTest, WhatIsStillInTheLanesAtTheEndIsCounted) {
  std::uint64_t dropped = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    for (const BackendKind backend : {BackendKind::kSimulation, BackendKind::kUring}) {
      if (backend == BackendKind::kUring && seed > 5) continue;
      SystemOptions options = options_for({backend, 2, seed});
      options.node.lanes.user_ring_bytes = 8192;
      options.node.lanes.control_ring_bytes = 8192;
      System system(options);
      run_in(system, [](Root root) -> Task<Status> {
        const auto spawn = []() -> Task<Ref<Counter>> {
          co_return Root().spawn<Counter>(sample::counter, std::uint64_t{0});
        };
        auto far = co_await root.on_core(1, spawn);
        root.spawn<Counter>(last_words, far);
        co_return ok();  // the stop lets them speak
      });
      dropped += system.ledger().dropped[static_cast<std::size_t>(DropReason::kSystemStopping)];
    }
  }
  EXPECT_GT(dropped, 0u) << "nothing was left in a lane: the test proves nothing";
}

TEST(SystemTest, MainsErrorComesOut) {
  System system(options_for({BackendKind::kUring, 2}));
  const Status status = system.run(
      [](Root) -> Task<Status> { co_return Error(Code::kInvalidArgument, 42, "on purpose"); });
  EXPECT_EQ(status.error().detail(), 42u);
  System throwing(options_for({BackendKind::kUring, 1}));
  const Status failed = throwing.run([](Root) -> Task<Status> {
    throw std::runtime_error("on purpose");
    co_return ok();
  });
  EXPECT_TRUE(failed.error().is(Code::kFailed));
}

}  // namespace
}  // namespace troupe
