// Dead letters: kept within limits, filtered, read, sent again, logged.
#include <gtest/gtest.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
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

const Ref<Counter> kNobody(Address{0, 0, 12345, 1});

class Lines final : public Log {
 public:
  void warning(std::string_view line) override {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(line);
  }
  /// Lines about drops.
  std::vector<std::string> drops() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> found;
    for (const std::string& line : lines_) {
      if (line.find("dropped a message") != std::string::npos) found.push_back(line);
    }
    return found;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

class DeadLettersTest : public ::testing::TestWithParam<testing::RunOn> {};

TEST_P(DeadLettersTest, SayWhatWasDroppedAndWhy) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    kNobody.tell().add(42);
    auto refused = co_await kNobody.ask(within(10s)).echo(std::vector<std::byte>(5));
    EXPECT_TRUE(refused.error().is(Code::kNoSuchActor));
    Ref<Vault>("alice").tell().add(-7);  // nobody serves it, on whatever core that is
    auto slept = co_await sleep_for(20ms);
    const auto all = co_await dead_letters(root);
    EXPECT_EQ(all.size(), 3u);
    if (all.size() != 3) co_return slept;
    const DeadLetter* tell = nullptr;
    const DeadLetter* ask = nullptr;
    const DeadLetter* keyed = nullptr;
    for (const DeadLetter& each : all) {
      (each.key_type != 0 ? keyed : each.is_ask ? ask : tell) = &each;
      EXPECT_EQ(each.reason, DropReason::kNoSuchActor);
      EXPECT_TRUE(each.has_content);
      EXPECT_GT(each.bytes, 0u);
    }
    EXPECT_EQ(tell->text(), "sample.Counter.add to core 0, slot 12345: no_such_actor");
    EXPECT_EQ(tell->target, kNobody.address());
    auto add = tell->message<Counter>();
    EXPECT_EQ(add->add().amount(), 42u);
    EXPECT_FALSE(tell->message<Watcher>().has_value());
    auto echo = ask->message<Counter>();
    EXPECT_EQ(echo->echo().data().size(), 5u);
    EXPECT_STREQ(ask->kind_name(), "echo");
    EXPECT_EQ(keyed->key, "alice");
    EXPECT_EQ(keyed->key_type, Vault::kId);
    EXPECT_EQ(keyed->message<Vault>()->add().cents(), -7);
    co_return slept;
  });
}

TEST_P(DeadLettersTest, AreFiltered) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    auto watcher = root.spawn<Watcher>(sample::watcher);  // takes four, drops the oldest
    for (std::uint64_t i = 1; i <= 6; ++i) watcher.tell().note(i);
    kNobody.tell().add(1);
    kNobody.tell().release();
    auto slept = co_await sleep_for(60ms);
    kNobody.tell().add(2);
    const DeadLetters& letters = Core::current().dead_letters;
    EXPECT_EQ(letters.list().size(), 5u);
    EXPECT_EQ(letters.list({.reason = DropReason::kDisplaced}).size(), 2u);
    EXPECT_EQ(letters.list({.protocol = Counter::kProtocol}).size(), 3u);
    EXPECT_EQ(letters.list({.protocol = Counter::kProtocol, .kind = std::uint16_t{0}}).size(), 2u);
    EXPECT_EQ(letters.list({.target = watcher.address()}).size(), 2u);
    EXPECT_EQ(letters.list({.older_than = 30ms}).size(), 4u);
    EXPECT_EQ(letters.list({.younger_than = 30ms}).size(), 1u);
    EXPECT_EQ(letters.list({.key = "alice"}).size(), 0u);
    EXPECT_EQ(letters.list({.replayable = true, .limit = 3}).size(), 3u);
    // The oldest notes were displaced.
    EXPECT_EQ(letters.list({.limit = 1})[0].message<Watcher>()->note().value(), 1u);
    const std::size_t discarded = co_await discard_dead_letters(root, {.older_than = 30ms});
    EXPECT_EQ(discarded, 4u);
    EXPECT_EQ(letters.size(), 1u);
    co_return slept;
  });
}

