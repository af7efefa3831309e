// What holds of stashes and timers whatever is done with them, against models, in simulation.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include <rapidcheck.h>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;

// ---- a stash ----

/// What the actor does with the message it takes.
enum class Step { kHandle, kKeep, kReplayThenHandle };

struct StashRun {
  std::vector<Step> steps;  // then it handles what is left
  std::size_t capacity = 1;
  std::uint64_t messages = 0;
  std::vector<std::uint64_t> handled;
  bool balanced = true;
};

Behavior keeps(Counter::Self self, StashRun* run) {
  Stash<Counter> stash(self, run->capacity);
  const Ledger& ledger = self.cell().core().ledger;
  for (std::size_t i = 0; run->handled.size() < run->messages; ++i) {
    if (self.queued() == 0) stash.replay();
    auto msg = co_await self.receive();
    const Step step = i < run->steps.size() ? run->steps[i] : Step::kHandle;
    const std::uint64_t amount = msg.add().amount();
    if (step != Step::kKeep || !stash.keep(std::move(msg))) run->handled.push_back(amount);
    if (step == Step::kReplayThenHandle) stash.replay();
    run->balanced = run->balanced && ledger.sent == ledger.handled + self.queued() + stash.size();
  }
}

std::vector<std::uint64_t> model_of(const StashRun& run) {
  std::deque<std::uint64_t> queued;
  std::deque<std::uint64_t> kept;
  for (std::uint64_t i = 0; i < run.messages; ++i) queued.push_back(i);
  std::vector<std::uint64_t> handled;
  const auto replay = [&] {
    queued.insert(queued.begin(), kept.begin(), kept.end());
    kept.clear();
  };
  for (std::size_t i = 0; handled.size() < run.messages; ++i) {
    if (queued.empty()) replay();
    const std::uint64_t next = queued.front();
    queued.pop_front();
    const Step step = i < run.steps.size() ? run.steps[i] : Step::kHandle;
    if (step == Step::kKeep && kept.size() < run.capacity) {
      kept.push_back(next);
    } else {
      handled.push_back(next);
    }
    if (step == Step::kReplayThenHandle) replay();
  }
  return handled;
}

TEST(StashProperties, EveryMessageIsHandledOnceInTheOrderOfTheModel) {
  EXPECT_TRUE(rc::check([] {
    StashRun run;
    run.steps = *rc::gen::container<std::vector<Step>>(rc::gen::weightedElement<Step>(
        {{3, Step::kHandle}, {4, Step::kKeep}, {1, Step::kReplayThenHandle}}));
    run.capacity = *rc::gen::inRange<std::size_t>(1, 6);
    run.messages = *rc::gen::inRange<std::uint64_t>(1, 40);
    System system(
        testing::options_for({BackendKind::kSimulation, 1, *rc::gen::arbitrary<std::uint64_t>()}));
    testing::run_in(system, [&run](Root root) -> Task<Status> {
      auto actor = root.spawn<Counter>(keeps, &run);
      for (std::uint64_t i = 0; i < run.messages; ++i) actor.tell().add(i);
      auto ended = co_await until_ended(actor, within(1h));
      RC_ASSERT(ended.ok());
      co_return ok();
    });
    RC_ASSERT(run.balanced);
    RC_ASSERT(run.handled == model_of(run));
  }));
}

// ---- timers ----

/// What the actor does next: with the timer of a key, or for a while.
struct Move {
  enum class Kind { kOnce, kEvery, kCancel, kReceive, kBeBusy };
  Kind kind = Kind::kReceive;
  int key = 0;
  Duration time{};
};

std::ostream& operator<<(std::ostream& out, const Move& move) {
  return out << static_cast<int>(move.kind) << "/" << move.key << "/" << move.time.count();
}

struct TimersRun {
  /// What is known of the present timer of a key.
  struct Known {
    std::uint64_t generation = 0;
    Time earliest{};    // its next message is received no earlier
    Duration period{};  // 0: once
  };
  std::vector<Move> moves;
  std::map<int, Known> active;
  std::uint64_t generations = 0;
  std::uint64_t received = 0;
  std::uint64_t wrong = 0;
};

