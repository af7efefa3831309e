// Several systems in one process, and programs that are one actor.
#include <gtest/gtest.h>

#include <iterator>
#include <thread>
#include <vector>

#include "actor/testing/family.h"
#include "actor/testing/runs.h"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using family::Upbringing;
using family::Worker;
using testing::options_for;
using testing::RunOn;

Task<Status> count_to(Root root, std::uint64_t messages, std::uint64_t* total) {
  auto worker = root.spawn<Worker>({.name = "worker", .supervision = Supervision{}}, family::worker,
                                   Upbringing{"worker", nullptr});
  for (std::uint64_t i = 0; i < messages; ++i) worker.tell().add(1);
  auto status = co_await worker.ask(within(1h)).status();
  if (!status) co_return status.error();
  *total = status->total();
  co_return ok();
}

// Each with threads, names and counts of its own.
TEST(SeveralSystems, LiveInOneProcessAndShareNothing) {
  // One with rings: ThreadSanitizer does not see liburing give a ring's memory back, and takes the
  // next ring at its address, of a thread that knows nothing of the first, for a race.
  constexpr BackendKind kBackends[] = {BackendKind::kUring, BackendKind::kSimulation,
                                       BackendKind::kEpoll, BackendKind::kSimulation};
  constexpr std::size_t kSystems = std::size(kBackends);
  std::uint64_t totals[kSystems] = {};
  std::uint64_t sent[kSystems] = {};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kSystems; ++i) {
    threads.emplace_back([&, i] {
      System system(options_for(RunOn{kBackends[i], 2, i}));
      const Status status = system.run(count_to, std::uint64_t{1000 * (i + 1)}, &totals[i]);
      EXPECT_TRUE(status.ok()) << status.error().describe();
      sent[i] = system.ledger().sent;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < kSystems; ++i) {
    EXPECT_EQ(totals[i], 1000 * (i + 1));
    EXPECT_EQ(sent[i], 1000 * (i + 1) + 1);
  }
}

Behavior short_lived(Worker::Self self, int* lives) {
  ++*lives;
  auto slept = co_await self.sleep_for(1ms);
  EXPECT_TRUE(slept.ok());
}

Behavior failing(Worker::Self) {
  throw std::runtime_error("on purpose");
  co_return;
}

SystemOptions quiet() {
  SystemOptions options = options_for(RunOn{BackendKind::kUring, 2});
  options.signals = Signals::kLeaveAlone;
  return options;
}

TEST(Launch, EndsWithItsActor) {
  int lives = 0;
  EXPECT_EQ(launch<Worker>(quiet(), {.name = "worker"}, short_lived, &lives), 0);
  EXPECT_EQ(lives, 1);
}

TEST(Launch, AnActorThatFailsIsExitCodeOne) {
  EXPECT_EQ(launch<Worker>(quiet(), {.name = "worker"}, failing), 1);
}

TEST(Launch, ANameThatIsNoneIsAnError) {
  int lives = 0;
  EXPECT_EQ(launch<Worker>(quiet(), {.name = "a/b"}, short_lived, &lives), 1);
  EXPECT_EQ(lives, 0);
}

}  // namespace
}  // namespace troupe
