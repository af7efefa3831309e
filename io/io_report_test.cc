// Tests what the report says of a switch, of a choice, and of this kernel.
#include "io/io_report.h"

#include <gtest/gtest.h>

namespace troupe::io {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(IoReport, SaysWhatIsSwitchedOffAndWhatThatMeans) {
  ThreadedOptions options;
  options.kernel = KernelInterface::kUring;
  options.uring.multishot_accept = false;
  options.uring.entries = 64;
  const std::string text = io_report(options);
  if (has(text, "io_uring cannot be had")) {
    EXPECT_TRUE(has(text, "backend: none")) << text;
    return;
  }
  EXPECT_TRUE(has(text, "backend: io_uring, 64 entries")) << text;
  EXPECT_TRUE(has(text, "multishot accept   5.19   no, switched off: a submission for each"))
      << text;
  EXPECT_TRUE(has(text, "zero-copy send     6.0    no, switched off")) << text;
  options.uring.multishot_accept = true;
  EXPECT_FALSE(has(io_report(options), "multishot accept   5.19   no, switched off"));
}

TEST(IoReport, SaysThatEpollWasChosen) {
  ThreadedOptions options;
  options.kernel = KernelInterface::kEpoll;
  const std::string text = io_report(options);
  EXPECT_TRUE(has(text, "kernel: Linux ")) << text;
  EXPECT_TRUE(has(text, "backend: epoll, as it was chosen")) << text;
  EXPECT_TRUE(has(text, " % of ")) << text;
}

TEST(IoReport, SaysWhatThePoolsMayHold) {
  ThreadedOptions options;
  options.kernel = KernelInterface::kEpoll;
  options.cores = 3;
  options.memory.bytes_per_core = 5 << 20;
  EXPECT_TRUE(has(io_report(options),
                  "memory: 5 MiB for the pools of each of 3 cores, as it was "
                  "chosen; heap: operator new"));
}

}  // namespace
}  // namespace troupe::io
