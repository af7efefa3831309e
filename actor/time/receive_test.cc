// receive(): with a deadline, in branches that lose, while the actor is stopped or killed.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using testing::options_for;
using testing::pause;
using testing::run_in;
using testing::until;

/// What the behaviours of a test saw. On core 0, as they are.
struct Seen {
  std::vector<std::uint64_t> values;
  std::vector<Code> errors;
  std::vector<Duration> waited;
  int stops = 0;
  bool ended = false;
};
using Notes = std::shared_ptr<Seen>;

class ReceiveTest : public ::testing::TestWithParam<testing::RunOn> {
 protected:
  template <class Body>
  void run(Body body) {
    System system(options_for(GetParam()));
    run_in(system, [body](Root root) -> Task<Status> {
      co_await body(root, std::make_shared<Seen>());
      co_return ok();
    });
    last_ledger_ = system.ledger();
  }
  Ledger last_ledger_;
};

/// Notes what it is told and how its waits of 20 ms end.
Behavior impatient(Counter::Self self, Notes seen) {
  for (;;) {
    const Time before = self.now();
    auto msg = co_await self.receive(within(20ms));
    if (!msg) {
      seen->errors.push_back(msg.error().code());
      seen->waited.push_back(self.now() - before);
      continue;
    }
    if (msg->kind() == Counter::Kind::kStop) {
      ++seen->stops;
      co_return;
    }
    if (msg->kind() == Counter::Kind::kTotal) msg->total().reply(seen->values.size());
    if (msg->kind() == Counter::Kind::kAdd) seen->values.push_back(msg->add().amount());
  }
}

TEST_P(ReceiveTest, AReceiveTimeoutNeverFiresEarly) {
  run([](Root root, Notes seen) -> Task<> {
    auto actor = root.spawn<Counter>(impatient, seen);
    co_await pause(100ms);
    actor.tell().add(7);
    co_await until([&] { return seen->values.size() == 1u; });
    actor.stop();
    co_await until([&] { return seen->stops == 1; });
    EXPECT_EQ(seen->stops, 1);
    EXPECT_EQ(seen->values, std::vector<std::uint64_t>{7});
    EXPECT_GE(seen->errors.size(), 1u);
    for (Code code : seen->errors) EXPECT_EQ(code, Code::kDeadlineExceeded);
    for (Duration waited : seen->waited) EXPECT_GE(waited, 20ms);
  });
}

TEST_P(ReceiveTest, AMessageAtTheDeadlineIsReceivedAndNotTimedOut) {
  run([](Root root, Notes seen) -> Task<> {
    // Its deadline has passed when it begins to wait; the messages are there.
    auto behavior = [](Counter::Self self, Notes noted) -> Behavior {
      for (int i = 0; i < 3; ++i) {
        auto msg = co_await self.receive(Deadline(self.now()));
        if (msg) noted->values.push_back(msg->add().amount());
        if (!msg) noted->errors.push_back(msg.error().code());
      }
      noted->ended = true;
    };
    auto actor = root.spawn<Counter>(behavior, seen);
    actor.tell().add(1);
    actor.tell().add(2);
    co_await until([&] { return seen->ended; });
    EXPECT_EQ(seen->values, (std::vector<std::uint64_t>{1, 2}));
    EXPECT_EQ(seen->errors, std::vector<Code>{Code::kDeadlineExceeded});
    EXPECT_TRUE(seen->ended);
  });
}

/// Starts a timer for the moment at which the wait that began before it ends.
Task<> send_itself(Counter::Self self) {
  self.timers().once("late", 10ms).add(2);
  auto slept = co_await self.sleep_for(1h);
  EXPECT_TRUE(slept.error().is(Code::kCancelled));
}

TEST_P(ReceiveTest, AMessageOfTheSameMomentAsTheDeadlineIsReceived) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes noted) -> Behavior {
      self.timers().once("early", 10ms).add(1);
      auto msg = co_await self.receive(within(10ms));
      EXPECT_TRUE(msg.ok());
      if (msg) noted->values.push_back(msg->add().amount());
      // The other way round: it has timed out when the message comes, and does not yet run.
      auto both = co_await first_of(self.receive(within(10ms)), send_itself(self));
      EXPECT_EQ(both.index(), 0u);
      EXPECT_TRUE(std::get<0>(both).ok());
      if (std::get<0>(both)) noted->values.push_back(std::get<0>(both)->add().amount());
    };
    root.spawn<Counter>(behavior, seen);
    co_await until([&] { return seen->values.size() == 2u; });
    EXPECT_EQ(seen->values, (std::vector<std::uint64_t>{1, 2}));
  });
}

