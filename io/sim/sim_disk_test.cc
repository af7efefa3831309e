// Tests the simulated disk: limits, faults that one asks for, and what a crash may leave.
#include "io/sim/sim_disk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/combine.h"
#include "base/task.h"
#include "io/files/directory.h"
#include "io/files/file.h"
#include "io/files/whole_file.h"
#include "io/testing_reactor.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

std::vector<std::byte> filled(std::size_t bytes, unsigned char with) {
  return std::vector<std::byte>(bytes, std::byte(with));
}

OpenOptions for_writing() {
  OpenOptions options;
  options.write = true;
  options.create = true;
  return options;
}

/// A disk that does all it is asked for, at once.
SimDiskOptions obedient() {
  SimDiskOptions options;
  options.short_one_in = 0;
  return options;
}

/// Runs `body` with `disk`.
template <class Body>
void run(SimDisk& disk, Body body, std::uint64_t seed = 1) {
  SimOptions options;
  options.seed = seed;
  options.disk_to_use = &disk;
  const Status ran = run_simulated(std::move(body), options);
  EXPECT_TRUE(ran.ok()) << (ran.ok() ? "" : ran.error().describe());
}

/// The content of `path`; empty if there is none, or nothing in it.
std::vector<std::byte> found_at(SimDisk& disk, const std::string& path) {
  std::vector<std::byte> bytes;
  run(disk, [&](Strand&) -> Task<void> {
    auto read = co_await read_whole_file(path, 1u << 20);
    if (read) bytes = std::move(*read);
  });
  return bytes;
}

std::string names_in(SimDisk& disk, const std::string& path) {
  std::string names;
  run(disk, [&](Strand&) -> Task<void> {
    const auto listed = co_await list_directory(path);
    EXPECT_TRUE(listed.ok());
    for (const DirectoryEntry& entry : *listed) names += entry.name + " ";
  });
  return names;
}

Task<Status> write_file(std::string path, std::vector<std::byte> bytes, bool syncs) {
  Result<File> file = co_await File::open(path, for_writing());
  if (!file) co_return file.error();
  const Status written = co_await file->write_at(bytes, 0);
  if (!written || !syncs) co_return written;
  const Status synced = co_await file->sync_data();
  co_return synced;
}

