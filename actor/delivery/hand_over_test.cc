// What one actor hands to another, or to itself: forwarding, pipes, adapters.
#include <gtest/gtest.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Vault;
using sample::Watcher;
using testing::options_for;
using testing::run_in;
using testing::until;

unsigned last_core() { return Root().cores() - 1; }

Task<Ref<Counter>> spawn_counter(std::uint64_t first) {
  co_return Root().spawn<Counter>(sample::counter, first);
}

/// Whether the total of `counter` comes to `wanted`.
Task<bool> eventually_total(Ref<Counter> counter, std::uint64_t wanted) {
  for (int i = 0; i < 10'000; ++i) {
    auto total = co_await counter.ask(within(10s)).total();
    if (!total) co_return false;
    if (total->value() == wanted) co_return true;
    auto slept = co_await sleep_for(1ms);
    if (!slept) co_return false;
  }
  co_return false;
}

// ---- forward ----

/// Hands on everything but the stop.
Behavior forwards(Counter::Self self, Ref<Counter> to) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) co_return;
    forward(std::move(msg), to);
  }
}
/// The same, after a while.
Behavior forwards_late(Counter::Self self, Ref<Counter> to, Duration after) {
  auto msg = co_await self.receive();
  if (msg.kind() == Counter::Kind::kStop) co_return;
  auto slept = co_await self.sleep_for(after);
  if (slept) forward(std::move(msg), to);
  auto stop = co_await self.receive();
  (void)stop.kind();
}
Behavior forwards_vault(Vault::Self self) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Vault::Kind::kStop) co_return;
    // Of the same length as its own key, of another, and back to the one that asked nobody.
    const char* next = self.key() == "one" ? "two" : "seventeen";
    if (self.key() == "seventeen") {
      if (msg.kind() == Vault::Kind::kSum) msg.sum().reply(17);
    } else {
      forward(std::move(msg), Ref<Vault>(next));
    }
  }
}

class ForwardTest : public ::testing::TestWithParam<testing::RunOn> {};

TEST_P(ForwardTest, TheAnswerGoesToWhoAsked) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    for (unsigned core = 0; core < root.cores(); ++core) {
      auto counter = co_await root.on_core(core, spawn_counter, std::uint64_t{5});
      auto near = root.spawn<Counter>(forwards, counter);
      auto again = root.spawn<Counter>(forwards, near);
      again.tell().add(2);
      auto total = co_await again.ask(within(10s)).total();
      EXPECT_EQ(total->value(), 7u);
      auto refused = co_await again.ask(within(10s)).take(1000);
      EXPECT_TRUE(refused.error().is(sample::Refusal::kTooMuch));
      const std::vector<std::byte> large(100'000, std::byte{7});  // a block handed over
      auto echo = co_await again.ask(within(10s)).echo(large);
      EXPECT_EQ(echo->data().size(), large.size());
    }
    co_return ok();
  });
  EXPECT_EQ(system.ledger().dropped_total(), 0u);
}

/// A frame that came from another core goes back there, whoever's block it lies in.
TEST_P(ForwardTest, GoesBackToWhereItCameFrom) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto counter = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    auto far = co_await root.on_core(
        last_core(),
        [](Ref<Counter> to) -> Task<Ref<Counter>> {
          co_return Root().spawn<Counter>(forwards, to);
        },
        counter);
    for (const std::size_t size : {std::size_t{8}, std::size_t{100'000}}) {
      auto echo = co_await far.ask(within(10s)).echo(std::vector<std::byte>(size));
      EXPECT_EQ(echo->data().size(), size);
    }
    // A right to answer inside a message moves along too.
    auto wait = root.spawn<Counter>(
        [](Counter::Self self, Ref<Counter> to) -> Behavior {
          auto msg = co_await self.receive();
          to.tell().answer(msg.total().take_reply(), 42);
        },
        far);
    auto total = co_await wait.ask(within(10s)).total();
    EXPECT_EQ(total->value(), 42u);
    co_return ok();
  });
  EXPECT_EQ(system.ledger().dropped_total(), 0u);
}

