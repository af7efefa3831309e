// The limit of open files is raised as far as the process may, and never lowered.
#include "io/file_limit.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace troupe::io {
namespace {

TEST(FileLimit, IsRaisedWithinWhatIsAllowed) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low = {64, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_file_limit(70).value(), 70u);
  EXPECT_EQ(raise_file_limit(10).value(), 70u);
  if (before.rlim_max != RLIM_INFINITY) {
    EXPECT_EQ(raise_file_limit(before.rlim_max + 1).value(), before.rlim_max);
  }
  rlimit after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_max, before.rlim_max);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace troupe::io
