// Directories: names of files, made, moved, removed and listed without blocking a core.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "base/time.h"
#include "io/files/directory_listing.h"
#include "io/request_awaiter.h"

namespace troupe::io {

// Deadlines, cancellation and errors are as of File; io::describe(error, path) names the path. On a
// core. What these change is visible at once and lasts after sync_directory() of the directory that
// the name is in: until then a crash of the machine may undo it, in any order.

/// The most names that list_directory() gives unless told otherwise.
inline constexpr std::size_t kEntriesMaxDefault = 100'000;

/// Gives the file or directory at `from` the name `to`, in one step: whoever opens `to` finds the
/// old one or the new one, whole. What had that name loses it. Both must be in one file system
/// (EXDEV). Both paths: check_path().
Task<Status> rename(std::string from, std::string to, Deadline deadline = kContextDeadline);
/// Removes a name of a file; the file goes with its last name, once nobody has it open. EISDIR for
/// a directory.
Task<Status> unlink(std::string path, Deadline deadline = kContextDeadline);
/// Fails with EEXIST if there is anything, and with ENOENT if the directory to make it in is not
/// there.
Task<Status> make_directory(std::string path, Deadline deadline = kContextDeadline);
/// Fails with ENOTEMPTY if anything is in it.
Task<Status> remove_directory(std::string path, Deadline deadline = kContextDeadline);
/// Makes the names in the directory last: those that were made, and that others are gone.
Task<Status> sync_directory(std::string path, Deadline deadline = kContextDeadline);
/// The names in the directory, sorted by their bytes. Errors beside the usual ones: kTooLarge if
/// there are more than `entries_max` (detail = that).
Task<Result<std::vector<DirectoryEntry>>> list_directory(
    std::string path, std::size_t entries_max = kEntriesMaxDefault,
    Deadline deadline = kContextDeadline);

}  // namespace troupe::io