TEST(SimDisk, AFullDiskTakesNoMoreAndGivesRoomBack) {
  SimDiskOptions options = obedient();
  options.capacity_bytes = 10'000;
  SimDisk disk(options);
  run(disk, [&](Strand&) -> Task<void> {
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
  run(disk, [&](Strand&) -> Task<void> {
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
  run(disk, [&](Strand&) -> Task<void> {
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
  run(disk, [](Strand&) -> Task<void> {
    const Status written = co_await write_file("/file", filled(5000, 1), false);
    EXPECT_TRUE(written.ok());
  });
  EXPECT_EQ(found_at(disk, "/file"), filled(5000, 1));
}

/// How often each of the outcomes comes, over many crashes.
std::map<std::string, unsigned> outcomes(const std::function<std::string(std::uint64_t)>& crash) {
  std::map<std::string, unsigned> found;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) ++found[crash(seed)];
  return found;
}

TEST(SimDisk, ACrashKeepsWhatWasSyncedAndNothingElseForCertain) {
  const auto found = outcomes([](std::uint64_t seed) -> std::string {
    SimDisk disk(obedient(), seed);
    run(disk, [](Strand&) -> Task<void> {
      Status done = co_await write_file("/synced", filled(3 * 512, 1), true);
      EXPECT_TRUE(done.ok());
      done = co_await sync_directory("/");
      EXPECT_TRUE(done.ok());
      done = co_await write_file("/synced", filled(3 * 512, 2), false);
      EXPECT_TRUE(done.ok());
    });
    EXPECT_EQ(found_at(disk, "/synced"), filled(3 * 512, 2));
    disk.crash(seed);
    const std::vector<std::byte> left = found_at(disk, "/synced");
    EXPECT_EQ(left.size(), 3u * 512);
    std::string sectors;
    for (std::size_t at = 0; at < left.size(); at += 512) {
      const std::vector<std::byte> sector(left.begin() + static_cast<std::ptrdiff_t>(at),
                                          left.begin() + static_cast<std::ptrdiff_t>(at + 512));
      // Each is of one write, wholly.
      EXPECT_TRUE(sector == filled(512, 1) || sector == filled(512, 2));
      sectors += sector == filled(512, 1) ? "1" : "2";
    }
    return sectors;
  });
  EXPECT_EQ(found.size(), 8u);
  EXPECT_GT(found.at("111"), 80u);
  EXPECT_GT(found.at("222"), 80u);
}

TEST(SimDisk, ANameIsThereForCertainOnceItsDirectoryIsSynced) {
  const auto run_with = [](bool syncs) {
    return outcomes([syncs](std::uint64_t seed) -> std::string {
      SimDisk disk(obedient(), seed);
      run(disk, [syncs](Strand&) -> Task<void> {
        Status done = co_await make_directory("/d");
        done = co_await sync_directory("/");
        EXPECT_TRUE(done.ok());
        done = co_await write_file("/d/gone", filled(10, 1), true);
        done = co_await sync_directory("/d");
        EXPECT_TRUE(done.ok());
        done = co_await unlink("/d/gone");
        EXPECT_TRUE(done.ok());
        done = co_await write_file("/d/made", filled(10, 1), true);
        EXPECT_TRUE(done.ok());
        if (syncs) done = co_await sync_directory("/d");
        EXPECT_TRUE(done.ok());
      });
      disk.crash(seed);
      return names_in(disk, "/d");
    });
  };
  EXPECT_EQ(run_with(true), (std::map<std::string, unsigned>{{"made ", 300}}));
  const auto unsynced = run_with(false);
  EXPECT_EQ(unsynced.size(), 4u);
  for (const char* names : {"", "gone ", "made ", "gone made "}) {
    EXPECT_TRUE(unsynced.contains(names)) << names;
  }
}

TEST(SimDisk, ARenameLastsWhollyOrNotAtAll) {
  const auto found = outcomes([](std::uint64_t seed) -> std::string {
    SimDisk disk(obedient(), seed);
    run(disk, [seed](Strand&) -> Task<void> {
      Status done = co_await make_directory("/a");
      done = co_await make_directory("/b");
      done = co_await write_file("/a/file", filled(10, 1), true);
      done = co_await sync_directory("/a");
      done = co_await sync_directory("/");
      EXPECT_TRUE(done.ok());
      done = co_await rename("/a/file", "/b/file");
      EXPECT_TRUE(done.ok());
      // Syncing either is enough.
      if (seed % 3 == 1) done = co_await sync_directory("/a");
      if (seed % 3 == 2) done = co_await sync_directory("/b");
      EXPECT_TRUE(done.ok());
    });
    disk.crash(seed);
    const std::string names = names_in(disk, "/a") + "| " + names_in(disk, "/b");
    if (seed % 3 != 0) EXPECT_EQ(names, "| file ");
    return names;
  });
  EXPECT_EQ(found.size(), 2u);
  EXPECT_TRUE(found.contains("file | ") && found.contains("| file "));
}

TEST(SimDisk, AFailedSyncIsFinal) {
  const auto found = outcomes([](std::uint64_t seed) -> std::string {
    SimDisk disk(obedient(), seed);
    run(disk, [&](Strand&) -> Task<void> {
      Status done = co_await write_file("/file", filled(512, 1), true);
      done = co_await sync_directory("/");
      EXPECT_TRUE(done.ok());
      Result<File> file = co_await File::open("/file", for_writing());
      done = co_await file->write_at(filled(512, 2), 0);
      EXPECT_TRUE(done.ok());
      SimDiskOptions options = obedient();
      options.sync_error_one_in = 1;
      disk.set_options(options);
      done = co_await file->sync();
      EXPECT_EQ(done.error().describe(), "io (Input/output error, EIO): sync");
      disk.set_options(obedient());
      // It says ok, and has forgotten what it was to write.
      done = co_await file->sync();
      EXPECT_TRUE(done.ok());
    });
    EXPECT_EQ(found_at(disk, "/file"), filled(512, 2));
    disk.crash(seed);
    return found_at(disk, "/file") == filled(512, 2) ? "new" : "old";
  });
  EXPECT_EQ(found.size(), 2u);
}

TEST(SimDisk, ACrashTakesUnsyncedFilesAndTheirRoom) {
  SimDisk disk(obedient());
  run(disk, [](Strand&) -> Task<void> {
    for (int i = 0; i < 100; ++i) {
      const Status written = co_await write_file("/" + std::to_string(i), filled(100, 1), false);
      EXPECT_TRUE(written.ok());
    }
  });
  EXPECT_EQ(disk.used_bytes(), 10'000u);
  disk.crash(1);
  const std::string names = names_in(disk, "/");
  const auto left = static_cast<std::uint64_t>(std::ranges::count(names, ' '));
  EXPECT_GT(left, 20u);
  EXPECT_LT(left, 80u);
  EXPECT_LE(disk.used_bytes(), left * 100);
  // What a crash has left stays.
  disk.crash(2);
  EXPECT_EQ(names_in(disk, "/"), names);
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
