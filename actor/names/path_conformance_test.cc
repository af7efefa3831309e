// What Akka's guide says of references, paths and their equality (chapter 3.5), statement by
// statement, everywhere.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "actor/names/family.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;
using sample::Vault;
using sample::Watcher;
using testing::end;
using testing::options_for;
using testing::places;
using testing::run_in;
using testing::spawn_counter;
using testing::spawn_pool;
using testing::texts;
using Texts = std::vector<std::string>;

class PathConformance : public ::testing::TestWithParam<testing::RunOn> {
 protected:
  template <class Body>
  void run(Body body) {
    SystemOptions options = options_for(GetParam());
    options.node.name = "guide";
    System system(options);
    system.serve<Vault>(sample::vault, [](std::string_view) { return std::int64_t{5}; });
    run_in(system, [body](Root root) -> Task<Status> {
      co_await body(root);
      co_return ok();
    });
    ledger_ = system.ledger();
  }
  std::uint64_t dropped(DropReason reason) const {
    return ledger_.dropped[static_cast<std::size_t>(reason)];
  }
  Ledger ledger_;
};

Task<Ref<Counter>> identified(std::string path) {
  auto found = co_await identify<Counter>(path, within(10s));
  co_return found ? *found : Ref<Counter>();
}

// ---- 3.5.1 what is a reference ----

/// Asserts what an actor knows of its own place, then answers.
Behavior knows_its_family(Counter::Self self, Ref<Counter> expected_parent) {
  auto child = self.spawn<Counter>({.name = "child"}, sample::counter, std::uint64_t{0});
  EXPECT_EQ(self.parent().as<Counter>(), expected_parent);
  EXPECT_EQ(self.parent().path(), self.path().parent());
  EXPECT_EQ(self.child<Counter>("child"), child);
  EXPECT_EQ(self.child<Watcher>("child"), Ref<Watcher>());
  EXPECT_EQ(self.child<Counter>("nobody"), Ref<Counter>());
  const std::vector<Identity> children = self.children();
  EXPECT_EQ(children.size(), 1u);
  if (!children.empty()) EXPECT_EQ(children[0].as<Counter>(), child);
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) co_return;
    if (msg.kind() == Counter::Kind::kTotal) msg.total().reply(self.ref().address().slot);
  }
}
Behavior has_a_family(Counter::Self self) {
  EXPECT_EQ(self.parent().path(), self.path().parent());
  EXPECT_FALSE(self.parent().is_actor());
  EXPECT_EQ(self.parent().type_name(), "scope");
  auto child = self.spawn<Counter>({.name = "middle"}, knows_its_family, self.ref());
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) co_return;
    if (msg.kind() != Counter::Kind::kTotal) continue;
    auto slot = co_await child.ask(within(10s)).total();
    EXPECT_TRUE(slot.ok());
    EXPECT_EQ(slot->value(), child.address().slot);
    msg.total().reply(self.ref().address().slot);
  }
}

TEST_P(PathConformance, AnActorKnowsItsParentItselfAndItsChildren) {
  run([](Root root) -> Task<> {
    auto top = root.spawn<Counter>({.name = "top"}, has_a_family);
    auto slot = co_await top.ask(within(10s)).total();
    EXPECT_TRUE(slot.ok());
    EXPECT_EQ(slot->value(), top.address().slot);
  });
}

TEST_P(PathConformance, AReferenceToOneWhoEndedLeadsToTheDeadLetters) {
  run([](Root) -> Task<> {
    auto counter = co_await spawn_counter("mortal");
    co_await end(counter);
    counter.tell().add(1);
    auto answer = co_await counter.ask(within(10s)).total();
    EXPECT_TRUE(answer.error().is(Code::kNoSuchActor));
    EXPECT_EQ(Core::current().dead_letters.list().back().target, counter.address());
  });
  EXPECT_EQ(dropped(DropReason::kNoSuchActor), 2u);
}

