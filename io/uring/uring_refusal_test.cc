// Tests that each way in which a kernel refuses io_uring is named with its remedy.
#include "io/uring/uring_refusal.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace troupe::io {
namespace {

struct Case {
  int number;
  UringPermission permission;
  const char* cause;
  const char* remedy;
};

TEST(UringRefusal, NamesCauseAndRemedyInOneLine) {
  constexpr int kUnknown = UringPermission::kUnknown;
  const Case cases[] = {
      {EPERM, {2, false}, "kernel.io_uring_disabled is 2,", "sysctl -w kernel.io_uring_disabled=0"},
      {EPERM, {2, true}, "kernel.io_uring_disabled is 2,", "sysctl -w kernel.io_uring_disabled=0"},
      {EPERM, {1, false}, "kernel.io_uring_disabled is 1,", "join the group"},
      {EPERM, {1, true}, "a seccomp filter may forbid it too", "join the group"},
      {EPERM, {0, true}, "a seccomp filter forbids io_uring_setup", "--security-opt seccomp="},
      {EPERM, {kUnknown, true}, "a seccomp filter forbids io_uring_setup", "--security-opt"},
      {EACCES, {0, false}, "a security module", "allow it for this program"},
      {ENOSYS, {0, true}, "a seccomp filter hides io_uring_setup,", "--security-opt seccomp="},
      {ENOSYS, {kUnknown, true}, "or the kernel is without io_uring", "Linux 5.15 or later"},
      {ENOSYS, {kUnknown, false}, "this kernel is without io_uring", "Linux 5.15 or later"},
      {ENOMEM, {0, false}, "no memory", "ulimit -l"},
      {EMFILE, {0, false}, "no free descriptor", "ulimit -n"},
  };
  for (const Case& each : cases) {
    const Error error = uring_refusal(each.number, each.permission);
    const std::string line = error.describe();
    EXPECT_TRUE(error.is(Code::kIo));
    EXPECT_EQ(error.detail(), static_cast<std::uint64_t>(each.number));
    EXPECT_NE(line.find(each.cause), std::string::npos) << line;
    EXPECT_NE(line.find(each.remedy), std::string::npos) << line;
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
  }
}

TEST(UringRefusal, ReadsThePermissionsOfThisProcess) {
  const UringPermission permission = read_uring_permission();
  EXPECT_GE(permission.disabled, UringPermission::kUnknown);
  EXPECT_LE(permission.disabled, 2);
}

}  // namespace
}  // namespace troupe::io
