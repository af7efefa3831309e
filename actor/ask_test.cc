// Asks: answered, refused, dropped, late; deadlines; reply-to handles. Everywhere.
#include "actor/ask.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using testing::options_for;
using testing::run_in;

class AskTest : public ::testing::TestWithParam<testing::RunOn> {
 protected:
  /// Runs `body(root, counter)` on core 0 with the counter on the last core.
  template <class Body>
  void run(Body body) {
    System system(options_for(GetParam()));
    run_in(system, [body](Root root) -> Task<Status> {
      auto counter = co_await root.on_core(root.cores() - 1, [] { return spawn_counter(); });
      co_await body(root, counter);
      co_return ok();
    });
  }
  static Task<Ref<Counter>> spawn_counter() {
    co_return Root().spawn<Counter>(sample::counter, std::uint64_t{0});
  }
};

TEST_P(AskTest, IsAnswered) {
  run([](Root, Ref<Counter> counter) -> Task<> {
    for (int i = 0; i < 100; ++i) counter.tell().add(7);
    auto total = co_await counter.ask(within(10s)).total();
    EXPECT_TRUE(total.ok());
    EXPECT_EQ(total->value(), 700u);
  });
}

TEST_P(AskTest, RefusalSaysWhich) {
  run([](Root, Ref<Counter> counter) -> Task<> {
    auto refused = co_await counter.ask(within(10s)).take(101);
    EXPECT_TRUE(refused.has_error());
    EXPECT_TRUE(refused.error().is(Code::kDenied));
    EXPECT_TRUE(refused.error().is(sample::Refusal::kTooMuch));
    EXPECT_FALSE(refused.error().is(sample::Refusal::kClosed));
  });
}

TEST_P(AskTest, UnansweredSaysNoReplyAtOnce) {
  run([](Root root, Ref<Counter> counter) -> Task<> {
    const Time start = root.now();
    auto ignored = co_await counter.ask(within(1h)).ignore();
    EXPECT_TRUE(ignored.has_error());
    EXPECT_TRUE(ignored.error().is(Code::kNoReply)) << ignored.error().describe();
    EXPECT_LT(root.now() - start, 10min);
  });
}

TEST_P(AskTest, DeadlineEndsTheWaitAndNeverEarly) {
  run([](Root root, Ref<Counter> counter) -> Task<> {
    const Time start = root.now();
    counter.tell().add(7);
    auto late = co_await counter.ask(within(20ms)).wait("for ever");
    EXPECT_TRUE(late.has_error());
    EXPECT_TRUE(late.error().is(Code::kDeadlineExceeded));
    EXPECT_GE(root.now() - start, 20ms);
    counter.tell().release();  // the late answer finds nobody, and harms nobody
    // Nor does it pass for the answer of the ask that has its slot in the table now.
    auto total = co_await counter.ask(within(10s)).total();
    EXPECT_TRUE(total.ok());
    EXPECT_EQ(total->value(), 7u);
  });
}

TEST_P(AskTest, APassedDeadlineSendsNothing) {
  run([](Root root, Ref<Counter> counter) -> Task<> {
    auto late = co_await counter.ask(Deadline(root.now() - 1ns)).take(1);
    EXPECT_TRUE(late.has_error());
    EXPECT_TRUE(late.error().is(Code::kDeadlineExceeded));
    auto total = co_await counter.ask(within(10s)).total();
    EXPECT_EQ(total->value(), 0u);
  });
}

TEST_P(AskTest, DeadlineIsInheritedByTheAsksMadeForIt) {
  run([](Root root, Ref<Counter> counter) -> Task<> {
    auto other = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    // `other` is busy for longer than the first ask may take; the relayed ask says one hour.
    auto hold = [](Ref<Counter> held) -> Task<> {
      auto held_for = co_await held.ask(within(1h)).hold(Duration(24h).count());
      EXPECT_TRUE(held_for.ok());  // interrupted
    };
    auto relay = [](Ref<Counter> relay_through, Ref<Counter> to) -> Task<> {
      auto slept = co_await sleep_for(20ms);
      EXPECT_TRUE(slept.ok());
      auto late = co_await relay_through.ask(within(50ms)).relay(to);
      // Both waits end at the same moment; the relay's answer may win by a hair.
      if (late) {
        EXPECT_EQ(late->outcome(), static_cast<std::uint16_t>(Code::kDeadlineExceeded));
      } else {
        EXPECT_TRUE(late.error().is(Code::kDeadlineExceeded));
      }
      // The relay itself was set free by the inherited deadline, not by its own hour: it answers.
      auto total = co_await relay_through.ask(within(10s)).total();
      EXPECT_TRUE(total.ok());
      to.stop();
    };
    co_await all_of(hold(other), relay(counter, other));
  });
}

TEST_P(AskTest, HandleAnswersLater) {
  run([](Root, Ref<Counter> counter) -> Task<> {
    auto release = [](Ref<Counter> from) -> Task<> {
      auto slept = co_await sleep_for(5ms);
      EXPECT_TRUE(slept.ok());
      from.tell().release();
    };
    auto ask = [](Ref<Counter> from) -> Task<> {
      auto answer = co_await from.ask(within(10s)).wait("kept across receives");
      EXPECT_TRUE(answer.ok());
      EXPECT_EQ(answer->label(), "kept across receives");
    };
    co_await all_of(ask(counter), ask(counter), release(counter));
  });
}

