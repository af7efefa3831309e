// Tests that stalls of cores on threads are reported while they last, with their chain of awaits.
// Nothing here depends on how long anything takes: what stalls goes on until it is reported.
#include "io/stall/stall_watch.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <source_location>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "base/combine.h"
#include "base/scope.h"
#include "io/sleep.h"
#include "io/stall/stall_snapshot.h"
#include "io/testing_reactor.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

/// Keeps what was reported; lets threads wait for it.
class Reports final : public Log {
 public:
  void warning(std::string_view text) override {
    const std::lock_guard lock(mutex_);
    texts_.emplace_back(text);
    if (text.find("is stalled") != text.npos) stalls_.fetch_add(1);
    if (text.find("goes on") != text.npos) ends_.fetch_add(1);
  }

  unsigned stalls() const { return stalls_.load(); }
  unsigned ends() const { return ends_.load(); }
  /// The first report with `part`, and `other`, in it; empty if there is none.
  std::string find(std::string_view part, std::string_view other = "") {
    const std::lock_guard lock(mutex_);
    for (const std::string& text : texts_) {
      if (text.find(part) != text.npos && text.find(other) != text.npos) return text;
    }
    return "";
  }

 private:
  std::mutex mutex_;
  std::deque<std::string> texts_;
  std::atomic<unsigned> stalls_ = 0;
  std::atomic<unsigned> ends_ = 0;
};

constexpr std::uint32_t line_here(std::source_location where = std::source_location::current()) {
  return where.line();
}

/// An endless loop, but for the report that ends it.
void spin_until_reported(const Reports& reports, unsigned stalls) {
  while (reports.stalls() < stalls) {
  }
}

/// The engine's start is not watched: goes on in a turn.
Task<void> in_a_turn() {
  const Status turn = co_await yield();
  EXPECT_TRUE(turn.ok());
}

std::string place(std::uint32_t line) {
  return " at io/stall/stall_watch_test.cc:" + std::to_string(line) + " in ";
}

/// Once is enough, unless the machine is so busy that the thread cannot show its stack in time.
constexpr std::uint32_t kSpinnerAwaits = line_here() + 3;
Task<void> spinner(Reports* reports) {
  for (unsigned i = 1; i < 30 && reports->find(place(kSpinnerAwaits)).empty(); ++i) {
    const Status slept = co_await sleep_for(1ms);
    EXPECT_TRUE(slept.ok());
    spin_until_reported(*reports, i);
  }
}

constexpr std::uint32_t kCallerAwaits = line_here() + 1;
Task<void> calls_spinner(Reports* reports) { co_await spinner(reports); }

ThreadedOptions options_with(Log& log, Duration stall_after = 2ms) {
  ThreadedOptions options;
  options.log = &log;
  options.stall_after = stall_after;
  return options;
}

TEST(StallWatch, ReportsAnEndlessLoopWhileItRunsWithItsChain) {
  Reports reports;
  const Status ended = run_threaded(
      [&](Strand&) -> Task<void> { co_await calls_spinner(&reports); }, options_with(reports));
  EXPECT_TRUE(ended.ok());
  const std::string report = reports.find(place(kSpinnerAwaits));
  EXPECT_EQ(report.find("core 0 is stalled: it runs one thing for "), 0u) << report;
  const std::size_t inner = report.find(place(kSpinnerAwaits));
  const std::size_t outer = report.find(place(kCallerAwaits));
  EXPECT_NE(inner, std::string::npos) << report;
  EXPECT_NE(outer, std::string::npos) << report;
  EXPECT_LT(inner, outer) << report;
  EXPECT_NE(report.find("native stack"), std::string::npos) << report;
  EXPECT_NE(reports.find("core 0 goes on: the stall of a task took "), "")
      << reports.find("goes on");
}

TEST(StallWatch, CountsStallsAndTheLongest) {
  Reports reports;
  ReactorCounters counters;
  const Status ended = run_threaded(
      [&](Strand&) -> Task<void> {
        co_await in_a_turn();
        spin_until_reported(reports, 1);
        // Until the watch has seen that the core went on.
        while (reports.ends() < 1) co_await in_a_turn();
        counters = Reactor::current().counters();
      },
      options_with(reports));
  EXPECT_TRUE(ended.ok());
  EXPECT_GE(counters.stalls, 1u);
  EXPECT_GE(counters.longest_stall, 2ms);
}

TEST(StallWatch, ReportsACallThatBlocksTheThread) {
  Reports reports;
  constexpr std::string_view kBlocked = "blocked in a system call";
  constexpr std::string_view kOfATask = "\na task\n  runs\n    at ";
  const Status ended = run_threaded(
      [&](Strand&) -> Task<void> {
        // Once is enough, unless the machine is so busy that the thread is seen before the call.
        for (unsigned i = 1; reports.find(kBlocked, kOfATask).empty(); ++i) {
          int ends[2];
          EXPECT_EQ(pipe(ends), 0);
          std::thread other([&, i] {
            while (reports.stalls() < i) std::this_thread::sleep_for(1ms);
            EXPECT_EQ(write(ends[1], "x", 1), 1);
          });
          co_await in_a_turn();
          // Nobody writes before the report; the signal does not end the call.
          char text = 0;
          EXPECT_EQ(read(ends[0], &text, 1), 1);
          other.join();
          close(ends[0]);
          close(ends[1]);
          co_await in_a_turn();
        }
      },
      options_with(reports));
  EXPECT_TRUE(ended.ok());
  EXPECT_NE(reports.find(kBlocked, kOfATask), "") << reports.find("is stalled");
}

