// Tests the simulated disk between crashes: limits, and faults that one asks for.
#include "io/sim/sim_disk.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <string>
#include <vector>

#include "base/combine.h"
#include "base/task.h"
#include "io/sim/testing_disk.h"
#include "io/testing_reactor.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

TEST(SimDisk, AFullDiskTakesNoMoreAndGivesRoomBack) {
  SimDiskOptions options = obedient();
  options.capacity_bytes = 10'000;
  SimDisk disk(options);
  run_with(disk, [&](Strand&) -> Task<void> {
    Status done = co_await write_file("/a", filled(6000, 1), true);
    EXPECT_TRUE(done.ok());
    EXPECT_EQ(disk.used_bytes(), 6000u);
    done = co_await write_file("/b", filled(6000, 2), true);
    EXPECT_EQ(done.error().describe(), "io (No space left on device, ENOSPC): write_at");
    EXPECT_EQ(disk.used_bytes(), 10'000u);
    Result<File> file = co_await File::open("/b", for_writing());
    done = co_await file->truncate(5000);
    EXPECT_EQ(done.error().detail(), std::uint64_t{0} + ENOSPC);
    done = co_await file->allocate(0, 5000);
    EXPECT_EQ(done.error().detail(), std::uint64_t{0} + ENOSPC);
    // Who has a file open keeps its room.
    done = co_await unlink("/b");
    EXPECT_TRUE(done.ok());
    EXPECT_EQ(disk.used_bytes(), 10'000u);
    done = co_await file->close();
    EXPECT_TRUE(done.ok());
    EXPECT_EQ(disk.used_bytes(), 6000u);
    done = co_await write_file("/c", filled(4000, 3), true);
    EXPECT_TRUE(done.ok());
  });
}

TEST(SimDisk, NoMoreFilesAreOpenThanMayBe) {
  SimDiskOptions options = obedient();
  options.open_max = 3;
  SimDisk disk(options);
  run_with(disk, [&](Strand&) -> Task<void> {
    std::vector<File> files;
    for (int i = 0; i < 3; ++i) {
      Result<File> file = co_await File::open("/file", for_writing());
      files.push_back(std::move(file.value()));
    }
    Result<File> refused = co_await File::open("/file");
    EXPECT_EQ(refused.error().describe(), "io (Too many open files, EMFILE): open");
    files.pop_back();
    refused = co_await File::open("/file");
    EXPECT_TRUE(refused.ok());
  });
  EXPECT_EQ(disk.open_files(), 0u);
}

TEST(SimDisk, FailsAsOftenAsItIsAskedTo) {
  SimDiskOptions options;
  options.error_one_in = 5;
  options.short_one_in = 2;
  SimDisk disk(options, 7);
  unsigned failures = 0;
  run_with(disk, [&](Strand&) -> Task<void> {
    Result<File> file = co_await File::open("/file", for_writing());
    const std::vector<std::byte> text = filled(1, 9);
    for (int i = 0; i < 1000; ++i) {
      const Status written = co_await file->write_at(text, 0);
      if (written) continue;
      EXPECT_EQ(written.error().describe(), "io (Input/output error, EIO): write_at");
      ++failures;
    }
    unsigned parts = 0;
    std::vector<std::byte> buffer(100);
    Status grown = co_await file->truncate(100);
    while (!grown) grown = co_await file->truncate(100);
    for (int i = 0; i < 1000; ++i) {
      const Result<std::size_t> count = co_await file->read_at(buffer, 0);
      if (count && *count < 100) ++parts;
    }
    EXPECT_NEAR(parts, 400, 60);
  });
  EXPECT_NEAR(failures, 200, 50);
}

TEST(SimDisk, TheSameSeedIsTheSameRun) {
  std::set<std::uint64_t> fingerprints;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    std::uint64_t first = 0;
    for (int again = 0; again < 2; ++again) {
      SimOptions options;
      options.seed = seed;
      options.disk.error_one_in = 20;
      Time end;
      const Status ran = run_simulated(
          [&](Strand&) -> Task<void> {
            std::vector<Task<Status>> writes;
            for (char name : {'a', 'b', 'c', 'd'}) {
              writes.push_back(write_file(std::string("/") + name, filled(5000, 1), true));
            }
            const auto ended = co_await troupe::all_of(std::move(writes));
            EXPECT_EQ(ended.size(), 4u);
            end = CoreContext::current().now();
          },
          options);
      EXPECT_TRUE(ran.ok());
      const auto fingerprint = static_cast<std::uint64_t>(end.time_since_epoch().count());
      if (again == 0) first = fingerprint;
      EXPECT_EQ(fingerprint, first) << "seed " << seed;
    }
    fingerprints.insert(first);
  }
  EXPECT_GT(fingerprints.size(), 45u);
}

TEST(SimDisk, AnOrderlyEndLosesNothing) {
  SimDisk disk(obedient());
  run_with(disk, [](Strand&) -> Task<void> {
    const Status written = co_await write_file("/file", filled(5000, 1), false);
    EXPECT_TRUE(written.ok());
  });
  EXPECT_EQ(found_at(disk, "/file"), filled(5000, 1));
}

TEST(SimDisk, RefusesOptionsThatContradict) {
  SimOptions options;
  options.disk.latency_min = 2us;
  options.disk.latency_max = 1us;
  const Status ran = run_simulated([](Strand&) -> Task<void> { co_return; }, options);
  EXPECT_TRUE(ran.error().is(Code::kInvalidArgument));
}

}  // namespace
}  // namespace troupe::io
