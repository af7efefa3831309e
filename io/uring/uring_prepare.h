// How a request is written into an entry of io_uring's submission ring.
#pragma once

#include <liburing.h>

#include "io/request.h"

namespace troupe::io {

inline constexpr int kNoUringOperation = -1;

/// The IORING_OP_… of a kind; kNoUringOperation if io_uring has none.
int uring_operation(RequestKind kind);

/// Fills all of `entry` but its tag. What `of` points to must stay until it has completed.
void prepare_uring_entry(io_uring_sqe& entry, const RequestArguments& of);

}  // namespace troupe::io
