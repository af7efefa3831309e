// Memory budgets as actors see them: a core that needs more borrows, a node without any drops, says
// so, and recovers.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Numbered;
using testing::options_for;
using testing::run_in;

constexpr std::uint64_t kShare = 1 << 20;
constexpr std::uint64_t kReserve = 512 * 1024;
// What an add() takes: the frame, or the pool's block for it.
#if defined(TROUPE_SANITIZED)
constexpr std::uint64_t kAddBytes = 48;
#else
constexpr std::uint64_t kAddBytes = 64;
#endif

SystemOptions options_with_little(const testing::RunOn& on) {
  SystemOptions options = options_for(on);
  options.memory = {.bytes_per_core = kShare, .reserve_bytes = kReserve};
  return options;
}

std::uint64_t dropped(const System& system, DropReason reason) {
  return system.ledger().dropped[static_cast<std::size_t>(reason)];
}

MemoryCounters memory_of(const System& system) {
  MemoryCounters total;
  for (const CoreReport& report : system.reports()) total += report.memory;
  return total;
}

/// Takes nothing until it may, then counts.
Behavior gated(Counter::Self self, const std::atomic<bool>* open) {
  while (!open->load()) {
    auto slept = co_await self.sleep_for(100us);
    if (!slept) co_return;
  }
  std::uint64_t sum = 0;
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kAdd) {
      sum += msg.add().amount();
    } else if (msg.kind() == Counter::Kind::kTotal) {
      msg.total().reply(sum);
    } else if (msg.kind() == Counter::Kind::kStop) {
      co_return;
    }
  }
}

Task<Ref<Counter>> spawn_gated(const std::atomic<bool>* open) {
  co_return Root().spawn<Counter>(gated, open);
}

/// Tells until one is refused: how many were taken.
std::uint64_t fill(const Ref<Counter>& counter) {
  std::uint64_t taken = 0;
  for (;;) {
    const Status told = counter.try_tell().add(1);
    if (!told) {
      EXPECT_TRUE(told.error().is(Code::kOutOfMemory)) << told.error().describe();
      return taken;
    }
    ++taken;
  }
}

class MemoryTest : public ::testing::TestWithParam<testing::RunOn> {};

TEST_P(MemoryTest, ACoreBeyondItsShareBorrows) {
  const unsigned cores = GetParam().cores;
  System system(options_with_little(GetParam()));
  std::atomic<bool> open = false;
  run_in(
      system,
      [](Root root, std::atomic<bool>* gate) -> Task<Status> {
        auto counter = root.spawn<Counter>(gated, gate);
        // Five quarters of a share with two cores.
        const std::uint64_t count =
            root.cores() == 2 ? kShare * 5 / 4 / kAddBytes : kShare / 2 / kAddBytes;
        for (std::uint64_t i = 0; i < count; ++i) counter.tell().add(1);
        gate->store(true);
        auto total = co_await counter.ask(within(10s)).total();
        EXPECT_TRUE(total.ok());
        if (total) EXPECT_EQ(total->value(), count);
        co_return ok();
      },
      &open);
  EXPECT_EQ(system.ledger().dropped_total(), 0u);
  EXPECT_EQ(memory_of(system).refusals, 0u);
  const MemoryCounters& busy = system.reports()[0].memory;
  EXPECT_EQ(busy.share, kShare);
  EXPECT_EQ(busy.reserve, kReserve);
  EXPECT_GT(busy.heap_calls, 0u);
  EXPECT_EQ(busy.borrowed_peak > 0, cores == 2);
}