TEST_P(ForwardTest, TheDeadlineStays) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto counter = co_await root.on_core(last_core(), spawn_counter, std::uint64_t{5});
    auto relay = root.spawn<Counter>(forwards, counter);
    auto slow = co_await root.on_core(
        last_core(),
        [](Ref<Counter> to) -> Task<Ref<Counter>> {
          co_return Root().spawn<Counter>(forwards_late, to, Duration(20ms));
        },
        relay);
    // It sleeps for two hours, unless the deadline of who asked is known to it.
    const Time asked = root.now();
    auto late = co_await slow.ask(within(50ms))
                    .relay(root.spawn<Counter>(forwards_late, counter, Duration(2h)));
    // Both the asker and the relayed ask are out of time at that moment: either may be first.
    EXPECT_EQ(late ? late->outcome() : static_cast<std::uint16_t>(late.error().code()),
              static_cast<std::uint16_t>(Code::kDeadlineExceeded));
    EXPECT_GE(root.now() - asked, 50ms);
    // The relayed ask ended with it: the counter is free again.
    auto total = co_await counter.ask(within(10s)).total();
    EXPECT_EQ(total->value(), 5u);
    co_return ok();
  });
}

TEST_P(ForwardTest, ToAKeyedActor) {
  System system(options_for(GetParam()));
  system.serve<Vault>(forwards_vault, [](std::string_view) {});
  run_in(system, [](Root) -> Task<Status> {
    auto sum = co_await Ref<Vault>("one").ask(within(10s)).sum();
    EXPECT_EQ(sum->cents(), 17);
    co_return ok();
  });
}

TEST_P(ForwardTest, WhatCannotBeSentIsAnsweredAndCounted) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto nobody = root.spawn<Counter>(forwards, Ref<Counter>());
    auto total = co_await nobody.ask(within(10s)).total();
    EXPECT_TRUE(total.error().is(Code::kNoSuchActor)) << total.error().describe();
    auto strange = root.spawn<Counter>(forwards, Ref<Counter>(Address{0, 99, 0, 1}));
    auto other = co_await strange.ask(within(10s)).total();
    EXPECT_TRUE(other.error().is(Code::kNoSuchActor)) << other.error().describe();
    co_return ok();
  });
  EXPECT_EQ(system.ledger().dropped_total(), 2u);
}

Behavior forwards_answered(Counter::Self self) {
  auto msg = co_await self.receive();
  if (msg.kind() == Counter::Kind::kTotal) msg.total().reply(1);
  forward(std::move(msg), self.ref());
}

TEST(ForwardDeathTest, WhatWasAnsweredStays) {
  EXPECT_DEATH(
      {
        System system(options_for({BackendKind::kSimulation, 1}));
        (void)system.run([](Root root) -> Task<Status> {
          auto total = co_await root.spawn<Counter>(forwards_answered).ask(within(1s)).total();
          (void)total.ok();
          root.spawn<Counter>(forwards_answered).stop();
          co_return ok();
        });
      },
      "cannot be handed on");
}

INSTANTIATE_TEST_SUITE_P(Everywhere, ForwardTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

// ---- pipe ----

Task<Result<std::uint64_t>> compute(std::uint64_t value, Duration after) {
  auto slept = co_await sleep_for(after);
  if (!slept) co_return slept.error();
  if (value == 13) co_return Error(Code::kInvalidArgument, 13);
  if (value == 14) throw std::runtime_error("fourteen");
  co_return value;
}

constexpr std::uint64_t kSlow = 15;

/// Keeps answering while it computes: what add() is told comes back, mapped, a little later, and
/// kSlow much later.
Behavior computes(Counter::Self self, Ref<Counter> errors) {
  std::uint64_t sum = 0;
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kAdd) {
      const auto piped =
          self.pipe(compute(msg.add().amount(), msg.add().amount() == kSlow ? Duration(1h) : 10ms),
                    [errors](Result<std::uint64_t> result, const Ref<Counter>& me) {
                      if (result) {
                        me.tell().answer({}, *result);
                      } else {
                        errors.tell().add(static_cast<std::uint64_t>(result.error().code()));
                      }
                    });
      EXPECT_TRUE(piped.ok());
    } else if (msg.kind() == Counter::Kind::kAnswer) {
      sum += msg.answer().value();
    } else if (msg.kind() == Counter::Kind::kTotal) {
      msg.total().reply(sum);
    } else {
      co_return;
    }
  }
}

class PipeTest : public ::testing::TestWithParam<testing::RunOn> {};