TEST_P(PathConformance, AnOpenAskIsShownBelowTempAndTakesNoMessage) {
  run([](Root root) -> Task<> {
    auto counter = co_await spawn_counter("slow");
    auto asks = [](Ref<Counter> asked) -> Task<> {
      auto answer = co_await asked.ask(within(10s)).wait("open");
      EXPECT_TRUE(answer.ok());
    };
    auto looks = [](Root from, Ref<Counter> asked) -> Task<> {
      auto open = co_await from.select("/temp/*");
      EXPECT_TRUE(open.ok());
      EXPECT_EQ(open->size(), 1u);
      EXPECT_EQ((*open)[0].type_name(), "ask");
      EXPECT_FALSE((*open)[0].is_actor());
      EXPECT_EQ((*open)[0].as<Counter>(), Ref<Counter>());
      auto none = co_await identify<Counter>((*open)[0].path(), within(10s));
      EXPECT_TRUE(none.error().is(Code::kNoSuchActor));
      asked.tell().release();
    };
    co_await all_of(asks(counter), looks(root, counter));
    auto closed = co_await root.select("/temp/*");
    EXPECT_TRUE(closed.ok());
    EXPECT_TRUE(closed->empty());
  });
}

// ---- 3.5.2 what is a path ----

TEST_P(PathConformance, ThePathFollowsTheLineOfParents) {
  run([](Root root) -> Task<> {
    const auto last = static_cast<std::uint16_t>(root.cores() - 1);
    auto top = co_await root.on_core(last, spawn_pool, std::string("pool"), std::uint64_t{2});
    const std::string at = "troupe://guide@" + std::to_string(last);
    auto found = co_await root.select(at + "/user/**");
    EXPECT_TRUE(found.ok());
    EXPECT_EQ(found->size(), 4u);
    EXPECT_EQ((*found)[0].as<Counter>(), top);
    const Texts all = texts(*found);
    EXPECT_EQ(Texts(all.begin(), all.begin() + 3),
              (Texts{at + "/user/pool", at + "/user/pool/worker-0", at + "/user/pool/worker-1"}));
    const Identity& unnamed = (*found)[3];
    EXPECT_EQ(unnamed.path(),
              (*found)[0].path().unnamed_child(unnamed.as<Counter>().address().slot));
    // Who has no name is found by the one that is shown.
    EXPECT_EQ(co_await identified(unnamed.path().text()), unnamed.as<Counter>());
    EXPECT_EQ(top.address().core, last);
  });
}

TEST_P(PathConformance, APathNeedsNoActorAndIsNeverInvalid) {
  run([](Root root) -> Task<> {
    const Path path = Path("guide", 0).child("user").child("w");
    auto before = co_await identify<Counter>(path, within(10s));
    EXPECT_TRUE(before.error().is(Code::kNoSuchActor));
    auto lives = root.spawn<Counter>({.name = "w"}, sample::counter, std::uint64_t{0});
    EXPECT_EQ(*path_of(lives), path);
    EXPECT_EQ(co_await identified(path.text()), lives);
    co_await end(lives);
    EXPECT_TRUE(path_of(lives).error().is(Code::kNoSuchActor));
    auto after = co_await identify<Counter>(path, within(10s));
    EXPECT_TRUE(after.error().is(Code::kNoSuchActor));
  });
}

TEST_P(PathConformance, APathNamesWhoeverLivesThereAReferenceOneIncarnation) {
  run([](Root) -> Task<> {
    auto first = co_await spawn_counter("w");
    const Path path = *path_of(first);
    co_await end(first);
    auto second = co_await spawn_counter("w");
    EXPECT_EQ(*path_of(second), path);
    EXPECT_EQ(co_await identified(path.text()), second);
    // The slot is the same: only the incarnation tells them apart.
    EXPECT_EQ(first.address().slot, second.address().slot);
    first.tell().add(100);
    auto total = co_await second.ask(within(10s)).total();
    EXPECT_TRUE(total.ok());
    EXPECT_EQ(total->value(), 0u);
  });
  EXPECT_EQ(dropped(DropReason::kNoSuchActor), 1u);
}

