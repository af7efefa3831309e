// What every operation asks of a path before the kernel sees it, and how errors name one.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::io {

/// Errors: kInvalidArgument if it has a zero in it, which would end it early, or is longer than
/// PATH_MAX with its end (4,096 bytes); detail = its bytes. Any thread.
Status check_path(std::string_view path);

/// The line for a person: what the error says, and of which file.
std::string describe(const Error& error, std::string_view path);

/// The directory that `path` is in: "." if it names none.
std::string directory_of(std::string_view path);

}  // namespace troupe::io