TEST_P(DeadLettersTest, AreSentAgain) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    DeadLetters& letters = Core::current().dead_letters;
    auto counter = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    auto watcher = root.spawn<Watcher>(sample::watcher);
    for (std::uint64_t i = 1; i <= 6; ++i) watcher.tell().note(i);
    auto yielded = co_await yield();
    // To whom it was for, who has room now.
    const std::uint64_t sent = Core::current().ledger.sent;
    const Replays replays = letters.replay({.reason = DropReason::kDisplaced});
    EXPECT_EQ(replays.sent, 2u);
    EXPECT_EQ(replays.refused, 0u);
    EXPECT_EQ(Core::current().ledger.sent, sent + 2) << "a replay is a new message";
    auto notes = co_await watcher.ask(within(10s)).notes();
    EXPECT_EQ(notes->count(), 6u);
    // To somebody else of the same protocol.
    kNobody.tell().add(40);
    const std::uint64_t number = letters.list({.protocol = Counter::kProtocol})[0].number;
    EXPECT_TRUE(letters.replay(number, watcher).error().is(Code::kInvalidArgument));
    EXPECT_TRUE(letters.replay(number, counter).ok());
    EXPECT_TRUE(letters.replay(number, counter).ok());
    EXPECT_TRUE(letters.replay(number, counter).ok());
    EXPECT_TRUE(letters.replay(number, counter).error().is(Code::kOverloaded)) << "at most 3 times";
    auto total = co_await counter.ask(within(10s)).total();
    EXPECT_EQ(total->value(), 120u);
    EXPECT_EQ(letters.counters().replayed, 5u);
    EXPECT_TRUE(letters.replay(999).error().is(Code::kClosed));
    // An ask was answered when it was dropped.
    auto refused = co_await kNobody.ask(within(10s)).total();
    EXPECT_TRUE(refused.has_error());
    const DeadLetter ask = letters.list().back();
    EXPECT_TRUE(ask.is_ask);
    EXPECT_TRUE(letters.replay(ask.number).error().is(Code::kInvalidArgument));
    EXPECT_EQ(letters.replay(DeadLetterFilter{}).refused, 2u);
    co_return yielded;
  });
}

TEST_P(DeadLettersTest, ALetterThatComesBackIsSentNoMoreOftenThanItMay) {
  System system(options_for(GetParam()));
  run_in(system, [](Root) -> Task<Status> {
    kNobody.tell().add(1);
    DeadLetters& letters = Core::current().dead_letters;
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(letters.replay(letters.list().back().number).ok());
    EXPECT_EQ(letters.size(), 4u);
    EXPECT_EQ(letters.list().back().replays, 3u);
    EXPECT_TRUE(letters.replay(letters.list().back().number).error().is(Code::kOverloaded));
    co_return ok();
  });
  EXPECT_EQ(system.ledger().dropped_total(), 4u);
}

TEST_P(DeadLettersTest, OfAllCoresAreSentAgain) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    for (unsigned core = 0; core < root.cores(); ++core) {
      Ref<Counter>(Address{0, static_cast<std::uint16_t>(core), 12345, 1}).tell().add(core + 1);
    }
    auto slept = co_await sleep_for(20ms);
    auto counter = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    const auto all = co_await dead_letters(root, {.replayable = true});
    EXPECT_EQ(all.size(), root.cores());
    for (const DeadLetter& letter : all) {
      auto sent = co_await replay(root, letter, counter);
      EXPECT_TRUE(sent.ok());
    }
    auto arrived = co_await sleep_for(20ms);
    auto total = co_await counter.ask(within(10s)).total();
    EXPECT_EQ(total->value(), root.cores() == 1 ? 1u : 3u);
    const Replays back = co_await replay_dead_letters(root, {});
    EXPECT_EQ(back.sent, root.cores());
    auto one = co_await replay(root, all[0]);
    EXPECT_TRUE(one.ok());
    EXPECT_TRUE(arrived.ok());
    co_return slept;
  });
}

TEST_P(DeadLettersTest, ATellThatALaneRefusedKeepsItsContent) {
  // On threads the other core may take as fast as this one tells.
  if (GetParam().backend != BackendKind::kSimulation || GetParam().cores == 1) {
    GTEST_SKIP() << "wants another core that stands still meanwhile";
  }
  SystemOptions options = options_for(GetParam());
  options.node.lanes.user_ring_bytes = 8192;
  options.node.lanes.spill_bytes_max = 4096;
  options.node.dead_letters.letters_max = 100'000;
  options.node.dead_letters.content_bytes_max = 10 << 20;
  System system(options);
  run_in(system, [](Root root) -> Task<Status> {
    auto counter = co_await root.on_core(
        1,
        [](unsigned) -> Task<Ref<Counter>> {
          co_return Root().spawn<Counter>(sample::counter, std::uint64_t{0});
        },
        0u);
    for (int i = 0; i < 2000; ++i) counter.tell().add(1);
    DeadLetters& letters = Core::current().dead_letters;
    EXPECT_GT(letters.size(), 0u);
    EXPECT_EQ(letters.list()[0].target, counter.address());
    // Once there is room, nothing of it need be lost. Step by step, as the lane takes it.
    while (letters.size() != 0) {
      auto slept = co_await sleep_for(1ms);
      if (!slept) co_return slept;
      for (const DeadLetter& letter : letters.list({.limit = 50})) {
        const Status sent = letters.replay(letter.number);
        if (!sent) {
          EXPECT_TRUE(sent.error().is(Code::kLaneFull)) << sent.error().describe();
          EXPECT_EQ(letters.list({.limit = 1})[0].replays, 0u)
              << "what was not sent, is not counted";
          break;
        }
        EXPECT_TRUE(letters.discard(letter.number));
      }
    }
    auto total = co_await counter.ask(within(10s)).total();
    EXPECT_EQ(total->value(), 2000u);
    co_return ok();
  });
}

