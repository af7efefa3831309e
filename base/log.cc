#include "base/log.h"

#include <cstdarg>
#include <cstdio>

namespace troupe {

namespace {

class StandardErrorLog final : public Log {
 public:
  void warning(std::string_view line) override {
    // stdio locks the stream for the call, so that lines of several cores do not mix.
    std::fprintf(stderr, "troupe: %.*s\n", static_cast<int>(line.size()), line.data());
  }
};

class SilentLog final : public Log {
 public:
  void warning(std::string_view) override {}
};

}  // namespace

Log& Log::standard_error() {
  static StandardErrorLog log;
  return log;
}

Log& Log::silent() {
  static SilentLog log;
  return log;
}

void log_warning(Log& log, const char* format, ...) {
  char line[1024];
  va_list arguments;
  va_start(arguments, format);
  const int size = std::vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  if (size > 0) {
    const auto length = static_cast<std::size_t>(size);
    log.warning(std::string_view(line, length < sizeof(line) ? length : sizeof(line) - 1));
  }
}

}  // namespace troupe
