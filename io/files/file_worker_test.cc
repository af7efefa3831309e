// Tests the threads for files where it takes more than files: calls that block until the test says
// so, the limit of those who wait, and what becomes of what cannot be interrupted.
#include "io/files/file_worker.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "base/combine.h"
#include "base/task.h"
#include "io/descriptor.h"
#include "io/reactor.h"
#include "io/request_awaiter.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

template <class Body>
void run(Body body) {
  ThreadedOptions options;
  options.kernel = KernelInterface::kEpoll;
  const Status ran = run_threaded(std::move(body), options);
  EXPECT_TRUE(ran.ok()) << (ran.ok() ? "" : ran.error().describe());
}

/// A pipe whose reads block the thread that makes them.
struct Pipe {
  Pipe() {
    int ends[2];
    TROUPE_CHECK(pipe2(ends, O_CLOEXEC) == 0, "no pipe");
    out = Descriptor(ends[0]);
    in = Descriptor(ends[1]);
  }
  void put(std::size_t bytes) {
    const std::string text(bytes, 'x');
    EXPECT_EQ(write(in.number(), text.data(), bytes), static_cast<ssize_t>(bytes));
  }

  Descriptor out;
  Descriptor in;
};

/// Takes one byte out of a pipe, as if it were a file.
Task<Result<std::size_t>> take_one(int descriptor, Deadline deadline = kContextDeadline) {
  std::byte byte{};
  RequestArguments arguments;
  arguments.kind = RequestKind::kRead;
  arguments.descriptor = descriptor;
  arguments.data = &byte;
  arguments.bytes = 1;
  arguments.file = true;
  const Call<CountAwaiter> call(arguments, deadline, "take_one");
  const Result<std::size_t> count = co_await call;
  co_return count;
}

Task<void> put_after(Pipe* pipe, Duration wait, std::size_t bytes) {
  const Status slept = co_await sleep_for(wait);
  EXPECT_TRUE(slept.ok());
  pipe->put(bytes);
}

TEST(FileWorker, DoesNotBlockTheCore) {
  run([](Strand&) -> Task<void> {
    Pipe pipe;
    auto ended = co_await troupe::all_of(take_one(pipe.out.number()), put_after(&pipe, 5ms, 1));
    EXPECT_EQ(std::get<0>(ended).value(), 1u);
  });
}

/// Writes more than a pipe takes at once, as if it were a file.
Task<Result<std::size_t>> write_much(int descriptor) {
  const std::vector<std::byte> much(1u << 20);
  RequestArguments arguments;
  arguments.kind = RequestKind::kWrite;
  arguments.descriptor = descriptor;
  arguments.data = const_cast<std::byte*>(much.data());
  arguments.bytes = 1u << 20;
  arguments.file = true;
  const Call<CountAwaiter> call(arguments, kContextDeadline, "write_much");
  const Result<std::size_t> count = co_await call;
  co_return count;
}

Task<void> write_much_into(int descriptor, std::size_t* written) {
  const Result<std::size_t> count = co_await write_much(descriptor);
  if (count) *written = *count;
}

/// Until a thread has begun to write to the pipe, and is blocked because that is full.
Task<void> until_begun(Pipe* pipe) {
  int bytes = 0;
  while (bytes == 0) {
    EXPECT_EQ(ioctl(pipe->out.number(), FIONREAD, &bytes), 0);
    const Status yielded = co_await yield();
    if (!yielded) co_return;
  }
}

/// Takes all that write_much() writes, some time later.
std::thread drain_later(int descriptor, std::atomic<bool>* began) {
  return std::thread([descriptor, began] {
    std::this_thread::sleep_for(20ms);
    *began = true;
    std::vector<std::byte> buffer(1u << 20);
    for (std::size_t left = buffer.size(); left > 0;) {
      const ssize_t count = read(descriptor, buffer.data(), left);
      TROUPE_CHECK(count > 0, "nobody writes to the pipe");
      left -= static_cast<std::size_t>(count);
    }
  });
}