TEST(StallWatch, ReportsOneInAWhileAndCountsTheOthers) {
  Reports reports;
  const auto began = std::chrono::steady_clock::now();
  ReactorCounters counters;
  const Status ended = run_threaded(
      [&](Strand&) -> Task<void> {
        co_await in_a_turn();
        spin_until_reported(reports, 1);
        // More stalls within the period: as many as are counted, none reported.
        while (Reactor::current().counters().stalls < 4) {
          co_await in_a_turn();
          const std::uint64_t before = Reactor::current().counters().stalls;
          while (Reactor::current().counters().stalls == before) {
          }
        }
        counters = Reactor::current().counters();
      },
      options_with(reports));
  EXPECT_TRUE(ended.ok());
  EXPECT_GE(counters.stalls, 4u);
  // A slow machine may need more than one period.
  const auto periods = (std::chrono::steady_clock::now() - began) / StallWatch::kReportEvery;
  EXPECT_LE(reports.stalls(), 1 + periods);
  EXPECT_LE(reports.ends(), reports.stalls());
}

TEST(StallWatch, ReportsWhatGoesOnWhenItMayReportAgain) {
  Reports reports;
  const Status ended = run_threaded(
      [&](Strand&) -> Task<void> {
        co_await in_a_turn();
        spin_until_reported(reports, 1);
        co_await in_a_turn();
        // Begins when nothing may be reported.
        spin_until_reported(reports, 2);
      },
      options_with(reports));
  EXPECT_TRUE(ended.ok());
  EXPECT_GE(reports.stalls(), 2u);
}

TEST(StallWatch, IsOffWhenAskedToBe) {
  Reports reports;
  const Status ended = run_threaded(
      [&](Strand&) -> Task<void> {
        co_await in_a_turn();
        std::this_thread::sleep_for(50ms);
        EXPECT_EQ(Reactor::current().counters().stalls, 0u);
      },
      options_with(reports, Duration(0)));
  EXPECT_TRUE(ended.ok());
  EXPECT_EQ(reports.stalls(), 0u);
}

TEST(StallWatch, RefusesAThresholdTooShort) {
  Reports reports;
  const Status ended =
      run_threaded([](Strand&) -> Task<void> { co_return; }, options_with(reports, 999us));
  EXPECT_FALSE(ended.ok());
  EXPECT_TRUE(ended.error().is(Code::kInvalidArgument));
}

struct sigaction present_action() {  // NOLINT: the type is the kernel's
  struct sigaction action{};
  EXPECT_EQ(sigaction(SIGURG, nullptr, &action), 0);
  return action;
}

TEST(StallWatch, LeavesTheSignalAsItWas) {
  Reports reports;
  const Status ended = run_threaded(
      [&](Strand&) -> Task<void> {
        co_await in_a_turn();
        EXPECT_NE(present_action().sa_flags & SA_SIGINFO, 0);
        // A signal that others sent is none of ours.
        EXPECT_EQ(raise(SIGURG), 0);
      },
      options_with(reports));
  EXPECT_TRUE(ended.ok());
  EXPECT_EQ(present_action().sa_handler, SIG_DFL);
}

void ignore_it(int) {}

TEST(StallWatch, DoesNotTakeTheSignalFromAProgramThatHandlesIt) {
  ASSERT_NE(signal(SIGURG, &ignore_it), SIG_ERR);
  Reports reports;
  const Status ended = run_threaded(
      [&](Strand&) -> Task<void> {
        co_await in_a_turn();
        spin_until_reported(reports, 1);
      },
      options_with(reports));
  EXPECT_TRUE(ended.ok());
  EXPECT_EQ(present_action().sa_handler, &ignore_it);
  EXPECT_EQ(signal(SIGURG, SIG_DFL), &ignore_it);
  EXPECT_NE(reports.find("handles SIGURG itself"), "");
  EXPECT_NE(reports.find("is stalled"), "");
  EXPECT_EQ(reports.find("native stack"), "");
}

/// Asks again and again for what a core does.
class SnapshotHolder {
 public:
  explicit SnapshotHolder(const Reactor& core) : request_(core) {}
  /// On another thread.
  void ask_and_wait() {
    request_.ask();
    const StallSnapshot* seen = nullptr;
    while ((seen = request_.answer()) == nullptr) std::this_thread::yield();
    if (!seen->in_strand) return;
    EXPECT_EQ(seen->stack.lines()[0].kind, AsyncLine::Kind::kRuns);
  }

 private:
  SnapshotRequest request_;
};

// Handlers everywhere in the life of coroutines: under the sanitizers this finds what they may not
// touch.
Task<Status> nested(unsigned levels) {
  if (levels == 0) co_return ok();
  Status ended = co_await nested(levels - 1);
  co_return ended;
}

TEST(StallWatch, MayInterruptAnything) {
  ThreadedOptions options;
  options.stall_after = Duration(0);
  std::atomic<bool> stop = false;
  const Status ended = run_threaded(
      [&](Strand&) -> Task<void> {
        SnapshotHolder holder(Reactor::current());
        std::thread asker([&] {
          for (int i = 0; i < 2000; ++i) holder.ask_and_wait();
          stop = true;
        });
        while (!stop) {
          const Status ran = co_await nested(5);
          EXPECT_TRUE(ran.ok());
          co_await all_of(nested(3), yield(), nested(1));
          Scope scope;
          co_await scope.start(nested(2));
          co_await scope.start(yield());
          const ScopeEnd joined = co_await scope.join();
          EXPECT_TRUE(joined.ok());
        }
        asker.join();
      },
      options);
  EXPECT_TRUE(ended.ok());
}

}  // namespace
}  // namespace troupe::io
