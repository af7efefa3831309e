// failures_of: what gtest failures some code makes, for tests of what fails.
#pragma once

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace troupe::testing {

/// Runs `work` and gives the texts of its failures, which are not the test's own.
template <class F>
std::vector<std::string> failures_of(F work) {
  ::testing::TestPartResultArray results;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &results);
    work();
  }
  std::vector<std::string> texts;
  for (int i = 0; i < results.size(); ++i) {
    if (results.GetTestPartResult(i).failed())
      texts.push_back(results.GetTestPartResult(i).message());
  }
  return texts;
}

/// Expects exactly one failure, whose text has all of these parts.
template <class F>
void expect_failure(F work, const std::vector<std::string>& parts) {
  const std::vector<std::string> texts = failures_of(std::move(work));
  ASSERT_EQ(texts.size(), 1u) << (texts.empty() ? "it did not fail"
                                                : texts[0] + "\nand\n" + texts[1]);
  for (const std::string& part : parts) {
    EXPECT_NE(texts[0].find(part), std::string::npos) << "no '" << part << "' in:\n" << texts[0];
  }
}

}  // namespace troupe::testing