/// A message says which start of which key it is of.
void check(TimersRun& run, Counter::Self self, std::uint64_t amount) {
  ++run.received;
  const int key = static_cast<int>(amount % 8);
  const auto found = run.active.find(key);
  if (found == run.active.end() || found->second.generation != amount / 8 ||
      self.now() < found->second.earliest) {
    ++run.wrong;
    return;
  }
  if (found->second.period == Duration(0)) {
    run.active.erase(found);
  } else {
    found->second.earliest += found->second.period;
  }
}

Task<> receive_for(Counter::Self self, TimersRun* run, Duration time) {
  const Deadline until(self.now() + time);
  for (;;) {
    auto msg = co_await self.receive(until);
    if (!msg) {
      if (self.now() < until.at()) ++run->wrong;
      co_return;
    }
    check(*run, self, msg->add().amount());
    if (until.reached(self.now())) co_return;
  }
}

void start(Counter::Self self, TimersRun& run, const Move& move) {
  const std::uint64_t generation = ++run.generations;
  const std::uint64_t amount = generation * 8 + static_cast<std::uint64_t>(move.key);
  if (move.kind == Move::Kind::kOnce) {
    run.active[move.key] = {generation, self.now() + move.time, Duration(0)};
    self.timers().once(move.key, move.time).add(amount);
  } else {
    run.active[move.key] = {generation, self.now() + move.time, move.time};
    self.timers().every(move.key, move.time).add(amount);
  }
}

Behavior moves(Counter::Self self, TimersRun* run) {
  for (const Move& move : run->moves) {
    switch (move.kind) {
      case Move::Kind::kOnce:
      case Move::Kind::kEvery:
        start(self, *run, move);
        break;
      case Move::Kind::kCancel:
        if (self.timers().cancel(move.key) != (run->active.erase(move.key) == 1)) ++run->wrong;
        break;
      case Move::Kind::kReceive:
        co_await receive_for(self, run, move.time);
        break;
      case Move::Kind::kBeBusy: {
        auto slept = co_await self.sleep_for(move.time);
        if (!slept) ++run->wrong;
        break;
      }
    }
    if (self.timers().active() != run->active.size()) ++run->wrong;
  }
  // Each that is to send once does so, if it is waited for.
  std::erase_if(run->active, [&](const auto& each) {
    return each.second.period > Duration(0) && self.timers().cancel(each.first);
  });
  co_await receive_for(self, run, 1s);
  if (!run->active.empty()) ++run->wrong;
}

rc::Gen<Move> any_move() {
  const auto kind = rc::gen::weightedElement<Move::Kind>({{3, Move::Kind::kOnce},
                                                          {2, Move::Kind::kEvery},
                                                          {3, Move::Kind::kCancel},
                                                          {3, Move::Kind::kReceive},
                                                          {3, Move::Kind::kBeBusy}});
  return rc::gen::build<Move>(
      rc::gen::set(&Move::kind, kind), rc::gen::set(&Move::key, rc::gen::inRange(0, 4)),
      rc::gen::set(&Move::time, rc::gen::map(rc::gen::inRange(1, 400),
                                             [](int tenths) { return Duration(tenths * 100us); })));
}

TEST(TimerProperties, NoMessageComesEarlyNorAfterItsTimerWasCancelledOrReplaced) {
  EXPECT_TRUE(rc::check([] {
    TimersRun run;
    run.moves = *rc::gen::container<std::vector<Move>>(any_move());
    System system(
        testing::options_for({BackendKind::kSimulation, 1, *rc::gen::arbitrary<std::uint64_t>()}));
    testing::run_in(system, [&run](Root root) -> Task<Status> {
      auto actor = root.spawn<Counter>(moves, &run);
      auto ended = co_await until_ended(actor, within(1h));
      RC_ASSERT(ended.ok());
      co_return ok();
    });
    RC_ASSERT(run.wrong == 0u);
    const Ledger ledger = system.ledger();
    RC_ASSERT(ledger.handled == run.received);
  }));
}

}  // namespace
}  // namespace troupe
