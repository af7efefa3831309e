// Desks and who writes to them, for the tests of handlers beside each other.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actor/testing/callers.h"
#include "actor/testing/runs.h"

namespace troupe::testing {

using namespace callers;  // NOLINT(google-build-using-namespace): the words of these tests

using Names = std::vector<std::string>;

/// What a desk has noted once nothing changes any more: the question waits for no handler.
template <class A>
Task<Names> settled(Ref<A> desk) {
  Names names;
  for (int round = 0; round < 40; ++round) {
    auto answer = co_await desk.ask(within(kLong)).events();
    EXPECT_TRUE(answer.ok());
    if (!answer) break;
    if (answer->events().size() != names.size()) round = 0;
    names.assign(answer->events().begin(), answer->events().end());
  }
  co_return names;
}

/// Asks in the background, and what came of them.
class Letters {
 public:
  explicit Letters(Ref<Desk> desk) : desk_(std::move(desk)) {}

  Task<> write(Scope* scope, std::string name) { co_await scope->start(outcome_of_write(name)); }
  Task<> read(Scope* scope, std::string name) { co_await scope->start(outcome_of_read(name)); }
  Task<> rush(Scope* scope, std::string name) { co_await scope->start(outcome_of_rush(name)); }
  void go(const std::string& name) { desk_.tell().go(name); }
  /// What the desk has noted once nothing changes any more.
  Task<Names> events() { return settled(desk_); }
  /// How the asks ended, in the order in which they did: "a 0", or the error's name.
  const Names& ends() const { return ends_; }

 private:
  template <class Answer>
  void note(const std::string& name, const Answer& answer) {
    ends_.push_back(name + " " +
                    (answer ? std::to_string(answer->outcome())
                            : std::string(to_string(answer.error().code()))));
  }
  Task<> outcome_of_write(std::string name) {
    auto answer = co_await desk_.ask(within(kLong)).write(name);
    note(name, answer);
  }
  Task<> outcome_of_read(std::string name) {
    auto answer = co_await desk_.ask(within(kLong)).read(name);
    note(name, answer);
  }
  Task<> outcome_of_rush(std::string name) {
    auto answer = co_await desk_.ask(within(kLong)).rush(name);
    note(name, answer);
  }

  Ref<Desk> desk_;
  Names ends_;
};

class ReentryTest : public ::testing::TestWithParam<RunOn> {
 protected:
  /// `body(letters, scope, desk)` with a desk on the last core.
  template <class Body>
  void run(Body body, std::optional<Supervision> supervision = {}) {
    System system(options_for(GetParam()));
    run_in(system, [this, body, supervision](Root root) -> Task<Status> {
      auto desk = co_await root.on_core(root.cores() - 1, spawn_desk,
                                        SpawnOptions{.supervision = supervision}, left_);
      Letters letters(desk);
      Scope scope({.on_failure = OnFailure::kCollect});
      co_await body(&letters, &scope, desk);
      const ScopeEnd ended = co_await scope.join();
      EXPECT_TRUE(ended.ok());
      ends_ = letters.ends();
      co_return ok();
    });
    ledger_ = system.ledger();
  }
  static Task<Ref<Desk>> spawn_desk(SpawnOptions options, std::shared_ptr<Noted> left) {
    co_return Root().spawn<Desk>(options, handlers<DeskHandlers>(decide_to_fail), left);
  }

  std::shared_ptr<Noted> left_ = std::make_shared<Noted>();
  Names ends_;
  Ledger ledger_;
};

inline constexpr auto kRefused = static_cast<std::uint16_t>(Code::kWouldDeadlock);

inline Task<Ref<Link>> spawn_link() { co_return Root().spawn<Link>(handlers<LinkHandlers>()); }

/// On the desk's core, where it is asked at once.
inline Task<Ref<Link>> link_beside(Ref<Desk> desk) {
  auto link = co_await on_core(desk.address().core, spawn_link);
  co_return link;
}

/// Asks the desk to have the link write there.
template <class Ask>
Task<> expect_code(Ask ask, std::uint16_t code) {
  auto answer = co_await std::move(ask);
  EXPECT_TRUE(answer.ok()) << answer.error().describe();
  if (answer) EXPECT_EQ(answer->code(), code);
}

class OtherDesksTest : public ::testing::TestWithParam<RunOn> {
 protected:
  /// `body(scope, desk)`, with a desk of that kind here.
  template <class A, class H, class Body>
  void run(Body body) {
    System system(options_for(GetParam()));
    run_in(system, [this, body](Root root) -> Task<Status> {
      auto desk = root.spawn<A>(handlers<H>(), left_);
      Scope scope({.on_failure = OnFailure::kCollect});
      co_await body(&scope, desk);
      const ScopeEnd ended = co_await scope.join();
      EXPECT_TRUE(ended.ok());
      auto end = co_await graceful_stop(desk, within(kLong));
      EXPECT_TRUE(end.ok());
      co_return ok();
    });
  }
  std::shared_ptr<Noted> left_ = std::make_shared<Noted>();
};

template <class Ask>
Task<> expect_outcome(Ask ask, Code code) {
  auto answer = co_await std::move(ask);
  EXPECT_EQ(answer.ok(), code == Code(0));
  if (!answer) EXPECT_TRUE(answer.error().is(code)) << answer.error().describe();
}
inline constexpr Code kNone = Code(0);

#define EXPECT_EVENTS(...) EXPECT_EQ(co_await letters->events(), (Names{__VA_ARGS__}))
#define EXPECT_SETTLED(desk, ...) EXPECT_EQ(co_await settled(desk), (Names{__VA_ARGS__}))

}  // namespace troupe::testing
