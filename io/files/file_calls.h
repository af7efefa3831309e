// call_file: a request for a file, as the call of the kernel that blocks the thread until it is
// done.
#pragma once

#include "io/request.h"

namespace troupe::io {

/// `of` is of_file(). Gives what the request's kind says, or an errno below zero. Any thread;
/// blocks it as long as the disk takes.
int call_file(const RequestArguments& of);

}  // namespace troupe::io
