// What every backend does alike with whole files: reading within a limit, and replacing.
#include <gtest/gtest.h>

#include "io/conformance/testing_files.h"

namespace troupe::io {
namespace {

class WholeFiles : public OnEachFileGround {};

INSTANTIATE_TEST_SUITE_P(Backends, WholeFiles, testing::ValuesIn(kFileGrounds), file_ground_name);

TEST_P(WholeFiles, AreReadWithinTheLimit) {
  run([](Strand&, std::string directory) -> Task<void> {
    const std::string path = directory + "/file";
    for (std::size_t bytes : {0u, 1u, 4096u, 100'000u}) {
      const std::vector<std::byte> text = content(bytes, bytes);
      const Status replaced = co_await replace_file(path, text);
      EXPECT_TRUE(replaced.ok());
      const auto back = co_await read_whole_file(path, bytes);
      EXPECT_TRUE(back.value() == text);
      if (bytes == 0) continue;
      const auto too_large = co_await read_whole_file(path, bytes - 1);
      EXPECT_TRUE(error_of(too_large).is(Code::kTooLarge));
      EXPECT_EQ(error_of(too_large).detail(), bytes - 1);
    }
  });
}

TEST_P(WholeFiles, AreReplacedWithoutATrace) {
  run([](Strand&, std::string directory) -> Task<void> {
    const std::string path = directory + "/file";
    for (std::uint64_t round = 1; round <= 5; ++round) {
      const Status replaced = co_await replace_file(path, content(round * 1000, round));
      EXPECT_TRUE(replaced.ok());
      const auto back = co_await read_whole_file(path, 10'000);
      EXPECT_TRUE(back.value() == content(round * 1000, round));
    }
    const auto listed = co_await list_directory(directory);
    EXPECT_EQ(listed.value().size(), 1u);
  });
}

TEST_P(WholeFiles, AFailedReplacementLeavesNothing) {
  run([](Strand&, std::string directory) -> Task<void> {
    // A directory has the name.
    const std::string path = directory + "/taken";
    const Status made = co_await make_directory(path);
    EXPECT_TRUE(made.ok());
    Status replaced = co_await replace_file(path, content(10, 1));
    EXPECT_EQ(error_of(replaced).describe(), "io (Is a directory, EISDIR): rename");
    const auto listed = co_await list_directory(directory);
    EXPECT_EQ(listed.value().size(), 1u);
    replaced = co_await replace_file(directory + "/none/file", content(10, 1));
    EXPECT_EQ(error_of(replaced).describe(), "io (No such file or directory, ENOENT): open");
  });
}

Task<Status> replace(std::string path, std::uint64_t seed) {
  const Status replaced = co_await replace_file(path, content(5000, seed));
  co_return replaced;
}

TEST_P(WholeFiles, OfManyReplacementsAtOnceOneIsTheLast) {
  run([](Strand&, std::string directory) -> Task<void> {
    const std::string path = directory + "/file";
    std::vector<Task<Status>> replacements;
    for (std::uint64_t seed = 0; seed < 10; ++seed) replacements.push_back(replace(path, seed));
    const auto ended = co_await troupe::all_of(std::move(replacements));
    for (const Status& each : ended) EXPECT_TRUE(each.ok());
    const auto back = co_await read_whole_file(path, 10'000);
    unsigned found = 0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      found += back.value() == content(5000, seed) ? 1u : 0u;
    }
    EXPECT_EQ(found, 1u);
    const auto listed = co_await list_directory(directory);
    EXPECT_EQ(listed.value().size(), 1u);
  });
}

TEST_P(WholeFiles, WhatIsUnfinishedCanBeRemoved) {
  run([](Strand& strand, std::string directory) -> Task<void> {
    const std::string path = directory + "/file";
    const Status first = co_await replace_file(path, content(100, 1));
    EXPECT_TRUE(first.ok());
    // A cancellation that comes at any moment.
    unsigned done = 0;
    for (std::uint64_t wait = 0; wait < 30; ++wait) {
      auto ended = co_await troupe::first_of(replace(path, 1), yields(wait));
      done += ended.index() == 0 ? 1u : 0u;
    }
    Status removed = co_await remove_unfinished_replacements(directory);
    EXPECT_TRUE(removed.ok());
    const auto listed = co_await list_directory(directory);
    EXPECT_EQ(listed.value().size(), 1u);
    EXPECT_LT(done, 30u);
    removed = co_await remove_unfinished_replacements(directory + "/none");
    EXPECT_FALSE(removed.ok());
  });
}

TEST_P(WholeFiles, ThatSayNothingOfTheirSizeAreReadToTheEnd) {
  if (GetParam().simulated) return;  // A matter of the kernel's own files.
  run([](Strand&, std::string) -> Task<void> {
    const auto status = co_await read_whole_file("/proc/self/status", 1u << 20);
    EXPECT_GT(status.value().size(), 100u);
    const auto limited = co_await read_whole_file("/proc/self/status", 100);
    EXPECT_TRUE(error_of(limited).is(Code::kTooLarge));
  });
}

}  // namespace
}  // namespace troupe::io
