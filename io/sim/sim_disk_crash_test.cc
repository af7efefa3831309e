// Tests what a crash may leave of a simulated disk, and that it does leave each of it for some
// seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/task.h"
#include "io/sim/sim_disk.h"
#include "io/sim/testing_disk.h"

namespace troupe::io {
namespace {

/// How often each of the outcomes comes, over many crashes.
std::map<std::string, unsigned> outcomes(const std::function<std::string(std::uint64_t)>& crash) {
  std::map<std::string, unsigned> found;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) ++found[crash(seed)];
  return found;
}

TEST(SimDiskCrash, ACrashKeepsWhatWasSyncedAndNothingElseForCertain) {
  const auto found = outcomes([](std::uint64_t seed) -> std::string {
    SimDisk disk(obedient(), seed);
    run_with(disk, [](Strand&) -> Task<void> {
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

TEST(SimDiskCrash, ANameIsThereForCertainOnceItsDirectoryIsSynced) {
  const auto crash_after = [](bool syncs) {
    return outcomes([syncs](std::uint64_t seed) -> std::string {
      SimDisk disk(obedient(), seed);
      run_with(disk, [syncs](Strand&) -> Task<void> {
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
  EXPECT_EQ(crash_after(true), (std::map<std::string, unsigned>{{"made ", 300}}));
  const auto unsynced = crash_after(false);
  EXPECT_EQ(unsynced.size(), 4u);
  for (const char* names : {"", "gone ", "made ", "gone made "}) {
    EXPECT_TRUE(unsynced.contains(names)) << names;
  }
}

TEST(SimDiskCrash, ARenameLastsWhollyOrNotAtAll) {
  const auto found = outcomes([](std::uint64_t seed) -> std::string {
    SimDisk disk(obedient(), seed);
    run_with(disk, [seed](Strand&) -> Task<void> {
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

TEST(SimDiskCrash, AFailedSyncIsFinal) {
  const auto found = outcomes([](std::uint64_t seed) -> std::string {
    SimDisk disk(obedient(), seed);
    run_with(disk, [&](Strand&) -> Task<void> {
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

TEST(SimDiskCrash, ACrashTakesUnsyncedFilesAndTheirRoom) {
  SimDisk disk(obedient());
  run_with(disk, [](Strand&) -> Task<void> {
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

TEST(SimDiskCrash, WhatIsWrittenThroughLasts) {
  SimDisk disk(obedient());
  run_with(disk, [](Strand&) -> Task<void> {
    OpenOptions options = for_writing();
    options.data_sync = true;
    Result<File> file = co_await File::open("/file", options);
    Status done = co_await sync_directory("/");
    EXPECT_TRUE(done.ok());
    done = co_await file->write_at(filled(5000, 1), 0);
    EXPECT_TRUE(done.ok());
  });
  for (std::uint64_t seed = 1; seed <= 20; ++seed) disk.crash(seed);
  EXPECT_EQ(found_at(disk, "/file"), filled(5000, 1));
}

TEST(SimDiskCrash, AFileIsInOnePlaceHoweverOftenItMoved) {
  const auto found = outcomes([](std::uint64_t seed) -> std::string {
    SimDisk disk(obedient(), seed);
    run_with(disk, [](Strand&) -> Task<void> {
      Status done = co_await write_file("/a", filled(10, 1), true);
      done = co_await sync_directory("/");
      EXPECT_TRUE(done.ok());
      done = co_await rename("/a", "/b");
      done = co_await rename("/b", "/c");
      EXPECT_TRUE(done.ok());
    });
    disk.crash(seed);
    return names_in(disk, "/");
  });
  EXPECT_EQ(found.size(), 3u);
  for (const char* name : {"a ", "b ", "c "}) EXPECT_TRUE(found.contains(name)) << name;
}

TEST(SimDiskCrash, WhatLastsIsNotUndoneByWhatCameBefore) {
  const auto found = outcomes([](std::uint64_t seed) -> std::string {
    SimDisk disk(obedient(), seed);
    run_with(disk, [](Strand&) -> Task<void> {
      Status done = co_await make_directory("/a");
      done = co_await make_directory("/b");
      done = co_await sync_directory("/");
      done = co_await write_file("/a/new", filled(10, 2), true);
      done = co_await sync_directory("/a");
      // Nobody syncs /b, where the file had another content before.
      done = co_await write_file("/b/file", filled(10, 1), true);
      done = co_await rename("/a/new", "/b/file");
      done = co_await sync_directory("/a");
      EXPECT_TRUE(done.ok());
    });
    disk.crash(seed);
    return found_at(disk, "/b/file") == filled(10, 2) ? "new" : "other";
  });
  EXPECT_EQ(found.size(), 1u);
  EXPECT_TRUE(found.contains("new"));
}

TEST(SimDiskCrash, NoDirectoryEndsWithinItself) {
  const auto found = outcomes([](std::uint64_t seed) -> std::string {
    SimDisk disk(obedient(), seed);
    run_with(disk, [](Strand&) -> Task<void> {
      Status done = co_await make_directory("/a");
      done = co_await make_directory("/b");
      done = co_await sync_directory("/");
      EXPECT_TRUE(done.ok());
      // One into the other, out again, and the other way round.
      done = co_await rename("/a", "/b/a");
      done = co_await rename("/b/a", "/a");
      done = co_await rename("/b", "/a/b");
      EXPECT_TRUE(done.ok());
    });
    disk.crash(seed);
    return names_in(disk, "/");
  });
  for (const auto& [names, count] : found) EXPECT_NE(names, "") << count;
  EXPECT_EQ(found.size(), 3u);
}

}  // namespace
}  // namespace troupe::io