TEST_P(PipeTest, TheResultComesAsAMessageWhileTheBehaviourGoesOn) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto errors = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    auto actor = root.spawn<Counter>(computes, errors);
    actor.tell().add(1);
    actor.tell().add(2);
    auto before = co_await actor.ask(within(10s)).total();
    EXPECT_EQ(before->value(), 0u);
    EXPECT_TRUE(co_await eventually_total(actor, 3));
    co_return ok();
  });
}

TEST_P(PipeTest, ErrorsAndExceptionsAreMappedToo) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto errors = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    auto actor = root.spawn<Counter>(computes, errors);
    actor.tell().add(13);
    actor.tell().add(14);
    EXPECT_TRUE(
        co_await eventually_total(errors, static_cast<std::uint64_t>(Code::kInvalidArgument) +
                                              static_cast<std::uint64_t>(Code::kFailed)));
    co_return ok();
  });
}

struct Ended {
  bool* flag;
  explicit Ended(bool* to) : flag(to) {}
  Ended(Ended&& other) noexcept : flag(std::exchange(other.flag, nullptr)) {}
  Ended& operator=(Ended&&) = delete;
  ~Ended() {
    if (flag != nullptr) *flag = true;
  }
};
Task<Status> sleep_long(bool* cancelled, [[maybe_unused]] Ended ended) {
  auto slept = co_await sleep_for(10h);
  *cancelled = slept.has_error();
  co_return slept;
}
Behavior pipes_long(Counter::Self self, bool* cancelled, bool* ended) {
  auto piped = self.pipe(sleep_long(cancelled, Ended(ended)),
                         [](Status, const Ref<Counter>&) { ADD_FAILURE() << "nobody is there"; });
  EXPECT_TRUE(piped.ok());
  auto msg = co_await self.receive();
  if (msg.kind() == Counter::Kind::kFail) throw std::runtime_error("failed");
}

TEST_P(PipeTest, IsCancelledWhenTheActorEnds) {
  for (const bool fails : {false, true}) {
    System system(options_for(GetParam()));
    bool cancelled = false;
    bool ended = false;
    run_in(
        system,
        [](Root root, bool failing, bool* flag, bool* end) -> Task<Status> {
          auto actor = root.spawn<Counter>(pipes_long, flag, end);
          auto slept = co_await sleep_for(1ms);
          if (failing) {
            actor.tell().fail("now");
          } else {
            actor.tell().end();
          }
          auto down = co_await until_ended(actor, within(10s));
          EXPECT_TRUE(down.ok());
          // The work was over before its actor.
          EXPECT_TRUE(*flag && *end);
          co_return slept;
        },
        fails, &cancelled, &ended);
    EXPECT_TRUE(cancelled && ended);
  }
}

Behavior pipes_many(Counter::Self self) {
  auto msg = co_await self.receive();
  std::uint64_t started = 0;
  Code refused = Code::kCancelled;
  for (std::uint32_t i = 0; i < kPipesMax + 5; ++i) {
    auto piped = self.pipe(sleep_for(1h), [](Status, const Ref<Counter>&) {});
    if (piped) {
      ++started;
    } else {
      refused = piped.error().code();
    }
  }
  EXPECT_EQ(refused, Code::kOverloaded);
  msg.total().reply(started);
}

TEST_P(PipeTest, TheirNumberIsLimited) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto started = co_await root.spawn<Counter>(pipes_many).ask(within(10s)).total();
    EXPECT_EQ(started->value(), kPipesMax);
    co_return ok();
  });
}

TEST_P(PipeTest, ReportsNameTheActorItBelongsTo) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto errors = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    auto actor = root.spawn<Counter>(computes, errors);
    actor.tell().add(kSlow);
    const auto pipe_sleeps = [&] {
      bool found = false;
      Core::current().cells.for_each([&](Cell& cell) {
        if (&cell.type() != &Pipe::kType) return;
        char name[64];
        cell.strand().owner()->describe(name, sizeof name);
        EXPECT_STREQ(name, "sample.Counter");
        EXPECT_EQ(cell.parent()->address(), actor.address());
        found = cell.report().text().find("waits for sleep") != std::string::npos;
      });
      return found;
    };
    co_await until(pipe_sleeps);
    co_return ok();
  });
}

Behavior pipes_once(Counter::Self self, int* lives) {
  ++*lives;
  auto piped = self.pipe(compute(1, 1ms), [](Result<std::uint64_t>, const Ref<Counter>&) {
    throw std::runtime_error("in the mapping");
  });
  EXPECT_TRUE(piped.ok());
  auto msg = co_await self.receive();
  (void)msg.kind();
}