TEST_P(AskTest, DroppedHandleSaysNoReply) {
  run([](Root, Ref<Counter> counter) -> Task<> {
    auto forget = [](Ref<Counter> from) -> Task<> {
      auto slept = co_await sleep_for(5ms);
      EXPECT_TRUE(slept.ok());
      from.tell().forget();
    };
    auto ask = [](Ref<Counter> from) -> Task<> {
      auto answer = co_await from.ask(within(1h)).wait("x");
      EXPECT_TRUE(answer.has_error());
      EXPECT_TRUE(answer.error().is(Code::kNoReply));
    };
    co_await all_of(ask(counter), forget(counter));
  });
}

/// Takes a question that it was asked and hands it to `to`, which answers it.
Behavior handing_over(Counter::Self self, Ref<Counter> to) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) co_return;
    if (msg.kind() == Counter::Kind::kTotal) to.tell().answer(msg.total().take_reply(), 4711);
  }
}

TEST_P(AskTest, HandleCrossesCoresInAMessage) {
  run([](Root root, Ref<Counter> counter) -> Task<> {
    auto front = root.spawn<Counter>(handing_over, counter);
    for (int i = 0; i < 100; ++i) {
      auto total = co_await front.ask(within(10s)).total();
      EXPECT_TRUE(total.ok());
      EXPECT_EQ(total->value(), 4711u);
    }
  });
}

TEST_P(AskTest, HandleInADroppedMessageSaysNoReply) {
  run([](Root root, Ref<Counter> counter) -> Task<> {
    counter.stop();
    auto gone = co_await counter.ask(within(1h)).total();
    EXPECT_TRUE(gone.has_error());
    auto front = root.spawn<Counter>(handing_over, counter);
    auto total = co_await front.ask(within(1h)).total();
    EXPECT_TRUE(total.has_error());
    EXPECT_TRUE(total.error().is(Code::kNoReply)) << total.error().describe();
  });
}

TEST_P(AskTest, NobodyIsNoSuchActor) {
  run([](Root, Ref<Counter> counter) -> Task<> {
    auto nobody = co_await Ref<Counter>().ask(within(1h)).total();
    EXPECT_TRUE(nobody.error().is(Code::kNoSuchActor));
    Address stale = counter.address();
    ++stale.incarnation;
    auto successor = co_await Ref<Counter>(stale).ask(within(1h)).total();
    EXPECT_TRUE(successor.error().is(Code::kNoSuchActor));
    Address far = counter.address();
    far.core = 999;
    auto far_away = co_await Ref<Counter>(far).ask(within(1h)).total();
    EXPECT_TRUE(far_away.error().is(Code::kNoSuchActor));
  });
}

TEST_P(AskTest, AnotherProtocolIsNoSuchActor) {
  run([](Root, Ref<Counter> counter) -> Task<> {
    auto wrong = co_await Ref<sample::Watcher>(counter.address()).ask(within(1h)).notes();
    EXPECT_TRUE(wrong.error().is(Code::kNoSuchActor));
  });
}

// Sizes around the pools' classes and the limit from which blocks are handed over and go home.
TEST_P(AskTest, CarriesAnySizeUpToTheLimit) {
  run([](Root root, Ref<Counter> counter) -> Task<> {
    const std::size_t limit = protocols::kFrameBytesDefault;
    for (std::size_t size : {0ul, 1ul, 7ul, 8ul, 100ul, 1000ul, 3900ul, 4000ul, 4040ul, 4100ul,
                             5000ul, 70'000ul, limit - 200}) {
      std::vector<std::byte> data(size);
      for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::byte>(i * 7 + size);
      auto echoed = co_await counter.ask(within(10s)).echo(data);
      EXPECT_TRUE(echoed.ok()) << size;
      EXPECT_TRUE(std::ranges::equal(echoed->data(), data)) << size;
    }
    std::vector<std::byte> data(limit);
    auto refused = co_await counter.ask(within(10s)).echo(data);
    EXPECT_TRUE(refused.error().is(Code::kTooLarge));
  });
}

TEST_P(AskTest, LosersOfFirstOfAreCancelled) {
  run([](Root, Ref<Counter> counter) -> Task<> {
    auto first = co_await first_of(counter.ask(within(1h)).wait("never"), sleep_for(5ms));
    EXPECT_EQ(first.index(), 1u);
    auto both = co_await all_of(counter.ask(within(10s)).total(), counter.ask(within(10s)).take(0));
    EXPECT_TRUE(std::get<0>(both).ok());
    EXPECT_TRUE(std::get<1>(both).ok());
  });
}

TEST_P(AskTest, NotAwaitedSendsNothing) {
  run([](Root, Ref<Counter> counter) -> Task<> {
    {
      auto never_sent = counter.ask(within(10s)).take(1);
    }
    auto total = co_await counter.ask(within(10s)).total();
    EXPECT_EQ(total->value(), 0u);
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, AskTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
