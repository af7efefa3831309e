// Checks that stay on in every build: a broken promise inside the process ends it, saying where.
#pragma once

namespace troupe {

/// Prints `file:line: what` to standard error and aborts. Any thread.
[[noreturn, gnu::cold, gnu::format(printf, 3, 4)]] void fail_check(const char* file, int line,
                                                                   const char* format, ...);

}  // namespace troupe

/// Aborts with a printf-style message unless `condition` holds. The message says what to do.
#define TROUPE_CHECK(condition, ...)                         \
  do {                                                       \
    if (!(condition)) [[unlikely]]                           \
      ::troupe::fail_check(__FILE__, __LINE__, __VA_ARGS__); \
  } while (false)

/// As TROUPE_CHECK, but only in debug and sanitized builds: for paths counted in nanoseconds.
#if defined(NDEBUG) && !defined(TROUPE_SANITIZED)
#define TROUPE_DCHECK(condition, ...) \
  do {                                \
  } while (false)
#else
#define TROUPE_DCHECK(condition, ...) TROUPE_CHECK(condition, __VA_ARGS__)
#endif
