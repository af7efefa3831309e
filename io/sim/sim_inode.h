// SimInode: a file or directory of a simulated disk, as programs see it and as the disk has it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"

namespace troupe::io {

/// What all files of a disk take together.
struct SimSpace {
  std::uint64_t used = 0;
};

/// Thread: that of the simulation. A file's bytes as reads find them, and beside them those that
/// are on the disk for certain, with the changes that are not yet. The same of a directory's names,
/// whose changes are kept by SimDisk, as one may concern two directories.
class SimInode {
 public:
  using Names = std::map<std::string, std::shared_ptr<SimInode>, std::less<>>;

  SimInode(bool directory, std::shared_ptr<SimSpace> space)
      : is_directory(directory), space_(std::move(space)) {}
  SimInode(const SimInode&) = delete;
  SimInode& operator=(const SimInode&) = delete;
  ~SimInode() { free_space(); }

  /// Changes to a file that the kernel keeps back, at most: it writes the oldest to the disk then.
  static constexpr std::size_t kUnsyncedMax = 4096;

  const bool is_directory;
  Names names;          ///< As programs see them.
  Names durable_names;  ///< As a crash leaves them.
  /// Where it is in the end, for there are no links: a directory's durable_names, and the name.
  std::weak_ptr<SimInode> durable_directory;
  std::string durable_name;
  /// Names and open files that programs see.
  unsigned users = 0;

  std::uint64_t size() const { return bytes_.size(); }
  std::span<const std::byte> bytes() const { return bytes_; }

  /// Nobody sees it any more: what it takes is free, although a crash may bring it back.
  void free_space();

  void write(std::uint64_t offset, std::span<const std::byte> bytes);
  void resize(std::uint64_t bytes);
  /// All that was written lasts.
  void sync();
  /// Some of it does, as `random` has it; of the rest the disk will never hear.
  void fail_sync(Random& random);
  /// Only what lasts is left, and as much of the rest as `random` has it. Takes space anew.
  void crash(Random& random);

 private:
  /// A write, or without bytes a new size.
  struct Change {
    std::uint64_t offset;
    std::vector<std::byte> bytes;
    bool resizes;
  };

  void note(Change change);
  static void apply(const Change& change, std::vector<std::byte>& bytes);
  static void apply_by_chance(const Change& change, std::vector<std::byte>& bytes, Random& random);

  std::shared_ptr<SimSpace> space_;
  std::vector<std::byte> bytes_;
  std::vector<std::byte> durable_;
  std::deque<Change> unsynced_;  // In order.
  bool takes_space_ = true;
};

}  // namespace troupe::io
