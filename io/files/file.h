// File: reading, writing and syncing a file without blocking a core.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/task.h"
#include "base/time.h"
#include "io/descriptor.h"
#include "io/files/path.h"
#include "io/request_awaiter.h"

namespace troupe::io {

/// What a file is opened for. Reading alone, unless something else is said.
struct OpenOptions {
  bool read = true;
  bool write = false;
  /// Every write goes to the end, write_at() too. Needs `write`.
  bool append = false;
  /// Makes the file if it is not there. Needs `write`.
  bool create = false;
  /// Makes the file, and fails with EEXIST if it is there. Needs `write`.
  bool create_new = false;
  /// Empties the file if it is there. Needs `write`.
  bool truncate = false;
  /// Past the page cache: buffers, offsets and sizes must then be multiples of the disk's block
  /// (4,096 bytes will do). Not every file system can; EINVAL says so.
  bool direct = false;
  /// Each write ends when its data are on the disk, as if sync_data() followed.
  bool data_sync = false;
  /// Of a file that is made, less what the process's umask takes.
  unsigned permissions = 0644;
};

/// Gives ok when all was written.
class WriteAwaiter final : public RequestAwaiter {
 public:
  WriteAwaiter(const RequestArguments& arguments, Deadline deadline, const char* name)
      : RequestAwaiter(arguments, deadline, name), bytes_(arguments.bytes) {}
  Status await_resume();

 private:
  const std::uint32_t bytes_;
};

/// Gives the size of a file in bytes.
class SizeAwaiter final : public RequestAwaiter {
 public:
  SizeAwaiter(RequestArguments arguments, Deadline deadline, const char* name)
      : RequestAwaiter(filled_in(arguments, status_), deadline, name) {}
  Result<std::uint64_t> await_resume();

 private:
  static RequestArguments filled_in(RequestArguments arguments, struct statx& status) {
    arguments.data = &status;
    return arguments;
  }

  struct statx status_;
};

/// A regular file that is open. Move-only. Thread: the core that it was opened on. Its functions do
/// not allocate, except open() and close().
///
/// Each operation ends at its deadline, or the call context's if that is earlier, with
/// kDeadlineExceeded; and when its strand is cancelled, with the reason: but not before the kernel
/// has let go of the buffer. What waits ends at once. What the disk does already cannot be
/// interrupted: the await ends when the disk has answered, with what was done if it was done, so a
/// deadline bounds nothing while a disk hangs.
///
/// Errors of the kernel are kIo with the errno (ENOSPC, EIO, EDQUOT, …) and the operation as
/// context; describe() adds the path. kOverloaded where files go through threads and too many
/// operations of this core wait for one (Request::kFilesWaitingMax). An operation on a closed file
/// gives kIo, EBADF; one that waits while the file is closed gives kCancelled. The file must not be
/// destroyed while an operation waits: see Descriptor. Operations of several strands may run at
/// once and end in any order.
///
/// What was written is in the kernel's memory, and safe from a crash of the process, not from one
/// of the machine: sync() makes it last, sync_data() all of it that is needed to read it again. A
/// sync that fails is final: the kernel may have dropped what could not be written, so that the
/// next sync succeeds without it. Write anew, elsewhere, or give up; never only sync again. That a
/// new file is there at all lasts after sync_directory().
class File {
 public:
  /// Opens the file at `path`. Errors: kInvalidArgument (options that contradict, see there; a path
  /// that check_path() refuses); kIo with the errno (ENOENT, EEXIST, EISDIR, ENOTDIR, EACCES,
  /// EMFILE, ELOOP, …).
  static Task<Result<File>> open(std::string path, OpenOptions options = {},
                                 Deadline deadline = kContextDeadline);

  /// Not open.
  File() = default;
  /// Takes an open file; `path` is for errors.
  File(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  /// Reads up to buffer.size() bytes, at most Request::kBytesMax, from `offset`; gives how many,
  /// perhaps fewer, 0 at the end of the file and beyond. `buffer` must not be empty, and is the
  /// kernel's until this ends.
  Call<CountAwaiter> read_at(std::span<std::byte> buffer, std::uint64_t offset,
                             Deadline deadline = kContextDeadline);
  /// Writes all of `bytes`, at most Request::kBytesMax, at `offset`; they are the kernel's until
  /// this ends. Beyond the end of the file the gap reads as zeros. After an error an unknown part
  /// of them is written.
  Call<WriteAwaiter> write_at(std::span<const std::byte> bytes, std::uint64_t offset,
                              Deadline deadline = kContextDeadline);
  /// Writes all of `bytes` at the end of the file, wherever that is by then. Of several that append
  /// at once each finds a place of its own; one that the kernel takes in parts (a disk that fills
  /// up) may find another's in between.
  Call<WriteAwaiter> append(std::span<const std::byte> bytes, Deadline deadline = kContextDeadline);

  /// Makes everything that was written before last, with the file's times.
  Call<StatusAwaiter> sync(Deadline deadline = kContextDeadline);
  /// The same for the bytes and the size: less to write, and as safe.
  Call<StatusAwaiter> sync_data(Deadline deadline = kContextDeadline);
  /// Makes sure that writes to `bytes` bytes from `offset` will not fail for want of room. The file
  /// grows to their end if it was shorter. Errors: ENOSPC; EOPNOTSUPP on some file systems.
  Call<StatusAwaiter> allocate(std::uint64_t offset, std::uint64_t bytes,
                               Deadline deadline = kContextDeadline);
  /// Makes the file `bytes` bytes long: cuts it, or adds zeros.
  Call<StatusAwaiter> truncate(std::uint64_t bytes, Deadline deadline = kContextDeadline);
  Call<SizeAwaiter> size(Deadline deadline = kContextDeadline);

  /// Closes the file and says how that went: network file systems report late errors here. Closed
  /// afterwards in any case; only sync() says that the bytes are safe. When the strand is cancelled
  /// the file is closed without anybody waiting.
  Task<Status> close(Deadline deadline = kContextDeadline);

  /// The error with the file's path.
  std::string describe(const Error& error) const { return io::describe(error, path_); }
  const std::string& path() const { return path_; }
  bool is_open() const { return descriptor_.is_open(); }
  int number() const { return descriptor_.number(); }

 private:
  RequestArguments about(RequestKind kind) const;

  Descriptor descriptor_;  // Closes without waiting, which a large unlinked file may make long.
  std::string path_;
};

}  // namespace troupe::io