TEST_P(ReceiveTest, AReceiveThatLosesAFirstOfTakesNoMessage) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes noted) -> Behavior {
      auto plain = co_await first_of(self.receive(), self.sleep_for(10ms));
      noted->values.push_back(100 + plain.index());
      auto timed = co_await first_of(self.sleep_for(10ms), self.receive(within(1h)));
      noted->values.push_back(100 + timed.index());
      for (;;) {
        auto msg = co_await self.receive();
        if (msg.kind() == Counter::Kind::kStop) co_return;
        noted->values.push_back(msg.add().amount());
      }
    };
    auto actor = root.spawn<Counter>(behavior, seen);
    co_await until([&] { return seen->values.size() == 2u; });
    actor.tell().add(1);
    actor.tell().add(2);
    co_await until([&] { return seen->values.size() == 4u; });
    EXPECT_EQ(seen->values, (std::vector<std::uint64_t>{101, 100, 1, 2}));
  });
}

Task<int> at_once() { co_return 3; }

TEST_P(ReceiveTest, ABranchThatHasLostBeforeItBeginsTakesNoMessage) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes noted) -> Behavior {
      // Both messages are queued when the first branch ends at once.
      auto first = co_await first_of(at_once(), self.receive());
      noted->values.push_back(100 + first.index());
      auto again = co_await first_of(at_once(), self.receive(within(1h)));
      noted->values.push_back(100 + again.index());
      for (int i = 0; i < 2; ++i) {
        auto msg = co_await self.receive();
        noted->values.push_back(msg.add().amount());
      }
    };
    auto actor = root.spawn<Counter>(behavior, seen);
    actor.tell().add(1);
    actor.tell().add(2);
    co_await until([&] { return seen->values.size() == 4u; });
    EXPECT_EQ(seen->values, (std::vector<std::uint64_t>{100, 100, 1, 2}));
  });
}

/// Takes messages until it is told to stop.
Task<> take_all(Counter::Self self, Notes seen) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) break;
    seen->values.push_back(msg.add().amount());
  }
  ++seen->stops;
}

TEST_P(ReceiveTest, ATaskThatReceivesInALosingBranchGetsStopAndEnds) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes noted) -> Behavior {
      auto first = co_await first_of(take_all(self, noted), self.sleep_for(10ms));
      EXPECT_EQ(first.index(), 1u);
      EXPECT_FALSE(self.stopping());
      auto msg = co_await self.receive();
      noted->values.push_back(msg.add().amount());
      noted->ended = true;
    };
    auto actor = root.spawn<Counter>(behavior, seen);
    actor.tell().add(1);
    co_await until([&] { return seen->stops == 1; });
    actor.tell().add(2);
    co_await until([&] { return seen->ended; });
    EXPECT_EQ(seen->stops, 1);
    EXPECT_EQ(seen->values, (std::vector<std::uint64_t>{1, 2}));
    EXPECT_TRUE(seen->ended);
  });
}

TEST_P(ReceiveTest, AnAllOfThatFailsEndsItsReceive) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes noted) -> Behavior {
      auto failing = [](Notes) -> Task<Status> {
        auto slept = co_await sleep_for(5ms);
        if (!slept) co_return slept;
        co_return Error(Code::kIo);
      };
      auto both = co_await all_of(failing(noted), self.receive(within(1h)));
      const Code code = std::get<1>(both).error().code();
      noted->errors.push_back(code);
      noted->ended = true;
    };
    root.spawn<Counter>(behavior, seen);
    co_await until([&] { return seen->ended; });
    EXPECT_TRUE(seen->ended);
    EXPECT_EQ(seen->errors, std::vector<Code>{Code::kCancelled});
  });
}