TEST_P(DeadLettersTest, LimitsHold) {
  SystemOptions options = options_for(GetParam());
  options.node.dead_letters.letters_max = 10;
  options.node.dead_letters.content_bytes_max = 1000;
  options.node.dead_letters.letter_bytes_max = 400;
  System system(options);
  run_in(system, [](Root) -> Task<Status> {
    DeadLetters& letters = Core::current().dead_letters;
    for (std::uint64_t i = 1; i <= 30; ++i) kNobody.tell().add(i);
    EXPECT_EQ(letters.size(), 10u);
    EXPECT_EQ(letters.list()[0].message<Counter>()->add().amount(), 21u);
    EXPECT_EQ(letters.counters().forgotten, 20u);
    EXPECT_EQ(letters.content_bytes(), 10u * 16);
    // Contents that are large push older ones out, the letters stay.
    for (int i = 0; i < 3; ++i) kNobody.tell().fail(std::string(350, 'x'));
    EXPECT_LE(letters.content_bytes(), 1000u);
    EXPECT_EQ(letters.size(), 10u);
    EXPECT_FALSE(letters.list()[0].has_content);
    EXPECT_TRUE(letters.list().back().has_content);
    EXPECT_TRUE(letters.replay(letters.list()[0].number).error().is(Code::kInvalidArgument));
    // Too large for its content, and too large for the system.
    kNobody.tell().fail(std::string(500, 'x'));
    EXPECT_FALSE(letters.list().back().has_content);
    kNobody.tell().fail(std::string(2 << 20, 'x'));
    EXPECT_EQ(letters.list().back().reason, DropReason::kTooLarge);
    EXPECT_EQ(letters.list().back().bytes, 0u);
    co_return ok();
  });
}

TEST_P(DeadLettersTest, NoneAreKeptIfNoneAreWanted) {
  SystemOptions options = options_for(GetParam());
  options.node.dead_letters.letters_max = 0;
  System system(options);
  run_in(system, [](Root) -> Task<Status> {
    kNobody.tell().add(1);
    EXPECT_EQ(Core::current().dead_letters.size(), 0u);
    EXPECT_EQ(Core::current().dead_letters.content_bytes(), 0u);
    co_return ok();
  });
  EXPECT_EQ(system.ledger().dropped_total(), 1u);
}

TEST_P(DeadLettersTest, AreLoggedFullyAtFirstAndThenNowAndThen) {
  Lines lines;
  SystemOptions options = options_for(GetParam());
  options.node.log = &lines;
  options.node.dead_letters.log_first = 3;
  options.node.dead_letters.log_period = 20ms;
  options.node.dead_letters.log_while_stopping = false;
  System system(options);
  run_in(system, [](Root root) -> Task<Status> {
    for (int i = 0; i < 100; ++i) kNobody.tell().add(1);
    auto slept = co_await sleep_for(50ms);
    kNobody.tell().add(1);
    kNobody.tell().add(1);
    // What still waits when the system stops is dropped without a word.
    auto counter = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    for (int i = 0; i < 10; ++i) counter.tell().add(1);
    co_return slept;
  });
  const std::vector<std::string> drops = lines.drops();
  ASSERT_EQ(drops.size(), 4u);
  EXPECT_EQ(drops[0],
            "core 0 dropped a message, its 1.: sample.Counter.add to core 0, slot 12345: "
            "no_such_actor");
  EXPECT_EQ(drops[3],
            "core 0 dropped a message, its 101.: sample.Counter.add to core 0, slot 12345: "
            "no_such_actor; 97 others since the last such line");
  EXPECT_GE(system.ledger().dropped_total(), 102u);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, DeadLettersTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