TEST_P(PathConformance, AnActorHasOnePathWhicheverWayItIsFound) {
  run([](Root root) -> Task<> {
    auto pool = co_await spawn_pool("pool", 2);
    const std::string path = path_of(pool)->text() + "/worker-1";
    for (const char* way :
         {"/user/pool/worker-1", "pool/worker-1", "./pool/../pool/./worker-1", "../user/pool/*-1",
          "@0/user/pool/worker-1", "troupe://guide@0/user/pool/w*1", "/**/worker-1"}) {
      const std::string pattern = way;
      auto found = co_await root.select(pattern);
      EXPECT_TRUE(found.ok()) << pattern;
      EXPECT_EQ(texts(*found), Texts{path}) << pattern;
    }
  });
}

// ---- 3.5.3 how references are obtained ----

/// Looks around with what a selection of its own finds; answers total with 1 if all was right.
Behavior looks_around(Counter::Self self) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) co_return;
    if (msg.kind() != Counter::Kind::kTotal) continue;
    auto brother = co_await self.select("../brother");
    EXPECT_TRUE(brother.ok());
    EXPECT_EQ(places(*brother), Texts{"/user/brother"});
    auto siblings = co_await self.select("../*");
    EXPECT_TRUE(siblings.ok());
    EXPECT_EQ(places(*siblings), (Texts{"/user/brother", "/user/self", "/user/sister"}));
    auto absolute = co_await self.select("/user/sister");
    EXPECT_TRUE(absolute.ok());
    EXPECT_EQ(places(*absolute), Texts{"/user/sister"});
    auto itself = co_await self.select(".");
    EXPECT_TRUE(itself.ok());
    EXPECT_EQ(itself->as<Counter>(), std::vector<Ref<Counter>>{self.ref()});
    auto above = co_await self.select("../../../x");
    EXPECT_TRUE(above.error().is(Code::kInvalidArgument));
    msg.total().reply(1);
  }
}

TEST_P(PathConformance, ASelectionIsAbsoluteOrRelativeAndOfSiblingsIncludesOneself) {
  run([](Root root) -> Task<> {
    auto brother = co_await spawn_counter("brother");
    auto self = root.spawn<Counter>({.name = "self"}, looks_around);
    auto sister = co_await spawn_counter("sister");
    EXPECT_EQ(root.child<Counter>("brother"), brother);
    EXPECT_EQ(root.child<Counter>("sister"), sister);
    auto all_right = co_await self.ask(within(10s)).total();
    EXPECT_TRUE(all_right.ok());
  });
}

TEST_P(PathConformance, WildcardsMatchZeroOrMoreActors) {
  run([](Root root) -> Task<> {
    co_await spawn_pool("pool", 12);
    const std::pair<const char*, std::size_t> counts[] = {
        {"pool/*", 13},        {"pool/worker-*", 12},
        {"pool/worker-?", 10}, {"pool/worker-??", 2},
        {"pool/*1*", 3},       {"pool/w?rker-1?", 2},
        {"poo?/worker-3", 1},  {"pool/x*", 0},
        {"nobody/*", 0},       {"**", 14},
        {"pool/**", 13},       {"**/worker-1?", 2}};
    for (const auto& [pattern, count] : counts) {
      const std::string text = pattern;
      auto found = co_await root.select(text);
      EXPECT_TRUE(found.ok()) << text;
      if (text == "pool/*1*") {
        EXPECT_GE(found->size(), count);  // the one without a name may have a 1 too
      } else {
        EXPECT_EQ(found->size(), count) << text;
      }
    }
  });
}

