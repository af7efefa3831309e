// Tests what a machine and its cgroups are read to have.
#include "io/memory/machine_memory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace troupe::io {
namespace {

/// A root folder with the files that the kernel would show.
class MachineMemoryTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(root_); }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root_ + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  const std::string root_ = ::testing::TempDir() + "machine_memory";
};

constexpr char kMeminfo[] = "MemTotal:        4096 kB\nMemFree:          100 kB\n";

TEST_F(MachineMemoryTest, TheMachineCountsWithoutALimit) {
  write("/proc/meminfo", kMeminfo);
  write("/proc/self/cgroup", "0::/user/one\n");
  write("/sys/fs/cgroup/user/one/memory.max", "max\n");
  const auto found = machine_memory(root_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->bytes, 4096u * 1024);
  EXPECT_STREQ(found->limit, "the machine");
}

TEST_F(MachineMemoryTest, TheLeastLimitOfTheCgroupsAboveCounts) {
  write("/proc/meminfo", kMeminfo);
  write("/proc/self/cgroup", "1:cpu:/elsewhere\n0::/user/one\n");
  write("/sys/fs/cgroup/user/one/memory.max", "2000000\n");
  write("/sys/fs/cgroup/user/memory.max", "1000000\n");
  write("/sys/fs/cgroup/elsewhere/memory.max", "7\n");
  const auto found = machine_memory(root_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->bytes, 1'000'000u);
  EXPECT_STREQ(found->limit, "the cgroup");
}

TEST_F(MachineMemoryTest, TheRootsLimitCountsInAContainer) {
  write("/proc/meminfo", kMeminfo);
  write("/proc/self/cgroup", "0::/\n");
  write("/sys/fs/cgroup/memory.max", "65536\n");
  ASSERT_TRUE(machine_memory(root_));
  EXPECT_EQ(machine_memory(root_)->bytes, 65'536u);
}

TEST_F(MachineMemoryTest, ALimitAboveTheMachineIsNone) {
  write("/proc/meminfo", kMeminfo);
  write("/proc/self/cgroup", "0::/\n");
  write("/sys/fs/cgroup/memory.max", "1099511627776\n");
  EXPECT_EQ(machine_memory(root_)->bytes, 4096u * 1024);
}

TEST_F(MachineMemoryTest, WithoutFilesNothingIsKnown) {
  EXPECT_FALSE(machine_memory(root_));
  EXPECT_EQ(default_share(machine_memory(root_), 4), kShareUnknown);
}

TEST(MachineMemory, ThisMachineSaysSomething) {
  const auto found = machine_memory();
  ASSERT_TRUE(found);
  EXPECT_GT(found->bytes, 64u << 20);
}

TEST(MachineMemory, ALineIsFoundByItsWholeName) {
  EXPECT_EQ(meminfo_bytes(kMeminfo, "MemTotal"), 4096u * 1024);
  EXPECT_EQ(meminfo_bytes(kMeminfo, "MemFree"), 100u * 1024);
  EXPECT_EQ(meminfo_bytes(kMeminfo, "Total"), std::nullopt);
  EXPECT_EQ(meminfo_bytes("MemTotal: much kB\n", "MemTotal"), std::nullopt);
}

TEST(MachineMemory, AShareIsAThreeQuartersPart) {
  EXPECT_EQ(default_share(MachineMemory{8000, ""}, 1), kCoreMemoryMin);
  EXPECT_EQ(default_share(MachineMemory{std::uint64_t{400} << 20, ""}, 3),
            (100u << 20) / 100 * 100);
}

}  // namespace
}  // namespace troupe::io
