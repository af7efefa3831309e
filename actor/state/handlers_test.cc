// handle() and handlers<H>: failures of one message, which are not the actor's; hooks. Everywhere.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
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

using Words = std::vector<std::string>;
/// On core 0, as the actors are.
using Log = std::shared_ptr<Words>;

class HandlersTest : public ::testing::TestWithParam<testing::RunOn> {
 protected:
  template <class Body>
  void run(Body body) {
    System system(options_for(GetParam()));
    run_in(system, [body](Root root) -> Task<Status> {
      co_await body(root, std::make_shared<Words>());
      co_return ok();
    });
    last_ledger_ = system.ledger();
  }
  Ledger last_ledger_;
};

/// Fails for 13, late for 14.
class SumHandlers {
 public:
  SumHandlers(Log log, std::uint64_t first) : log_(std::move(log)), sum_(first) {}

  void on(Counter::Add add) { sum_ += add.amount(); }
  void on(Counter::Total question) { question.reply(sum_); }
  Task<> on(Counter::Take take) {
    if (take.amount() == 13) throw std::runtime_error("unlucky");
    auto slept = co_await sleep_for(1ms);
    EXPECT_TRUE(slept.ok());
    if (take.amount() == 14) throw std::runtime_error("late");
    sum_ -= take.amount();
    take.reply(sum_);
  }
  void on(Counter::Fail fail) { throw std::runtime_error(std::string(fail.what())); }
  void on(Counter::Wait wait) { throw std::invalid_argument(std::string(wait.label())); }
  void on(Counter::Release) {}
  void on(Counter::Forget) {}
  void on(Counter::Answer) {}
  void on(Counter::Delegate) {}
  void on(Counter::Hold) {}
  void on(Counter::Ignore) {}
  void on(Counter::Echo) {}
  void on(Counter::Relay) {}
  void on(Counter::End) {}

  Task<> pre_start(Counter::Self self) {
    auto slept = co_await self.sleep_for(1ms);
    EXPECT_TRUE(slept.ok());
    log_->push_back("pre_start");
  }
  Task<> post_stop() {
    auto slept = co_await sleep_for(1ms);
    EXPECT_TRUE(slept.ok());
    log_->push_back("post_stop");
  }
  void pre_restart(const Failure& failure) { log_->push_back("pre_restart " + failure.what()); }
  Task<> post_restart(const Failure& failure) {
    const std::string what = failure.what();
    auto slept = co_await sleep_for(1ms);
    EXPECT_TRUE(slept.ok());
    log_->push_back("post_restart " + what);
  }

 private:
  Log log_;
  std::uint64_t sum_;
};

TEST_P(HandlersTest, AHandlerThatFailsLeavesTheActorItsState) {
  run([](Root root, Log log) -> Task<> {
    auto actor =
        root.spawn<Counter>(SpawnOptions{}, handlers<SumHandlers>(), log, std::uint64_t{100});
    actor.tell().add(1);
    auto unlucky = co_await actor.ask(within(10s)).take(13);
    EXPECT_TRUE(unlucky.error().is(Code::kFailed)) << unlucky.error().describe();
    auto late = co_await actor.ask(within(10s)).take(14);
    EXPECT_TRUE(late.error().is(Code::kFailed)) << late.error().describe();
    auto taken = co_await actor.ask(within(10s)).take(1);
    EXPECT_TRUE(taken.ok());
    auto total = co_await actor.ask(within(10s)).total();
    EXPECT_TRUE(total.ok());
    if (total) {
      EXPECT_EQ(total->value(), 100u);
    }
    auto ended = co_await graceful_stop(actor, within(10s));
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(*log, (Words{"pre_start", "post_stop"}));
  });
  EXPECT_EQ(last_ledger_.resumed, 2u);
}

HandlerDirective fail_on_invalid(const Failure& failure) {
  return failure.is<std::invalid_argument>() ? HandlerDirective::kFail : HandlerDirective::kResume;
}

TEST_P(HandlersTest, ADeciderThatSaysFailLeavesTheFailureToTheSupervisor) {
  run([](Root root, Log log) -> Task<> {
    auto actor =
        root.spawn<Counter>(SpawnOptions{.supervision = Supervision{}},
                            handlers<SumHandlers>(fail_on_invalid), log, std::uint64_t{100});
    actor.tell().add(1);
    actor.tell().fail("only this one");
    auto failed = co_await actor.ask(within(10s)).wait("all of it");
    EXPECT_TRUE(failed.error().is(Code::kFailed)) << failed.error().describe();
    auto total = co_await actor.ask(within(10s)).total();
    if (total) {
      EXPECT_EQ(total->value(), 100u);  // anew
    }
    EXPECT_EQ(*log, (Words{"pre_start", "pre_restart all of it", "post_restart all of it"}));
    auto ended = co_await graceful_stop(actor, within(10s));
    EXPECT_TRUE(ended.ok());
  });
  EXPECT_EQ(last_ledger_.resumed, 1u);
}

