// SimDisk: a disk in memory that fails as disks do, and loses at a crash what was not synced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "io/request.h"
#include "io/sim/sim_inode.h"

namespace troupe::io {

struct DirectoryListing;

/// How a simulated disk behaves. Chances are "one in so many"; 0 means never.
struct SimDiskOptions {
  /// Each operation takes a random time between these two; operations that are under way at the
  /// same time end in any order.
  Duration latency_min = std::chrono::microseconds(10);
  Duration latency_max = std::chrono::microseconds(200);
  /// Reads and writes that do only a part of what was asked for.
  unsigned short_one_in = 16;
  /// Operations other than open, close and sync that fail with EIO and do nothing.
  unsigned error_one_in = 0;
  /// Syncs that fail with EIO. As on Linux that is final: of what was to be synced some has reached
  /// the disk, and the rest never will, although reads find it and the next sync succeeds.
  unsigned sync_error_one_in = 0;
  /// Room for the contents of files; ENOSPC beyond. A hole takes room too.
  std::uint64_t capacity_bytes = std::uint64_t{1} << 30;
  /// Files open at a time; EMFILE beyond.
  unsigned open_max = 1024;
};

/// One per simulated machine. It may outlive a SimEngine's run and be given to the next: see
/// SimOptions::disk_to_use. All chance comes from its seed. Thread: that of the simulation.
///
/// There is one root, "/", from which relative paths start as well; no links, owners or
/// permissions. What is where after a crash: ADR 12.
class SimDisk {
 public:
  /// Numbers of open files begin here, far above those of the kernel.
  static constexpr int kFirstDescriptor = 1 << 28;
  /// Changes of names that the kernel keeps back, at most: it writes the oldest to the disk then.
  static constexpr std::size_t kUnsyncedNamesMax = 4096;
  /// What is written to the disk in one piece, or not at all.
  static constexpr std::size_t kSectorBytes = 512;

  explicit SimDisk(SimDiskOptions options = {}, std::uint64_t seed = 1);
  SimDisk(const SimDisk&) = delete;
  SimDisk& operator=(const SimDisk&) = delete;
  ~SimDisk();

  /// The machine loses its power: all files are closed, what was synced stays, and `seed` decides
  /// of each write and each name since then whether it had reached the disk; of a write also which
  /// of its sectors. Between runs.
  void crash(std::uint64_t seed);
  /// The process ends: all files are closed, nothing is lost. The engine calls it after a run.
  void close_all();

  const SimDiskOptions& options() const { return options_; }
  /// Other behaviour from now on. Between runs, or within one.
  void set_options(const SimDiskOptions& options) { options_ = options; }

  std::size_t open_files() const { return open_.size(); }
  std::uint64_t used_bytes() const { return space_->used; }
  /// Operations performed, ever.
  std::uint64_t operations() const { return operations_; }

  // For SimFiles.
  /// Does what `of` says, now; gives what its kind says, or an errno below zero.
  int perform(const RequestArguments& of);
  Duration random_latency();
  /// Whether chance says that a cancellation comes in time.
  bool cancels_in_time() { return random_.one_in(2); }
  int close(int descriptor);

 private:
  using Inode = std::shared_ptr<SimInode>;
  struct OpenFile {
    Inode inode;
    int flags = 0;
    std::uint64_t position = 0;
  };
  /// A name in a directory; the inode is null if it is to go, or is not there.
  struct Name {
    Inode directory;
    std::string name;
    Inode inode;
  };
  /// What lasts wholly or not at all.
  struct NameChange {
    std::vector<Name> names;
    bool moves_directory = false;
  };

  int act(const RequestArguments& of);
  int act_on(OpenFile& file, const RequestArguments& of);
  int read(OpenFile& file, const RequestArguments& of);
  int write(OpenFile& file, const RequestArguments& of);
  int resize(OpenFile& file, std::uint64_t bytes);
  int allocate(OpenFile& file, const RequestArguments& of);
  int sync(OpenFile& file);
  int open(std::string_view path, int flags);
  int status(const OpenFile& file, void* filled_in) const;
  int rename(std::string_view from, std::string_view to);
  int unlink(std::string_view path, bool directory);
  int make_directory(std::string_view path);
  int list(DirectoryListing& listing) const;

  int find(std::string_view path, Name& found) const;
  bool fails(unsigned one_in) { return one_in != 0 && random_.one_in(one_in); }
  std::uint32_t shortened(std::uint64_t bytes);
  void change(NameChange names);
  void sync_names(const Inode& directory, bool fails);
  void show(const Name& name);
  void leave(SimInode& inode);
  static void make_durable(const NameChange& change);
  static void keep_order(const std::deque<NameChange>& changes, std::vector<bool>& chosen);

  SimDiskOptions options_;
  Random random_;
  std::shared_ptr<SimSpace> space_;
  Inode root_;
  std::deque<NameChange> unsynced_names_;  // In order.
  std::map<int, OpenFile> open_;
  std::uint64_t operations_ = 0;
};

}  // namespace troupe::io
