#include "actor/testing/probe.h"

#include <gtest/gtest.h>

#include <string>

#include "actor/testing/failures.h"
#include "actor/testing/sample.h"
#include "actor/testing/test_kit.h"

namespace troupe::testing {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Vault;
using sample::Watcher;

TestOptions lenient() {
  TestOptions options;
  options.live_actors = LiveActors::kStop;
  return options;
}

template <class F>
void run(F test) {
  TestSystem(lenient()).run(std::move(test));
}

TEST(ProbeTest, GivesTheNextMessageWithItsFields) {
  run([](TestKit kit) -> Task<void> {
    auto probe = kit.probe<Watcher>();
    probe.ref().tell().note(7);
    auto note = co_await probe.expect<Watcher::Note>();
    EXPECT_EQ(note.value(), 7u);
  });
}

TEST(ProbeTest, AnswersAsks) {
  run([](TestKit kit) -> Task<void> {
    auto probe = kit.probe<Counter>();
    auto counter = kit.spawn<Counter>(sample::counter, 1);
    counter.tell().add(1);
    auto answers = co_await all_of(counter.ask(within(1s)).relay(probe.ref()),
                                   [](Probe<Counter> asked) -> Task<Status> {
                                     auto total = co_await asked.expect<Counter::Total>();
                                     total.reply(99);
                                     co_return ok();
                                   }(probe));
    auto& relayed = std::get<0>(answers);
    EXPECT_TRUE(relayed.has_value());
    if (relayed) EXPECT_EQ(relayed->value(), 99u);
  });
}

TEST(ProbeTest, StandsInForAKeyedActor) {
  run([](TestKit kit) -> Task<void> {
    auto alice = kit.probe<Vault>("alice");
    auto bob = kit.probe<Vault>("bob");
    Ref<Vault>("bob").tell().add(2);
    Ref<Vault>("alice").tell().add(1);
    auto first = co_await alice.expect<Vault::Add>();
    auto second = co_await bob.expect<Vault::Add>();
    EXPECT_EQ(first.cents(), 1);
    EXPECT_EQ(second.cents(), 2);
    Ref<Vault>("nobody").tell().add(3);
    auto letter = co_await kit.expect_dead_letter<Vault>(DropReason::kActivationFailed);
    EXPECT_EQ(letter.kind, static_cast<std::uint16_t>(Vault::Kind::kAdd));
  });
}

TEST(ProbeTest, ExpectFailsWhenNothingComes) {
  expect_failure(
      [] {
        run([](TestKit kit) -> Task<void> {
          auto probe = kit.probe<Watcher>("silent");
          auto note = co_await probe.expect<Watcher::Note>(within(20ms));
          ADD_FAILURE() << "the test went on with " << note.value();
        });
      },
      {"probe sample.Watcher silent awaited sample::Watcher::Note for up to 20 ms", "nothing came",
       "gave up after 20 ms", "queued: nothing"});
}

TEST(ProbeTest, ExpectFailsWhenAnotherMessageComes) {
  expect_failure(
      [] {
        run([](TestKit kit) -> Task<void> {
          auto probe = kit.probe<Counter>();
          probe.ref().tell().fail("broken pipe");
          probe.ref().tell().add(5);
          auto add = co_await probe.expect<Counter::Release>();
        });
      },
      {"awaited sample::Counter::Release", "sample.Counter.fail('broken pipe') came after",
       "queued: 1 message", "sample.Counter.add(data 5)"});
}

TEST(ProbeTest, ExpectFailsWhenTheFieldsDoNotMatch) {
  expect_failure(
      [] {
        run([](TestKit kit) -> Task<void> {
          auto probe = kit.probe<Watcher>();
          probe.ref().tell().note(5);
          auto note = co_await probe.expect<Watcher::Note>(
              within(1s), [](const Watcher::Note& each) { return each.value() == 6; });
        });
      },
      {"sample::Watcher::Note that matches", "sample.Watcher.note(data 5) came"});
}

TEST(ProbeTest, FishSkipsUntilItMatches) {
  run([](TestKit kit) -> Task<void> {
    auto probe = kit.probe<Counter>();
    for (std::uint64_t i = 0; i < 5; ++i) probe.ref().tell().add(i);
    auto add = co_await probe.fish<Counter::Add>(
        within(1s), [](const Counter::Add& each) { return each.amount() == 3; });
    EXPECT_EQ(add.amount(), 3u);
    EXPECT_EQ(probe.queued(), 1u);
  });
}

TEST(ProbeTest, FishFailsAndShowsWhatItSkipped) {
  expect_failure(
      [] {
        run([](TestKit kit) -> Task<void> {
          auto probe = kit.probe<Counter>();
          probe.ref().tell().add(1);
          probe.ref().tell().end();
          auto release = co_await probe.fish<Counter::Release>(within(5ms));
        });
      },
      {"(fishing) sample::Counter::Release", "what came instead: 2 messages",
       "sample.Counter.add(data 1)", "sample.Counter.end("});
}

TEST(ProbeTest, ReceivesSeveral) {
  run([](TestKit kit) -> Task<void> {
    auto probe = kit.probe<Counter>();
    probe.ref().tell().add(1);
    probe.ref().tell().release();
    auto messages = co_await probe.receive_n(2);
    EXPECT_EQ(messages[0].add().amount(), 1u);
    EXPECT_EQ(messages[1].kind(), Counter::Kind::kRelease);
    probe.ref().tell().end();
    auto one = co_await probe.receive_one();
    EXPECT_EQ(one.kind(), Counter::Kind::kEnd);
  });
  expect_failure(
      [] {
        run([](TestKit kit) -> Task<void> {
          auto probe = kit.probe<Counter>();
          probe.ref().tell().add(1);
          auto messages = co_await probe.receive_n(3, within(2ms));
        });
      },
      {"awaited 3 messages for up to 2 ms", "only 1 came; gave up after 2", "add(data 1)"});
  expect_failure(
      [] {
        run([](TestKit kit) -> Task<void> {
          auto probe = kit.probe<Counter>();
          auto message = co_await probe.receive_one(within(2ms));
        });
      },
      {"awaited a message for up to 2 ms", "nothing came"});
}

TEST(ProbeTest, ExpectsSilence) {
  run([](TestKit kit) -> Task<void> {
    auto probe = kit.probe<Counter>();
    const Time started = kit.now();
    co_await probe.expect_no_message(50ms);
    EXPECT_GE(kit.now() - started, Duration(50ms));
  });
  expect_failure(
      [] {
        run([](TestKit kit) -> Task<void> {
          auto probe = kit.probe<Counter>();
          probe.ref().tell().add(4);
          co_await probe.expect_no_message(50ms);
        });
      },
      {"awaited no message for up to 50 ms", "sample.Counter.add(data 4) came after"});
}

TEST(ProbeTest, IgnoresWhatItIsToldTo) {
  run([](TestKit kit) -> Task<void> {
    auto probe = kit.probe<Counter>();
    probe.ref().tell().add(1);
    co_await kit.settle();
    EXPECT_EQ(probe.queued(), 1u);
    probe.ignore<Counter::Add>();
    EXPECT_EQ(probe.queued(), 0u);
    probe.ref().tell().add(2);
    probe.ref().tell().release();
    auto release = co_await probe.expect<Counter::Release>();
    probe.ignore_nothing();
    probe.ref().tell().add(3);
    auto add = co_await probe.expect<Counter::Add>();
    EXPECT_EQ(add.amount(), 3u);
  });
}

TEST(ProbeTest, WatchesOthers) {
  run([](TestKit kit) -> Task<void> {
    auto probe = kit.probe<Watcher>();
    auto counter = kit.spawn<Counter>(sample::counter, 1);
    co_await kit.settle();
    probe.watch(counter);
    counter.tell().fail("out of numbers");
    auto down = co_await probe.expect<Down>();
    EXPECT_EQ(down.reason(), DownReason::kFailed);
    EXPECT_EQ(down.what(), "out of numbers");
  });
}

TEST(ProbeTest, AnAskThatNobodyAnsweredIsAnsweredAtTheEndOfTheMessage) {
  run([](TestKit kit) -> Task<void> {
    auto probe = kit.probe<Counter>();
    auto results = co_await all_of(probe.ref().ask(within(1s)).total(),
                                   [](Probe<Counter> asked) -> Task<Status> {
                                     auto total = co_await asked.expect<Counter::Total>();
                                     co_return ok();
                                   }(probe));
    EXPECT_FALSE(std::get<0>(results).has_value());
  });
}

}  // namespace
}  // namespace troupe::testing
