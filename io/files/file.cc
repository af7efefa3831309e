#include "io/files/file.h"

#include <fcntl.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

#include "base/check.h"
#include "io/reactor.h"

namespace troupe::io {

namespace {

/// The flags of open(), or why there are none.
Result<std::uint32_t> flags_of(const OpenOptions& options) {
  const bool changes = options.append || options.create || options.create_new || options.truncate;
  if (!options.read && !options.write) {
    return Error(Code::kInvalidArgument, 0, "open: OpenOptions says neither read nor write");
  }
  if (changes && !options.write) {
    return Error(Code::kInvalidArgument, 0,
                 "open: OpenOptions::append, create, create_new and truncate need write");
  }
  int flags = O_CLOEXEC;
  flags |= options.read ? (options.write ? O_RDWR : O_RDONLY) : O_WRONLY;
  // Otherwise opening a terminal could make it the process's.
  flags |= O_NOCTTY;
  if (options.append) flags |= O_APPEND;
  if (options.create) flags |= O_CREAT;
  if (options.create_new) flags |= O_CREAT | O_EXCL;
  if (options.truncate) flags |= O_TRUNC;
  if (options.direct) flags |= O_DIRECT;
  if (options.data_sync) flags |= O_DSYNC;
  return static_cast<std::uint32_t>(flags);
}

std::uint32_t limited(std::size_t bytes) {
  return static_cast<std::uint32_t>(std::min<std::size_t>(bytes, Request::kBytesMax));
}

/// A number that is to be closed: by the request that was told of it, or by this.
class ClosingNumber {
 public:
  explicit ClosingNumber(int number) : number_(number) {}
  ClosingNumber(const ClosingNumber&) = delete;
  ClosingNumber& operator=(const ClosingNumber&) = delete;
  ~ClosingNumber() {
    if (number_ >= 0) Reactor::current().backend().close(number_);
  }
  void closed() { number_ = -1; }

 private:
  int number_;
};

/// Closes the file in the end, however this is ended.
Task<Status> close_file(Descriptor descriptor, Deadline deadline) {
  RequestArguments arguments;
  arguments.kind = RequestKind::kClose;
  // From here on the backend knows nothing of the number: what gets it next is not this file.
  arguments.descriptor = descriptor.release();
  if (arguments.descriptor < 0) co_return Error(Code::kIo, EBADF, "close");
  ClosingNumber closing(arguments.descriptor);
  const Call<StatusAwaiter> call(arguments, deadline, "close");
  const Status closed = co_await call;
  // The kernel gives the number free whatever it says of the file; all other errors are of those
  // who never asked it.
  if (closed || closed.error().is(Code::kIo)) closing.closed();
  co_return closed;
}

}  // namespace

Status WriteAwaiter::await_resume() {
  const Result<std::size_t> written = outcome();
  if (!written) return written.error();
  if (*written == bytes_) return ok();
  return Error(Code::kIo, EIO, "write: the kernel took no more of it");
}

Result<std::uint64_t> SizeAwaiter::await_resume() {
  const Result<std::size_t> asked = outcome();
  if (!asked) return asked.error();
  return std::uint64_t{status_.stx_size};
}

Task<Result<File>> File::open(std::string path, OpenOptions options, Deadline deadline) {
  TROUPE_CO_TRY(check_path(path));
  RequestArguments arguments;
  TROUPE_CO_TRY(arguments.flags, flags_of(options));
  arguments.kind = RequestKind::kOpen;
  arguments.data = path.data();
  arguments.mode = options.permissions;
  const Call<CountAwaiter> call(arguments, deadline, "open");
  const Result<std::size_t> opened = co_await call;
  if (!opened) co_return opened.error();
  co_return File(Descriptor(static_cast<int>(*opened)), std::move(path));
}

RequestArguments File::about(RequestKind kind) const {
  RequestArguments arguments;
  arguments.kind = kind;
  arguments.descriptor = descriptor_.number();
  arguments.file = true;
  return arguments;
}

Call<CountAwaiter> File::read_at(std::span<std::byte> buffer, std::uint64_t offset,
                                 Deadline deadline) {
  TROUPE_DCHECK(!buffer.empty(), "read_at into an empty buffer: its 0 would look like the end");
  RequestArguments arguments = about(RequestKind::kRead);
  arguments.data = buffer.data();
  arguments.bytes = limited(buffer.size());
  arguments.offset = offset;
  return Call<CountAwaiter>(arguments, deadline, "read_at");
}

Call<WriteAwaiter> File::write_at(std::span<const std::byte> bytes, std::uint64_t offset,
                                  Deadline deadline) {
  TROUPE_CHECK(bytes.size() <= Request::kBytesMax, "write_at of %zu bytes: at most %u at once",
               bytes.size(), Request::kBytesMax);
  RequestArguments arguments = about(RequestKind::kWrite);
  arguments.data = const_cast<std::byte*>(bytes.data());
  arguments.bytes = limited(bytes.size());
  arguments.offset = offset;
  return Call<WriteAwaiter>(arguments, deadline, "write_at");
}

Call<WriteAwaiter> File::append(std::span<const std::byte> bytes, Deadline deadline) {
  TROUPE_CHECK(bytes.size() <= Request::kBytesMax, "append of %zu bytes: at most %u at once",
               bytes.size(), Request::kBytesMax);
  RequestArguments arguments = about(RequestKind::kWrite);
  arguments.data = const_cast<std::byte*>(bytes.data());
  arguments.bytes = limited(bytes.size());
  // With it the kernel takes kAtPosition for the end, however the file was opened.
  arguments.flags = RWF_APPEND;
  return Call<WriteAwaiter>(arguments, deadline, "append");
}

Call<StatusAwaiter> File::sync(Deadline deadline) {
  return Call<StatusAwaiter>(about(RequestKind::kSync), deadline, "sync");
}

Call<StatusAwaiter> File::sync_data(Deadline deadline) {
  RequestArguments arguments = about(RequestKind::kSync);
  arguments.flags = 1;
  return Call<StatusAwaiter>(arguments, deadline, "sync_data");
}

Call<StatusAwaiter> File::allocate(std::uint64_t offset, std::uint64_t bytes, Deadline deadline) {
  RequestArguments arguments = about(RequestKind::kAllocate);
  arguments.offset = offset;
  arguments.length = bytes;
  return Call<StatusAwaiter>(arguments, deadline, "allocate");
}

Call<StatusAwaiter> File::truncate(std::uint64_t bytes, Deadline deadline) {
  RequestArguments arguments = about(RequestKind::kTruncate);
  arguments.offset = bytes;
  return Call<StatusAwaiter>(arguments, deadline, "truncate");
}

Call<SizeAwaiter> File::size(Deadline deadline) {
  return Call<SizeAwaiter>(about(RequestKind::kStatus), deadline, "size");
}

Task<Status> File::close(Deadline deadline) { return close_file(std::move(descriptor_), deadline); }

}  // namespace troupe::io
