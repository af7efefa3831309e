// Selections across cores, their limits and their ends.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "actor/names/family.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Watcher;
using testing::options_for;
using testing::places;
using testing::run_in;
using testing::spawn_counter;
using testing::spawn_pool;
using testing::texts;
using Texts = std::vector<std::string>;

class SelectTest : public ::testing::TestWithParam<testing::RunOn> {
 protected:
  template <class Body>
  void run(Body body, SystemOptions options) {
    System system(options);
    run_in(system, [body](Root root) -> Task<Status> {
      co_await body(root);
      co_return ok();
    });
  }
  template <class Body>
  void run(Body body) {
    run(body, options_for(GetParam()));
  }
};

TEST_P(SelectTest, AsksOneCoreOrAll) {
  run([](Root root) -> Task<> {
    Texts everywhere;
    for (unsigned core = 0; core < root.cores(); ++core) {
      auto spawned = co_await root.on_core(core, spawn_counter, std::string("w"));
      EXPECT_EQ(spawned.address().core, core);
      everywhere.push_back("troupe://troupe@" + std::to_string(core) + "/user/w");
    }
    auto all = co_await root.select("@*/user/w", within(10s));
    EXPECT_TRUE(all.ok());
    EXPECT_EQ(texts(*all), everywhere);
    EXPECT_EQ(all->as<Counter>().size(), root.cores());
    auto last = co_await root.select("@" + std::to_string(root.cores() - 1) + "/user/*");
    EXPECT_TRUE(last.ok());
    EXPECT_EQ(texts(*last), Texts{everywhere.back()});
    auto beyond = co_await root.select("@9/user/*");
    EXPECT_TRUE(beyond.error().is(Code::kInvalidArgument));
    EXPECT_EQ(beyond.error().detail(), 9u);
  });
}

TEST_P(SelectTest, SaysWhatItFoundByType) {
  run([](Root root) -> Task<> {
    auto counter = co_await spawn_counter("c");
    auto watcher = root.spawn<Watcher>({.name = "w"}, sample::watcher);
    auto found = co_await root.select("*");
    EXPECT_TRUE(found.ok());
    EXPECT_EQ(found->size(), 2u);
    EXPECT_EQ((*found)[0].type_name(), "sample.Counter");
    EXPECT_EQ((*found)[1].type_name(), "sample.Watcher");
    EXPECT_EQ(found->as<Counter>(), std::vector<Ref<Counter>>{counter});
    EXPECT_EQ(found->as<Watcher>(), std::vector<Ref<Watcher>>{watcher});
    auto other = co_await identify<Watcher>("/user/c", within(10s));
    EXPECT_TRUE(other.error().is(Code::kNoSuchActor));
  });
}

TEST_P(SelectTest, SlashesLeadDownInOneLookup) {
  run([](Root root) -> Task<> {
    co_await spawn_pool("pool", 3);
    auto found = co_await root.select("pool/worker-2");
    EXPECT_TRUE(found.ok());
    EXPECT_EQ(root.child<Counter>("pool/worker-2"), (*found)[0].as<Counter>());
    for (const char* nobody :
         {"pool/worker-3", "pool/", "/pool", "", "pool/worker-2/x", "pool//x"}) {
      EXPECT_EQ(root.child<Counter>(nobody), Ref<Counter>()) << nobody;
    }
  });
}

// Of the slot alone a name is no proof: its inhabitant may be somebody else's child, or have a
// name.
TEST_P(SelectTest, AnUnnamedOneIsFoundOnlyWhereItLives) {
  run([](Root root) -> Task<> {
    auto pool = co_await spawn_pool("pool", 0);
    auto unnamed = co_await root.select("pool/*");
    EXPECT_TRUE(unnamed.ok());
    const Ref<Counter> child = (*unnamed)[0].as<Counter>();
    const std::string name = "$" + std::to_string(child.address().slot);
    EXPECT_EQ(root.child<Counter>("pool/" + name), child);
    EXPECT_EQ(root.child<Counter>(name), Ref<Counter>());
    EXPECT_EQ(root.child<Counter>("$" + std::to_string(pool.address().slot)), Ref<Counter>());
    EXPECT_EQ(root.child<Counter>("pool/$999999"), Ref<Counter>());
    auto top = root.spawn<Counter>(sample::counter, std::uint64_t{0});
    EXPECT_EQ(root.child<Counter>("$" + std::to_string(top.address().slot)), top);
  });
}

