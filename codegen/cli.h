// The command line of actorc, apart from main() so that tests can call it.
#pragma once

#include <iosfwd>

namespace troupe::codegen {

enum ExitCode {
  kExitFine = 0,
  kExitFindings = 1,
  /// A wrong command line, or a file that cannot be read or written.
  kExitUnusable = 2,
};

/// Runs one command. Findings and failures go to `err`, help and version to `out`.
ExitCode run_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace troupe::codegen
