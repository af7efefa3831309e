// Tests child processes: how they end, their pipes, what they inherit, and that none stays behind.
#include "io/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/combine.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

template <class T>
Error error_of(const Result<T>& result) {
  EXPECT_FALSE(result.ok()) << "no error";
  return result.ok() ? Error(Code::kMalformed) : result.error();
}

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                       std::filesystem::directory_iterator());
}

/// Each test on both backends; at its end there are no children and no more descriptors than
/// before.
class ProcessTest : public testing::TestWithParam<KernelInterface> {
 protected:
  void SetUp() override { descriptors_ = open_descriptors(); }
  void TearDown() override {
    // The thread that reaps may be at it.
    for (int i = 0; i < 10'000 && children_to_reap() != 0; ++i) std::this_thread::sleep_for(1ms);
    EXPECT_EQ(waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG | WNOWAIT), -1);
    EXPECT_EQ(errno, ECHILD) << "a child is left";
    EXPECT_EQ(open_descriptors(), descriptors_);
  }

  template <class Body>
  void run(Body body) {
    ThreadedOptions options;
    options.kernel = GetParam();
    const Status ran = run_threaded(std::move(body), options);
    EXPECT_TRUE(ran.ok()) << (ran.ok() ? "" : ran.error().describe());
  }

 private:
  std::ptrdiff_t descriptors_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Backends, ProcessTest,
                         testing::Values(KernelInterface::kUring, KernelInterface::kEpoll));

ProcessOptions shell(std::string script) {
  ProcessOptions options;
  options.program = "/bin/sh";
  options.arguments = {"-c", std::move(script)};
  return options;
}

Task<Process> spawned(ProcessOptions options) {
  Result<Process> process = co_await Process::spawn(options);
  TROUPE_CHECK(process.ok(), "%s", describe(process.error(), options).c_str());
  co_return std::move(*process);
}

Task<std::string> read_all(PipeReader* reader) {
  std::string all;
  std::vector<std::byte> buffer(4096);
  for (;;) {
    const Result<std::size_t> read = co_await reader->read(buffer);
    EXPECT_TRUE(read.ok());
    if (!read.ok() || *read == 0) co_return all;
    all.append(reinterpret_cast<const char*>(buffer.data()), *read);
  }
}

Task<Status> write_all(PipeWriter* writer, std::string text) {
  const Status written = co_await writer->write(std::as_bytes(std::span(text)));
  writer->close();
  co_return written;
}

/// What a script writes.
Task<std::string> output_of(ProcessOptions options) {
  options.output = ChildStream::kPipe;
  Process process = co_await spawned(std::move(options));
  std::string output = co_await read_all(&process.output());
  const Result<ExitStatus> ended = co_await process.wait();
  EXPECT_TRUE(ended.value().success()) << ended.value().describe();
  co_return output;
}

TEST_P(ProcessTest, TellsHowItEnded) {
  run([](Strand&) -> Task<void> {
    Process exits = co_await spawned(shell("exit 3"));
    const Result<ExitStatus> code = co_await exits.wait();
    EXPECT_EQ(code.value().describe(), "exit code 3");
    EXPECT_FALSE(code.value().success());
    const Result<ExitStatus> again = co_await exits.wait();
    EXPECT_EQ(again.value(), code.value());
    EXPECT_EQ(error_of(exits.signal(SIGTERM)).detail(), std::uint64_t{ESRCH});

    Process dies = co_await spawned(shell("kill -9 $$"));
    const Result<ExitStatus> killed = co_await dies.wait();
    EXPECT_EQ(killed.value().describe(), "signal 9 (KILL)");

    Process runs = co_await spawned(shell("exec sleep 1000"));
    const Result<ExitStatus> late = co_await runs.wait(within(5ms));
    EXPECT_TRUE(error_of(late).is(Code::kDeadlineExceeded));
    EXPECT_FALSE(runs.ended().has_value());
    EXPECT_EQ(error_of(runs.signal(-1)).detail(), std::uint64_t{EINVAL});
    EXPECT_TRUE(runs.signal(SIGTERM).ok());
    const Result<ExitStatus> ended = co_await runs.wait();
    EXPECT_EQ(ended.value().signal, SIGTERM);
  });
}

