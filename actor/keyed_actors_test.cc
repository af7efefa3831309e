// Keyed actors: activated by their first message, one at a time, wherever their shard lives.
#include "actor/keyed_actors.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Numbered;
using sample::Vault;
using testing::options_for;
using testing::pause;
using testing::run_in;
using testing::until;

class KeyedActorsTest : public ::testing::TestWithParam<testing::RunOn> {};

/// Opens every vault with 100 cents, and counts activations over all cores.
struct Opening {
  std::atomic<int>* activations;
  std::int64_t operator()(std::string_view) const {
    // Relaxed: a plain count, read after the run.
    activations->fetch_add(1, std::memory_order_relaxed);
    return 100;
  }
};

TEST_P(KeyedActorsTest, TheFirstMessageActivatesAndStateStays) {
  std::atomic<int> activations = 0;
  System system(options_for(GetParam()));
  system.serve<Vault>(sample::vault, Opening{&activations});
  run_in(system, [](Root) -> Task<Status> {
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 200; ++i) {
        const Ref<Vault> vault("vault-" + std::to_string(i));
        auto put = co_await vault.ask(within(10s)).put(sample::Money{7, "EUR"});
        EXPECT_TRUE(put.ok());
        EXPECT_EQ(put->money().cents, 100 + 7 * (round + 1));
        EXPECT_EQ(put->money().currency, "EUR");
        EXPECT_EQ(put->name(), "vault-" + std::to_string(i));
      }
    }
    co_return ok();
  });
  EXPECT_EQ(activations, 200);
  for (const CoreReport& report : system.reports()) EXPECT_GT(report.ledger.handled, 0u);
}

TEST_P(KeyedActorsTest, AnyKeyWorks) {
  std::atomic<int> activations = 0;
  System system(options_for(GetParam()));
  system.serve<Vault>(sample::vault, Opening{&activations});
  run_in(system, [](Root) -> Task<Status> {
    for (const std::string& key :
         {std::string(), std::string("a"), std::string(7, 'b'), std::string(8, 'b'),
          std::string("\0\0", 2), std::string("\0", 1),
          std::string(protocols::kKeyBytesMax, 'x')}) {
      auto put = co_await Ref<Vault>(key).ask(within(10s)).put(sample::Money{1, ""});
      EXPECT_TRUE(put.ok());
      EXPECT_EQ(put->name(), key);
      EXPECT_EQ(put->money().cents, 101) << "two keys met in one actor";
    }
    co_return ok();
  });
}

TEST_P(KeyedActorsTest, AfterAStopTheNextActivationStartsAnew) {
  std::atomic<int> activations = 0;
  System system(options_for(GetParam()));
  system.serve<Vault>(sample::vault, Opening{&activations});
  run_in(system, [](Root) -> Task<Status> {
    const Ref<Vault> vault("v");
    vault.tell().add(5);
    auto sum = co_await vault.ask(within(10s)).sum();
    EXPECT_EQ(sum->cents(), 105);
    vault.stop_after_queued();
    auto anew = co_await vault.ask(within(10s)).sum();
    // The ask came behind the stop: dropped with the old activation, or taken by the new one.
    if (anew) {
      EXPECT_EQ(anew->cents(), 100);
    } else {
      EXPECT_TRUE(anew.error().is(Code::kActorStopped)) << anew.error().describe();
    }
    vault.tell().end();  // ends by itself: what is queued behind belongs to the next activation
    vault.tell().add(1);
    auto next = co_await vault.ask(within(10s)).sum();
    EXPECT_EQ(next->cents(), 101);
    co_return ok();
  });
  EXPECT_EQ(activations, 3);
}

TEST_P(KeyedActorsTest, IdleOnesArePassivated) {
  std::atomic<int> activations = 0;
  System system(options_for(GetParam()));
  system.serve<Vault>(sample::vault, Opening{&activations}, ServeOptions{50ms});
  run_in(system, [](Root root) -> Task<Status> {
    for (int i = 0; i < 100; ++i) Ref<Vault>("v" + std::to_string(i)).tell().add(1);
    std::size_t active = 1;
    const Time limit = root.now() + 60s;
    while (active != 0 && root.now() < limit) {
      auto slept = co_await sleep_for(20ms);
      if (!slept) co_return slept;
      active = 0;
      for (unsigned core = 0; core < root.cores(); ++core) {
        active += co_await root.on_core(
            core, []() -> Task<std::size_t> { co_return Core::current().keyed.active(); });
      }
    }
    EXPECT_EQ(active, 0u);
    auto sum = co_await Ref<Vault>("v7").ask(within(10s)).sum();
    EXPECT_EQ(sum->cents(), 100) << "a passivated activation's state must be gone";
    co_return ok();
  });
  EXPECT_EQ(activations, 101);
}