TEST_P(MemoryTest, ANodeWithoutAnyRefusesAndRecovers) {
  System system(options_with_little(GetParam()));
  std::atomic<bool> open = false;
  run_in(
      system,
      [](Root root, std::atomic<bool>* gate) -> Task<Status> {
        auto other = root.spawn<Counter>(sample::counter, std::uint64_t{0});
        auto counter = root.spawn<Counter>(gated, gate);
        const std::uint64_t taken = fill(counter);
        EXPECT_GT(taken * 128, kShare * root.cores() / 2);
        counter.tell().add(1);  // dropped and counted
        auto refused = co_await other.ask(within(10s)).total();
        EXPECT_TRUE(refused.has_error() && refused.error().is(Code::kOutOfMemory));
        auto waited = co_await counter.tell_or_wait().add(1);
        EXPECT_TRUE(waited.has_error() && waited.error().is(Code::kOutOfMemory));

        // What must not fail goes on: tasks, stops; actors are refused before the reserve is gone.
        std::vector<Ref<Counter>> spawned;
        for (int i = 0; i < 10'000; ++i) {
          spawned.push_back(root.spawn<Counter>(sample::counter, std::uint64_t{0}));
          if (spawned.back() == Ref<Counter>()) break;
        }
        EXPECT_EQ(spawned.back(), Ref<Counter>()) << "spawned without memory";
        spawned.pop_back();

        gate->store(true);
        // The answer to an ask that found memory is the count of all that was taken.
        std::uint64_t sum = 0;
        for (int attempt = 0; attempt < 10'000 && sum == 0; ++attempt) {
          auto slept = co_await sleep_for(1ms);
          auto total = co_await counter.ask(within(10s)).total();
          if (slept && total) sum = total->value();
        }
        EXPECT_EQ(sum, taken);
        // Other sizes and actors are possible again.
        auto again = root.spawn<Counter>(sample::counter, std::uint64_t{5});
        EXPECT_NE(again, Ref<Counter>());
        auto five = co_await again.ask(within(10s)).total();
        EXPECT_TRUE(five.ok());
        const std::vector<std::byte> bytes(100'000, std::byte{1});
        auto echoed = co_await again.ask(within(10s)).echo(bytes);
        EXPECT_TRUE(echoed.ok()) << echoed.error().describe();
        for (const Ref<Counter>& each : spawned) each.stop();
        co_return ok();
      },
      &open);
  EXPECT_EQ(dropped(system, DropReason::kOutOfMemory), 1u);
  EXPECT_EQ(system.ledger().dropped_total(), 1u);
  const MemoryCounters memory = memory_of(system);
  EXPECT_GT(memory.refusals, 3u);
  EXPECT_LE(memory.used, (kShare + kReserve) * GetParam().cores);
#if !defined(TROUPE_SANITIZED)
  EXPECT_GT(memory.reclaimed, 0u) << "chunks of small messages became others";
#endif
}

TEST_P(MemoryTest, ALargeAnswerWithoutMemoryIsAnError) {
  System system(options_with_little(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    const auto answers = [](Counter::Self self) -> Behavior {
      const std::vector<std::byte> large(kShare * 3 / 4, std::byte{1});
      for (;;) {
        auto msg = co_await self.receive();
        if (msg.kind() == Counter::Kind::kEcho) msg.echo().reply(large);
        if (msg.kind() == Counter::Kind::kStop) co_return;
      }
    };
    auto counter = root.spawn<Counter>(answers);
    unsigned refused = 0;
    {
      std::vector<Counter::EchoReply> kept;
      while (refused == 0 && kept.size() < 10) {
        auto echoed = co_await counter.ask(within(10s)).echo({});
        if (echoed) {
          kept.push_back(std::move(*echoed));
        } else {
          EXPECT_TRUE(echoed.error().is(Code::kOutOfMemory)) << echoed.error().describe();
          ++refused;
        }
      }
      EXPECT_EQ(refused, 1u);
      EXPECT_EQ(kept.size(), root.cores() == 2 ? 2u : 1u);
    }
    auto echoed = co_await counter.ask(within(10s)).echo({});
    EXPECT_TRUE(echoed.ok()) << "what they held is free again";
    co_return ok();
  });
}

TEST_P(MemoryTest, AKeyedActorThatFindsNoneIsNotActivated) {
  System system(options_with_little(GetParam()));
  system.serve<Numbered>(sample::numbered);
  run_in(system, [](Root) -> Task<Status> {
    std::uint64_t refused = 0;
    std::uint64_t answered = 0;
    for (std::uint64_t number = 0; number < 60'000 && refused < 100; ++number) {
      auto twice = co_await Ref<Numbered>(number).ask(within(10s)).double_();
      if (twice) {
        ++answered;
      } else {
        EXPECT_TRUE(twice.error().is(Code::kOutOfMemory)) << twice.error().describe();
        ++refused;
      }
    }
    EXPECT_EQ(refused, 100u);
    EXPECT_GT(answered, 500u);
    // Those that live go on answering: nobody needs more memory for that.
    auto twice = co_await Ref<Numbered>(std::uint64_t{0}).ask(within(10s)).double_();
    EXPECT_TRUE(twice.ok() || twice.error().is(Code::kOutOfMemory));
    co_return ok();
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, MemoryTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

class MemoryAcrossCoresTest : public ::testing::TestWithParam<testing::RunOn> {};

TEST_P(MemoryAcrossCoresTest, WhatComesAndFindsNoneIsDroppedAndAnswered) {
  System system(options_with_little(GetParam()));
  std::atomic<bool> open = false;
  run_in(
      system,
      [](Root root, std::atomic<bool>* gate) -> Task<Status> {
        auto counter = co_await root.on_core(1, spawn_gated, gate);
        // What was told may wait here, there, or between: more and more, until no ask finds memory.
        bool refused = false;
        for (int round = 0; round < 10'000 && !refused; ++round) {
          for (int i = 0; i < 5'000; ++i) counter.tell().add(1);
          auto total = co_await counter.ask(within(5ms)).total();
          EXPECT_TRUE(total.has_error());
          refused = total.has_error() && total.error().is(Code::kOutOfMemory);
        }
        EXPECT_TRUE(refused);
        gate->store(true);
        bool answered = false;
        for (int attempt = 0; attempt < 10'000 && !answered; ++attempt) {
          auto slept = co_await sleep_for(1ms);
          auto total = co_await counter.ask(within(10s)).total();
          answered = slept.ok() && total.ok();
        }
        EXPECT_TRUE(answered) << "it recovers";
        co_return ok();
      },
      &open);
  EXPECT_GT(dropped(system, DropReason::kOutOfMemory), 0u);
  EXPECT_GT(system.ledger().handled, kShare / 4 / 128) << "a core does not lend all it has";
}

TEST_P(MemoryAcrossCoresTest, HandedOverBlocksAreCountedAtHome) {
  System system(options_with_little(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    const auto spawn = []() -> Task<Ref<Counter>> {
      co_return Root().spawn<Counter>(sample::counter, std::uint64_t{0});
    };
    auto counter = co_await root.on_core(1, spawn);
    // Many times the budget in all: what went over is there again when it has come home.
    const std::vector<std::byte> bytes(100'000, std::byte{1});
    for (int i = 0; i < 200; ++i) {
      auto echoed = co_await counter.ask(within(10s)).echo(bytes);
      EXPECT_TRUE(echoed.ok()) << echoed.error().describe();
    }
    co_return ok();
  });
  for (const CoreReport& report : system.reports()) {
    EXPECT_GT(report.memory.foreign_frees, 190u);
    EXPECT_LE(report.memory.large, 400'000u);
    EXPECT_LE(report.memory.peak, kShare * 2);
  }
}

TEST_P(MemoryAcrossCoresTest, WhatAnIdleCoreDoesNotUseCanBeBorrowed) {
  // The other core had a peak; its chunks are all free, and it has nothing to do.
  System system(options_with_little(GetParam()));
  std::atomic<bool> open = false;
  run_in(
      system,
      [](Root root, std::atomic<bool>* gate) -> Task<Status> {
        const auto peak = [](std::atomic<bool>* own) -> Task<void> {
          auto counter = Root().spawn<Counter>(gated, own);
          for (std::uint64_t i = 0; i < kShare * 5 / 4 / kAddBytes; ++i) counter.tell().add(1);
          own->store(true);
          auto total = co_await counter.ask(within(10s)).total();
          EXPECT_TRUE(total.ok());
          own->store(false);
          counter.stop();
        };
        co_await root.on_core(1, peak, gate);
        auto counter = root.spawn<Counter>(gated, gate);
        std::uint64_t taken = 0;
        for (int attempt = 0; attempt < 10'000 && taken < kShare * 5 / 4 / kAddBytes; ++attempt) {
          while (counter.try_tell().add(1)) ++taken;
          auto slept = co_await sleep_for(1ms);
          if (!slept) co_return slept;
        }
        EXPECT_GE(taken, kShare * 5 / 4 / kAddBytes);
        gate->store(true);
        co_return ok();
      },
      &open);
  EXPECT_GT(system.reports()[0].memory.borrowed_peak, kShare / 2);
}

constexpr testing::RunOn kTwoCores[] = {
    {BackendKind::kUring, 2}, {BackendKind::kEpoll, 2}, {BackendKind::kSimulation, 2, 3}};
INSTANTIATE_TEST_SUITE_P(TwoCores, MemoryAcrossCoresTest, ::testing::ValuesIn(kTwoCores),
                         testing::name_of);

Task<int> deeper(int depth) {
  if (depth == 10'000'000) co_return 0;
  const int below = co_await deeper(depth + 1);
  co_return below + depth;
}

TEST(MemoryDeathTest, TheEndSaysWhatToDo) {
  EXPECT_DEATH(
      {
        System system(options_with_little({BackendKind::kSimulation, 1}));
        (void)system.run([](Root) -> Task<Status> {
          const int depth = co_await deeper(0);
          co_return Error(Code::kFailed, static_cast<std::uint64_t>(depth));
        });
      },
      "core 0 is out of memory: [0-9]+ bytes for what must not fail, .*its share of 1048576 .*a "
      "reserve of 524288; .*Raise MemoryOptions::bytes_per_core or reserve_bytes");
}

TEST(MemoryOptionsTest, TooLittleIsRefused) {
  for (const testing::RunOn& on : testing::kEverywhere) {
    SystemOptions options = options_for(on);
    options.memory.bytes_per_core = 1000;
    System system(options);
    const Status ran = system.run([](Root) -> Task<Status> { co_return ok(); });
    EXPECT_TRUE(ran.has_error() && ran.error().is(Code::kInvalidArgument));
  }
}

}  // namespace
}  // namespace troupe