TEST_P(PathConformance, ASelectionNeitherCreatesNorHoldsAnybody) {
  run([](Root root) -> Task<> {
    auto nobody = co_await root.select("later");
    EXPECT_TRUE(nobody.ok());
    EXPECT_TRUE(nobody->empty());
    auto request = root.select("later");  // looks when it is awaited
    auto later = co_await spawn_counter("later");
    auto found = co_await std::move(request);
    EXPECT_TRUE(found.ok());
    EXPECT_EQ(found->as<Counter>(), std::vector<Ref<Counter>>{later});
    co_await end(later);
    EXPECT_EQ(found->as<Counter>(), std::vector<Ref<Counter>>{later});
  });
}

TEST_P(PathConformance, WhoWasIdentifiedCanBeWatched) {
  run([](Root root) -> Task<> {
    const auto last = root.cores() - 1;
    auto counter = co_await root.on_core(last, spawn_counter, std::string("w"));
    auto watcher = root.spawn<Watcher>(sample::watcher);
    auto found = co_await identify<Counter>("troupe://guide@" + std::to_string(last) + "/user/w",
                                            within(10s));
    EXPECT_TRUE(found.ok());
    EXPECT_EQ(*found, counter);
    watcher.tell().observe(*found);
    auto noted = co_await watcher.ask(within(10s)).notes();
    EXPECT_TRUE(noted.ok());
    found->stop();
    auto ended = co_await watcher.ask(within(10s)).next_end();
    EXPECT_TRUE(ended.ok());
    EXPECT_EQ(ended->slot(), counter.address().slot);
  });
}

// ---- 3.5.4 equality ----

TEST_P(PathConformance, ReferencesAreEqualIfTheyLeadToTheSameIncarnation) {
  run([](Root root) -> Task<> {
    auto first = co_await spawn_counter("w");
    auto again = co_await identified("/user/w");
    EXPECT_EQ(first, again);
    EXPECT_EQ(first, root.child<Counter>("w"));
    co_await end(first);
    auto second = co_await spawn_counter("w");
    EXPECT_NE(first, second);
    EXPECT_EQ(first.address().slot, second.address().slot);
    EXPECT_NE(first.address().incarnation, second.address().incarnation);
  });
}

TEST_P(PathConformance, ARestartKeepsReferenceAndPath) {
  run([](Root root) -> Task<> {
    auto counter = root.spawn<Counter>({.name = "w", .supervision = Supervision{}}, sample::counter,
                                       std::uint64_t{7});
    counter.tell().add(1);
    counter.tell().fail("on purpose");
    auto total = co_await counter.ask(within(10s)).total();
    EXPECT_TRUE(total.ok());
    EXPECT_EQ(total->value(), 7u);  // it did start anew
    EXPECT_EQ(co_await identified("/user/w"), counter);
    EXPECT_EQ(path_of(counter)->text(), "troupe://guide@0/user/w");
  });
}

TEST_P(PathConformance, APathIsAKeyThatIgnoresIncarnations) {
  run([](Root) -> Task<> {
    std::map<Path, int> seen;
    for (int i = 0; i < 3; ++i) {
      auto counter = co_await spawn_counter("w");
      ++seen[*path_of(counter)];
      co_await end(counter);
    }
    EXPECT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen.begin()->second, 3);
  });
}

// ---- 3.5.5 reuse ----

/// Takes its time to end: its child ends first, and that sleeps.
Behavior ends_slowly(Counter::Self self) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() != Counter::Kind::kStop) continue;
    auto slept = co_await self.sleep_for(50ms);
    EXPECT_TRUE(slept.ok());
    co_return;
  }
}

