// Tests waiting and waking on each kind of ring, and what is said where io_uring is forbidden.
#include "io/uring/uring_backend.h"

#include <dirent.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <string>
#include <thread>

#include "io/threaded_engine.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

class UringBackendTest : public testing::TestWithParam<unsigned> {
 protected:
  std::unique_ptr<UringBackend> make() {
    UringOptions options;
    options.deferred_work = GetParam() < 1;
    options.cooperative_work = GetParam() < 2;
    auto made = UringBackend::create(options);
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().describe());
    return std::move(*made);
  }
};

INSTANTIATE_TEST_SUITE_P(Kinds, UringBackendTest, testing::Range(0u, 3u));

TEST_P(UringBackendTest, SleepsUntilItsTimeAndNotLess) {
  auto backend = make();
  for (Duration wanted : {-1ns, 0ns, 1ns, 100'000ns, 5'000'000ns}) {
    const Time until = backend->now() + wanted;
    backend->sleep(until);
    EXPECT_GE(backend->now(), until);
    EXPECT_LT(backend->now(), until + 2s);
  }
}

TEST_P(UringBackendTest, AWakeUpEndsTheNextSleepAndOnlyThat) {
  auto backend = make();
  for (int i = 0; i < 100; ++i) {
    backend->wake();
    backend->wake();
    if (i % 2 == 0) {
      // Taken in by poll() or not: it counts for the next sleep.
      backend->poll();
      backend->poll();
    }
    backend->sleep(Time::max());
    // The second wake-up may reach the kernel's queue late and end one more; nothing else may.
    int cut_short = 0;
    for (int sleeps = 0; sleeps < 5; ++sleeps) {
      const Time until = backend->now() + 50us;
      backend->sleep(until);
      if (backend->now() < until) ++cut_short;
    }
    EXPECT_LE(cut_short, 1);
  }
}

TEST_P(UringBackendTest, IsWokenByAnotherThread) {
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

TEST_P(UringBackendTest, ASignalDoesNotEndASleep) {
  auto backend = make();
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  ASSERT_EQ(sigaction(SIGUSR1, &action, nullptr), 0);
  const pthread_t sleeper = pthread_self();
  std::thread sender([&] {
    for (int i = 0; i < 5; ++i) {
      std::this_thread::sleep_for(2ms);
      pthread_kill(sleeper, SIGUSR1);
    }
  });
  const Time until = backend->now() + 20ms;
  backend->sleep(until);
  EXPECT_GE(backend->now(), until);
  sender.join();
}

unsigned open_descriptors() {
  unsigned count = 0;
  DIR* directory = opendir("/proc/self/fd");
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

TEST_P(UringBackendTest, GivesEverythingBack) {
  const unsigned before = open_descriptors();
  for (int i = 0; i < 100; ++i) {
    auto backend = make();
    if (i % 3 == 1) backend->wake();
    if (i % 3 == 2) backend->sleep(backend->now() + 1us);
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(UringBackend, NeedsAnEntry) {
  auto made = UringBackend::create({.entries = 0});
  ASSERT_FALSE(made.ok());
  EXPECT_TRUE(made.error().is(Code::kInvalidArgument));
}

/// Makes io_uring_setup fail with `number` in this process, as a container's profile does.
bool forbid_io_uring(int number) {
  const auto refusal = static_cast<unsigned>(SECCOMP_RET_ERRNO) | static_cast<unsigned>(number);
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, refusal),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{sizeof program / sizeof program[0], program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

class NeverMade final : public CoreFactory {
 public:
  std::unique_ptr<Reactor> make(std::uint16_t, Backend&, std::uint64_t) override { _exit(9); }
  void start(Reactor&) override { _exit(9); }
  void finish(Reactor&) override { _exit(9); }
};

/// What a backend and an engine say in a child process where io_uring is forbidden.
std::string complaints_when_forbidden(int number) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    std::string text = "the filter was refused";
    if (forbid_io_uring(number)) {
      auto made = UringBackend::create();
      text = made.ok() ? "made" : made.error().describe();
      NeverMade factory;
      ThreadedOptions options;
      options.cores = 3;
      options.kernel = KernelInterface::kUring;
      ThreadedEngine engine(options);
      const Status ended = engine.run(factory);
      text += ended.ok() ? "\nran" : "\n" + ended.error().describe();
    }
    const ssize_t written = write(ends[1], text.data(), text.size());
    _exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string text;
  char buffer[1024];
  for (ssize_t bytes; (bytes = read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(bytes));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) text += "\nbad exit";
  return text;
}

TEST(UringBackend, SaysWhyAndWhatToDoWhereItIsForbidden) {
  const std::string line =
      "io (Operation not permitted, EPERM): a seccomp filter forbids io_uring_setup, as containers "
      "do by "
      "default: use a profile that allows io_uring_setup, io_uring_enter and io_uring_register "
      "(docker run --security-opt seccomp=FILE), or choose the epoll backend";
  EXPECT_EQ(complaints_when_forbidden(EPERM), line + "\n" + line);
  const std::string absent = complaints_when_forbidden(ENOSYS);
  EXPECT_NE(absent.find("Function not implemented"), std::string::npos) << absent;
  EXPECT_NE(absent.find("a seccomp filter hides io_uring_setup"), std::string::npos) << absent;
}

}  // namespace
}  // namespace troupe::io