/// Loses to the moment at which it has begun: then it is cancelled, in vain.
TEST(FileWorker, WhatHasBegunEndsWhenItIsDone) {
  run([](Strand&) -> Task<void> {
    Pipe pipe;
    std::size_t written = 0;
    const auto begun = [](Pipe* pipe, std::thread* draining,
                          std::atomic<bool>* drained) -> Task<void> {
      co_await until_begun(pipe);
      *draining = drain_later(pipe->out.number(), drained);
    };
    std::thread draining;
    std::atomic<bool> drained = false;
    auto first = co_await troupe::first_of(write_much_into(pipe.in.number(), &written),
                                           begun(&pipe, &draining, &drained));
    EXPECT_EQ(first.index(), 1u);
    EXPECT_TRUE(drained.load());
    EXPECT_EQ(written, 1u << 20);
    draining.join();
  });
}

TEST(FileWorker, WhatWaitsIsCancelledAtOnce) {
  run([](Strand&) -> Task<void> {
    Pipe pipe;
    std::vector<Task<Result<std::size_t>>> takes;
    for (std::size_t i = 0; i < FileWorker::kThreadsMax; ++i)
      takes.push_back(take_one(pipe.out.number()));
    // The threads are all taken: this one never begins, and leaves what comes to the others.
    const auto late = [](Pipe* pipe) -> Task<void> {
      const Status slept = co_await sleep_for(5ms);
      EXPECT_TRUE(slept.ok());
      const Result<std::size_t> taken = co_await take_one(pipe->out.number(), within(5ms));
      EXPECT_TRUE(taken.error().is(Code::kDeadlineExceeded));
      pipe->put(FileWorker::kThreadsMax);
    };
    auto ended = co_await troupe::all_of(troupe::all_of(std::move(takes)), late(&pipe));
    for (const Result<std::size_t>& taken : std::get<0>(ended)) EXPECT_EQ(taken.value(), 1u);
  });
}

struct Counts {
  std::size_t taken = 0;
  std::size_t refused = 0;
};

Task<void> count(Pipe* pipe, Counts* counts) {
  const Result<std::size_t> result = co_await take_one(pipe->out.number());
  if (result) {
    ++counts->taken;
    co_return;
  }
  ++counts->refused;
  EXPECT_EQ(result.error().describe(),
            "overloaded (1024): so many requests for files wait (Request::kFilesWaitingMax), or no "
            "thread is to be had");
}

constexpr std::size_t kExtra = 10;
constexpr std::size_t kAsked = FileWorker::kThreadsMax + Request::kFilesWaitingMax + kExtra;

/// Gives each of those who were not refused its byte.
Task<void> release(Pipe* pipe, const Counts* counts) {
  const Status yielded = co_await yield();
  EXPECT_TRUE(yielded.ok());
  // The threads may not have come to take theirs yet.
  EXPECT_GE(counts->refused, kExtra);
  EXPECT_LE(counts->refused, kExtra + FileWorker::kThreadsMax);
  pipe->put(kAsked - counts->refused);
}

TEST(FileWorker, RefusesWhatIsAboveItsLimit) {
  run([](Strand&) -> Task<void> {
    Pipe pipe;
    Counts counts;
    std::vector<Task<void>> takes;
    for (std::size_t i = 0; i < kAsked; ++i) takes.push_back(count(&pipe, &counts));
    auto ended = co_await troupe::all_of(troupe::all_of(std::move(takes)), release(&pipe, &counts));
    (void)ended;
    EXPECT_EQ(counts.taken + counts.refused, kAsked);
  });
}

