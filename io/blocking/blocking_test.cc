// Tests blocking(): what comes back, limits, deadlines, cancellation and the end, on threads and in
// simulation.
#include "io/blocking/blocking.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <time.h>

#include <atomic>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/combine.h"
#include "io/blocking/may_block.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

const std::vector<PoolOptions> kPools = {{.name = "narrow", .threads = 1, .queue_max = 2},
                                         {.name = "wide", .threads = 4, .queue_max = 1000}};

enum class Ground : std::uint8_t { kSimulation, kUring, kEpoll };

class BlockingTest : public testing::TestWithParam<Ground> {
 protected:
  template <class Body>
  void run(Body body) {
    Status ran = ok();
    if (GetParam() == Ground::kSimulation) {
      SimOptions options;
      options.pools = kPools;
      ran = run_simulated(std::move(body), options);
    } else {
      ThreadedOptions options;
      options.pools = kPools;
      options.kernel =
          GetParam() == Ground::kUring ? KernelInterface::kUring : KernelInterface::kEpoll;
      ran = run_threaded(std::move(body), options);
    }
    EXPECT_TRUE(ran.ok()) << (ran.ok() ? "" : ran.error().describe());
  }
};

INSTANTIATE_TEST_SUITE_P(Grounds, BlockingTest,
                         testing::Values(Ground::kSimulation, Ground::kUring, Ground::kEpoll));

PoolCounters counters_of(const char* pool) {
  return Reactor::current().pools()->find(pool)->counters();
}

template <class T>
Error error_of(const Result<T>& result) {
  EXPECT_FALSE(result.ok()) << "no error";
  return result.ok() ? Error(Code::kMalformed) : result.error();
}

TEST_P(BlockingTest, GivesWhatTheFunctionReturns) {
  run([](Strand&) -> Task<void> {
    const Result<int> number = co_await blocking([] { return 7; });
    EXPECT_EQ(number.value(), 7);
    auto text = std::make_unique<std::string>("moved there and back");
    const std::string* const address = text.get();
    Result<std::unique_ptr<std::string>> moved =
        co_await blocking("wide", [text = std::move(text)]() mutable { return std::move(text); });
    EXPECT_EQ(moved.value().get(), address);
    bool called = false;
    const Status done =
        co_await blocking([&called] { called = CoreContext::current_or_null() == nullptr; });
    EXPECT_TRUE(done.ok());
    EXPECT_TRUE(called) << "it must not run on a core";
    const Result<int> failed =
        co_await blocking([]() -> Result<int> { return Error(Code::kIo, 5, "disk"); });
    EXPECT_EQ(error_of(failed), Error(Code::kIo, 5, failed.error().context()));
    const Status status = co_await blocking([] { return ok(); });
    EXPECT_TRUE(status.ok());
    EXPECT_EQ(counters_of(kDefaultPool).done, 4u);
  });
}

TEST_P(BlockingTest, AnExceptionComesOutOfTheAwait) {
  run([](Strand&) -> Task<void> {
    std::string what;
    try {
      const Status never = co_await blocking([] { throw std::runtime_error("no such table"); });
      ADD_FAILURE() << never.ok();
    } catch (const std::runtime_error& failure) {
      what = failure.what();
    }
    EXPECT_EQ(what, "no such table");
  });
}

TEST_P(BlockingTest, AnUnknownPoolIsAnError) {
  run([](Strand&) -> Task<void> {
    const Result<int> none = co_await blocking("nowhere", [] { return 1; });
    EXPECT_TRUE(error_of(none).is(Code::kInvalidArgument));
  });
}

/// Jobs that run until they are told to end. In simulation, where one thread does all, they do not
/// wait: there virtual time passes instead. Shared by those jobs, which may outlive a frame.
struct Gate {
  std::atomic<int> begun = 0;
  std::atomic<bool> open = false;
  bool waits = true;

  int pass() {
    begun.fetch_add(1);
    begun.notify_all();
    if (waits) open.wait(false);
    return begun.load();
  }
  void let_through() {
    open.store(true);
    open.notify_all();
  }
};

std::shared_ptr<Gate> make_gate(bool waits) {
  auto gate = std::make_shared<Gate>();
  gate->waits = waits;
  return gate;
}