struct Hoard {
  std::atomic<int> activations = 0;
  std::atomic<std::uint32_t> kept = 0;
};
constexpr std::uint32_t kHoarded = 8;  // what the mailbox of a Vault holds

/// Its first activation keeps what fills a mailbox, and ends when its mailbox is full once more.
Behavior hoards(Vault::Self self, Hoard* hoard) {
  std::int64_t cents = 0;
  if (hoard->activations.fetch_add(1) == 0) {
    Stash<Vault> stash(self, kHoarded);
    while (hoard->kept < kHoarded) {
      auto msg = co_await self.receive();
      EXPECT_TRUE(stash.keep(std::move(msg)).ok());
      ++hoard->kept;
    }
    while (self.queued() < kHoarded) co_await pause(1ms);
    co_return;
  }
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Vault::Kind::kStop) co_return;
    if (msg.kind() == Vault::Kind::kAdd) cents = cents * 2 + msg.add().cents();
    if (msg.kind() == Vault::Kind::kSum) msg.sum().reply(cents);
  }
}

TEST_P(KeyedActorsTest, TheNextActivationGetsAllThatWaitsWhateverTheLimit) {
  Hoard hoard;
  System system(options_for(GetParam()));
  system.serve<Vault>(hoards, [&hoard](std::string_view) { return &hoard; });
  run_in(
      system,
      [](Root, Hoard* shared) -> Task<Status> {
        const Ref<Vault> vault("v");
        std::int64_t wanted = 0;
        for (std::uint32_t i = 0; i < 2 * kHoarded; ++i) {
          if (i == kHoarded) co_await until([&] { return shared->kept == kHoarded; });
          vault.tell().add(i % 2);
          wanted = wanted * 2 + i % 2;
        }
        Result<Vault::SumReply> sum = co_await vault.ask(within(10s)).sum();
        for (int i = 0; i < 10'000 && sum.has_error(); ++i) {
          EXPECT_TRUE(sum.error().is(Code::kMailboxFull)) << sum.error().describe();
          co_await pause(1ms);
          sum = co_await vault.ask(within(10s)).sum();
        }
        if (!sum) co_return sum.error();
        EXPECT_EQ(sum->cents(), wanted) << "each of them, in order";
        co_return ok();
      },
      &hoard);
  EXPECT_EQ(hoard.activations, 2);
}

/// Cannot do without what it loads first, and keeps what comes meanwhile.
Behavior loads_in_vain(Vault::Self self, std::atomic<int>* activations) {
  activations->fetch_add(1);
  Stash<Vault> stash(self, 10);
  for (int i = 0; i < 3; ++i) {
    auto msg = co_await self.receive();
    if (msg.kind() == Vault::Kind::kStop) co_return;
    EXPECT_TRUE(stash.keep(std::move(msg)).ok());
  }
  throw std::runtime_error("no data");
}

TEST_P(KeyedActorsTest, WhatAnActivationOnlyKeptFailsWithIt) {
  std::atomic<int> activations = 0;
  System system(options_for(GetParam()));
  system.serve<Vault>(loads_in_vain, [&activations](std::string_view) { return &activations; });
  run_in(system, [](Root) -> Task<Status> {
    for (int round = 1; round <= 2; ++round) {
      const Ref<Vault> vault("v");
      vault.tell().add(1);
      vault.tell().add(2);
      auto sum = co_await vault.ask(within(1h)).sum();
      EXPECT_TRUE(sum.error().is(Code::kFailed)) << sum.error().describe();
    }
    co_return ok();
  });
  EXPECT_EQ(activations, 2);
  EXPECT_EQ(system.ledger().dropped[static_cast<std::size_t>(DropReason::kActivationFailed)], 6u);
}

TEST_P(KeyedActorsTest, AnUnservedTypeIsNoSuchActor) {
  System system(options_for(GetParam()));
  run_in(system, [](Root) -> Task<Status> {
    auto nobody = co_await Ref<Vault>("v").ask(within(1h)).sum();
    EXPECT_TRUE(nobody.error().is(Code::kNoSuchActor));
    co_return ok();
  });
}

