// Tests what an actor says of itself: type, key, mailbox, and what it waits for. Everywhere.
#include "actor/actor_report.h"

#include <gtest/gtest.h>

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
using testing::options_for;
using testing::run_in;

class ActorReportTest : public ::testing::TestWithParam<testing::RunOn> {};

Task<std::optional<ActorReport>> report_there(Address address) { co_return actor_report(address); }

Task<Ref<Counter>> spawn_counter() {
  co_return Root().spawn<Counter>(sample::counter, std::uint64_t{0});
}

TEST_P(ActorReportTest, SaysWhatAStuckActorWaitsFor) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    const unsigned there = root.cores() - 1;
    Ref<Counter> counter = co_await root.on_core(there, [] { return spawn_counter(); });
    Address address = counter.address();
    auto first_total = co_await counter.ask(within(1h)).total();
    EXPECT_TRUE(first_total.ok());
    auto idle = co_await root.on_core(there, report_there, address);
    EXPECT_TRUE(idle.has_value());
    EXPECT_EQ(idle->actor, "sample.Counter");
    EXPECT_EQ(idle->queued, 0u);
    EXPECT_FALSE(idle->answer_by.has_value());
    EXPECT_EQ(idle->stack.text().find("waits for receive\n  at actor/testing/sample.cc:"), 0u)
        << idle->text();

    auto hold = [](Ref<Counter> held) -> Task<Status> {
      auto outcome = co_await held.ask(within(1h)).hold(Duration(24h).count());
      co_return outcome ? ok() : Status(outcome.error());
    };
    auto look = [](Ref<Counter> held, unsigned core) -> Task<Status> {
      // In the lane after the ask.
      held.tell().add(1);
      held.tell().add(2);
      auto seen = co_await Root().on_core(core, report_there, held.address());
      // The messages and this task reach the core together, but the actor runs when its turn comes.
      for (int i = 0; i < 10'000 && seen && seen->queued != 2; ++i) {
        auto slept = co_await sleep_for(1ms);
        if (!slept) co_return slept;
        seen = co_await Root().on_core(core, report_there, held.address());
      }
      held.stop();
      if (!seen) co_return Error(Code::kFailed);
      EXPECT_EQ(seen->queued, 2u) << seen->text();
      EXPECT_GT(seen->queued_bytes, 0u);
      EXPECT_TRUE(seen->answer_by.has_value());
      EXPECT_EQ(seen->stack.lines()[0].what, std::string("sleep")) << seen->text();
      EXPECT_NE(seen->text().find("): 2 messages, "), std::string::npos) << seen->text();
      EXPECT_NE(seen->text().find("; answer due in 3"), std::string::npos) << seen->text();
      EXPECT_NE(seen->text().find("\n  waits for sleep\n    at actor/testing/sample.cc:"),
                std::string::npos)
          << seen->text();
      co_return ok();
    };
    auto [held, looked] = co_await all_of(hold(counter), look(counter, there));
    EXPECT_TRUE(held.ok());
    EXPECT_TRUE(looked.ok());
    co_return ok();
  });
}

TEST_P(ActorReportTest, NamesTheKeyAndTellsWhoIsGone) {
  System system(options_for(GetParam()));
  system.serve<Vault>(sample::vault, [](std::string_view) { return std::int64_t{0}; });
  run_in(system, [](Root root) -> Task<Status> {
    for (unsigned i = 0; i < 3; ++i) {
      auto sum = co_await Ref<Vault>("vault" + std::to_string(i)).ask(within(1h)).sum();
      EXPECT_TRUE(sum.ok());
    }
    std::vector<std::string> names;
    for (unsigned core = 0; core < root.cores(); ++core) {
      auto there = co_await root.on_core(core, []() -> Task<std::vector<ActorReport>> {
        EXPECT_LE(actor_reports(1).size(), 1u);
        co_return actor_reports(100);
      });
      for (const ActorReport& report : there) names.push_back(report.actor);
    }
    std::ranges::sort(names);
    const std::vector<std::string> expected = {"sample.Vault 'vault0'", "sample.Vault 'vault1'",
                                               "sample.Vault 'vault2'"};
    EXPECT_EQ(names, expected);
    EXPECT_FALSE(actor_report(Address{}).has_value());
    co_return ok();
  });
}

/// Says what it does from inside, before and after it becomes itself again.
Behavior watched(Counter::Self self, unsigned changes) {
  const ActorReport report = self.report();
  EXPECT_EQ(report.stack.lines()[0].kind, AsyncLine::Kind::kRuns);
  EXPECT_EQ(report.stack.lines().size(), 2u) << report.text();
  if (changes == 0) co_return;
  co_await self.become(watched, changes - 1);
}

TEST_P(ActorReportTest, FollowsBecome) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    root.spawn<Counter>(watched, 3u);
    auto slept = co_await sleep_for(5ms);
    co_return slept;
  });
}

TEST_P(ActorReportTest, SaysThatATaskIsOnAnotherCore) {
  System system(options_for(GetParam()));
  run_in(system, [](Root root) -> Task<Status> {
    const unsigned there = root.cores() - 1;
    auto visit = [](unsigned core) -> Task<Status> {
      co_return co_await Root().on_core(core, []() -> Task<Status> {
        auto slept = co_await sleep_for(20ms);
        co_return slept;
      });
    };
    Task<Status> task = visit(there);
    auto look = [](const Task<Status>* seen) -> Task<Status> {
      const AsyncStack stack = async_stack(*seen);
      EXPECT_EQ(stack.lines()[0].what, std::string("on_core")) << stack.text();
      EXPECT_EQ(stack.lines().back().kind, AsyncLine::Kind::kElsewhere);
      EXPECT_EQ(stack.lines().back().count, Root().cores() - 1);
      co_return ok();
    };
    auto await = [](Task<Status>* awaited) -> Task<Status> {
      Status ended = co_await std::move(*awaited);
      co_return ended;
    };
    auto [visited, looked] = co_await all_of(await(&task), look(&task));
    co_return visited;
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, ActorReportTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

/// Receives in a branch.
Behavior impatient(Counter::Self self) {
  auto first = co_await first_of(self.receive(), self.sleep_for(1h));
  (void)first;
}

TEST(ActorReport, KnowsAReceiveInABranch) {
  System system(options_for({BackendKind::kSimulation, 1}));
  run_in(system, [](Root root) -> Task<Status> {
    auto actor = root.spawn<Counter>(impatient);
    auto slept = co_await sleep_for(1s);
    const std::optional<ActorReport> report = actor_report(actor.address());
    EXPECT_TRUE(report.has_value());
    std::string waits;
    for (const AsyncLine& line : report->stack.lines()) {
      if (line.kind == AsyncLine::Kind::kWaits) waits += std::string(line.what) + " ";
    }
    EXPECT_EQ(waits, "combination receive sleep ") << report->text();
    actor.stop();
    co_return slept;
  });
}

}  // namespace
}  // namespace troupe
