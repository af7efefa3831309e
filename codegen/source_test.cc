#include "codegen/source.h"

#include <gtest/gtest.h>

#include "codegen/utf8.h"

namespace troupe::codegen {
namespace {

TEST(LineTable, FindsLinesAndLeavesEndingsOut) {
  const LineTable lines("ab\r\n\ncd");
  EXPECT_EQ(lines.line_of(0), 1u);
  EXPECT_EQ(lines.line_of(3), 1u);
  EXPECT_EQ(lines.line_of(4), 2u);
  EXPECT_EQ(lines.line_of(7), 3u);
  EXPECT_EQ(lines.span_of_line(1), (Span{0, 2}));
  EXPECT_EQ(lines.span_of_line(2), (Span{4, 4}));
  EXPECT_EQ(lines.span_of_line(3), (Span{5, 7}));
}

TEST(Source, CountsColumnsInCharacters) {
  const Source source("x.actor",
                      "// gr\xC3\xB6\xC3\x9F"
                      "e x");
  EXPECT_EQ(source.column_of(11), 10u);
}

TEST(Utf8, RejectsWhatIsNotWellFormed) {
  for (const char* bad : {"\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF",
                          "\x80", "\xE2\x82", "\xF0\x9F\x98"}) {
    EXPECT_EQ(utf8_length_at(bad, 0), 0u) << bad;
  }
  EXPECT_EQ(utf8_length_at("\xE2\x82\xAC", 0), 3u);
  EXPECT_EQ(utf8_length_at("\xF0\x9F\x98\x80", 0), 4u);
  EXPECT_EQ(utf8_length_at("a", 1), 0u);
}

}  // namespace
}  // namespace troupe::codegen