Task<Result<int>> pass(std::shared_ptr<Gate> gate, Deadline deadline) {
  const Result<int> passed = co_await blocking("narrow", [gate] { return gate->pass(); }, deadline);
  co_return passed;
}

Task<Result<int>> pass_waiting(std::shared_ptr<Gate> gate) {
  const Result<int> passed = co_await blocking_wait("narrow", [gate] { return gate->pass(); });
  co_return passed;
}

/// Until the only thread of the narrow pool is busy.
Task<void> until_running() {
  while (counters_of("narrow").running == 0) {
    const Status slept = co_await sleep_for(10us);
    EXPECT_TRUE(slept.ok());
  }
}

Task<void> overload(std::shared_ptr<Gate> gate) {
  co_await until_running();
  const Status filled = co_await sleep_for(0ns);
  EXPECT_TRUE(filled.ok());
  EXPECT_EQ(counters_of("narrow").queued, 0u);
  const auto more = [&](int) { return pass(gate, kNoDeadline); };
  const auto open_later = [](std::shared_ptr<Gate> shared) -> Task<void> {
    const PoolCounters counters = counters_of("narrow");
    EXPECT_EQ(counters.queued, 3u);
    EXPECT_EQ(counters.rejected, 2u);
    shared->let_through();
    co_return;
  };
  auto first = more(1);
  auto second = more(2);
  auto waits = pass_waiting(gate);
  auto third = more(3);
  auto fourth = more(4);
  std::vector<Task<Result<int>>> all;
  all.push_back(std::move(first));
  all.push_back(std::move(second));
  all.push_back(std::move(waits));
  // A branch that fails would cancel the others: these stand beside them.
  auto reject = [](Task<Result<int>> task) -> Task<void> {
    const Result<int> rejected = co_await std::move(task);
    EXPECT_EQ(error_of(rejected).describe(), "overloaded (2): narrow");
  };
  auto ended = co_await troupe::all_of(troupe::all_of(std::move(all)), reject(std::move(third)),
                                       reject(std::move(fourth)), open_later(gate));
  for (const Result<int>& passed : std::get<0>(ended)) EXPECT_TRUE(passed.ok());
}

TEST_P(BlockingTest, AFullQueueFailsAtOnceAndWaitingGoesBehindIt) {
  const bool waits = GetParam() != Ground::kSimulation;
  run([waits](Strand&) -> Task<void> {
    const std::shared_ptr<Gate> gate = make_gate(waits);
    auto ended = co_await troupe::all_of(pass(gate, kNoDeadline), overload(gate));
    EXPECT_TRUE(std::get<0>(ended).ok());
    const PoolCounters counters = counters_of("narrow");
    EXPECT_EQ(counters.done, 4u);
    EXPECT_EQ(counters.submitted, 4u);
    EXPECT_EQ(counters.rejected, 2u);
    EXPECT_EQ(counters.queued_most, 3u);
    EXPECT_EQ(counters.threads, 1u);
    EXPECT_EQ(gate->begun, 4);
  });
}

TEST_P(BlockingTest, ADeadlineTakesOutWhatHasNotBegunAndAbandonsWhatHas) {
  const bool waits = GetParam() != Ground::kSimulation;
  run([waits](Strand&) -> Task<void> {
    const std::shared_ptr<Gate> gate = make_gate(waits);
    auto first = [](std::shared_ptr<Gate> shared, bool on_threads) -> Task<void> {
      // In simulation a job takes 10 µs at least.
      const Result<int> late = co_await pass(shared, within(on_threads ? Duration(2s) : 5us));
      EXPECT_TRUE(error_of(late).is(Code::kDeadlineExceeded));
      EXPECT_EQ(counters_of("narrow").abandoned, 1u);
    };
    auto second = [](std::shared_ptr<Gate> shared) -> Task<void> {
      co_await until_running();
      const Result<int> never = co_await pass(shared, within(1us));
      EXPECT_EQ(error_of(never).describe(), "deadline_exceeded: narrow");
      EXPECT_EQ(counters_of("narrow").withdrawn, 1u);
    };
    auto both = co_await troupe::all_of(first(gate, waits), second(gate));
    (void)both;
    const Result<int> none = co_await pass(gate, within(-1ns));
    EXPECT_TRUE(error_of(none).is(Code::kDeadlineExceeded));
    gate->let_through();
    // The thread is free again, and what it brings home disturbs nobody.
    const Result<int> next = co_await pass(gate, kNoDeadline);
    EXPECT_EQ(next.value(), 2);
    EXPECT_EQ(counters_of("narrow").done, 2u);
    EXPECT_EQ(Reactor::current().timers().armed(), 0u);
  });
}

