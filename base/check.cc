#include "base/check.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace troupe {

void fail_check(const char* file, int line, const char* format, ...) {
  std::fprintf(stderr, "troupe: %s:%d: ", file, line);
  va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  std::fputc('\n', stderr);
  std::abort();
}

}  // namespace troupe
