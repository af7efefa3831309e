// Tests waiting and waking on epoll. What its requests do is in the conformance tests.
#include "io/epoll/epoll_backend.h"

#include <dirent.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<EpollBackend> make() {
  auto made = EpollBackend::create();
  EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().describe());
  return std::move(*made);
}

TEST(EpollBackend, SleepsUntilItsTimeAndNotLess) {
  auto backend = make();
  for (Duration wanted : {-1ns, 0ns, 1ns, 100'000ns, 5'000'000ns}) {
    const Time until = backend->now() + wanted;
    backend->sleep(until);
    EXPECT_GE(backend->now(), until);
    EXPECT_LT(backend->now(), until + 2s);
  }
}

TEST(EpollBackend, AWakeUpEndsTheNextSleepAndOnlyThat) {
  auto backend = make();
  for (int i = 0; i < 100; ++i) {
    backend->wake();
    backend->wake();
    if (i % 2 == 0) backend->poll();
    backend->sleep(Time::max());
    const Time until = backend->now() + 50us;
    backend->sleep(until);
    EXPECT_GE(backend->now(), until);
  }
}

TEST(EpollBackend, IsWokenByAnotherThread) {
  auto backend = make();
  std::atomic<int> asked = 0;
  std::thread waker([&] {
    for (int done = 0; done < 1000; ++done) {
      while (asked.load() == done) std::this_thread::yield();
      backend->wake();
    }
  });
  for (int i = 1; i <= 1000; ++i) {
    asked = i;
    backend->sleep(Time::max());
  }
  waker.join();
}

unsigned open_descriptors() {
  unsigned count = 0;
  DIR* directory = opendir("/proc/self/fd");
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

TEST(EpollBackend, GivesEverythingBack) {
  const unsigned before = open_descriptors();
  for (int i = 0; i < 100; ++i) {
    auto backend = make();
    if (i % 2 == 1) backend->wake();
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace troupe::io
