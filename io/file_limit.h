// The limit of open files of the process.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace troupe::io {

/// Lets the process open `wanted` files at once, as far as it may: gives the limit that holds now,
/// which may be less, or more. Thread: any, before the cores start. Errors: kIo with the errno.
Result<std::uint64_t> raise_file_limit(std::uint64_t wanted);

}  // namespace troupe::io