TEST_P(KeyedActorsTest, AnExceptionAtTheStartIsAnsweredAndTheNextMessageTriesAgain) {
  std::atomic<int> attempts = 0;
  System system(options_for(GetParam()));
  system.serve<Vault>(sample::vault, [&attempts](std::string_view) -> std::int64_t {
    // Relaxed: a plain count.
    if (attempts.fetch_add(1, std::memory_order_relaxed) < 2) throw std::runtime_error("no data");
    return 7;
  });
  run_in(system, [](Root) -> Task<Status> {
    const Ref<Vault> vault("v");
    for (int i = 0; i < 2; ++i) {
      auto failed = co_await vault.ask(within(1h)).sum();
      EXPECT_TRUE(failed.error().is(Code::kFailed)) << failed.error().describe();
    }
    auto sum = co_await vault.ask(within(10s)).sum();
    EXPECT_EQ(sum->cents(), 7);
    co_return ok();
  });
}

Behavior fails_at_once(Vault::Self, std::int64_t) {
  throw std::runtime_error("no database");
  co_return;
}
Behavior ends_at_once(Vault::Self, std::int64_t) { co_return; }

// It would wake the next activation, which would fail too, and so on.
TEST_P(KeyedActorsTest, WhatWokeOneThatEndsBeforeItReceivesIsDropped) {
  for (Behavior (*behavior)(Vault::Self, std::int64_t) : {fails_at_once, ends_at_once}) {
    std::atomic<int> activations = 0;
    System system(options_for(GetParam()));
    system.serve<Vault>(behavior, [&activations](std::string_view) -> std::int64_t {
      // Relaxed: a plain count.
      return activations.fetch_add(1, std::memory_order_relaxed);
    });
    run_in(system, [](Root) -> Task<Status> {
      const Ref<Vault> vault("v");
      for (int i = 0; i < 3; ++i) {
        auto failed = co_await vault.ask(within(1h)).sum();
        EXPECT_TRUE(failed.error().is(Code::kFailed)) << failed.error().describe();
      }
      co_return ok();
    });
    EXPECT_EQ(activations.load(std::memory_order_relaxed), 3);
  }
}

TEST_P(KeyedActorsTest, TheLimitOfActorsIsAnswered) {
  SystemOptions options = options_for(GetParam());
  options.node.actors_per_core_max = 3;
  System system(options);
  system.serve<Numbered>(sample::numbered);
  run_in(system, [](Root root) -> Task<Status> {
    unsigned lived = 0;
    for (std::uint64_t number = 0; number < 100; ++number) {
      auto twice = co_await Ref<Numbered>(number).ask(within(10s)).double_();
      if (twice) {
        ++lived;
      } else {
        EXPECT_TRUE(twice.error().is(Code::kTooManyActors)) << twice.error().describe();
      }
    }
    EXPECT_EQ(lived, 3 * root.cores());
    auto nobody = root.spawn<sample::Counter>(sample::counter, std::uint64_t{0});
    EXPECT_EQ(nobody, Ref<sample::Counter>());
    co_return ok();
  });
}

TEST_P(KeyedActorsTest, NumbersAreKeysToo) {
  System system(options_for(GetParam()));
  system.serve<Numbered>(sample::numbered);
  run_in(system, [](Root) -> Task<Status> {
    for (std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0} / 2}) {
      auto twice = co_await Ref<Numbered>(number).ask(within(10s)).double_();
      EXPECT_EQ(twice->value(), number * 2);
    }
    co_return ok();
  });
}

TEST_P(KeyedActorsTest, ManyComeAndGo) {
  std::atomic<int> activations = 0;
  System system(options_for(GetParam()));
  system.serve<Vault>(sample::vault, Opening{&activations});
  run_in(system, [](Root) -> Task<Status> {
    // Interleaved ends and activations exercise the table's growing and closing of gaps.
    for (int i = 0; i < 20'000; ++i) {
      Ref<Vault>("k" + std::to_string(i % 3000)).tell().add(1);
      if (i % 3 == 0) Ref<Vault>("k" + std::to_string(i * 7 % 3000)).tell().end();
      if (i % 64 == 0) {
        auto sum = co_await Ref<Vault>("k" + std::to_string(i % 3000)).ask(within(10s)).sum();
        EXPECT_TRUE(sum.ok()) << sum.error().describe();
        if (!sum) co_return sum.error();
      }
    }
    co_return ok();
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, KeyedActorsTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
