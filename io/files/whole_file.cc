#include "io/files/whole_file.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string_view>
#include <utility>

#include "base/core_context.h"
#include "io/files/directory.h"
#include "io/files/file.h"
#include "io/files/path.h"

namespace troupe::io {

namespace {

constexpr std::string_view kUnfinished = ".replacing";

/// A name beside `path` that nobody else uses: chance gives it, and create_new insists.
std::string temporary_name(const std::string& path) {
  char number[20];
  std::snprintf(number, sizeof number, ".%016llx",
                static_cast<unsigned long long>(CoreContext::current().random.next()));
  return path + number + std::string(kUnfinished);
}

/// Makes the file `path`, whole and lasting, though its name is not.
Task<Status> write_and_sync(std::string path, const std::vector<std::byte>* bytes,
                            Deadline deadline) {
  OpenOptions options;
  options.read = false;
  options.write = true;
  options.create_new = true;
  Result<File> opened = co_await File::open(std::move(path), options, deadline);
  if (!opened) co_return opened.error();
  File file = std::move(*opened);
  for (std::size_t offset = 0; offset < bytes->size();) {
    const auto rest = std::span(*bytes).subspan(offset);
    const auto part = rest.first(std::min<std::size_t>(rest.size(), Request::kBytesMax));
    const Status written = co_await file.write_at(part, offset, deadline);
    if (!written) co_return written.error();
    offset += part.size();
  }
  const Status synced = co_await file.sync(deadline);
  if (!synced) co_return synced.error();
  const Status closed = co_await file.close(deadline);
  co_return closed;
}

}  // namespace

Task<Result<std::vector<std::byte>>> read_whole_file(std::string path, std::size_t bytes_max,
                                                     Deadline deadline) {
  Result<File> opened = co_await File::open(std::move(path), OpenOptions(), deadline);
  if (!opened) co_return opened.error();
  File file = std::move(*opened);
  const Result<std::uint64_t> size = co_await file.size(deadline);
  if (!size) co_return size.error();
  const Error too_large(Code::kTooLarge, bytes_max, "read_whole_file: more bytes than the limit");
  if (*size > bytes_max) co_return too_large;
  // One more than there should be: the read that finds the end, or that the file has grown. Files
  // of the kernel (/proc) say 0 and have more.
  constexpr std::size_t kPiece = 4096;
  std::vector<std::byte> bytes(static_cast<std::size_t>(*size) + 1);
  std::size_t filled = 0;
  for (;;) {
    const Result<std::size_t> count =
        co_await file.read_at(std::span(bytes).subspan(filled), filled, deadline);
    if (!count) co_return count.error();
    if (*count == 0) break;
    filled += *count;
    if (filled > bytes_max) co_return too_large;
    if (filled == bytes.size()) bytes.resize(bytes.size() + std::max(kPiece, bytes.size() / 2));
  }
  bytes.resize(filled);
  const Status closed = co_await file.close(deadline);
  if (!closed) co_return closed.error();
  co_return bytes;
}

Task<Status> replace_file(std::string path, std::vector<std::byte> bytes, Deadline deadline) {
  std::string temporary = temporary_name(path);
  // 1. The new content, in a file of its own: written over the old, a crash would leave a mixture.
  // 2. Synced before it gets the name. The kernel may write names and contents to the disk in any
  //    order: the name alone would lead to an empty or torn file.
  Status done = co_await write_and_sync(temporary, &bytes, deadline);
  // 3. The name, in one step: there is no moment without a file.
  if (done) done = co_await rename(temporary, path, deadline);
  if (!done) {
    // What had no room must not take the room away. Its failure, or that of a strand that is
    // cancelled, says less than the error that led here.
    const Status removed = co_await unlink(std::move(temporary), deadline);
    (void)removed;
    co_return done.error();
  }
  // 4. The directory: until it is synced a crash may bring the old name back. Nobody is told ok
  //    before.
  const Status lasting = co_await sync_directory(directory_of(path), deadline);
  co_return lasting;
}

Task<Status> remove_unfinished_replacements(std::string directory, Deadline deadline) {
  auto listed = co_await list_directory(directory, kEntriesMaxDefault, deadline);
  if (!listed) co_return listed.error();
  for (const DirectoryEntry& entry : *listed) {
    if (entry.kind != EntryKind::kFile || !entry.name.ends_with(kUnfinished)) continue;
    const Status removed = co_await unlink(directory + "/" + entry.name, deadline);
    if (!removed) co_return removed.error();
  }
  co_return ok();
}

}  // namespace troupe::io
