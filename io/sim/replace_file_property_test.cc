// Over many crashes at random moments: replace_file() leaves the old content or the new, and the
// new once it gave ok. And the recipe without one of its steps does not, so the simulation finds
// what a step is for.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "base/task.h"
#include "io/files/directory.h"
#include "io/files/file.h"
#include "io/files/whole_file.h"
#include "io/sim/sim_disk.h"
#include "io/sleep.h"
#include "io/testing_reactor.h"

namespace troupe::io {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kSeeds = 400;
const std::string kPath = "/state/file";

/// The content of version `version`: of a length and of bytes that tell it.
std::vector<std::byte> content(std::uint64_t version) {
  return std::vector<std::byte>(1000 + 700 * version,
                                std::byte(static_cast<unsigned char>(version)));
}

using Replace = std::function<Task<Status>(std::vector<std::byte>)>;

/// What a program got to know before the machine lost its power.
struct Known {
  std::uint64_t confirmed = 0;  // The last version that it was told ok of.
  std::uint64_t begun = 0;      // The last that it began to write.
};

/// Replaces version after version, until a moment that chance decides.
Known run_until_crash(SimDisk& disk, std::uint64_t seed, const Replace& replace) {
  Known known;
  SimOptions options;
  options.seed = seed;
  options.disk_to_use = &disk;
  options.virtual_time_max = Duration(static_cast<std::int64_t>(Random(seed).below(8'000'000)));
  const Status ran = run_simulated(
      [&](Strand&) -> Task<void> {
        Status made = co_await make_directory("/state");
        if (made) made = co_await sync_directory("/");
        if (!made) co_return;
        for (std::uint64_t version = 1; version <= 60; ++version) {
          known.begun = version;
          const Status replaced = co_await replace(content(version));
          // The old one stays, or the new one came; a failed sync of the directory leaves both
          // open.
          if (!replaced) co_return;
          known.confirmed = version;
        }
      },
      options);
  // The end of virtual time is the end of power.
  if (!ran) EXPECT_NE(ran.error().describe().find("virtual_time_max"), std::string::npos);
  return known;
}

/// What is wrong with what the crash has left; empty if nothing is.
std::string damage(SimDisk& disk, std::uint64_t seed, const Known& known) {
  std::string found;
  SimOptions options;
  options.seed = seed;
  options.disk_to_use = &disk;
  const Status ran = run_simulated(
      [&](Strand&) -> Task<void> {
        const auto bytes = co_await read_whole_file(kPath, 1u << 20);
        if (!bytes) {
          if (known.confirmed != 0) found = "nothing is left: " + bytes.error().describe();
          co_return;
        }
        for (std::uint64_t version = known.confirmed; version <= known.begun; ++version) {
          if (version != 0 && *bytes == content(version)) co_return;
        }
        found = "neither the old content nor the new, of " + std::to_string(bytes->size()) +
                " bytes, after version " + std::to_string(known.confirmed);
      },
      options);
  EXPECT_TRUE(ran.ok());
  return found;
}

SimDiskOptions options_for(std::uint64_t seed) {
  SimDiskOptions options;
  options.short_one_in = seed % 3 == 0 ? 2 : 16;
  options.error_one_in = seed % 4 == 0 ? 30 : 0;
  options.sync_error_one_in = seed % 5 == 0 ? 10 : 0;
  if (seed % 7 == 0) options.capacity_bytes = 20'000;
  return options;
}

struct Tally {
  unsigned damaged = 0;
  unsigned confirmed = 0;    // Runs that were told ok at least once.
  unsigned interrupted = 0;  // Runs that the crash found in the middle of a replacement.
};

/// `seeds` lives of a program with `replace`, each ended by a crash.
Tally crash_often(const Replace& replace, bool must_hold) {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SimDisk disk(options_for(seed), seed);
    const Known known = run_until_crash(disk, seed, replace);
    disk.crash(seed * 31);
    disk.set_options(SimDiskOptions());
    const std::string found = damage(disk, seed, known);
    if (must_hold) EXPECT_EQ(found, "") << "seed " << seed;
    tally.damaged += found.empty() ? 0u : 1u;
    tally.confirmed += known.confirmed != 0 ? 1u : 0u;
    tally.interrupted += known.begun != known.confirmed ? 1u : 0u;
  }
  return tally;
}

TEST(ReplaceFile, LeavesTheOldContentOrTheNewWheneverTheMachineCrashes) {
  const Tally tally = crash_often(
      [](std::vector<std::byte> bytes) { return replace_file(kPath, std::move(bytes)); }, true);
  EXPECT_EQ(tally.damaged, 0u);
  // It was about something.
  EXPECT_GT(tally.confirmed, kSeeds / 2);
  EXPECT_GT(tally.interrupted, kSeeds / 4);
}

/// Steps of the recipe that are left out.
struct Without {
  bool temporary = false;
  bool sync = false;
  bool directory_sync = false;
};

Task<Status> replace_without(std::vector<std::byte> bytes, Without without) {
  OpenOptions options;
  options.write = true;
  options.create = true;
  options.truncate = true;
  const std::string path = without.temporary ? kPath : kPath + ".new";
  Result<File> file = co_await File::open(path, options);
  if (!file) co_return file.error();
  Status done = co_await file->write_at(bytes, 0);
  if (done && !without.sync) done = co_await file->sync();
  if (done && !without.temporary) done = co_await rename(path, kPath);
  if (done && !without.directory_sync) done = co_await sync_directory("/state");
  co_return done;
}

Tally crash_without(Without without) {
  return crash_often(
      [without](std::vector<std::byte> bytes) {
        return replace_without(std::move(bytes), without);
      },
      false);
}

TEST(ReplaceFile, TheRecipeByHandHolds) { EXPECT_EQ(crash_without({}).damaged, 0u); }

TEST(ReplaceFile, WithoutTheSyncTheSimulationFindsTheLoss) {
  Without without;
  without.sync = true;
  EXPECT_GT(crash_without(without).damaged, kSeeds / 20);
}

TEST(ReplaceFile, WithoutTheSyncOfTheDirectoryTheSimulationFindsTheLoss) {
  Without without;
  without.directory_sync = true;
  EXPECT_GT(crash_without(without).damaged, kSeeds / 20);
}

TEST(ReplaceFile, WithoutTheTemporaryFileTheSimulationFindsTheMixture) {
  Without without;
  without.temporary = true;
  EXPECT_GT(crash_without(without).damaged, kSeeds / 20);
}

}  // namespace
}  // namespace troupe::io
