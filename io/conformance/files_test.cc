// What every backend does alike with the bytes of files: reading, writing, growing, syncing.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "io/conformance/testing_files.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

class Files : public OnEachFileGround {};

INSTANTIATE_TEST_SUITE_P(Backends, Files, testing::ValuesIn(kFileGrounds), file_ground_name);

TEST_P(Files, GiveBackWhatWasWritten) {
  run([](Strand&, std::string directory) -> Task<void> {
    File file = co_await open_new(directory + "/file");
    std::uint64_t offset = 0;
    for (std::size_t bytes : {1u, 2u, 511u, 512u, 4096u, 100'003u, 3'000'000u}) {
      const std::vector<std::byte> text = content(bytes, bytes);
      const Status written = co_await file.write_at(text, offset);
      EXPECT_TRUE(written.ok());
      const std::vector<std::byte> back = co_await read_from(&file, offset, bytes);
      EXPECT_TRUE(back == text) << bytes;
      offset += bytes;
    }
    const Result<std::uint64_t> size = co_await file.size();
    EXPECT_EQ(size.value(), offset);
    const Status closed = co_await file.close();
    EXPECT_TRUE(closed.ok());
  });
}

TEST_P(Files, OverwriteInPlace) {
  run([](Strand&, std::string directory) -> Task<void> {
    File file = co_await open_new(directory + "/file");
    std::vector<std::byte> expected = content(10'000, 1);
    Status written = co_await file.write_at(expected, 0);
    EXPECT_TRUE(written.ok());
    const std::vector<std::byte> middle = content(3000, 2);
    written = co_await file.write_at(middle, 777);
    EXPECT_TRUE(written.ok());
    std::ranges::copy(middle, expected.begin() + 777);
    const std::vector<std::byte> back = co_await read_from(&file, 0, 20'000);
    EXPECT_TRUE(back == expected);
  });
}

TEST_P(Files, EndWhereTheyEnd) {
  run([](Strand&, std::string directory) -> Task<void> {
    File file = co_await open_new(directory + "/file");
    const Status written = co_await file.write_at(content(10, 1), 0);
    EXPECT_TRUE(written.ok());
    std::vector<std::byte> buffer(100);
    for (std::uint64_t offset : {10u, 11u, 1'000'000u}) {
      const Result<std::size_t> count = co_await file.read_at(buffer, offset);
      EXPECT_EQ(count.value(), 0u) << offset;
    }
    const std::vector<std::byte> rest = co_await read_from(&file, 4, 100);
    EXPECT_EQ(rest.size(), 6u);
  });
}

TEST_P(Files, ReadZerosWhereNothingWasWritten) {
  run([](Strand&, std::string directory) -> Task<void> {
    File file = co_await open_new(directory + "/file");
    const Status written = co_await file.write_at(content(5, 1), 20'000);
    EXPECT_TRUE(written.ok());
    const std::vector<std::byte> hole = co_await read_from(&file, 0, 20'000);
    EXPECT_TRUE(hole == std::vector<std::byte>(20'000));
    const Result<std::uint64_t> size = co_await file.size();
    EXPECT_EQ(size.value(), 20'005u);
  });
}

TEST_P(Files, AppendWhereverTheEndIs) {
  run([](Strand&, std::string directory) -> Task<void> {
    File file = co_await open_new(directory + "/file");
    std::vector<std::byte> expected;
    for (std::uint64_t i = 1; i <= 20; ++i) {
      const std::vector<std::byte> part = content(i * 10, i);
      expected.insert(expected.end(), part.begin(), part.end());
      const Status appended = co_await file.append(part);
      EXPECT_TRUE(appended.ok());
    }
    // A file opened for it appends with write_at() too.
    OpenOptions options = for_writing();
    options.append = true;
    Result<File> other = co_await File::open(directory + "/file", options);
    const std::vector<std::byte> last = content(7, 99);
    const Status written = co_await other->write_at(last, 0);
    EXPECT_TRUE(written.ok());
    expected.insert(expected.end(), last.begin(), last.end());
    const std::vector<std::byte> back = co_await read_from(&file, 0, 100'000);
    EXPECT_TRUE(back == expected);
  });
}

Task<void> append_some(File* file, std::byte sign, unsigned times) {
  const std::vector<std::byte> text(10, sign);
  for (unsigned i = 0; i < times; ++i) {
    const Status appended = co_await file->append(text);
    EXPECT_TRUE(appended.ok());
  }
}

TEST_P(Files, LoseNothingThatManyAppend) {
  run([](Strand&, std::string directory) -> Task<void> {
    File file = co_await open_new(directory + "/file");
    std::vector<Task<void>> writers;
    for (unsigned i = 0; i < 20; ++i) writers.push_back(append_some(&file, std::byte(i), 10));
    auto ended = co_await troupe::all_of(std::move(writers));
    (void)ended;
    const std::vector<std::byte> all = co_await read_from(&file, 0, 10'000);
    EXPECT_EQ(all.size(), 2000u);
    for (unsigned i = 0; i < 20; ++i) EXPECT_EQ(std::ranges::count(all, std::byte(i)), 100) << i;
  });
}

Task<void> write_and_check(File* file, std::uint64_t block) {
  const std::vector<std::byte> text = content(4096, block);
  const Status written = co_await file->write_at(text, block * 4096);
  EXPECT_TRUE(written.ok());
  const std::vector<std::byte> back = co_await read_from(file, block * 4096, 4096);
  EXPECT_TRUE(back == text) << block;
}

TEST_P(Files, TakeManyOperationsAtOnce) {
  run([](Strand&, std::string directory) -> Task<void> {
    File file = co_await open_new(directory + "/file");
    std::vector<Task<void>> writers;
    for (std::uint64_t block = 0; block < 200; ++block) {
      writers.push_back(write_and_check(&file, block));
    }
    auto ended = co_await troupe::all_of(std::move(writers));
    (void)ended;
    EXPECT_FALSE(Reactor::current().backend().has_requests());
  });
}

TEST_P(Files, SyncAllocateAndTruncate) {
  run([](Strand&, std::string directory) -> Task<void> {
    File file = co_await open_new(directory + "/file");
    Status done = co_await file.write_at(content(100, 1), 0);
    EXPECT_TRUE(done.ok());
    done = co_await file.sync();
    EXPECT_TRUE(done.ok());
    done = co_await file.sync_data();
    EXPECT_TRUE(done.ok());
    done = co_await file.truncate(40);
    EXPECT_TRUE(done.ok());
    done = co_await file.truncate(60);
    EXPECT_TRUE(done.ok());
    std::vector<std::byte> expected = content(100, 1);
    expected.resize(40);
    expected.resize(60);
    std::vector<std::byte> back = co_await read_from(&file, 0, 1000);
    EXPECT_TRUE(back == expected);
    // Inside the file it changes nothing, beyond it the file grows.
    done = co_await file.allocate(0, 10);
    EXPECT_TRUE(done.ok());
    Result<std::uint64_t> size = co_await file.size();
    EXPECT_EQ(size.value(), 60u);
    done = co_await file.allocate(50, 1000);
    EXPECT_TRUE(done.ok());
    size = co_await file.size();
    EXPECT_EQ(size.value(), 1050u);
    done = co_await file.allocate(0, 0);
    EXPECT_EQ(file.describe(error_of(done)),
              "io (Invalid argument, EINVAL): allocate (path " + directory + "/file)");
  });
}

TEST_P(Files, MayBeWrittenThroughToTheDisk) {
  run([](Strand&, std::string directory) -> Task<void> {
    OpenOptions options = for_writing();
    options.data_sync = true;
    Result<File> file = co_await File::open(directory + "/file", options);
    const Status written = co_await file->write_at(content(100, 1), 0);
    EXPECT_TRUE(written.ok());
    options.direct = true;
    Result<File> direct = co_await File::open(directory + "/file", options);
    // Not on every file system.
    if (!direct) {
      EXPECT_EQ(direct.error().detail(), static_cast<std::uint64_t>(EINVAL));
      co_return;
    }
    void* const block = std::aligned_alloc(4096, 4096);
    const std::span buffer(static_cast<std::byte*>(block), 4096);
    std::ranges::fill(buffer, std::byte(7));
    const Status wrote = co_await direct->write_at(buffer, 0);
    EXPECT_TRUE(wrote.ok());
    std::ranges::fill(buffer, std::byte(0));
    const Result<std::size_t> count = co_await direct->read_at(buffer, 0);
    EXPECT_GT(count.value(), 0u);
    EXPECT_EQ(buffer[0], std::byte(7));
    std::free(block);
  });
}

TEST_P(Files, WriteNothingAsWell) {
  run([](Strand&, std::string directory) -> Task<void> {
    File file = co_await open_new(directory + "/file");
    const Status written = co_await file.write_at({}, 100);
    EXPECT_TRUE(written.ok());
    const Result<std::uint64_t> size = co_await file.size();
    EXPECT_EQ(size.value(), 0u);
  });
}

}  // namespace
}  // namespace troupe::io
