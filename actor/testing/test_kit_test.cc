#include "actor/testing/test_kit.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "actor/testing/callers.h"
#include "actor/testing/failures.h"
#include "actor/testing/sample.h"

namespace troupe::testing {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Vault;
using sample::Watcher;

TestOptions by_hand() {
  TestOptions options;
  options.clock = Clock::kByHand;
  options.system.node.log = &Log::silent();
  return options;
}

TestOptions quiet() {
  TestOptions options;
  options.system.node.log = &Log::silent();
  return options;
}

// ---- the clock ----

TEST(TestKitTest, NoTimePassesUnlessTheTestSaysSo) {
  for (const unsigned cores : {1u, 2u}) {
    TestOptions options = by_hand();
    options.cores = cores;
    TestSystem(options).run([](TestKit kit) -> Task<void> {
      auto probe = kit.probe<Counter>();
      auto counter = kit.spawn<Counter>(sample::counter, 0);
      const Time started = kit.now();
      const auto hold = [](Ref<Counter> holder, Ref<Counter> told) -> Task<Status> {
        auto held = co_await holder.ask(within(1h)).hold(std::chrono::nanoseconds(5s).count());
        told.tell().add(held ? held->outcome() + 1u : 0u);
        co_return ok();
      };
      Scope scope;
      co_await scope.start(hold(counter, probe.ref()));
      co_await kit.settle();
      co_await probe.expect_no_message();
      EXPECT_EQ(kit.now(), started);
      co_await kit.advance(4999ms);
      co_await probe.expect_no_message();
      EXPECT_EQ(kit.now(), started + 4999ms);
      co_await kit.advance(1ms);
      auto add = co_await probe.expect<Counter::Add>();
      EXPECT_EQ(add.amount(), 1u);
      EXPECT_EQ(kit.now(), started + 5s);
      auto ended = co_await scope.join();
      EXPECT_TRUE(ended.has_value());
      co_await kit.stop(counter);
    });
  }
}

TEST(TestKitTest, AnExpectationBesideAnAdvanceWaitsForItsEnd) {
  TestSystem(by_hand()).run([](TestKit kit) -> Task<void> {
    auto probe = kit.probe<Watcher>();
    const auto note_later = [](Ref<Watcher> to) -> Task<Status> {
      auto slept = co_await sleep_for(5s);
      to.tell().note(1);
      co_return slept;
    };
    const auto expects = [](Probe<Watcher> from) -> Task<Status> {
      auto note = co_await from.expect<Watcher::Note>(within(1h));
      co_return ok();
    };
    Scope scope;
    co_await scope.start(note_later(probe.ref()));
    co_await scope.start(expects(probe));
    co_await kit.advance(10s);
    auto ended = co_await scope.join();
    EXPECT_TRUE(ended.has_value());
  });
}

TEST(TestKitTest, ADeadlineIsReachedByHand) {
  TestSystem(by_hand()).run([](TestKit kit) -> Task<void> {
    auto silent = kit.probe<Counter>();
    const auto ask = [](Ref<Counter> asked) -> Task<Status> {
      auto total = co_await asked.ask(within(2s)).total();
      co_return total ? ok() : Status(total.error());
    };
    auto results = co_await all_of(kit.advance(2s), [](Task<Status> asks) -> Task<bool> {
      auto status = co_await std::move(asks);
      co_return !status && status.error().is(Code::kDeadlineExceeded);
    }(ask(silent.ref())));
    EXPECT_TRUE(std::get<1>(results));
  });
}

TEST(TestKitTest, AnExpectationByHandDoesNotWaitForTime) {
  expect_failure(
      [] {
        TestSystem(by_hand()).run([](TestKit kit) -> Task<void> {
          auto probe = kit.probe<Watcher>();
          auto note = co_await probe.expect<Watcher::Note>(within(1h));
        });
      },
      {"nothing came; gave up after 0 ns"});
  expect_failure(
      [] {
        TestSystem(by_hand()).run([](TestKit kit) -> Task<void> {
          auto probe = kit.probe<Watcher>("patient");
          auto down = co_await kit.expect_ended(probe.ref(), within(1h));
        });
      },
      {"sample.Watcher has not ended after 0 ns", "waits for receive"});
}

// Ends the process with 0 if the run said why it could not go on.
[[noreturn]] void wait_for_time_by_hand() {
  const auto texts = failures_of([] {
    TestSystem(by_hand()).run([](TestKit) -> Task<void> {
      auto slept = co_await sleep_for(1s);
      (void)slept;
    });
  });
  const bool said = texts.size() == 1 && texts[0].find("the test did not end") != texts[0].npos &&
                    texts[0].find("holds the clock") != texts[0].npos;
  std::_Exit(said ? 0 : 1);
}

// In a process of its own: what an abandoned test holds is never freed.
TEST(TestKitDeathTest, WhoeverWaitsForTimeByHandIsStuck) {
  EXPECT_EXIT(wait_for_time_by_hand(), ::testing::ExitedWithCode(0), "");
}

TEST(TestKitTest, AdvanceWithAClockThatJumps) {
  TestSystem().run([](TestKit kit) -> Task<void> {
    const Time started = kit.now();
    co_await kit.advance(5s);
    EXPECT_GE(kit.now(), started + 5s);
    EXPECT_LT(kit.now(), started + 5100ms);
  });
}

TEST(TestKitTest, WithinMeasuresVirtualTime) {
  const auto sleep = [](Duration duration) -> Task<void> {
    auto slept = co_await sleep_for(duration);
    (void)slept;
  };
  TestSystem().run(
      [sleep](TestKit kit) -> Task<void> { co_await kit.within(100ms, 200ms, sleep(150ms)); });
  expect_failure(
      [&] {
        TestSystem().run(
            [sleep](TestKit kit) -> Task<void> { co_await kit.within(100ms, 200ms, sleep(2s)); });
      },
      {"it took 2 s of virtual time; expected 100 ms to 200 ms"});
  expect_failure(
      [&] {
        TestSystem().run(
            [sleep](TestKit kit) -> Task<void> { co_await kit.within(100ms, 200ms, sleep(50ms)); });
      },
      {"it took 50 ms"});
}

// ---- ends ----

TEST(TestKitTest, ExpectsTheEndOfAnActor) {
  TestSystem(quiet()).run([](TestKit kit) -> Task<void> {
    auto counter = kit.spawn<Counter>(sample::counter, 0);
    counter.tell().fail("no more");
    auto down = co_await kit.expect_ended(counter, within(1s), DownReason::kFailed);
    EXPECT_EQ(down.what(), "no more");
  });
}

TEST(TestKitTest, ExpectEndedFails) {
  expect_failure(
      [] {
        TestSystem(quiet()).run([](TestKit kit) -> Task<void> {
          auto counter = kit.spawn<Counter>(sample::counter, 0);
          co_await kit.expect_ended(counter, within(20ms));
        });
      },
      {"sample.Counter has not ended after 20", "sample.Counter (core 0", "waits for receive"});
  expect_failure(
      [] {
        TestSystem(quiet()).run([](TestKit kit) -> Task<void> {
          auto counter = kit.spawn<Counter>(sample::counter, 0);
          counter.tell().fail("no more");
          co_await kit.expect_ended(counter, within(20ms), DownReason::kStopped);
        });
      },
      {"for another reason than stopped: failed, no more"});
}

// ---- dead letters ----

TEST(TestKitTest, ExpectsDeadLetters) {
  TestSystem(quiet()).run([](TestKit kit) -> Task<void> {
    auto counter = kit.spawn<Counter>(sample::counter, 0);
    co_await kit.stop(counter);
    counter.tell().add(1);
    auto letter = co_await kit.expect_dead_letter(DropReason::kNoSuchActor);
    EXPECT_EQ(letter.protocol, Counter::kProtocol);
    kit.expect_no_dead_letters();
  });
}

TEST(TestKitTest, ADeadLetterOfAnotherCoreIsWaitedFor) {
  TestOptions options = quiet();
  options.cores = 2;
  TestSystem(options).run([](TestKit kit) -> Task<void> {
    const auto drop_later = [](Root) -> Task<Status> {
      auto slept = co_await sleep_for(10ms);
      Ref<Counter>(Address{0, 1, 77, 1}).tell().add(1);
      co_return slept;
    };
    const auto there = [](Root root, decltype(drop_later) drop) -> Task<Status> {
      auto dropped = co_await root.on_core(1, drop, root);
      co_return dropped;
    };
    auto both = co_await all_of(there(kit, drop_later),
                                kit.expect_dead_letter<Counter>(DropReason::kNoSuchActor));
    EXPECT_EQ(std::get<1>(both).target.core, 1);
  });
}

TEST(TestKitTest, ExpectDeadLetterFails) {
  expect_failure(
      [] {
        TestSystem(quiet()).run([](TestKit kit) -> Task<void> {
          Ref<Counter>(Address{0, 0, 77, 1}).tell().add(1);
          co_await kit.expect_dead_letter(DropReason::kMailboxFull, within(10ms));
        });
      },
      {"no dead letter for mailbox_full came in 10",
       "those that came:", "no_such_actor: sample.Counter.add to core 0, dropped on core 0"});
  expect_failure(
      [] {
        TestSystem(quiet()).run([](TestKit kit) -> Task<void> {
          co_await kit.expect_dead_letter<Watcher>(DropReason::kMailboxFull, within(10ms));
        });
      },
      {"those that came: none"});
}

TEST(TestKitTest, UnexpectedDeadLettersFail) {
  expect_failure(
      [] {
        TestOptions options = quiet();
        options.allow_dead_letters = false;
        TestSystem(options).run([](TestKit) -> Task<void> {
          Ref<Counter>(Address{0, 0, 77, 1}).tell().add(1);
          co_return;
        });
      },
      {"1 unexpected dead letters:", "no_such_actor: sample.Counter.add"});
  expect_failure(
      [] {
        TestSystem(quiet()).run([](TestKit kit) -> Task<void> {
          Ref<Counter>(Address{0, 0, 77, 1}).tell().add(1);
          kit.expect_no_dead_letters();
          co_return;
        });
      },
      {"1 unexpected dead letters:"});
}

// ---- what is left over ----

TEST(TestKitTest, LiveActorsFailAndAreNamed) {
  expect_failure(
      [] {
        TestSystem(quiet()).run([](TestKit kit) -> Task<void> {
          auto silent = kit.probe<Counter>("silent");
          auto counter = kit.spawn<Counter>({.name = "forgotten"}, sample::counter, 0u);
          auto relayed = co_await counter.ask(within(20ms)).relay(silent.ref());
          EXPECT_FALSE(relayed.has_value());
          auto again = co_await counter.ask(within(1ms)).hold(std::int64_t{1} << 40);
          EXPECT_FALSE(again.has_value());
        });
      },
      {"left over at the end of the test; core 0: 1 actor, 0 open asks, ",
       "/user/forgotten: sample.Counter (core 0", "waits for sleep", "actor/testing/sample.cc"});
}

TEST(TestKitTest, OpenAsksAreNamed) {
  expect_failure(
      [] {
        TestSystem(quiet()).run([](TestKit kit) -> Task<void> {
          auto silent = kit.probe<Counter>("silent");
          auto counter = kit.spawn<Counter>({.name = "asker"}, sample::counter, 0u);
          auto question = [](Ref<Counter> asked, Ref<Counter> to) -> Task<Status> {
            auto relayed = co_await asked.ask(within(1h)).relay(to);
            co_return ok();
          };
          auto first = co_await first_of(question(counter, silent.ref()), sleep_for(10ms));
          EXPECT_EQ(first.index(), 1u);
        });
      },
      {"1 actor, 1 open ask", "an ask of /user/asker waits for its answer", "waits for ask",
       "actor/testing/sample.cc"});
}

TEST(TestKitTest, WhoAsksSomebodyItsContractDoesNotNameFails) {
  expect_failure(
      [] {
        TestOptions options = quiet();
        options.live_actors = LiveActors::kStop;
        TestSystem(options).run([](TestKit kit) -> Task<void> {
          auto ringer = kit.spawn<callers::Ringer>(handlers<callers::RingerHandlers>());
          auto other = kit.spawn<callers::Ringer>(handlers<callers::RingerHandlers>());
          auto link = kit.probe<callers::Link>();
          auto ring = [](Ref<callers::Ringer> rings, Ref<callers::Link> to) -> Task<Status> {
            auto rung = co_await rings.ask(within(1s)).ring(to);
            co_return rung ? ok() : Status(rung.error());
          };
          auto answer = [](Probe<callers::Link> pinged) -> Task<Status> {
            auto ping = co_await pinged.expect<callers::Link::Ping>();
            ping.reply();
            co_return ok();
          };
          auto named = co_await all_of(ring(ringer, link.ref()), answer(link));
          EXPECT_TRUE(std::get<0>(named).ok());
          auto strayed = co_await ringer.ask(within(1s)).stray(other);
          EXPECT_TRUE(strayed.ok());
        });
      },
      {"callers.Ringer asks callers.Ringer, which the 'asks' of its contract does not name"});
}

TEST(TestKitTest, LiveActorsMayBeStoppedInstead) {
  TestOptions options = quiet();
  options.live_actors = LiveActors::kStop;
  TestSystem(options).run([](TestKit kit) -> Task<void> {
    kit.spawn<Counter>(sample::counter, 0);
    co_return;
  });
}

TEST(TestKitTest, AKeyedActorThatWaitsIsNotLeftOver) {
  TestSystem system(quiet());
  system.system().serve<Vault>(sample::vault, [](std::string_view) { return std::int64_t{1}; });
  system.run([](TestKit) -> Task<void> {
    auto sum = co_await Ref<Vault>("alice").ask(within(1s)).sum();
    EXPECT_TRUE(sum.has_value());
  });
}

TEST(TestKitTest, AnExceptionFailsTheTest) {
  expect_failure(
      [] {
        TestSystem(quiet()).run([](TestKit) -> Task<void> {
          auto slept = co_await sleep_for(1ms);
          if (slept) throw std::runtime_error("a bug in the test");
        });
      },
      {"an exception left the test: a bug in the test"});
}

TEST(TestKitTest, ASystemWithoutATestFails) {
  expect_failure([] { TestSystem system; }, {"nothing was run in it"});
}

// ---- messages checked ----

TEST(TestKitTest, ChecksMessages) {
  TestOptions options = quiet();
  options.check_messages = true;
  options.cores = 2;
  TestSystem system(options);
  system.system().serve<Vault>(sample::vault, [](std::string_view) { return std::int64_t{1}; });
  system.run([](TestKit kit) -> Task<void> {
    auto counter = kit.spawn<Counter>(sample::counter, 0);
    auto wait = co_await first_of(counter.ask(within(1s)).wait("label"), sleep_for(1ms));
    (void)wait;
    auto put = co_await Ref<Vault>("alice").ask(within(1s)).put({20, "EUR"});
    EXPECT_TRUE(put.has_value());
    if (put) EXPECT_EQ(put->name(), "alice");
    auto other = co_await Ref<Vault>("bob").ask(within(1s)).put({-1, ""});
    EXPECT_FALSE(other.has_value());
    co_await kit.stop(counter);
  });
}

TEST(TestKitTest, AMessageThatIsNoEncodingFails) {
  expect_failure(
      [] {
        TestOptions options = quiet();
        options.check_messages = true;
        TestSystem(options).run([](TestKit kit) -> Task<void> {
          auto probe = kit.probe<Counter>("broken");
          Core& core = Core::current();
          protocols::Frame* frame =
              new_frame_for(core, probe.ref().address(), MessageSpec{Counter::kProtocol, 12},
                            protocols::FrameType::kTell, 2);
          // fail(what: text): a struct with one pointer, which points beyond the end.
          frame->payload()[0] = (protocols::Word{1} << 48);
          frame->payload()[1] = (protocols::Word{900} << 35) | (protocols::Word{2} << 32) | 1;
          ++core.ledger.sent;
          core.deliver(frame);
          co_return;
        });
      },
      {"a message that is no valid encoding", "out_of_bounds"});
}

}  // namespace
}  // namespace troupe::testing
