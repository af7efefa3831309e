// Log: where the runtime says what a person should know. One line each, never on the message path.
#pragma once

#include <string_view>

namespace troupe {

/// Receives whole lines without their newline; a report of several has newlines in between. Called
/// from any core, and any thread that watches over them, possibly at once.
class Log {
 public:
  virtual ~Log() = default;
  virtual void warning(std::string_view line) = 0;

  /// Standard error, each line in one write.
  static Log& standard_error();
  /// Nowhere: for simulations that provoke thousands of drops on purpose.
  static Log& silent();
};

/// printf-style warning to `log`, at most 1 KiB.
[[gnu::format(printf, 2, 3)]] void log_warning(Log& log, const char* format, ...);

}  // namespace troupe
