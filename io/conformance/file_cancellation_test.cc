// What every backend does alike when an operation on a file ends early: deadlines, cancellation,
// closing, and frames that are destroyed while they wait.
#include <dirent.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "io/conformance/testing_files.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

class FileCancellation : public OnEachFileGround {};

INSTANTIATE_TEST_SUITE_P(Backends, FileCancellation, testing::ValuesIn(kFileGrounds),
                         file_ground_name);

bool ended_early(const Error& error) {
  return error.is(Code::kCancelled) || error.is(Code::kDeadlineExceeded);
}

TEST_P(FileCancellation, WhatIsLateDoesNotBegin) {
  run([](Strand& strand, std::string directory) -> Task<void> {
    File file = co_await open_new(directory + "/file");
    const Deadline past = within(-1ms);
    Status done = co_await file.write_at(content(10, 1), 0, past);
    EXPECT_EQ(error_of(done).describe(), "deadline_exceeded: write_at");
    done = co_await file.sync(past);
    EXPECT_TRUE(error_of(done).is(Code::kDeadlineExceeded));
    done = co_await make_directory(directory + "/inner", past);
    EXPECT_EQ(error_of(done).describe(), "deadline_exceeded: make_directory");
    const Result<File> opened = co_await File::open(directory + "/other", for_writing(), past);
    EXPECT_EQ(error_of(opened).describe(), "deadline_exceeded: open");
    const auto late_list = co_await list_directory(directory, 10, past);
    EXPECT_TRUE(error_of(late_list).is(Code::kDeadlineExceeded));
    strand.cancel(Code::kStopping);
    done = co_await file.write_at(content(10, 1), 0);
    EXPECT_EQ(error_of(done).describe(), "stopping: write_at");
    done = co_await replace_file(directory + "/other", content(10, 1));
    EXPECT_EQ(error_of(done).describe(), "stopping: open");
    strand.clear_cancellation();
    const Result<std::uint64_t> size = co_await file.size();
    EXPECT_EQ(size.value(), 0u);
    const auto listed = co_await list_directory(directory);
    EXPECT_EQ(listed.value().size(), 1u);
    EXPECT_EQ(Reactor::current().timers().armed(), 0u);
  });
}

/// Buffers whose operations have ended: nobody may write to them any more.
class Retired {
 public:
  void add(std::vector<std::byte> buffer) {
    std::ranges::fill(buffer, kPoison);
    buffers_.push_back(std::move(buffer));
    if (buffers_.size() <= kMax) return;
    EXPECT_TRUE(std::ranges::all_of(buffers_.front(), [](std::byte b) { return b == kPoison; }))
        << "written to after its operation had ended";
    buffers_.pop_front();
  }
  std::size_t read = 0;
  std::size_t cancelled = 0;

 private:
  static constexpr std::byte kPoison = std::byte{0xEE};
  static constexpr std::size_t kMax = 32;
  std::deque<std::vector<std::byte>> buffers_;
};