TEST_P(PathConformance, ANameIsFreeOnlyOnceItsActorHasEnded) {
  run([](Root root) -> Task<> {
    auto first = root.spawn<Counter>({.name = "w"}, ends_slowly);
    auto early = root.try_spawn<Counter>({.name = "w"}, sample::counter, std::uint64_t{0});
    EXPECT_TRUE(early.error().is(Code::kInvalidArgument));
    first.stop();
    auto slept = co_await sleep_for(1ms);
    EXPECT_TRUE(slept.ok());
    auto ending = root.try_spawn<Counter>({.name = "w"}, sample::counter, std::uint64_t{0});
    EXPECT_TRUE(ending.error().is(Code::kInvalidArgument));
    // Who was told of the end may reuse the name.
    auto ended = co_await until_ended(first, within(10s));
    EXPECT_TRUE(ended.ok());
    auto second = root.try_spawn<Counter>({.name = "w"}, sample::counter, std::uint64_t{0});
    EXPECT_TRUE(second.ok());
  });
}

TEST_P(PathConformance, WhatWasMeantForTheFormerTenantCanReachTheNextByASelection) {
  run([](Root root) -> Task<> {
    auto first = co_await spawn_counter("w");
    co_await end(first);
    auto second = co_await spawn_counter("w");
    auto found = co_await root.select("w");
    EXPECT_TRUE(found.ok());
    for (const Ref<Counter>& each : found->as<Counter>()) each.tell().add(3);
    auto total = co_await second.ask(within(10s)).total();
    EXPECT_TRUE(total.ok());
    EXPECT_EQ(total->value(), 3u);
  });
}

// ---- 3.5.7 the anchor ----

TEST_P(PathConformance, AWholePathLeadsToTheActorFromEveryCore) {
  run([](Root root) -> Task<> {
    auto counter = co_await spawn_counter("w");
    const std::string text = path_of(counter)->text();
    for (unsigned core = 0; core < root.cores(); ++core) {
      auto found = co_await root.on_core(core, identified, text);
      EXPECT_EQ(found, counter);
    }
    auto elsewhere = co_await identify<Counter>("troupe://other@0/user/w", within(10s));
    EXPECT_TRUE(elsewhere.error().is(Code::kNoSuchActor));
    auto no_core = co_await identify<Counter>("troupe://guide@77/user/w", within(10s));
    EXPECT_TRUE(no_core.error().is(Code::kNoSuchActor));
    auto no_path = co_await identify<Counter>("user/w", within(10s));
    EXPECT_TRUE(no_path.error().is(Code::kInvalidArgument));
  });
}

// ---- 3.5.8 scopes ----

TEST_P(PathConformance, TheScopesAreUserSystemKeyedTempAndDeadLetters) {
  run([](Root root) -> Task<> {
    auto scopes = co_await root.select("/*");
    EXPECT_TRUE(scopes.ok());
    EXPECT_EQ(places(*scopes), (Texts{"/user", "/system", "/keyed", "/temp", "/deadLetters"}));
    auto top = co_await root.select("/");
    EXPECT_TRUE(top.ok());
    EXPECT_EQ(texts(*top), Texts{"troupe://guide@0/"});
    // They can be looked up, and have no mailbox: a message to them would be a dead letter.
    for (const Identity& scope : *scopes) {
      EXPECT_FALSE(scope.is_actor());
      EXPECT_EQ(scope.type_name(), "scope");
      EXPECT_EQ(scope.as<Counter>(), Ref<Counter>());
    }
  });
}

TEST_P(PathConformance, WhatTheRuntimeStartsIsBelowSystem) {
  run([](Root root) -> Task<> {
    auto logger = spawn_with_options<Counter>(nullptr, Guardian::kSystem, {.name = "log"},
                                              sample::counter, std::uint64_t{0});
    EXPECT_TRUE(logger.ok());
    EXPECT_EQ(path_of(*logger)->text(), "troupe://guide@0/system/log");
    EXPECT_EQ(co_await identified("/system/log"), *logger);
    EXPECT_EQ(root.child<Counter>("log"), Ref<Counter>());
    auto unnamed = spawn_with_options<Counter>(nullptr, Guardian::kSystem, {}, sample::counter,
                                               std::uint64_t{0});
    EXPECT_TRUE(unnamed.ok());
    const std::string name = "$" + std::to_string(unnamed->address().slot);
    auto user = co_await spawn_counter("somebody");
    EXPECT_EQ(co_await identified("/system/" + name), *unnamed);
    EXPECT_EQ(co_await identified("/user/" + name), Ref<Counter>());
    user.stop();
  });
}