TEST_P(HandlersTest, WhoFailsWithoutRestartIsStoppedWithItsHook) {
  run([](Root root, Log log) -> Task<> {
    auto actor = root.spawn<Counter>(SpawnOptions{}, handlers<SumHandlers>(decide_to_fail), log,
                                     std::uint64_t{0});
    actor.tell().fail("on purpose");
    auto ended = co_await until_ended(actor, within(10s));
    EXPECT_TRUE(ended.ok());
    if (ended) {
      EXPECT_EQ(ended->reason(), DownReason::kFailed);
      EXPECT_EQ(ended->what(), "on purpose");
    }
    EXPECT_EQ(*log, (Words{"pre_start", "post_stop"}));
  });
}

/// Knows its actor; has no hook and no on(Down).
class Observer {
 public:
  explicit Observer(Watcher::Self self) : self_(self) {}
  void on(Watcher::Observe observe) { self_.watch(observe.counter()); }
  void on(Watcher::Unobserve) {}
  void on(Watcher::NextEnd) {}
  void on(Watcher::Note) {}
  void on(Watcher::Notes question) { question.reply(1, 2); }

 private:
  Watcher::Self self_;
};

TEST_P(HandlersTest, ADownWithoutAHandlerIsADeathPact) {
  run([](Root root, Log) -> Task<> {
    auto watched = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    auto actor = root.spawn<Watcher>(SpawnOptions{}, handlers<Observer>());
    actor.tell().observe(watched);
    auto notes = co_await actor.ask(within(10s)).notes();
    EXPECT_TRUE(notes.ok());
    watched.stop();
    auto ended = co_await until_ended(actor, within(10s));
    EXPECT_TRUE(ended.ok());
    if (ended) {
      EXPECT_EQ(ended->reason(), DownReason::kFailed);
    }
  });
}

/// A keyed actor in the same form.
class VaultHandlers {
 public:
  explicit VaultHandlers(std::int64_t opening) : cents_(opening) {}
  void on(Vault::Put put) { put.deny(sample::Refusal::kClosed); }
  void on(Vault::Sum sum) { sum.reply(cents_); }
  void on(Vault::Add add) { cents_ += add.cents(); }
  void on(Vault::End) {}

 private:
  std::int64_t cents_;
};

TEST_P(HandlersTest, AKeyedActorMayBeAClassOfHandlers) {
  System system(options_for(GetParam()));
  system.serve<Vault>(handlers<VaultHandlers>(), [](std::string_view) { return std::int64_t{5}; });
  run_in(system, [](Root) -> Task<Status> {
    Ref<Vault> vault("bob");
    vault.tell().add(3);
    auto sum = co_await vault.ask(within(10s)).sum();
    EXPECT_TRUE(sum.ok());
    if (sum) {
      EXPECT_EQ(sum->cents(), 8);
    }
    co_return ok();
  });
}

Task<> divide(Counter::Take take, std::uint64_t* left) {
  auto slept = co_await sleep_for(1ms);
  EXPECT_TRUE(slept.ok());
  if (take.amount() == 0) throw std::domain_error("by zero");
  *left /= take.amount();
  take.reply(*left);
}

TEST_P(HandlersTest, HandleRunsOneMessageInALoopOfOnesOwn) {
  run([](Root root, Log) -> Task<> {
    auto behavior = [](Counter::Self self) -> Behavior {
      std::uint64_t left = 100;
      for (;;) {
        auto msg = co_await self.receive();
        if (msg.kind() == Counter::Kind::kStop) co_return;
        auto task = divide(msg.take(), &left);
        co_await self.handle(std::move(msg), std::move(task));
      }
    };
    auto actor = root.spawn<Counter>(behavior);
    auto failed = co_await actor.ask(within(10s)).take(0);
    EXPECT_TRUE(failed.error().is(Code::kFailed)) << failed.error().describe();
    auto taken = co_await actor.ask(within(10s)).take(5);
    EXPECT_TRUE(taken.ok());
    if (taken) {
      EXPECT_EQ(taken->left(), 20u);
    }
    actor.stop();
  });
  EXPECT_EQ(last_ledger_.resumed, 1u);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, HandlersTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
