// The worked example of README.md; tests/readmes_test.sh holds it against what is compiled here.
#include <gtest/gtest.h>

#include <charconv>
#include <cstdint>
#include <span>
#include <string_view>
#include <system_error>

#include "base/result.h"

namespace troupe {
namespace {

Result<std::int64_t> parse_cents(std::string_view text) {
  std::int64_t cents = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), cents);
  if (problem != std::errc() || end != text.data() + text.size()) {
    return Error(Code::kInvalidArgument, text.size(), "not a number of cents");
  }
  return cents;
}

Result<std::int64_t> sum(std::span<const std::string_view> amounts) {
  std::int64_t total = 0;
  for (const std::string_view amount : amounts) {
    TROUPE_TRY(const std::int64_t cents, parse_cents(amount));  // or its error
    total += cents;
  }
  return total;
}

TEST(Readme, SumsOrSaysWhyNot) {
  constexpr std::string_view kAmounts[] = {"250", "125", "12.50"};
  EXPECT_EQ(sum(std::span(kAmounts).first(2)).value(), 375);
  const auto wrong = sum(kAmounts);
  ASSERT_FALSE(wrong.ok());
  EXPECT_TRUE(wrong.error().is(Code::kInvalidArgument));
  EXPECT_EQ(wrong.error().describe(), "invalid_argument (5): not a number of cents");
}

}  // namespace
}  // namespace troupe
