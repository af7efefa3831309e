#include "io/sim/sim_disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace troupe::io {

namespace {

bool may_read(int flags) { return (flags & O_ACCMODE) != O_WRONLY; }
bool may_write(int flags) { return (flags & O_ACCMODE) != O_RDONLY; }

}  // namespace

SimDisk::SimDisk(SimDiskOptions options, std::uint64_t seed)
    : options_(options),
      random_(seed),
      space_(std::make_shared<SimSpace>()),
      root_(std::make_shared<SimInode>(true, space_)) {
  root_->users = 1;
}

SimDisk::~SimDisk() { close_all(); }

void SimDisk::close_all() {
  while (!open_.empty()) close(open_.begin()->first);
}

int SimDisk::close(int descriptor) {
  const auto found = open_.find(descriptor);
  if (found == open_.end()) return -EBADF;
  leave(*found->second.inode);
  open_.erase(found);
  return 0;
}

Duration SimDisk::random_latency() {
  const auto spread =
      std::max<std::int64_t>((options_.latency_max - options_.latency_min).count(), 0);
  const std::uint64_t extra = random_.below(static_cast<std::uint64_t>(spread) + 1);
  return options_.latency_min + Duration(static_cast<std::int64_t>(extra));
}

int SimDisk::perform(const RequestArguments& of) {
  ++operations_;
  const bool fails_apart = of.kind == RequestKind::kOpen || of.kind == RequestKind::kClose ||
                           of.kind == RequestKind::kSync;
  if (!fails_apart && fails(options_.error_one_in)) return -EIO;
  if (!names_descriptor(of.kind)) return act(of);
  const auto found = open_.find(of.descriptor);
  return found == open_.end() ? -EBADF : act_on(found->second, of);
}

/// What names no open file.
int SimDisk::act(const RequestArguments& of) {
  const char* const path = static_cast<const char*>(of.data);
  if (of.kind == RequestKind::kOpen) return open(path, static_cast<int>(of.flags));
  if (of.kind == RequestKind::kClose) return close(of.descriptor);
  if (of.kind == RequestKind::kRename) return rename(path, of.target);
  if (of.kind == RequestKind::kUnlink) return unlink(path, (of.flags & AT_REMOVEDIR) != 0);
  if (of.kind == RequestKind::kMakeDirectory) return make_directory(path);
  if (of.kind == RequestKind::kList) return list(*static_cast<DirectoryListing*>(of.data));
  return -ENOSYS;
}

int SimDisk::act_on(OpenFile& file, const RequestArguments& of) {
  if (of.kind == RequestKind::kSync) return sync(file);
  if (of.kind == RequestKind::kStatus) return status(file, of.data);
  const bool reads = of.kind == RequestKind::kRead;
  if (reads ? !may_read(file.flags) : !may_write(file.flags)) return -EBADF;
  if (file.inode->is_directory) return -EISDIR;
  if (reads) return read(file, of);
  if (of.kind == RequestKind::kWrite) return write(file, of);
  if (of.kind == RequestKind::kTruncate) return resize(file, of.offset);
  if (of.kind == RequestKind::kAllocate) return allocate(file, of);
  return -ENOSYS;
}

/// How many of `bytes` are done at once; at least one, if there are any.
std::uint32_t SimDisk::shortened(std::uint64_t bytes) {
  const bool part = bytes > 1 && fails(options_.short_one_in);
  return static_cast<std::uint32_t>(part ? 1 + random_.below(bytes - 1) : bytes);
}

int SimDisk::read(OpenFile& file, const RequestArguments& of) {
  const bool at_position = of.offset == RequestArguments::kAtPosition;
  const std::uint64_t offset = at_position ? file.position : of.offset;
  const std::uint64_t size = file.inode->size();
  if (offset >= size) return 0;
  const std::uint32_t bytes = shortened(std::min<std::uint64_t>(of.bytes, size - offset));
  std::memcpy(of.data, file.inode->bytes().data() + offset, bytes);
  if (at_position) file.position += bytes;
  return static_cast<int>(bytes);
}

int SimDisk::write(OpenFile& file, const RequestArguments& of) {
  const bool at_position = of.offset == RequestArguments::kAtPosition;
  const bool at_end = (file.flags & O_APPEND) != 0 || (of.flags & RWF_APPEND) != 0;
  const std::uint64_t size = file.inode->size();
  const std::uint64_t offset = at_end ? size : at_position ? file.position : of.offset;
  if (of.bytes == 0) return 0;
  const std::uint64_t room =
      options_.capacity_bytes - std::min(options_.capacity_bytes, space_->used);
  const std::uint64_t end_max = size + room;
  if (offset >= end_max) return -ENOSPC;
  const std::uint32_t bytes = shortened(std::min<std::uint64_t>(of.bytes, end_max - offset));
  file.inode->write(offset, std::span(static_cast<const std::byte*>(of.data), bytes));
  if (at_position) file.position = offset + bytes;
  if ((file.flags & O_DSYNC) != 0) {
    const int synced = sync(file);
    if (synced < 0) return synced;
  }
  return static_cast<int>(bytes);
}

int SimDisk::resize(OpenFile& file, std::uint64_t bytes) {
  if (static_cast<std::int64_t>(bytes) < 0) return -EINVAL;
  const std::uint64_t size = file.inode->size();
  if (bytes > size && space_->used + (bytes - size) > options_.capacity_bytes) return -ENOSPC;
  if (bytes != size) file.inode->resize(bytes);
  return 0;
}

int SimDisk::allocate(OpenFile& file, const RequestArguments& of) {
  const std::uint64_t end = of.offset + of.length;
  if (of.length == 0 || static_cast<std::int64_t>(of.offset) < 0 || end < of.offset) return -EINVAL;
  return end <= file.inode->size() ? 0 : resize(file, end);
}

int SimDisk::status(const OpenFile& file, void* filled_in) const {
  struct statx status{};
  status.stx_mask = STATX_TYPE | STATX_SIZE;
  status.stx_mode = file.inode->is_directory ? S_IFDIR : S_IFREG;
  status.stx_size = file.inode->size();
  std::memcpy(filled_in, &status, sizeof status);
  return 0;
}

int SimDisk::sync(OpenFile& file) {
  const bool failed = fails(options_.sync_error_one_in);
  if (file.inode->is_directory) {
    sync_names(file.inode, failed);
  } else if (failed) {
    file.inode->fail_sync(random_);
  } else {
    file.inode->sync();
  }
  return failed ? -EIO : 0;
}

}  // namespace troupe::io