Task<void> read_once(File* file, Retired* retired, std::uint64_t offset, Deadline deadline) {
  std::vector<std::byte> buffer(20'480);
  const auto address = reinterpret_cast<std::uintptr_t>(buffer.data());
  const std::span aligned = std::span(buffer).subspan(4096 - address % 4096, 16'384);
  const Result<std::size_t> count = co_await file->read_at(aligned, offset, deadline);
  if (count) {
    ++retired->read;
    const std::vector<std::byte> text = content(100'000, 1);
    EXPECT_TRUE(std::equal(aligned.begin(), aligned.begin() + static_cast<std::ptrdiff_t>(*count),
                           text.begin() + static_cast<std::ptrdiff_t>(offset)));
  } else {
    ++retired->cancelled;
    EXPECT_TRUE(ended_early(count.error())) << count.error().describe();
  }
  retired->add(std::move(buffer));
}

TEST_P(FileCancellation, NobodyWritesToTheBufferOfAReadThatHasEnded) {
  run([](Strand&, std::string directory) -> Task<void> {
    File file = co_await open_new(directory + "/file");
    const Status written = co_await file.write_at(content(100'000, 1), 0);
    EXPECT_TRUE(written.ok());
    // Past the page cache, where the file system can: otherwise io_uring reads before it could be
    // told to stop.
    OpenOptions options;
    options.direct = true;
    Result<File> direct = co_await File::open(directory + "/file", options);
    if (direct) file = std::move(*direct);
    Random random(3);
    Retired retired;
    for (int i = 0; i < 200; ++i) {
      Deadline deadline = kContextDeadline;
      if (random.one_in(2)) {
        deadline = within(Duration(static_cast<std::int64_t>(random.below(50'000))));
      }
      auto first = co_await troupe::first_of(
          read_once(&file, &retired, random.below(20) * 4096, deadline), yields(random.below(20)));
      EXPECT_LE(first.index(), 1u);
    }
    EXPECT_EQ(retired.read + retired.cancelled, 200u);
    if (direct) EXPECT_GT(retired.cancelled, 0u);
    EXPECT_FALSE(Reactor::current().backend().has_requests());
  });
}

Task<Status> write_once(File* file, std::vector<std::byte> text, Deadline deadline) {
  const Status written = co_await file->write_at(text, 0, deadline);
  co_return written;
}

TEST_P(FileCancellation, WhatAWriteSaysIsWhatItDid) {
  run([](Strand&, std::string directory) -> Task<void> {
    File file = co_await open_new(directory + "/file");
    Random random(5);
    for (std::uint64_t i = 0; i < 100; ++i) {
      const std::vector<std::byte> text = content(10'000, i);
      const Deadline deadline = within(Duration(static_cast<std::int64_t>(random.below(80'000))));
      const Status written = co_await write_once(&file, text, deadline);
      if (!written) {
        EXPECT_TRUE(error_of(written).is(Code::kDeadlineExceeded));
        continue;
      }
      const std::vector<std::byte> back = co_await read_from(&file, 0, 10'000);
      EXPECT_TRUE(back == text);
    }
  });
}

unsigned open_descriptors() {
  unsigned count = 0;
  DIR* directory = opendir("/proc/self/fd");
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

Task<void> open_and_close(std::string path, Deadline deadline) {
  Result<File> opened = co_await File::open(path, for_writing(), deadline);
  if (!opened) {
    EXPECT_TRUE(ended_early(opened.error())) << opened.error().describe();
    co_return;
  }
  File file = std::move(*opened);
  const Status closed = co_await file.close(deadline);
  EXPECT_FALSE(file.is_open());
  if (!closed) EXPECT_TRUE(ended_early(closed.error())) << closed.error().describe();
}

TEST_P(FileCancellation, NoDescriptorIsLostWhenOpenOrCloseEndsEarly) {
  run([](Strand&, std::string directory) -> Task<void> {
    co_await open_and_close(directory + "/file", kContextDeadline);
    const unsigned before = open_descriptors();
    Random random(7);
    for (int i = 0; i < 300; ++i) {
      Deadline deadline = kContextDeadline;
      if (random.one_in(2)) {
        deadline = within(Duration(static_cast<std::int64_t>(random.below(100'000))));
      }
      auto first = co_await troupe::first_of(open_and_close(directory + "/file", deadline),
                                             yields(random.below(30)));
      EXPECT_LE(first.index(), 1u);
    }
    EXPECT_EQ(open_descriptors(), before);
  });
}

Task<Status> write_much(File* file) {
  const std::vector<std::byte> much(1u << 20, std::byte(1));
  const Status written = co_await file->write_at(much, 0);
  co_return written;
}

Task<void> close_after(File* file, std::uint64_t wait) {
  co_await yields(wait);
  const Status closed = co_await file->close();
  EXPECT_FALSE(file->is_open());
  // The first of the writes that fails cancels the other branches, this one too.
  if (!closed) EXPECT_TRUE(closed.error().is(Code::kCancelled)) << closed.error().describe();
}

TEST_P(FileCancellation, ClosingEndsWhatIsUnderWay) {
  run([](Strand&, std::string directory) -> Task<void> {
    for (std::uint64_t wait = 0; wait < 10; ++wait) {
      File file = co_await open_new(directory + "/file");
      auto ended = co_await troupe::all_of(write_much(&file), write_much(&file), write_much(&file),
                                           close_after(&file, wait));
      for (const Status& each : {std::get<0>(ended), std::get<1>(ended), std::get<2>(ended)}) {
        // What the disk had begun may have been done.
        if (!each) EXPECT_TRUE(error_of(each).is(Code::kCancelled)) << each.error().describe();
      }
      // Nobody goes on with the number: what has it now is another file.
      File next = co_await open_new(directory + "/next");
      co_await yields(20);
      const Result<std::uint64_t> size = co_await next.size();
      EXPECT_EQ(size.value(), 0u);
    }
  });
}

TEST_P(FileCancellation, AFrameThatIsDestroyedTakesItsBufferBack) {
  const unsigned before = open_descriptors();
  for (int which = 0; which < 4; ++which) {
    run([which](Strand&, std::string directory) -> Task<void> {
      File file = co_await open_new(directory + "/file");
      std::vector<std::byte> buffer(1u << 20);
      if (which == 0) {
        Reactor::current().request_stop();
        const Status written = co_await file.write_at(buffer, 0);
        ADD_FAILURE() << written.ok();
      } else if (which == 1) {
        const Status written = co_await file.write_at(buffer, 0);
        Reactor::current().request_stop();
        const Result<std::size_t> count = co_await file.read_at(buffer, 0);
        ADD_FAILURE() << written.ok() << count.ok();
      } else if (which == 2) {
        Reactor::current().request_stop();
        const Result<File> opened = co_await File::open(directory + "/file");
        ADD_FAILURE() << opened.ok();
      } else {
        Reactor::current().request_stop();
        const auto listed = co_await list_directory(directory);
        ADD_FAILURE() << listed.ok();
      }
    });
    EXPECT_EQ(open_descriptors(), before) << which;
  }
}

}  // namespace
}  // namespace troupe::io