TEST_P(BlockingTest, ACancellationGivesTheReasonAtOnce) {
  const bool waits = GetParam() != Ground::kSimulation;
  run([waits](Strand& strand) -> Task<void> {
    const std::shared_ptr<Gate> gate = make_gate(waits);
    auto winner = co_await troupe::first_of(pass(gate, kNoDeadline), until_running());
    EXPECT_EQ(winner.index(), 1u);
    EXPECT_EQ(counters_of("narrow").abandoned, 1u);
    strand.cancel(Code::kStopping);
    const Result<int> stopped = co_await pass(gate, kNoDeadline);
    EXPECT_TRUE(error_of(stopped).is(Code::kStopping));
    strand.clear_cancellation();
    gate->let_through();
    const Result<int> next = co_await pass(gate, kNoDeadline);
    EXPECT_TRUE(next.ok());
    EXPECT_EQ(counters_of("narrow").submitted, 2u);
  });
}

/// Makes the only thread of the narrow pool busy with a job that nobody awaits.
Task<void> occupy(std::shared_ptr<Gate> gate) {
  auto first = co_await troupe::first_of(pass(gate, kNoDeadline), until_running());
  EXPECT_EQ(first.index(), 1u);
}

TEST_P(BlockingTest, AFrameMayBeDestroyedWhileItsJobRunsOrWaits) {
  const bool waits = GetParam() != Ground::kSimulation;
  for (bool occupied : {false, true}) {
    const std::shared_ptr<Gate> gate = make_gate(waits);
    run([gate, occupied](Strand&) -> Task<void> {
      if (occupied) co_await occupy(gate);
      Reactor::current().request_stop();
      gate->let_through();
      const Result<int> never = co_await pass(gate, kNoDeadline);
      ADD_FAILURE() << never.ok();
    });
    EXPECT_LE(gate->begun, 2);
  }
}

TEST_P(BlockingTest, AResultThatIsThereIsGivenThoughItsAwaitIsCancelled) {
  if (GetParam() == Ground::kSimulation) GTEST_SKIP() << "there the core sees it first";
  run([](Strand&) -> Task<void> {
    const std::shared_ptr<Gate> gate = make_gate(false);
    std::optional<int> given;
    auto keep = [](std::shared_ptr<Gate> shared, std::optional<int>* result) -> Task<void> {
      const Result<int> passed = co_await pass(shared, kNoDeadline);
      if (passed) *result = *passed;
    };
    // Keeps the core, so that what comes home waits at the door.
    auto hold_the_core = []() -> Task<void> {
      while (counters_of("narrow").done == 0) sched_yield();
      co_return;
    };
    auto first = co_await troupe::first_of(keep(gate, &given), hold_the_core());
    EXPECT_EQ(first.index(), 1u);
    EXPECT_EQ(given, 1);
    EXPECT_EQ(counters_of("narrow").abandoned, 0u);
  });
}

TEST_P(BlockingTest, APoolRunsAsManyAtOnceAsItHasThreads) {
  if (GetParam() == Ground::kSimulation) GTEST_SKIP() << "one at a time";
  run([](Strand&) -> Task<void> {
    // Nobody gets through before all four are there, so there are four threads.
    const auto latch = std::make_shared<std::latch>(4);
    std::vector<Task<Status>> tasks;
    for (int i = 0; i < 4; ++i) {
      tasks.push_back([](std::shared_ptr<std::latch> shared) -> Task<Status> {
        const Status arrived = co_await blocking("wide", [shared] { shared->arrive_and_wait(); });
        co_return arrived;
      }(latch));
    }
    const std::vector<Status> ended = co_await troupe::all_of(std::move(tasks));
    for (const Status& status : ended) EXPECT_TRUE(status.ok());
    EXPECT_EQ(counters_of("wide").threads, 4u);
  });
}