TEST_P(PipeTest, AnExceptionOfTheMappingIsTheActorsFailure) {
  System system(options_for(GetParam()));
  int lives = 0;
  run_in(
      system,
      [](Root root, int* count) -> Task<Status> {
        const Supervision twice{.limit = {.restarts = 2, .within = 1h}};
        auto actor = root.spawn<Counter>(SpawnOptions{.supervision = twice}, pipes_once, count);
        auto down = co_await until_ended(actor, within(10s));
        EXPECT_EQ(down->reason(), DownReason::kFailed);
        EXPECT_EQ(down->what(), "in the mapping");
        co_return ok();
      },
      &lives);
  EXPECT_EQ(lives, 3);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, PipeTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

// ---- adapters ----

/// A counter that also listens to notes meant for watchers: each counts ten times.
Behavior adapts(Counter::Self self, Watcher::NotesReplyTo* kept) {
  std::uint64_t sum = 0;
  auto notes = self.adapter<Watcher>([kept](Watcher::Message msg, const Ref<Counter>& me) {
    if (msg.kind() == Watcher::Kind::kNote) me.tell().add(msg.note().value() * 10);
    if (msg.kind() == Watcher::Kind::kNotes) *kept = msg.notes().take_reply();
    if (msg.kind() == Watcher::Kind::kUnobserve) throw std::runtime_error("cannot translate");
  });
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kAdd) {
      sum += msg.add().amount();
      if (*kept && sum >= 30) std::exchange(*kept, {}).reply(sum, 0);
    } else if (msg.kind() == Counter::Kind::kWait) {
      // Hands the adapter out: its slot and incarnation, in a text.
      msg.wait().reply(std::to_string(notes->address().slot) + " " +
                       std::to_string(notes->address().incarnation));
    } else {
      co_return;
    }
  }
}

class AdapterTest : public ::testing::TestWithParam<testing::RunOn> {};

Task<Result<Ref<Watcher>>> adapter_of(Ref<Counter> actor) {
  auto words = co_await actor.ask(within(10s)).wait("");
  if (!words) co_return words.error();
  const std::string text(words->label());
  const auto slot = static_cast<std::uint32_t>(std::stoul(text));
  const auto incarnation = static_cast<std::uint32_t>(std::stoul(text.substr(text.find(' '))));
  co_return Ref<Watcher>(Address{0, actor.address().core, slot, incarnation});
}

TEST_P(AdapterTest, MessagesArriveTranslatedAndAsksAreAnswered) {
  System system(options_for(GetParam()));
  Watcher::NotesReplyTo kept;
  run_in(
      system,
      [](Root root, Watcher::NotesReplyTo* right) -> Task<Status> {
        auto actor = root.spawn<Counter>(adapts, right);
        auto notes = co_await adapter_of(actor);
        // From another core too: it is a reference like any other.
        auto asked = co_await root.on_core(
            last_core(),
            [](Ref<Watcher> to) -> Task<Result<std::uint64_t>> {
              to.tell().note(1);
              auto answer = to.ask(within(10s)).notes();
              to.tell().note(2);
              auto count = co_await std::move(answer);
              if (!count) co_return count.error();
              co_return count->count();
            },
            *notes);
        EXPECT_TRUE(asked.ok()) << asked.error().describe();
        if (asked) EXPECT_EQ(*asked, 30u);
        actor.stop();
        auto down = co_await until_ended(actor, within(10s));
        EXPECT_TRUE(down.ok());
        auto gone = co_await notes->ask(within(10s)).notes();
        EXPECT_TRUE(gone.error().is(Code::kNoSuchActor)) << "it ends with its actor";
        co_return ok();
      },
      &kept);
}

TEST_P(AdapterTest, WhatCannotBeTranslatedIsTheActorsFailure) {
  System system(options_for(GetParam()));
  Watcher::NotesReplyTo kept;
  run_in(
      system,
      [](Root root, Watcher::NotesReplyTo* right) -> Task<Status> {
        auto actor = root.spawn<Counter>(adapts, right);
        auto notes = co_await adapter_of(actor);
        notes->tell().unobserve(actor);
        auto down = co_await until_ended(actor, within(10s));
        EXPECT_EQ(down->reason(), DownReason::kFailed);
        EXPECT_EQ(down->what(), "cannot translate");
        co_return ok();
      },
      &kept);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, AdapterTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
