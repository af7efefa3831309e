// For tests of the simulated disk: programs that run with one, and what they find on it.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "io/files/directory.h"
#include "io/files/file.h"
#include "io/files/whole_file.h"
#include "io/sim/sim_disk.h"
#include "io/testing_reactor.h"

namespace troupe::io {

inline std::vector<std::byte> filled(std::size_t bytes, unsigned char with) {
  return std::vector<std::byte>(bytes, std::byte(with));
}

inline OpenOptions for_writing() {
  OpenOptions options;
  options.write = true;
  options.create = true;
  return options;
}

/// A disk that does all it is asked for, at once.
inline SimDiskOptions obedient() {
  SimDiskOptions options;
  options.short_one_in = 0;
  return options;
}

/// Runs `body` with `disk`.
template <class Body>
void run_with(SimDisk& disk, Body body, std::uint64_t seed = 1) {
  SimOptions options;
  options.seed = seed;
  options.disk_to_use = &disk;
  const Status ran = run_simulated(std::move(body), options);
  EXPECT_TRUE(ran.ok()) << (ran.ok() ? "" : ran.error().describe());
}

/// The content of `path`; empty if there is none, or nothing in it.
inline std::vector<std::byte> found_at(SimDisk& disk, const std::string& path) {
  std::vector<std::byte> bytes;
  run_with(disk, [&](Strand&) -> Task<void> {
    auto read = co_await read_whole_file(path, 1u << 20);
    if (read) bytes = std::move(*read);
  });
  return bytes;
}

inline std::string names_in(SimDisk& disk, const std::string& path) {
  std::string names;
  run_with(disk, [&](Strand&) -> Task<void> {
    const auto listed = co_await list_directory(path);
    EXPECT_TRUE(listed.ok());
    for (const DirectoryEntry& entry : *listed) names += entry.name + " ";
  });
  return names;
}

inline Task<Status> write_file(std::string path, std::vector<std::byte> bytes, bool syncs) {
  Result<File> file = co_await File::open(path, for_writing());
  if (!file) co_return file.error();
  const Status written = co_await file->write_at(bytes, 0);
  if (!written || !syncs) co_return written;
  const Status synced = co_await file->sync_data();
  co_return synced;
}

}  // namespace troupe::io
