// Messages: their kinds, what misuse says, what a newer peer's messages become.
#include "actor/message.h"

#include <gtest/gtest.h>

#include <string>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using testing::options_for;
using testing::run_in;

constexpr std::uint16_t kNewerOrdinal = 4242;

/// Sends messages that the contract does not have, as a newer peer would.
class NewerTells : private TellDelivery<Address> {
 public:
  using TellDelivery<Address>::TellDelivery;
  void newer() const {
    send({Counter::kProtocol, kNewerOrdinal}, 1, [](protocols::Word* words) { *words = 0; });
  }
};
class NewerAsks : private AskDelivery<Address> {
 public:
  using AskDelivery<Address>::AskDelivery;
  Ask<Counter::TotalReply> newer() const {
    return send<Counter::TotalReply>({Counter::kProtocol, kNewerOrdinal}, 1,
                                     [](protocols::Word* words) { *words = 0; });
  }
};

TEST(Message, OfANewerPeerIsUnknownAndItsAskUnsupported) {
  System system(options_for({BackendKind::kSimulation, 1}));
  run_in(system, [](Root root) -> Task<Status> {
    auto counter = root.spawn<Counter>(sample::counter, std::uint64_t{3});
    const Address address = counter.address();
    NewerTells(address).newer();
    auto answer = co_await NewerAsks(address, within(1h)).newer();
    EXPECT_TRUE(answer.error().is(Code::kUnsupported)) << answer.error().describe();
    auto total = co_await counter.ask(within(1h)).total();
    EXPECT_EQ(total->value(), 3u);
    co_return ok();
  });
}

/// Keeps the view of a text longer than the message that owns it.
Behavior careless(Counter::Self self) {
  std::string_view label;
  {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kWait) label = msg.wait().label();
  }
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) co_return;
    if (msg.kind() == Counter::Kind::kTotal) {
      // The read must happen for the sanitizer to see it.
      const volatile char* first = label.data();
      msg.total().reply(static_cast<std::uint64_t>(*first));
    }
  }
}

TEST(MessageDeathTest, ATouchOfAFreedMessageAborts) {
#if !defined(TROUPE_SANITIZED)
  GTEST_SKIP() << "not sanitized: a freed message's block is used again at once";
#endif
  const auto touch = [] {
    System system(options_for({BackendKind::kSimulation, 1}));
    (void)system.run([](Root root) -> Task<Status> {
      auto actor = root.spawn<Counter>(careless);
      (void)co_await actor.ask(within(1h)).wait("label");
      (void)co_await actor.ask(within(1h)).total();
      co_return ok();
    });
  };
  EXPECT_DEATH(touch(), "use-after-free");
}

/// Visits instead of switching.
Behavior visiting(Counter::Self self, std::string* seen) {
  for (bool running = true; running;) {
    auto msg = co_await self.receive();
    visit(msg,
          overloaded{
              [&](Counter::Add add) { *seen += "add " + std::to_string(add.amount()) + ";"; },
              [&](Counter::Total total) { total.reply(9); },
              [&](Stop) { running = false; },
              [&](Unknown unknown) { *seen += "unknown " + std::to_string(unknown.ordinal) + ";"; },
              [&](auto) { *seen += "other;"; },
          });
  }
  *seen += "stop;";
}

TEST(Message, IsVisitedByType) {
  std::string seen;
  System system(options_for({BackendKind::kSimulation, 1}));
  run_in(
      system,
      [](Root root, std::string* text) -> Task<Status> {
        auto counter = root.spawn<Counter>(visiting, text);
        const Address address = counter.address();
        counter.tell().add(5);
        counter.tell().release();
        NewerTells(address).newer();
        auto total = co_await counter.ask(within(1h)).total();
        EXPECT_EQ(total->value(), 9u);
        co_return ok();
      },
      &seen);
  EXPECT_EQ(seen, "add 5;other;unknown 4242;stop;");
}

enum class Misuse { kWrongKind, kMovedFrom, kStopRead, kAnsweredTwice, kHandleTwice };

Behavior misusing(Counter::Self self, Misuse misuse) {
  auto msg = co_await self.receive();
  switch (misuse) {
    case Misuse::kWrongKind:
      (void)msg.add();
      break;
    case Misuse::kMovedFrom: {
      auto moved = std::move(msg);
      (void)msg.total();  // NOLINT(bugprone-use-after-move): the point
      break;
    }
    case Misuse::kStopRead: {
      msg.total().reply(1);
      auto stop = co_await self.receive();
      (void)stop.total();
      break;
    }
    case Misuse::kAnsweredTwice:
      msg.total().reply(1);
      msg.total().reply(2);
      break;
    case Misuse::kHandleTwice: {
      auto handle = msg.total().take_reply();
      handle.reply(1);
      handle.reply(2);
      break;
    }
  }
}

void run_misuse(Misuse misuse) {
  System system(options_for({BackendKind::kSimulation, 1}));
  (void)system.run(
      [](Root root, Misuse which) -> Task<Status> {
        auto counter = root.spawn<Counter>(misusing, which);
        auto total = co_await counter.ask(within(1h)).total();
        (void)total;
        counter.stop();
        co_return ok();
      },
      misuse);
}

TEST(MessageDeathTest, MisuseAbortsAndSaysWhatWasWrong) {
  EXPECT_DEATH(run_misuse(Misuse::kWrongKind),
               "sample.Counter: read as add, but the message is total");
  EXPECT_DEATH(run_misuse(Misuse::kMovedFrom), "read as total, but the message is moved from");
  EXPECT_DEATH(run_misuse(Misuse::kStopRead), "read as total, but the message is stop");
  EXPECT_DEATH(run_misuse(Misuse::kAnsweredTwice), "an ask is answered once");
  EXPECT_DEATH(run_misuse(Misuse::kHandleTwice), "a reply-to handle answers once");
}

/// Keeps a message, and with it its views, across receives.
Behavior keeping(Counter::Self self) {
  auto first = co_await self.receive();
  auto view = first.wait();
  const std::string_view label = view.label();
  auto second = co_await self.receive();
  auto kept = std::move(first);
  auto slept = co_await self.sleep_for(1ms);
  if (slept) view.reply(label);
  (void)second.kind();
}

TEST(Message, LivesAsLongAsItIsKept) {
  System system(options_for({BackendKind::kUring, 1}));
  run_in(system, [](Root root) -> Task<Status> {
    auto counter = root.spawn<Counter>(keeping);
    const auto later = [](Ref<Counter> to) -> Task<> {
      for (int i = 0; i < 100; ++i) to.tell().add(1);
      co_return;
    };
    const auto ask = [](Ref<Counter> to) -> Task<> {
      auto answer =
          co_await to.ask(within(10s)).wait("a label that is longer than any small string");
      EXPECT_TRUE(answer.ok());
      EXPECT_EQ(answer->label(), "a label that is longer than any small string");
    };
    co_await all_of(ask(counter), later(counter));
    co_return ok();
  });
}

}  // namespace
}  // namespace troupe
