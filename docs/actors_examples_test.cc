// The examples of actors.md, word for word: examples_test.sh compares.
#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace {

using namespace troupe;
using namespace std::chrono_literals;
using sample::Counter;

Ref<Counter> spawn_counter(Root root) {
  return root.spawn<Counter>({.name = "counter",
                              .supervision = Supervision{.limit = {.restarts = 5, .within = 1min},
                                                         .backoff = Backoff::standard()}},
                             sample::counter, std::uint64_t{10});
}

Directive decide(const Failure& failure) {
  if (failure.is<std::out_of_range>()) return Directive::kRestart;
  if (failure.kind() == FailureKind::kKilled) return Directive::kStop;
  return Directive::kEscalate;  // the parent has failed
}

class Total {
 public:
  explicit Total(std::uint64_t first) : sum_(first) {}
  void on(Counter::Add add) { sum_ += add.amount(); }
  void on(Counter::Total question) { question.reply(sum_); }
  void on(Counter::Take take) {
    if (take.amount() > sum_) throw std::out_of_range("not there");  // this ask has failed
    take.reply(sum_ -= take.amount());
  }
  template <class Other>
  void on(Other) {}

 private:
  std::uint64_t sum_;
};

Task<Status> stop_gently(Ref<Counter> counter) {
  auto end = co_await graceful_stop(counter, within(5s));
  if (end) co_return ok();
  counter.kill();  // it did not let go in time
  auto killed = co_await until_ended(counter, within(5s));
  co_return killed ? ok() : Status(killed.error());
}

Behavior heartbeat(Counter::Self self, Ref<Counter> monitor) {
  self.timers().every("beat", 1s).add(1);
  for (;;) {
    auto received = co_await self.receive(within(5s));
    if (!received) co_return;  // five seconds without a beat
    auto msg = std::move(*received);
    if (msg.kind() == Counter::Kind::kStop) co_return;
    if (msg.kind() == Counter::Kind::kAdd) monitor.tell().add(msg.add().amount());
    if (msg.kind() == Counter::Kind::kEnd) self.timers().cancel("beat");
  }
}

Behavior waits_to_begin(Counter::Self self) {
  Stash<Counter> stash(self, 100);
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) co_return;
    if (msg.kind() == Counter::Kind::kRelease) break;
    Status kept = stash.keep(std::move(msg));
    if (!kept) self.unhandled(std::move(msg));  // the stash is full: an ask is answered
  }
  stash.replay();  // they come next, in order
  co_await self.become(sample::counter, std::uint64_t{0});
}

Task<Status> meet(Ref<Counter> orders) {
  auto added = co_await registry_add("orders", orders, within(1s));
  if (!added) co_return added;                     // taken, perhaps
  Ref<Counter> found = lookup<Counter>("orders");  // on every core, at once
  auto selected = co_await Root().select("/user/*");
  if (!selected) co_return selected.error();
  co_return found == orders ? ok() : Status(Error(Code::kNoSuchActor));
}

Task<Ref<Counter>> spawn_here() {
  co_return Root().spawn<Counter>(sample::counter, std::uint64_t{0});
}

Task<std::uint64_t> count_everywhere(Root root) {
  const std::vector<Ref<Counter>> counters = co_await root.on_all_cores(spawn_here);
  std::uint64_t sum = 0;
  for (const Ref<Counter>& counter : counters) {
    counter.tell().add(1);
    auto total = co_await counter.ask(within(1s)).total();
    if (total) sum += total->value();
  }
  co_return sum;  // as many as there are cores
}

Task<Status> first_failure(std::string* what) {
  EventSubscription<ActorFailed> failures;
  auto failed = co_await failures.next(within(1min));
  if (!failed) co_return failed.error();
  *what = failed->what;
  co_return ok();
}

// ---- what they do ----

Task<std::uint64_t> total_of(Ref<Counter> counter) {
  auto total = co_await counter.ask(within(1h)).total();
  EXPECT_TRUE(total.ok());
  co_return total ? total->value() : 0;
}

template <class Body>
void simulate(Body body) {
  System system(troupe::testing::options_for({BackendKind::kSimulation, 2}));
  troupe::testing::run_in(system, [body](Root root) -> Task<Status> {
    co_await body(root);
    co_return ok();
  });
}

TEST(ActorsExamples, ACounterThatFailsStartsAnew) {
  simulate([](Root root) -> Task<> {
    auto counter = spawn_counter(root);
    std::string what;
    auto fail = [](Ref<Counter> failing) -> Task<> {
      auto slept = co_await sleep_for(1ms);
      EXPECT_TRUE(slept.ok());
      failing.tell().add(5);
      failing.tell().fail("on purpose");
    };
    auto both = co_await all_of(first_failure(&what), fail(counter));
    EXPECT_TRUE(std::get<0>(both).ok());
    EXPECT_EQ(what, "on purpose");
    const Time before = root.now();
    auto total = co_await total_of(counter);
    EXPECT_EQ(total, 10u);
    EXPECT_GE(root.now() - before, 2900ms);
    auto stopped = co_await stop_gently(counter);
    EXPECT_TRUE(stopped.ok());
  });
}

TEST(ActorsExamples, ADeciderChooses) {
  EXPECT_EQ(decide(Failure(FailureKind::kKilled, "killed")), Directive::kStop);
  EXPECT_EQ(decide(Failure(FailureKind::kUnhealthy, "")), Directive::kEscalate);
  EXPECT_EQ(decide(Failure::of_exception(std::make_exception_ptr(std::out_of_range("")), true)),
            Directive::kRestart);
}

TEST(ActorsExamples, AHandlerThatFailsLeavesTheTotal) {
  simulate([](Root root) -> Task<> {
    auto counter = root.spawn<Counter>(SpawnOptions{}, handlers<Total>(), std::uint64_t{10});
    auto refused = co_await counter.ask(within(1s)).take(11);
    EXPECT_TRUE(refused.error().is(Code::kFailed));
    auto total = co_await total_of(counter);
    EXPECT_EQ(total, 10u);
  });
}

TEST(ActorsExamples, AHeartBeatsUntilItIsCancelled) {
  simulate([](Root root) -> Task<> {
    auto monitor = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    auto heart = root.spawn<Counter>(heartbeat, monitor);
    auto slept = co_await sleep_for(3500ms);
    EXPECT_TRUE(slept.ok());
    heart.tell().end();
    auto end = co_await until_ended(heart, within(1h));
    EXPECT_TRUE(end.ok());
    auto beats = co_await total_of(monitor);
    EXPECT_EQ(beats, 3u);
  });
}

TEST(ActorsExamples, WhatCameTooEarlyIsNotLost) {
  simulate([](Root root) -> Task<> {
    auto counter = root.spawn<Counter>(waits_to_begin);
    counter.tell().add(1);
    counter.tell().add(2);
    counter.tell().release();
    counter.tell().add(4);
    auto total = co_await total_of(counter);
    EXPECT_EQ(total, 7u);
  });
}

TEST(ActorsExamples, ANameLeadsToTheActor) {
  simulate([](Root root) -> Task<> {
    auto orders = root.spawn<Counter>({.name = "orders"}, sample::counter, std::uint64_t{0});
    auto met = co_await meet(orders);
    EXPECT_TRUE(met.ok()) << met.error().describe();
  });
}

TEST(ActorsExamples, OneOnEachCore) {
  simulate([](Root root) -> Task<> {
    const auto sum = co_await count_everywhere(root);
    EXPECT_EQ(sum, root.cores());
  });
}

}  // namespace
