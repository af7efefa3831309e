#include "io/files/file_calls.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string_view>

#include "io/files/directory_listing.h"

namespace troupe::io {

namespace {

ssize_t read_file(const RequestArguments& of) {
  if (of.offset == RequestArguments::kAtPosition) return ::read(of.descriptor, of.data, of.bytes);
  return ::pread(of.descriptor, of.data, of.bytes, static_cast<off_t>(of.offset));
}

ssize_t write_file(const RequestArguments& of) {
  // kAtPosition is -1, which pwritev2 takes for the position too.
  const iovec part = {of.data, of.bytes};
  return ::pwritev2(of.descriptor, &part, 1, static_cast<off_t>(of.offset),
                    static_cast<int>(of.flags));
}

int open_file(const RequestArguments& of) {
  // Without it a named pipe would keep the thread until somebody opens its other end: for ever,
  // perhaps, and nobody could end that.
  const int flags = static_cast<int>(of.flags) | O_NONBLOCK;
  const int number = ::open(static_cast<const char*>(of.data), flags, of.mode);
  if (number >= 0 && (of.flags & O_NONBLOCK) == 0) {
    ::fcntl(number, F_SETFL, ::fcntl(number, F_GETFL) & ~O_NONBLOCK);
  }
  return number;
}

EntryKind kind_of(const dirent& entry, DIR* directory) {
  switch (entry.d_type) {
    case DT_REG:
      return EntryKind::kFile;
    case DT_DIR:
      return EntryKind::kDirectory;
    case DT_UNKNOWN:
      break;
    default:
      return EntryKind::kOther;
  }
  // Some file systems do not keep it with the name.
  struct stat status{};
  if (::fstatat(::dirfd(directory), entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return EntryKind::kOther;
  }
  if (S_ISREG(status.st_mode)) return EntryKind::kFile;
  return S_ISDIR(status.st_mode) ? EntryKind::kDirectory : EntryKind::kOther;
}

int list_directory(DirectoryListing& listing) {
  DIR* const directory = ::opendir(listing.path.c_str());
  if (directory == nullptr) return -1;
  listing.entries.clear();
  listing.more = false;
  errno = 0;
  while (const dirent* const entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    listing.more = listing.entries.size() == listing.entries_max;
    if (listing.more) break;
    listing.entries.emplace_back(std::string(name), kind_of(*entry, directory));
    errno = 0;
  }
  const int failure = listing.more ? 0 : errno;
  ::closedir(directory);
  errno = failure;
  return failure == 0 ? 0 : -1;
}

/// The result, or -1 and errno.
ssize_t call(const RequestArguments& of) {
  const char* const path = static_cast<const char*>(of.data);
  switch (of.kind) {
    case RequestKind::kRead:
      return read_file(of);
    case RequestKind::kWrite:
      return write_file(of);
    case RequestKind::kSync:
      return of.flags != 0 ? ::fdatasync(of.descriptor) : ::fsync(of.descriptor);
    case RequestKind::kOpen:
      return open_file(of);
    case RequestKind::kClose:
      return ::close(of.descriptor);
    case RequestKind::kTruncate:
      return ::ftruncate(of.descriptor, static_cast<off_t>(of.offset));
    case RequestKind::kAllocate:
      return ::fallocate(of.descriptor, 0, static_cast<off_t>(of.offset),
                         static_cast<off_t>(of.length));
    case RequestKind::kStatus:
      return ::statx(of.descriptor, "", AT_EMPTY_PATH, STATX_BASIC_STATS,
                     static_cast<struct statx*>(of.data));
    case RequestKind::kRename:
      return ::rename(path, of.target);
    case RequestKind::kUnlink:
      return ::unlinkat(AT_FDCWD, path, static_cast<int>(of.flags));
    case RequestKind::kMakeDirectory:
      return ::mkdir(path, of.mode);
    case RequestKind::kList:
      return list_directory(*static_cast<DirectoryListing*>(of.data));
    case RequestKind::kAccept:
    case RequestKind::kConnect:
    case RequestKind::kReceive:
    case RequestKind::kReceivePiece:
    case RequestKind::kSend:
    case RequestKind::kPoll:
    case RequestKind::kShutdown:
    case RequestKind::kReceiveMessage:
    case RequestKind::kSendMessage:
      break;
  }
  errno = ENOSYS;
  return -1;
}

}  // namespace

int call_file(const RequestArguments& of) {
  for (;;) {
    const ssize_t result = call(of);
    if (result >= 0) return static_cast<int>(result);
    // The number is free after a close that a signal came into; another may have it by now.
    if (errno == EINTR && of.kind == RequestKind::kClose) return 0;
    if (errno != EINTR) return -errno;
  }
}

}  // namespace troupe::io
