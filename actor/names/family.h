// Families of counters, for the tests of names.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "actor/testing/runs.h"
#include "actor/testing/sample.h"

namespace troupe::testing {

/// A parent of `workers` counters called worker-0, worker-1, …, and of one without a name. Answers
/// total with their number once they are there; a stop or an end takes them along.
inline Behavior pool(sample::Counter::Self self, std::uint64_t workers) {
  using Kind = sample::Counter::Kind;
  for (std::uint64_t i = 0; i < workers; ++i) {
    const std::string name = "worker-" + std::to_string(i);
    self.spawn<sample::Counter>({.name = name}, sample::counter, i);
  }
  self.spawn<sample::Counter>(sample::counter, std::uint64_t{0});
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Kind::kStop || msg.kind() == Kind::kEnd) co_return;
    if (msg.kind() == Kind::kTotal) msg.total().reply(workers);
  }
}

/// A counter below /user of the current core. For on_core too.
inline Task<Ref<sample::Counter>> spawn_counter(std::string name) {
  co_return Root().spawn<sample::Counter>({.name = name}, sample::counter, std::uint64_t{0});
}
/// A pool there, whose workers live.
inline Task<Ref<sample::Counter>> spawn_pool(std::string name, std::uint64_t workers) {
  auto ref = Root().spawn<sample::Counter>({.name = name}, pool, workers);
  auto ready = co_await ref.ask(within(std::chrono::hours(1))).total();
  EXPECT_TRUE(ready.ok());
  co_return ref;
}

/// Stops it and waits until it has ended.
inline Task<> end(Ref<sample::Counter> ref) {
  auto ended = co_await graceful_stop(ref, within(std::chrono::hours(1)));
  EXPECT_TRUE(ended.ok());
}

inline std::vector<std::string> texts(const Selected& selected) {
  std::vector<std::string> texts;
  for (const Identity& identity : selected) texts.push_back(identity.path().text());
  return texts;
}
/// What a selection finds below its root, without system and core.
inline std::vector<std::string> places(const Selected& selected) {
  std::vector<std::string> places;
  for (const Identity& identity : selected) {
    const std::string& text = identity.path().text();
    places.push_back(text.substr(text.find('/', sizeof("troupe://"))));
  }
  return places;
}

}  // namespace troupe::testing