TEST_P(ReceiveTest, AStopReachesTheBehaviourAlsoWhenABranchSawItFirst) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes noted) -> Behavior {
      auto first = co_await first_of(self.receive(), self.sleep_for(1h));
      noted->values.push_back(first.index());
      // It may await to say goodbye.
      auto slept = co_await self.sleep_for(1ms);
      EXPECT_TRUE(slept.ok());
      auto msg = co_await self.receive();
      if (msg.kind() == Counter::Kind::kStop) ++noted->stops;
      // In a branch it is told so again and again, and is not ended there.
      for (int i = 0; i < 3; ++i) {
        auto late = co_await first_of(self.receive(within(1h)), self.sleep_for(1h));
        if (late.index() != 0 || !std::get<0>(late)) continue;
        if (std::get<0>(late)->kind() == Counter::Kind::kStop) ++noted->stops;
      }
      noted->ended = true;
      auto never = co_await self.receive();
      ADD_FAILURE() << "it goes on after " << static_cast<int>(never.kind());
    };
    auto actor = root.spawn<Counter>(behavior, seen);
    co_await pause(5ms);
    auto end = co_await graceful_stop(actor, within(10s));
    EXPECT_TRUE(end.ok());
    if (end) {
      EXPECT_EQ(end->reason(), DownReason::kStopped);
    }
    EXPECT_EQ(seen->values, std::vector<std::uint64_t>{0});
    EXPECT_EQ(seen->stops, 4);
    EXPECT_TRUE(seen->ended);
  });
}

TEST_P(ReceiveTest, AWaitWithADeadlineAfterTheStopEndsTheBehaviourToo) {
  run([](Root root, Notes seen) -> Task<> {
    auto behavior = [](Counter::Self self, Notes noted) -> Behavior {
      auto msg = co_await self.receive(within(1h));
      if (msg && msg->kind() == Counter::Kind::kStop) ++noted->stops;
      auto never = co_await self.receive(within(1h));
      ADD_FAILURE() << "it goes on: " << never.has_value();
    };
    auto actor = root.spawn<Counter>(behavior, seen);
    auto end = co_await graceful_stop(actor, within(10s));
    EXPECT_TRUE(end.ok());
    if (end) {
      EXPECT_EQ(end->reason(), DownReason::kStopped);
    }
    EXPECT_EQ(seen->stops, 1);
  });
}

TEST_P(ReceiveTest, AnActorThatIsKilledWhileItWaitsWithADeadlineEnds) {
  run([](Root root, Notes seen) -> Task<> {
    auto timed = root.spawn<Counter>(impatient, seen);
    auto in_branch = [](Counter::Self self, Notes noted) -> Behavior {
      for (;;) {
        auto first = co_await first_of(self.receive(within(1h)), self.sleep_for(1h));
        if (first.index() != 0) continue;
        auto& msg = std::get<0>(first);
        if (msg && msg->kind() == Counter::Kind::kStop) break;
      }
      ++noted->stops;
      auto again = co_await self.receive();  // in a branch it was only lent
      if (again.kind() == Counter::Kind::kStop) ++noted->stops;
      auto never = co_await self.receive();
      ADD_FAILURE() << "it goes on after " << static_cast<int>(never.kind());
    };
    auto other = root.spawn<Counter>(in_branch, seen);
    co_await pause(5ms);
    other.tell().add(1);
    timed.kill();
    other.kill();
    other.tell().add(2);
    auto end = co_await until_ended(timed, within(10s));
    auto other_end = co_await until_ended(other, within(10s));
    EXPECT_TRUE(end.ok() && other_end.ok());
    EXPECT_EQ(seen->stops, 3);
  });
}

TEST_P(ReceiveTest, AnActorRestartsOutOfAReceiveWithADeadline) {
  run([](Root root, Notes seen) -> Task<> {
    Supervision always;
    always.decider = decide_to_restart;
    auto actor = root.spawn<Counter>(SpawnOptions{.supervision = always}, impatient, seen);
    co_await pause(5ms);
    actor.kill();
    actor.tell().add(3);
    auto total = co_await actor.ask(within(10s)).total();
    EXPECT_TRUE(total.ok());
    if (total) {
      EXPECT_EQ(total->value(), 1u);
    }
    co_await pause(30ms);
    EXPECT_FALSE(seen->errors.empty());
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, ReceiveTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
