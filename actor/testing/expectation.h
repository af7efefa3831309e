// How an expectation fails: a failure of the test, and the end of its coroutine.
#pragma once

#include <exception>
#include <source_location>
#include <string>

namespace troupe::testing {

/// Thrown by a failed expectation once the failure is reported. TestSystem::run() catches it: what
/// the test would have done next makes no sense any more.
class ExpectationFailed : public std::exception {
 public:
  const char* what() const noexcept override { return "an expectation failed: see above"; }
};

/// Reports a fatal failure of the running test at `where`, and throws ExpectationFailed.
[[noreturn]] void fail_expectation(const std::source_location& where, const std::string& text);

/// Reports a failure of the running test at `where`; the test goes on.
void add_failure(const std::source_location& where, const std::string& text);

}  // namespace troupe::testing
