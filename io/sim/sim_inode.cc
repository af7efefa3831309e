#include "io/sim/sim_inode.h"

#include <algorithm>
#include <utility>

#include "io/sim/sim_disk.h"

namespace troupe::io {

namespace {

void overwrite(std::vector<std::byte>& bytes, std::uint64_t offset,
               std::span<const std::byte> with) {
  if (bytes.size() < offset + with.size()) bytes.resize(offset + with.size());
  std::ranges::copy(with, bytes.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

void SimInode::write(std::uint64_t offset, std::span<const std::byte> bytes) {
  const std::uint64_t before = bytes_.size();
  overwrite(bytes_, offset, bytes);
  space_->used += bytes_.size() - before;
  note({offset, std::vector<std::byte>(bytes.begin(), bytes.end()), false});
}

void SimInode::resize(std::uint64_t bytes) {
  space_->used += bytes;
  space_->used -= bytes_.size();
  bytes_.resize(bytes);
  note({bytes, {}, true});
}

void SimInode::note(Change change) {
  unsynced_.push_back(std::move(change));
  if (unsynced_.size() <= kUnsyncedMax) return;
  apply(unsynced_.front(), durable_);
  unsynced_.pop_front();
}

void SimInode::free_space() {
  if (takes_space_) space_->used -= bytes_.size();
  takes_space_ = false;
}

void SimInode::apply(const Change& change, std::vector<std::byte>& bytes) {
  if (change.resizes) {
    bytes.resize(change.offset);
  } else {
    overwrite(bytes, change.offset, change.bytes);
  }
}

/// All of it, nothing of it, or of a write some of its sectors.
void SimInode::apply_by_chance(const Change& change, std::vector<std::byte>& bytes,
                               Random& random) {
  const std::uint64_t outcome = random.below(3);
  if (outcome == 0) return;
  if (outcome == 1 || change.resizes) {
    apply(change, bytes);
    return;
  }
  const std::uint64_t end = change.offset + change.bytes.size();
  for (std::uint64_t at = change.offset; at < end;) {
    const std::uint64_t sector = at / SimDisk::kSectorBytes;
    const std::uint64_t next = std::min(end, (sector + 1) * SimDisk::kSectorBytes);
    const auto part = std::span(change.bytes).subspan(at - change.offset, next - at);
    if (random.one_in(2)) overwrite(bytes, at, part);
    at = next;
  }
}

void SimInode::sync() {
  for (const Change& change : unsynced_) apply(change, durable_);
  unsynced_.clear();
}

void SimInode::fail_sync(Random& random) {
  for (const Change& change : unsynced_) apply_by_chance(change, durable_, random);
  unsynced_.clear();
}

void SimInode::crash(Random& random) {
  fail_sync(random);
  free_space();
  bytes_ = durable_;
  names = durable_names;
  space_->used += bytes_.size();
  takes_space_ = true;
}

}  // namespace troupe::io
