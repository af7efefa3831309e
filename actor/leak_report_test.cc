#include "actor/leak_report.h"

#include <gtest/gtest.h>

#include <string>

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

Behavior parent(Watcher::Self self, Ref<Counter> asked) {
  auto child = self.spawn<Counter>({.name = "child"}, sample::counter, std::uint64_t{0});
  self.spawn<Counter>(sample::counter, std::uint64_t{0});
  auto relayed = co_await child.ask(within(1h)).relay(asked);
  (void)relayed;
}

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "no '" << part << "' in:\n" << text;
}

TEST(LeakReportTest, NamesActorsAndOpenAsks) {
  System system(options_for({BackendKind::kSimulation, 1}));
  system.serve<Vault>(sample::vault, [](std::string_view) { return std::int64_t{0}; });
  run_in(system, [](Root root) -> Task<Status> {
    Core& core = Core::current();
    EXPECT_EQ(leak_report(core, 8), "");
    auto silent = root.spawn<Counter>({.name = "silent"}, sample::counter, std::uint64_t{0});
    auto family = root.spawn<Watcher>({.name = "family"}, parent, silent);
    // It handles this for an hour: nobody hears of what it is asked meanwhile.
    auto holds =
        co_await first_of(silent.ask(within(10ms)).hold(std::int64_t{1} << 41), sleep_for(1ms));
    (void)holds;
    auto sum = co_await Ref<Vault>("alice").ask(within(1s)).sum();
    EXPECT_TRUE(sum.has_value());
    const std::string text = leak_report(core, 8);
    expect_part(text, "core 0: 5 actors, 2 open asks, ");
    expect_part(text, "\n/user/silent: sample.Counter (core 0, slot 0): 1 messages");
    expect_part(text, "\n/user/family: sample.Watcher (core 0");
    expect_part(text, "\n/user/family/child: sample.Counter");
    expect_part(text, "\n/user/family/$3: sample.Counter");
    expect_part(text, "\n/keyed/sample.Vault/alice: sample.Vault 'alice'");
    expect_part(text,
                "\nan ask of /user/family waits for its answer: relay, of sample.Counter in slot ");
    expect_part(text, " on core 0\n  waits for ask\n");
    expect_part(text, "\nan ask of /user/family/child waits for its answer");
    expect_part(text, "leak_report_test.cc:");
    const std::string few =
        leak_report(core, 1, [](const Cell& cell) { return cell.guardian() == Guardian::kUser; });
    expect_part(few, "core 0: 4 actors, 2 open asks");
    EXPECT_EQ(few.find("/user/family/child: "), std::string::npos) << few;
    family.stop();
    silent.stop();
    co_return ok();
  });
}

Behavior keeper(Counter::Self self) {
  auto msg = co_await self.receive();
  const auto kept = msg.total().take_reply();
  auto stop = co_await self.receive();
  EXPECT_EQ(stop.kind(), Counter::Kind::kStop);
}

/// Of a reply-to handle that somebody keeps: for what it is, and whom the ask was for.
TEST(LeakReportTest, NamesKeptRightsToAnswer) {
  System system(options_for({BackendKind::kSimulation, 1}));
  run_in(system, [](Root root) -> Task<Status> {
    auto kept_by = root.spawn<Counter>({.name = "keeper"}, keeper);
    const auto look = [](Ref<Counter> has_it) -> Task<Status> {
      auto slept = co_await sleep_for(1ms);
      const std::string text = leak_report(Core::current(), 8);
      expect_part(text, "/user/keeper: sample.Counter (core 0, slot 0): 0 messages");
      expect_part(text,
                  "\nan ask waits for its answer: total, of sample.Counter in slot 0 on core 0");
      has_it.stop();
      co_return slept;
    };
    auto [answer, looked] = co_await all_of(kept_by.ask(within(1h)).total(), look(kept_by));
    EXPECT_TRUE(answer.error().is(Code::kNoReply)) << answer.error().describe();
    co_return looked;
  });
}

}  // namespace
}  // namespace troupe
