// For tests of files that hold on every backend: where they run, each time in an empty directory.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/combine.h"
#include "base/result.h"
#include "base/task.h"
#include "io/files/directory.h"
#include "io/files/file.h"
#include "io/files/whole_file.h"
#include "io/reactor.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"
#include "io/uring/uring_options.h"

namespace troupe::io {

/// A backend, with what could make it behave otherwise.
struct FileGround {
  const char* name;
  bool simulated = false;
  KernelInterface kernel = KernelInterface::kUring;
  UringOptions uring = {};
};

inline std::ostream& operator<<(std::ostream& out, const FileGround& ground) {
  return out << ground.name;
}
inline std::string file_ground_name(const testing::TestParamInfo<FileGround>& info) {
  return info.param.name;
}

inline const FileGround kFileGrounds[] = {
    {"uring"},
    {"uring_small", false, KernelInterface::kUring, {.entries = 2}},
    {"uring_threads", false, KernelInterface::kUring, {.files_in_ring = false}},
    {"epoll", false, KernelInterface::kEpoll},
    {"simulation", true},
};

/// A new directory, which goes with this.
class TestDirectory {
 public:
  TestDirectory() {
    const char* const base = getenv("TEST_TMPDIR");
    path_ = std::string(base != nullptr ? base : "/tmp") + "/files.XXXXXX";
    TROUPE_CHECK(mkdtemp(path_.data()) != nullptr, "no directory %s", path_.c_str());
  }
  ~TestDirectory() { std::filesystem::remove_all(path_); }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Seeds that a test runs with on a simulated ground.
inline constexpr std::uint64_t kSimulatedRuns = 20;

/// Runs `body(strand, directory)` on the ground of a test.
template <class Body>
void run_with_files(const FileGround& ground, Body body) {
  if (ground.simulated) {
    const auto on_core = [&](Strand& strand) -> Task<void> {
      const Status made = co_await make_directory("/test");
      EXPECT_TRUE(made.ok());
      co_await body(strand, "/test");
    };
    for (std::uint64_t seed = 1; seed <= kSimulatedRuns; ++seed) {
      SimOptions options;
      options.seed = seed;
      const Status ran = run_simulated(on_core, options);
      EXPECT_TRUE(ran.ok()) << "seed " << seed << (ran.ok() ? "" : ran.error().describe());
    }
    return;
  }
  const TestDirectory directory;
  ThreadedOptions options;
  options.kernel = ground.kernel;
  options.uring = ground.uring;
  const auto on_core = [&](Strand& strand) -> Task<void> {
    co_await body(strand, directory.path());
  };
  const Status ran = run_threaded(on_core, options);
  EXPECT_TRUE(ran.ok()) << (ran.ok() ? "" : ran.error().describe());
}

/// For a suite of tests that run on each ground.
class OnEachFileGround : public testing::TestWithParam<FileGround> {
 protected:
  template <class Body>
  void run(Body body) {
    run_with_files(GetParam(), std::move(body));
  }
};

inline std::vector<std::byte> content(std::size_t bytes, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::byte> text(bytes);
  for (std::byte& byte : text) byte = static_cast<std::byte>(random.below(256));
  return text;
}

inline OpenOptions for_writing() {
  OpenOptions options;
  options.write = true;
  options.create = true;
  return options;
}

/// Aborts the test program if it cannot be had.
inline Task<File> open_new(std::string path) {
  Result<File> opened = co_await File::open(std::move(path), for_writing());
  TROUPE_CHECK(opened.ok(), "no file: %s", opened.error().describe().c_str());
  co_return std::move(*opened);
}

/// `bytes` bytes from `offset`, or what there is.
inline Task<std::vector<std::byte>> read_from(File* file, std::uint64_t offset, std::size_t bytes) {
  std::vector<std::byte> all(bytes);
  std::size_t filled = 0;
  while (filled < bytes) {
    const Result<std::size_t> count =
        co_await file->read_at(std::span(all).subspan(filled), offset + filled);
    EXPECT_TRUE(count.ok()) << (count.ok() ? "" : file->describe(count.error()));
    if (!count || *count == 0) break;
    filled += *count;
  }
  all.resize(filled);
  co_return all;
}

/// The error of a result that must have one.
template <class T>
Error error_of(const Result<T>& result) {
  EXPECT_FALSE(result.ok()) << "no error";
  return result.ok() ? Error(Code::kMalformed) : result.error();
}

inline Task<void> yields(std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const Status yielded = co_await yield();
    if (!yielded) co_return;
  }
}

}  // namespace troupe::io