/// Closes the end that a thread writes to: that waits for it, so that no file that gets the number
/// is written to instead.
Task<void> close_under_way(Pipe* pipe) {
  co_await until_begun(pipe);
  std::atomic<bool> drained = false;
  std::thread draining = drain_later(pipe->out.number(), &drained);
  pipe->in.close();
  EXPECT_TRUE(drained.load());
  EXPECT_EQ(pipe->in.number(), -1);
  draining.join();
}

TEST(FileWorker, ClosingWaitsForWhatHasBegun) {
  run([](Strand&) -> Task<void> {
    Pipe pipe;
    const int number = pipe.in.number();
    auto ended = co_await troupe::all_of(write_much(number), close_under_way(&pipe));
    EXPECT_EQ(std::get<0>(ended).value(), 1u << 20);
    EXPECT_EQ(fcntl(number, F_GETFD), -1);
  });
}

/// Closes the pipe when a part is written and the core has not heard of it, and gives its number to
/// another.
Task<void> replace_pipe(Pipe* pipe, Pipe* next) {
  std::this_thread::sleep_for(50ms);
  const int number = pipe->in.number();
  pipe->in.close();
  EXPECT_EQ(fcntl(next->in.number(), F_DUPFD_CLOEXEC, number), number);
  co_return;
}

TEST(FileWorker, TheRestOfAWriteDoesNotGoToWhoGetsTheNumber) {
  run([](Strand&) -> Task<void> {
    Pipe pipe;
    Pipe next;
    for (const Descriptor* end : {&pipe.in, &next.in, &next.out}) {
      EXPECT_EQ(fcntl(end->number(), F_SETFL, O_NONBLOCK), 0);
    }
    const int number = pipe.in.number();
    auto ended = co_await troupe::all_of(write_much(number), replace_pipe(&pipe, &next));
    EXPECT_TRUE(std::get<0>(ended).error().is(Code::kCancelled));
    std::byte byte{};
    EXPECT_EQ(read(next.out.number(), &byte, 1), -1);
    EXPECT_EQ(errno, EAGAIN);
    close(number);
  });
}

/// A request that no frame awaits.
class Probe final : public Request {
 public:
  explicit Probe(int descriptor) : Request(RequestArguments()) {
    arguments.kind = RequestKind::kRead;
    arguments.descriptor = descriptor;
    arguments.data = &byte_;
    arguments.bytes = 1;
    arguments.file = true;
  }
  void finished(int given) override { result = given; }

  int result = 0;

 private:
  std::byte byte_{};
};

TEST(FileWorker, TheCoreEndsWhenItsBuffersAreFree) {
  for (std::size_t reads : {std::size_t{1}, FileWorker::kThreadsMax, FileWorker::kThreadsMax + 9}) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    std::thread putting([&] {
      std::this_thread::sleep_for(30ms);
      // Enough for all: on a slow machine those that wait may begin after this.
      const std::string text(FileWorker::kThreadsMax + 9, 'x');
      EXPECT_EQ(write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    });
    std::deque<Probe> probes;
    run([&](Strand&) -> Task<void> {
      for (std::size_t i = 0; i < reads; ++i) {
        Reactor::current().backend().submit(probes.emplace_back(ends[0]));
      }
      const Status slept = co_await sleep_for(5ms);
      EXPECT_TRUE(slept.ok());
    });
    putting.join();
    for (const Probe& probe : probes) {
      EXPECT_FALSE(probe.submitted());
      EXPECT_TRUE(probe.result == 1 || probe.result == -ECANCELED) << probe.result;
    }
    close(ends[0]);
    close(ends[1]);
  }
}

TEST(FileWorker, AFrameThatIsDestroyedWaitsForItsBuffer) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  std::thread putting([&] {
    std::this_thread::sleep_for(30ms);
    EXPECT_EQ(write(ends[1], "x", 1), 1);
  });
  run([&](Strand&) -> Task<void> {
    Reactor::current().request_stop();
    const Result<std::size_t> taken = co_await take_one(ends[0]);
    ADD_FAILURE() << taken.ok();
  });
  putting.join();
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace troupe::io
