// Reading and writing whole files, with errors fit to print.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codegen/limits.h"

namespace troupe::codegen {

/// Empty on failure, with "path: reason" in `failure`. Reads at most kFileBytesMax + 1 bytes, so
/// that a file that is too large is noticed and not swallowed.
std::optional<std::string> read_file(const std::string& path, std::string& failure);

/// Creates the folders above `path` as needed. False on failure, with "path: reason" in `failure`.
bool write_file(const std::string& path, std::string_view content, std::string& failure);

}  // namespace troupe::codegen