TEST_P(SelectTest, ANameMayHoldWhatIsAWildcardElsewhere) {
  run([](Root root) -> Task<> {
    auto star = co_await spawn_counter("a*");
    auto other = co_await spawn_counter("ab");
    EXPECT_NE(star, other);
    EXPECT_EQ(path_of(star)->text(), "troupe://troupe@0/user/a%2A");
    auto exact = co_await root.select(path_of(star)->text());
    EXPECT_TRUE(exact.ok());
    EXPECT_EQ(exact->as<Counter>(), std::vector<Ref<Counter>>{star});
    auto both = co_await root.select("a*");
    EXPECT_TRUE(both.ok());
    EXPECT_EQ(both->size(), 2u);
    EXPECT_EQ(root.child<Counter>("a*"), star);
  });
}

TEST_P(SelectTest, GivesTurnsToOthersAndHasALimit) {
  SystemOptions options = options_for(GetParam());
  options.stop_within = 1min;  // tens of thousands, on a machine that may be busy
  const auto many_actors = [](Root root) -> Task<> {
    constexpr std::size_t kPools = 300;
    for (std::size_t i = 0; i < kPools; ++i) co_await spawn_pool("p" + std::to_string(i), 9);
    auto all = co_await root.select("**");
    EXPECT_TRUE(all.ok());
    EXPECT_EQ(all->size(), kPools * 11);
    EXPECT_EQ(places(*all)[0], "/user/p0");
    std::vector<Ref<Counter>> crowd;
    for (std::size_t i = 0; i <= kSelectedMax; ++i) {
      crowd.push_back(root.spawn<Counter>(sample::counter, std::uint64_t{0}));
    }
    auto many = co_await root.select("*");
    EXPECT_TRUE(many.error().is(Code::kOverloaded)) << many.error().describe();
    EXPECT_EQ(many.error().detail(), kSelectedMax);
    for (const Ref<Counter>& each : crowd) each.kill();
  };
  run(many_actors, options);
}

TEST_P(SelectTest, EndsAtItsDeadlineAndWhenItIsCancelled) {
  run([](Root root) -> Task<> {
    const std::string everywhere = "@*/user/**";
    auto late = co_await root.select(everywhere, Deadline(root.now()));
    EXPECT_TRUE(late.error().is(Code::kDeadlineExceeded));
    auto once = [](Root from, std::string pattern) -> Task<Result<Selected>> {
      auto found = co_await from.select(pattern);
      co_return found;
    };
    auto at_once = []() -> Task<> { co_return; };
    // What is under way comes home to nobody.
    for (int i = 0; i < 20; ++i) {
      auto first = co_await first_of(once(root, everywhere), at_once());
      EXPECT_EQ(first.index(), 1u);
    }
    auto found = co_await root.select(everywhere, within(10s));
    EXPECT_TRUE(found.ok());
  });
}

// Deadlines of every length that matters: also when the answer comes in the same turn, or between
// the deadline and the turn of who waited.
TEST_P(SelectTest, AnAnswerAndTheDeadlineMayMeet) {
  run([](Root root) -> Task<> {
    std::size_t late = 0;
    for (int i = 0; i < 2000; ++i) {
      const Deadline soon(root.now() + Duration(i * 10));
      auto found = co_await root.select(
          "@" + std::to_string(i % static_cast<int>(root.cores())) + "/user/**", soon);
      if (!found) EXPECT_TRUE(found.error().is(Code::kDeadlineExceeded));
      late += found ? 0 : 1;
    }
    EXPECT_GT(late, 0u);
    auto found = co_await root.select("@*/user/**", within(10s));
    EXPECT_TRUE(found.ok());
  });
}

TEST_P(SelectTest, AnActorThatEndsMeanwhileIsSkipped) {
  run([](Root root) -> Task<> {
    auto looks = [](Root from) -> Task<std::size_t> {
      auto found = co_await from.select("@*/user/**");
      co_return found ? found->size() : 999;
    };
    auto ends = [](Ref<Counter> pool) -> Task<> {
      pool.kill();
      co_return;
    };
    for (int i = 0; i < 20; ++i) {
      auto pool =
          co_await root.on_core(root.cores() - 1, spawn_pool, std::string("p"), std::uint64_t{5});
      auto both = co_await all_of(looks(root), ends(pool));
      EXPECT_LE(std::get<0>(both), 7u);
      auto gone = co_await until_ended(pool, within(10s));
      EXPECT_TRUE(gone.ok());
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, SelectTest, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
