// What the tests of supervision share: a boss with its workers on the last core, and questions.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actor/testing/family.h"
#include "actor/testing/runs.h"

namespace troupe::testing {

using namespace std::chrono_literals;
using family::Boss;
using family::Journal;
using family::Post;
using family::Upbringing;
using family::Worker;

inline constexpr Duration kLong = std::chrono::hours(1);

struct State {
  std::uint64_t total = 0;
  std::uint64_t restarts = 0;
  std::string last_failure;
};

/// What the worker says of itself; a failed expectation if it does not answer.
inline Task<State> state_of(Ref<Worker> worker) {
  auto state = co_await worker.ask(within(kLong)).status();
  if (!state) {
    ADD_FAILURE() << state.error().describe();
    co_return State();
  }
  co_return State{state->total(), state->restarts(), std::string(state->last_failure())};
}

inline Task<Ref<Worker>> worker_of(Ref<Boss> boss, std::uint32_t number) {
  auto worker = co_await boss.ask(within(kLong)).worker(number);
  EXPECT_TRUE(worker.ok());
  co_return worker ? worker->worker() : Ref<Worker>();
}

struct End {
  std::uint32_t number = 999;
  std::uint16_t reason = 999;
  std::string what;
};

inline Task<End> next_end(Ref<Boss> boss) {
  auto end = co_await boss.ask(within(kLong)).next_end();
  if (!end) {
    ADD_FAILURE() << end.error().describe();
    co_return End();
  }
  co_return End{end->number(), end->reason(), std::string(end->what())};
}

constexpr std::uint16_t number(DownReason reason) { return static_cast<std::uint16_t>(reason); }

/// Everywhere, with a boss on the last core.
class FamilyTest : public ::testing::TestWithParam<RunOn> {
 protected:
  template <class Body>
  void run(std::vector<Post> posts, Body body) {
    run({}, std::move(posts), body);
  }
  template <class Body>
  void run(SpawnOptions options, std::vector<Post> posts, Body body) {
    System system(options_for(GetParam()));
    run_in(system, [options, posts, body](Root root) -> Task<Status> {
      auto boss = co_await root.on_core(root.cores() - 1, &spawn_boss, options, posts);
      co_await body(root, boss);
      co_return ok();
    });
    ledger_ = system.ledger();
  }
  static Task<Ref<Boss>> spawn_boss(SpawnOptions options, std::vector<Post> posts) {
    co_return Root().spawn<Boss>(options, family::boss, posts);
  }

  std::shared_ptr<Journal> journal_ = std::make_shared<Journal>();
  Ledger ledger_;
};

}  // namespace troupe::testing
