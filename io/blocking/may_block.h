// may_block: says that a function blocks its thread, and must not be called on a core.
#pragma once

#include <source_location>

#include "base/check.h"
#include "base/core_context.h"

namespace troupe::io {

/// To be called first in what may block: the network, a disk, another process, a lock that is held
/// for long. Aborts in debug and sanitized builds if this thread is a core's, simulated ones too,
/// and says what to do; costs nothing in others. `what`: a literal, "a query of the database".
inline void may_block(
    [[maybe_unused]] const char* what,
    [[maybe_unused]] std::source_location location = std::source_location::current()) {
  TROUPE_DCHECK(CoreContext::current_or_null() == nullptr,
                "%s would block core %u, at %s:%u; co_await blocking(pool, function)", what,
                unsigned{CoreContext::current().index()}, location.file_name(),
                unsigned{location.line()});
}

}  // namespace troupe::io

namespace troupe {
using io::may_block;
}  // namespace troupe
