// The worked example of README.md; tests/readmes_test.sh holds it against what is compiled here.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

#include "actor/actor.h"
#include "actor/testing/sample.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using sample::Counter;

Behavior closed(Counter::Self self, std::uint64_t total) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) co_return;
    if (msg.kind() == Counter::Kind::kTotal) msg.total().reply(total);
  }
}

Behavior counting(Counter::Self self, std::uint64_t first) {
  std::uint64_t total = first;  // The state of a behaviour is its local variables.
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == Counter::Kind::kStop) co_return;
    if (msg.kind() == Counter::Kind::kTotal) msg.total().reply(total);
    if (msg.kind() != Counter::Kind::kAdd) continue;
    total += msg.add().amount();
    if (total >= 10) co_await self.become(closed, total);
  }
}

Task<Status> count(Root root) {
  auto counter = root.spawn<Counter>(counting, std::uint64_t{3});
  for (int i = 0; i < 5; ++i) counter.tell().add(4);
  auto total = co_await counter.ask(within(200ms)).total();
  if (!total) co_return total.error();
  EXPECT_EQ(total->value(), 11u);  // 3 + 4 + 4, and closed from there on
  co_return ok();
}

TEST(Readme, CountsInSimulation) {
  SystemOptions options;
  options.backend = BackendKind::kSimulation;
  System system(options);
  EXPECT_TRUE(system.run(count).ok());
}

}  // namespace
}  // namespace troupe