TEST_P(ProcessTest, CarriesAMegabyteOut) {
  run([](Strand&) -> Task<void> {
    const std::string output = co_await output_of(shell("head -c 1000000 /dev/zero"));
    EXPECT_TRUE(output == std::string(1'000'000, '\0')) << output.size();
  });
}

TEST_P(ProcessTest, EchoesItsInput) {
  run([](Strand&) -> Task<void> {
    ProcessOptions options;
    options.program = "cat";  // in the PATH
    options.input = ChildStream::kPipe;
    options.output = ChildStream::kPipe;
    Process process = co_await spawned(options);
    std::string text;
    for (int i = 0; i < 50'000; ++i) text += std::to_string(i) + "\n";
    auto both =
        co_await troupe::all_of(write_all(&process.input(), text), read_all(&process.output()));
    EXPECT_TRUE(std::get<0>(both).ok());
    EXPECT_TRUE(std::get<1>(both) == text);
    const Result<ExitStatus> ended = co_await process.wait();
    EXPECT_TRUE(ended.value().success());
  });
}

TEST_P(ProcessTest, KeepsErrorsApartFromOutput) {
  run([](Strand&) -> Task<void> {
    ProcessOptions options = shell("cat; echo out; echo wrong >&2");
    options.output = ChildStream::kNull;
    options.errors = ChildStream::kPipe;
    Process process = co_await spawned(options);
    EXPECT_FALSE(process.input().is_open());
    EXPECT_FALSE(process.output().is_open());
    const std::string errors = co_await read_all(&process.errors());
    EXPECT_EQ(errors, "wrong\n");
    const Result<ExitStatus> ended = co_await process.wait();
    EXPECT_TRUE(ended.value().success());
  });
}

TEST_P(ProcessTest, AnInputThatNobodyReadsIsAnError) {
  run([](Strand&) -> Task<void> {
    ProcessOptions options = shell("exit 0");
    options.input = ChildStream::kPipe;
    Process process = co_await spawned(options);
    const Result<ExitStatus> ended = co_await process.wait();
    EXPECT_TRUE(ended.ok());
    const Status written = co_await write_all(&process.input(), "too late");
    EXPECT_EQ(error_of(written).detail(), std::uint64_t{EPIPE});
  });
}

TEST_P(ProcessTest, HasTheDirectoryAndTheEnvironmentItIsGiven) {
  run([](Strand&) -> Task<void> {
    ProcessOptions options = shell("pwd; echo $NAME $OTHER");
    options.working_directory = "/usr";
    options.environment = {{"NAME=value", "OTHER=another one"}};
    const std::string output = co_await output_of(options);
    EXPECT_EQ(output, "/usr\nvalue another one\n");
  });
}

TEST_P(ProcessTest, InheritsNoDescriptorsAndNoSignals) {
  run([](Strand&) -> Task<void> {
    // What somebody opened without care.
    const int careless = fcntl(STDERR_FILENO, F_DUPFD, 77);
    EXPECT_GE(careless, 77);
    signal(SIGUSR2, SIG_IGN);
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    // The threads of pools inherit it.
    pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
    const std::string leaks = co_await output_of(
        shell("test -e /proc/self/fd/" + std::to_string(careless) + " && echo leaked; true"));
    EXPECT_EQ(leaks, "");
    for (const char* which : {"SigBlk", "SigIgn"}) {
      const std::string line =
          co_await output_of(shell(std::string("grep ") + which + " /proc/self/status"));
      const unsigned long long set = std::stoull(line.substr(line.find(':') + 1), nullptr, 16);
      // The C library ignores the two that it uses itself, 32 and 33.
      EXPECT_EQ(set & 0x7fffffff, 0u) << line;
    }
    signal(SIGUSR2, SIG_DFL);
    close(careless);
  });
}

TEST_P(ProcessTest, ErrorsNameTheProgram) {
  run([](Strand&) -> Task<void> {
    ProcessOptions options;
    options.program = "/no/such/program";
    const Result<Process> none = co_await Process::spawn(options);
    EXPECT_EQ(describe(error_of(none), options),
              "io (No such file or directory, ENOENT): start of a process "
              "(program /no/such/program)");
    options.program = "/";
    const Result<Process> directory = co_await Process::spawn(options);
    EXPECT_EQ(error_of(directory).detail(), std::uint64_t{EACCES});
    options.program = "/bin/sh";
    options.working_directory = "/no/such/directory";
    const Result<Process> nowhere = co_await Process::spawn(options);
    EXPECT_EQ(describe(error_of(nowhere), options),
              "io (No such file or directory, ENOENT): start of a process "
              "(program /bin/sh in /no/such/directory)");
    options.program = std::string("a\0b", 3);
    const Result<Process> zero = co_await Process::spawn(options);
    EXPECT_TRUE(error_of(zero).is(Code::kInvalidArgument));
    const Result<Process> unnamed = co_await Process::spawn(ProcessOptions());
    EXPECT_TRUE(error_of(unnamed).is(Code::kInvalidArgument));
  });
}

Task<Status> run_one(int number) {
  Process process = co_await spawned(shell("exit " + std::to_string(number % 7)));
  const Result<ExitStatus> ended = co_await process.wait();
  EXPECT_EQ(ended.value().code, number % 7);
  co_return ok();
}

TEST_P(ProcessTest, RunsAHundredAtOnce) {
  run([](Strand&) -> Task<void> {
    std::vector<Task<Status>> all;
    for (int i = 0; i < 100; ++i) all.push_back(run_one(i));
    const std::vector<Status> ended = co_await troupe::all_of(std::move(all));
    for (const Status& status : ended) EXPECT_TRUE(status.ok());
  });
}

Task<void> until_all_are_reaped() {
  while (children_to_reap() != 0) {
    const Status slept = co_await sleep_for(1ms);
    EXPECT_TRUE(slept.ok());
  }
}

TEST_P(ProcessTest, OneThatIsForgottenIsKilledAndReaped) {
  run([](Strand&) -> Task<void> {
    std::vector<int> ids;
    for (int i = 0; i < 5; ++i) {
      const Process forgotten = co_await spawned(shell("exec sleep 1000"));
      ids.push_back(forgotten.id());
    }
    // One that has ended, and that nobody awaited.
    const Process unseen = co_await spawned(shell("exit 0"));
    co_await until_all_are_reaped();
    for (int id : ids) EXPECT_EQ(kill(id, 0), -1) << "it still runs";
  });
  // `unseen` ended with its frame.
  const Status ran = run_threaded([](Strand&) -> Task<void> { return until_all_are_reaped(); });
  EXPECT_TRUE(ran.ok());
}

TEST_P(ProcessTest, AStartThatIsGivenUpLeavesNoChild) {
  run([](Strand&) -> Task<void> {
    for (Duration limit : {0us, 1us, 100us, 300us, 1000us, 3000us}) {
      const Result<Process> process =
          co_await Process::spawn(shell("exec sleep 1000"), within(limit));
      if (!process) EXPECT_TRUE(process.error().is(Code::kDeadlineExceeded));
    }
    // What was abandoned comes home, and is killed there.
    BlockingPool& pool = *Reactor::current().pools()->find(kDefaultPool);
    while (pool.counters().running + pool.counters().queued != 0) {
      const Status slept = co_await sleep_for(1ms);
      EXPECT_TRUE(slept.ok());
    }
    for (int i = 0; i < 10; ++i) {
      const Status slept = co_await sleep_for(1ms);
      EXPECT_TRUE(slept.ok());
    }
    co_await until_all_are_reaped();
  });
}

TEST(Process, IsNotSimulated) {
  const Status ran = run_simulated([](Strand&) -> Task<void> {
    const Result<Process> none = co_await Process::spawn(shell("exit 0"));
    EXPECT_EQ(error_of(none).describe(), "unsupported: a simulation starts no processes");
  });
  EXPECT_TRUE(ran.ok());
}

}  // namespace
}  // namespace troupe::io
