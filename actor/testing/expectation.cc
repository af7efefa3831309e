#include "actor/testing/expectation.h"

#include <gtest/gtest.h>

namespace troupe::testing {

namespace {

void report(const std::source_location& where, const std::string& text) {
  GTEST_FAIL_AT(where.file_name(), static_cast<int>(where.line())) << text;
}

}  // namespace

void fail_expectation(const std::source_location& where, const std::string& text) {
  report(where, text);
  throw ExpectationFailed();
}

void add_failure(const std::source_location& where, const std::string& text) {
  ADD_FAILURE_AT(where.file_name(), static_cast<int>(where.line())) << text;
}

}  // namespace troupe::testing
