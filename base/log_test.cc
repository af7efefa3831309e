// Tests that warnings arrive as whole lines, cut at their limit.
#include "base/log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace troupe {
namespace {

class RecordingLog final : public Log {
 public:
  void warning(std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

TEST(LogWarning, FormatsAsPrintfDoes) {
  RecordingLog log;
  log_warning(log, "core %u dropped %d of %s", 3u, -7, "many");
  log_warning(log, "100%%");
  EXPECT_EQ(log.lines, (std::vector<std::string>{"core 3 dropped -7 of many", "100%"}));
}

TEST(LogWarning, SaysNothingIfThereIsNothing) {
  RecordingLog log;
  log_warning(log, "%s", "");
  EXPECT_TRUE(log.lines.empty());
}

TEST(LogWarning, CutsAtOneKibibyte) {
  // One byte of the 1,024 is the terminating NUL that vsnprintf writes.
  for (std::size_t size : {1022u, 1023u, 1024u, 1025u, 100'000u}) {
    RecordingLog log;
    const std::string text(size, 'x');
    log_warning(log, "%s", text.c_str());
    ASSERT_EQ(log.lines.size(), 1u);
    EXPECT_EQ(log.lines[0], std::string(size < 1023 ? size : 1023, 'x'));
  }
}

TEST(Log, StandardErrorGetsOneLineWithANewline) {
  testing::internal::CaptureStderr();
  Log::standard_error().warning("mailbox of alice full");
  log_warning(Log::standard_error(), "%d more", 2);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "troupe: mailbox of alice full\ntroupe: 2 more\n");
}

TEST(Log, StandardErrorTakesALineThatIsPartOfALongerText) {
  testing::internal::CaptureStderr();
  Log::standard_error().warning(std::string_view("whole line and more", 10));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "troupe: whole line\n");
}

TEST(Log, SilentSaysNothing) {
  testing::internal::CaptureStderr();
  log_warning(Log::silent(), "unheard %d", 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Log, GivesTheSameOneEachTime) {
  EXPECT_EQ(&Log::standard_error(), &Log::standard_error());
  EXPECT_EQ(&Log::silent(), &Log::silent());
  EXPECT_NE(&Log::silent(), &Log::standard_error());
}

}  // namespace
}  // namespace troupe