TEST_P(PathConformance, KeyedActorsAreBelowTheirTypeByTheirKey) {
  run([](Root root) -> Task<> {
    const std::string key = "a/b*";
    const Ref<Vault> vault(key);
    const Path path = path_of(vault);
    EXPECT_EQ(path.text(),
              "troupe://guide@" + std::to_string(path.core()) + "/keyed/sample.Vault/a%2Fb%2A");
    auto before = co_await identify<Vault>(path, within(10s));
    EXPECT_TRUE(before.error().is(Code::kNoSuchActor));  // not active
    auto sum = co_await vault.ask(within(10s)).sum();
    EXPECT_TRUE(sum.ok());
    auto active = co_await identify<Vault>(path, within(10s));
    EXPECT_TRUE(active.ok());
    EXPECT_EQ(*active, vault);
    auto found = co_await root.select("@*/keyed/*/a*");
    EXPECT_TRUE(found.ok());
    EXPECT_EQ(texts(*found), Texts{path.text()});
    EXPECT_EQ(found->as<Vault>(), std::vector<Ref<Vault>>{vault});
    EXPECT_TRUE(found->as<Counter>().empty());
  });
}

/// A keyed actor with a child.
Behavior vault_with_child(Vault::Self self, std::int64_t opening) {
  auto child = self.spawn<Counter>({.name = "child"}, sample::counter, std::uint64_t{1});
  EXPECT_EQ(path_of(child)->parent(), self.path());
  EXPECT_EQ(self.path(), path_of(self.ref()));
  EXPECT_EQ(self.parent().type_name(), "type");
  EXPECT_EQ(self.parent().path(), self.path().parent());
  auto found = co_await self.select("./child");
  EXPECT_TRUE(found.ok());
  EXPECT_EQ(found->as<Counter>(), std::vector<Ref<Counter>>{child});
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Vault::Kind::kStop) co_return;
    if (msg.kind() == Vault::Kind::kSum) msg.sum().reply(opening);
  }
}

// A key may look like anything, also like the name of one who has none, or like no name at all.
TEST_P(PathConformance, ChildrenOfKeyedActorsAreBelowThem) {
  System system(options_for(GetParam()));
  system.serve<Vault>(vault_with_child, [](std::string_view) { return std::int64_t{5}; });
  run_in(system, [](Root root) -> Task<Status> {
    for (const char* each : {"plain", "$3", "", "..", "a/child", "*"}) {
      const std::string key = each;
      auto sum = co_await Ref<Vault>(key).ask(within(10s)).sum();
      EXPECT_TRUE(sum.ok()) << key;
      const Path path = path_of(Ref<Vault>(key));
      EXPECT_EQ(path.name(), key);
      auto child = co_await identify<Counter>(path.child("child"), within(10s));
      EXPECT_TRUE(child.ok()) << path.text();
      auto total = co_await child->ask(within(10s)).total();
      EXPECT_TRUE(total.ok());
      auto vault = co_await identify<Vault>(path.text(), within(10s));
      EXPECT_TRUE(vault.ok()) << path.text();
      EXPECT_EQ(vault->key(), key);
    }
    auto children = co_await root.select("@*/keyed/*/*/child");
    EXPECT_TRUE(children.ok());
    EXPECT_EQ(children->as<Counter>().size(), 6u);
    auto vaults = co_await root.select("@*/keyed/*/*");
    EXPECT_TRUE(vaults.ok());
    EXPECT_EQ(vaults->size(), 6u);
    for (const Identity& each : *vaults) EXPECT_EQ(each.path(), path_of(each.as<Vault>()));
    co_return ok();
  });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, PathConformance, ::testing::ValuesIn(testing::kEverywhere),
                         testing::name_of);

}  // namespace
}  // namespace troupe
