#include "codegen/diagnostics.h"

#include <gtest/gtest.h>

#include "codegen/limits.h"

namespace troupe::codegen {
namespace {

TEST(Diagnostics, ShowsLineCaretSuggestionAndNote) {
  const Source source("a/x.actor", "one two\n\tthree four\n");
  Diagnostics diagnostics;
  diagnostics.error({9, 14}, "third").suggest("tree").note({0, 3}, "first");
  EXPECT_EQ(diagnostics.print(source),
            "a/x.actor:2:2: error: third\n"
            "\tthree four\n"
            "\t^~~~~ did you mean 'tree'?\n"
            "a/x.actor:1:1: note: first\n"
            "one two\n"
            "^~~\n");
}

TEST(Diagnostics, PrintsByPosition) {
  const Source source("x", "ab");
  Diagnostics diagnostics;
  diagnostics.error({1, 2}, "later");
  diagnostics.error({0, 1}, "sooner");
  EXPECT_EQ(diagnostics.print(source),
            "x:1:1: error: sooner\nab\n^\nx:1:2: error: later\nab\n ^\n");
}

TEST(Diagnostics, MarksOnlyTheFirstLineOfASpan) {
  const Source source("x", "ab\ncd");
  Diagnostics diagnostics;
  diagnostics.error({1, 5}, "long");
  EXPECT_EQ(diagnostics.print(source), "x:1:2: error: long\nab\n ^\n");
}

TEST(Diagnostics, ShowsAWindowOfALongLine) {
  const Source source("x", std::string(5000, 'a') + "!" + std::string(5000, 'b'));
  Diagnostics diagnostics;
  diagnostics.error({5000, 5001}, "here");
  EXPECT_LT(diagnostics.print(source).size(), 3 * kExcerptColumnsMax);
  EXPECT_NE(diagnostics.print(source).find("a!b"), std::string::npos);
}

TEST(Diagnostics, HidesWhatATerminalWouldObey) {
  const Source source("x", "a\x1B[2Jb\xFF");
  Diagnostics diagnostics;
  diagnostics.error({0, 1}, "escape");
  EXPECT_EQ(diagnostics.print(source), "x:1:1: error: escape\na?[2Jb?\n^\n");
}

TEST(Diagnostics, SaysHowManyAreLeftOut) {
  const Source source("x", "a");
  Diagnostics diagnostics;
  for (std::size_t index = 0; index < kFindingsPrintedMax + 3; ++index) {
    diagnostics.error({0, 1}, "again");
  }
  EXPECT_TRUE(diagnostics.print(source).ends_with("x: 3 more errors are not shown\n"));
}

}  // namespace
}  // namespace troupe::codegen
