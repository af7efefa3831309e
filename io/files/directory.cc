#include "io/files/directory.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "io/descriptor.h"
#include "io/files/file.h"
#include "io/files/path.h"

namespace troupe::io {

namespace {

RequestArguments about(RequestKind kind, std::string& path) {
  RequestArguments arguments;
  arguments.kind = kind;
  arguments.data = path.data();
  return arguments;
}

}  // namespace

Task<Status> rename(std::string from, std::string to, Deadline deadline) {
  TROUPE_CO_TRY(check_path(from));
  TROUPE_CO_TRY(check_path(to));
  RequestArguments arguments = about(RequestKind::kRename, from);
  arguments.target = to.c_str();
  const Call<StatusAwaiter> call(arguments, deadline, "rename");
  const Status renamed = co_await call;
  co_return renamed;
}

Task<Status> unlink(std::string path, Deadline deadline) {
  TROUPE_CO_TRY(check_path(path));
  const Call<StatusAwaiter> call(about(RequestKind::kUnlink, path), deadline, "unlink");
  const Status unlinked = co_await call;
  co_return unlinked;
}

Task<Status> make_directory(std::string path, Deadline deadline) {
  TROUPE_CO_TRY(check_path(path));
  RequestArguments arguments = about(RequestKind::kMakeDirectory, path);
  arguments.mode = 0777;  // Less the umask.
  const Call<StatusAwaiter> call(arguments, deadline, "make_directory");
  const Status made = co_await call;
  co_return made;
}

Task<Status> remove_directory(std::string path, Deadline deadline) {
  TROUPE_CO_TRY(check_path(path));
  RequestArguments arguments = about(RequestKind::kUnlink, path);
  arguments.flags = AT_REMOVEDIR;
  const Call<StatusAwaiter> call(arguments, deadline, "remove_directory");
  const Status removed = co_await call;
  co_return removed;
}

Task<Status> sync_directory(std::string path, Deadline deadline) {
  TROUPE_CO_TRY(check_path(path));
  RequestArguments arguments = about(RequestKind::kOpen, path);
  arguments.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  const Call<CountAwaiter> call(arguments, deadline, "sync_directory");
  const Result<std::size_t> opened = co_await call;
  if (!opened) co_return opened.error();
  File directory(Descriptor(static_cast<int>(*opened)), std::move(path));
  const Status synced = co_await directory.sync(deadline);
  co_return synced;  // Nothing was written through it: closing it does not take long.
}

Task<Result<std::vector<DirectoryEntry>>> list_directory(std::string path, std::size_t entries_max,
                                                         Deadline deadline) {
  TROUPE_CO_TRY(check_path(path));
  DirectoryListing listing;
  listing.path = std::move(path);
  listing.entries_max = entries_max;
  RequestArguments arguments;
  arguments.kind = RequestKind::kList;
  arguments.data = &listing;
  const Call<StatusAwaiter> call(arguments, deadline, "list_directory");
  const Status listed = co_await call;
  if (!listed) co_return listed.error();
  if (listing.more) {
    co_return Error(Code::kTooLarge, entries_max, "list_directory: more entries than the limit");
  }
  std::ranges::sort(listing.entries, {}, &DirectoryEntry::name);
  co_return std::move(listing.entries);
}

}  // namespace troupe::io