int usable_cpus() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  EXPECT_EQ(sched_getaffinity(0, sizeof mask, &mask), 0);
  return CPU_COUNT(&mask);
}

TEST(BlockingThreads, AreNotKeptOnTheCpuOfTheCoreThatStartsThem) {
  const int cpus = usable_cpus();
  const Status ran = run_threaded([cpus](Strand&) -> Task<void> {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(sched_getcpu()), &one);
    EXPECT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    const Result<int> seen = co_await blocking([] { return usable_cpus(); });
    EXPECT_EQ(seen.value(), cpus);
  });
  EXPECT_TRUE(ran.ok());
}

class Lines final : public Log {
 public:
  void warning(std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

TEST(BlockingThreads, AJobThatDoesNotEndIsNamedAndLeftBehind) {
  Lines log;
  const std::shared_ptr<Gate> gate = make_gate(true);
  ThreadedOptions options;
  options.pools = kPools;
  options.pools_stop_within = 1ms;
  options.stall_after = Duration(0);  // a busy machine is no line of this log
  options.log = &log;
  const Status ran = run_threaded(
      [gate](Strand&) -> Task<void> {
        co_await occupy(gate);
        // The next job stays in the queue, and its frame in the air.
        Reactor::current().request_stop();
        const Result<int> never = co_await pass(gate, kNoDeadline);
        ADD_FAILURE() << never.ok();
      },
      options);
  EXPECT_TRUE(ran.ok());
  ASSERT_EQ(log.lines.size(), 1u);
  EXPECT_EQ(log.lines[0],
            "pool narrow: 1 blocking jobs did not end in time and are left to themselves");
  EXPECT_EQ(gate->begun, 1) << "what waited at the end is not begun";
  gate->let_through();
  // Its thread lets go of the job some time.
  while (gate.use_count() > 1) sched_yield();
}

TEST(BlockingThreads, WhatWaitsAtTheEndIsDropped) {
  const std::shared_ptr<Gate> gate = make_gate(false);
  ThreadedOptions options;
  options.pools = kPools;
  const Status ran = run_threaded(
      [gate](Strand&) -> Task<void> {
        BlockingPool* const pool = Reactor::current().pools()->find("narrow");
        auto until_dropped = [pool, gate] {
          gate->pass();
          // A bound for the case that it never happens.
          for (int i = 0; i < 5000 && pool->counters().dropped == 0; ++i) {
            const timespec millisecond{0, 1'000'000};
            nanosleep(&millisecond, nullptr);
          }
        };
        auto first = co_await troupe::first_of(blocking("narrow", until_dropped), until_running());
        EXPECT_EQ(first.index(), 1u);
        Reactor::current().request_stop();
        const Result<int> never = co_await pass(gate, kNoDeadline);
        ADD_FAILURE() << never.ok();
      },
      options);
  EXPECT_TRUE(ran.ok());
  EXPECT_EQ(gate->begun, 1);
}

TEST(BlockingThreads, RefusePoolsThatMakeNoSense) {
  const auto ran = [](PoolOptions pool) {
    ThreadedOptions options;
    options.pools = {{.name = "first"}, pool};
    return run_threaded([](Strand&) -> Task<void> { co_return; }, options);
  };
  for (const PoolOptions& pool :
       {PoolOptions{.name = ""}, PoolOptions{.name = "sixteen letters."},
        PoolOptions{.name = "first"}, PoolOptions{.name = "a", .threads = 1025},
        PoolOptions{.name = "a", .queue_max = 0}}) {
    EXPECT_TRUE(error_of(ran(pool)).is(Code::kInvalidArgument));
  }
  EXPECT_TRUE(ran({.name = "default", .threads = 1}).ok());
}

TEST(MayBlock, IsCaughtOnACoreAndFineElsewhere) {
  may_block("a query");
#if !defined(NDEBUG) || defined(TROUPE_SANITIZED)
  const auto on_core = [](Strand&) -> Task<void> {
    may_block("a query");
    co_return;
  };
  EXPECT_DEATH((void)run_simulated(on_core),
               "a query would block core 0, at .*blocking_test.cc:[0-9]+; co_await blocking");
#endif
}

}  // namespace
}  // namespace troupe::io
