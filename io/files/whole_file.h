// Whole files: read within a limit, and replaced so that a crash leaves the old one or the new one.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "base/time.h"
#include "io/request_awaiter.h"

namespace troupe::io {

// Deadlines, cancellation and errors are as of File; io::describe(error, path) names the path. On a
// core.

/// All bytes of the file. Errors beside the usual ones: kTooLarge if it has more than `bytes_max`
/// (detail = that).
Task<Result<std::vector<std::byte>>> read_whole_file(std::string path, std::size_t bytes_max,
                                                     Deadline deadline = kContextDeadline);

/// Gives the file at `path` other content, or makes it: whoever reads it, also after a crash of the
/// machine at any moment, finds all of the old content or all of the new; once this gave ok, the
/// new. Several at once for one path: one of them is the last. The file is a new one: its owner is
/// the process's, its permissions are 0644 less the umask.
///
/// After an error the old content is there, or, if the last step failed (context sync_directory,
/// or a deadline), the new content, which may not last. A crash, a cancellation or a deadline may
/// leave a temporary file beside it: see remove_unfinished_replacements(). Its name is 27 bytes
/// longer than that of `path`, which must leave room for them (NAME_MAX, 255 bytes).
Task<Status> replace_file(std::string path, std::vector<std::byte> bytes,
                          Deadline deadline = kContextDeadline);

/// Removes the temporary files that replace_file() has left in `directory`, in a life of the
/// process that crashed. Call it before the first replacement there: it would take the ground from
/// one that is under way. Makes nothing last; they would be removed again.
Task<Status> remove_unfinished_replacements(std::string directory,
                                            Deadline deadline = kContextDeadline);

}  // namespace troupe::io
