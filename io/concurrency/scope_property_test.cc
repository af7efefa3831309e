// Random trees of scopes over many seeds: children end before their scope, whatever fails, throws,
// is cancelled or times out, and join() tells what happened.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>

#include "base/scope.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;

#if defined(TROUPE_SANITIZED)
constexpr std::uint64_t kSeeds = 300;
#else
constexpr std::uint64_t kSeeds = 3000;
#endif
constexpr unsigned kDepthMax = 3;

std::uint64_t below(std::uint64_t bound) { return CoreContext::current().random.below(bound); }
Duration some_time() { return Duration(static_cast<std::int64_t>(below(40'000))); }

/// What a scope should know of its children, counted by them.
struct Tally {
  std::size_t children_max = 0;
  std::size_t alive = 0;  // coroutines, their parameters included
  std::size_t started = 0;
  std::size_t failed = 0;
  std::optional<Error> first;
  bool threw = false;
  bool cancelled = false;  // by cancel()
};

/// Counts a coroutine from its first line to the end of its frame.
class Alive {
 public:
  explicit Alive(Tally* tally) : tally_(tally) {
    ++tally_->alive;
    ++tally_->started;
    EXPECT_LE(tally_->alive, tally_->children_max);
  }
  ~Alive() { --tally_->alive; }

 private:
  Tally* tally_;
};

Task<Status> child(Scope* scope, Tally* tally, unsigned depth);

/// A scope with random children, whose end is held against what they say.
Task<Status> family(unsigned depth) {
  Tally tally;
  tally.children_max = 1 + below(5);
  const bool collects = below(2) == 0;
  const OnFailure on_failure = collects ? OnFailure::kCollect : OnFailure::kCancelSiblings;
  Scope scope({.on_failure = on_failure, .children_max = tally.children_max});
  bool refused = false;
  for (std::uint64_t children = below(6); children > 0; --children) {
    const Deadline deadline = below(4) == 0 ? within(some_time()) : kNoDeadline;
    const bool had_ended = scope.cancelled();
    const bool started = co_await scope.start(child(&scope, &tally, depth), deadline);
    if (had_ended) EXPECT_FALSE(started);
    refused |= !started;
    if (below(8) == 0) {
      const Status slept = co_await sleep_for(some_time());
      if (!slept) break;
    }
  }
  if (below(6) == 0) {
    tally.cancelled = true;
    scope.cancel();
  }
  bool caught = false;
  std::optional<Error> error;
  try {
    const Deadline deadline = below(4) == 0 ? within(some_time()) : kNoDeadline;
    const ScopeEnd ended = co_await scope.join(deadline);
    EXPECT_EQ(ended.failures(), tally.failed);
    if (!ended) error = ended.error();
  } catch (const std::runtime_error&) {
    caught = true;
  }
  EXPECT_EQ(tally.alive, 0u) << "children end before their scope";
  EXPECT_EQ(scope.running(), 0u);
  EXPECT_EQ(caught, tally.threw);
  if (tally.first && !caught) EXPECT_EQ(error, tally.first);
  if (!collects && tally.failed > 0) EXPECT_TRUE(scope.cancelled());
  // What did not happen is reported, unless the caller asked for it.
  if (refused && !tally.cancelled && !caught) EXPECT_TRUE(error.has_value());
  co_return ok();
}

/// Notes a failure that is the child's own, as its scope should.
Error fail(Tally* tally, std::uint64_t detail) {
  const Error error(Code::kFailed, detail);
  ++tally->failed;
  if (!tally->first) tally->first = error;
  return error;
}

Task<Status> child(Scope* scope, Tally* tally, unsigned depth) {
  const Alive alive(tally);
  for (std::uint64_t steps = below(4); steps > 0; --steps) {
    Status went = ok();
    switch (below(6)) {
      case 0:
        went = co_await yield();
        break;
      case 1:
        if (depth < kDepthMax) went = co_await family(depth + 1);
        break;
      case 2:
        // A sibling more; without a deadline all could wait for each other's room.
        co_await scope->start(child(scope, tally, kDepthMax), within(some_time()));
        break;
      default:
        went = co_await sleep_for(some_time());
    }
    if (!went) co_return went;
  }
  const std::uint64_t end = below(12);
  if (end == 0) co_return fail(tally, below(1000));
  if (end == 1) {
    ++tally->failed;
    tally->threw = true;
    throw std::runtime_error("boom");
  }
  if (end == 2) {
    tally->cancelled = true;
    scope->cancel();
  }
  co_return ok();
}

Task<Status> cancel_later(Strand* strand) {
  const Status slept = co_await sleep_for(some_time());
  if (slept) strand->cancel(below(2) == 0 ? Code::kCancelled : Code::kStopping);
  co_return slept;
}

TEST(ScopeProperties, ChildrenEndBeforeTheirScopeWhateverHappens) {
  for (std::uint64_t seed = 1; seed <= kSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Status ended = io::run_simulated(
        [](Strand& strand) -> Task<void> {
          Scope outer;
          if (below(2) == 0) co_await outer.start(cancel_later(&strand));
          for (std::uint64_t i = 1 + below(3); i > 0; --i) co_await outer.start(family(0));
          const ScopeEnd all = co_await outer.join();
          EXPECT_TRUE(all.ok() || strand.cancelled());
          EXPECT_EQ(io::Reactor::current().timers().armed(), 0u);
        },
        {.seed = seed});
    EXPECT_TRUE(ended.ok()) << ended.error().describe();
  }
}

}  // namespace
}  // namespace troupe
