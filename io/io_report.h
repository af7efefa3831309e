// io_report: what this machine's kernel lets a core do, in words.
#pragma once

#include <string>

#include "io/threaded_engine.h"

namespace troupe::io {

/// What cores with these options would run on and what of it they would use: a text of several
/// lines, for people. Makes a ring to find out, and ends it. Any thread; not from a core, which it
/// would block.
std::string io_report(const ThreadedOptions& options = {});

}  // namespace troupe::io
