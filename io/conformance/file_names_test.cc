// What every backend does alike with names: opening, directories, and errors that name the path.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>

#include "io/conformance/testing_files.h"

namespace troupe::io {
namespace {

class FileNames : public OnEachFileGround {};

INSTANTIATE_TEST_SUITE_P(Backends, FileNames, testing::ValuesIn(kFileGrounds), file_ground_name);

/// What opening `path` says, in a line; empty if it succeeds.
Task<std::string> opening(std::string path, OpenOptions options = OpenOptions()) {
  const Result<File> opened = co_await File::open(path, options);
  co_return opened.ok() ? "" : describe(opened.error(), path);
}

TEST_P(FileNames, AreInTheErrorsOfOpen) {
  run([](Strand&, std::string directory) -> Task<void> {
    const std::string path = directory + "/file";
    std::string line = co_await opening(path);
    EXPECT_EQ(line, "io (No such file or directory, ENOENT): open (path " + path + ")");
    line = co_await opening(path, for_writing());
    EXPECT_EQ(line, "");
    OpenOptions options = for_writing();
    options.create_new = true;
    line = co_await opening(path, options);
    EXPECT_EQ(line, "io (File exists, EEXIST): open (path " + path + ")");
    line = co_await opening(directory, for_writing());
    EXPECT_EQ(line, "io (Is a directory, EISDIR): open (path " + directory + ")");
    line = co_await opening(path + "/below");
    EXPECT_EQ(line, "io (Not a directory, ENOTDIR): open (path " + path + "/below)");
    line = co_await opening("");
    EXPECT_EQ(line, "io (No such file or directory, ENOENT): open (path )");
    const std::string long_name = directory + "/" + std::string(NAME_MAX + 1, 'x');
    line = co_await opening(long_name);
    EXPECT_EQ(line, "io (File name too long, ENAMETOOLONG): open (path " + long_name + ")");
  });
}

TEST_P(FileNames, AreCheckedBeforeTheKernelSeesThem) {
  run([](Strand&, std::string) -> Task<void> {
    const std::string too_long(PATH_MAX, 'x');
    const Result<File> opened = co_await File::open(too_long);
    EXPECT_EQ(error_of(opened).describe(),
              "invalid_argument (4096): the path is longer than PATH_MAX (4096)");
    const std::string with_zero("a\0b", 3);
    for (const std::string& path : {too_long, with_zero}) {
      Status done = co_await unlink(path);
      EXPECT_TRUE(error_of(done).is(Code::kInvalidArgument));
      done = co_await rename(path, "a");
      EXPECT_TRUE(error_of(done).is(Code::kInvalidArgument));
      done = co_await rename("a", path);
      EXPECT_TRUE(error_of(done).is(Code::kInvalidArgument));
      done = co_await make_directory(path);
      EXPECT_TRUE(error_of(done).is(Code::kInvalidArgument));
      done = co_await remove_directory(path);
      EXPECT_TRUE(error_of(done).is(Code::kInvalidArgument));
      done = co_await sync_directory(path);
      EXPECT_TRUE(error_of(done).is(Code::kInvalidArgument));
      const auto listed = co_await list_directory(path);
      EXPECT_TRUE(error_of(listed).is(Code::kInvalidArgument));
    }
  });
}

TEST_P(FileNames, OptionsMustNotContradict) {
  run([](Strand&, std::string directory) -> Task<void> {
    OpenOptions none;
    none.read = false;
    const Result<File> neither = co_await File::open(directory + "/file", none);
    EXPECT_TRUE(error_of(neither).is(Code::kInvalidArgument));
    for (bool OpenOptions::* option : {&OpenOptions::append, &OpenOptions::create,
                                       &OpenOptions::create_new, &OpenOptions::truncate}) {
      OpenOptions options;
      options.*option = true;
      const Result<File> opened = co_await File::open(directory + "/file", options);
      EXPECT_TRUE(error_of(opened).is(Code::kInvalidArgument));
    }
  });
}

TEST_P(FileNames, OpenAsTold) {
  run([](Strand&, std::string directory) -> Task<void> {
    const std::string path = directory + "/file";
    File file = co_await open_new(path);
    Status written = co_await file.write_at(content(100, 1), 0);
    EXPECT_TRUE(written.ok());
    // Neither reading nor creating empties it.
    Result<File> reading = co_await File::open(path);
    Result<std::uint64_t> size = co_await reading->size();
    EXPECT_EQ(size.value(), 100u);
    written = co_await reading->write_at(content(1, 1), 0);
    EXPECT_EQ(reading->describe(error_of(written)),
              "io (Bad file descriptor, EBADF): write_at (path " + path + ")");
    OpenOptions options = for_writing();
    options.read = false;
    options.truncate = true;
    Result<File> writing = co_await File::open(path, options);
    size = co_await writing->size();
    EXPECT_EQ(size.value(), 0u);
    std::vector<std::byte> buffer(10);
    const Result<std::size_t> count = co_await writing->read_at(buffer, 0);
    EXPECT_EQ(error_of(count).describe(), "io (Bad file descriptor, EBADF): read_at");
  });
}

TEST_P(FileNames, AClosedFileSaysSo) {
  run([](Strand&, std::string directory) -> Task<void> {
    File file = co_await open_new(directory + "/file");
    Status closed = co_await file.close();
    EXPECT_TRUE(closed.ok());
    EXPECT_FALSE(file.is_open());
    closed = co_await file.close();
    EXPECT_EQ(file.describe(error_of(closed)),
              "io (Bad file descriptor, EBADF): close (path " + directory + "/file)");
    const Status synced = co_await file.sync();
    EXPECT_EQ(error_of(synced).describe(), "io (Bad file descriptor, EBADF): sync");
    const Status cut = co_await file.truncate(0);
    EXPECT_EQ(error_of(cut).describe(), "io (Bad file descriptor, EBADF): truncate");
    const Result<std::uint64_t> size = co_await file.size();
    EXPECT_EQ(error_of(size).describe(), "io (Bad file descriptor, EBADF): size");
  });
}

TEST_P(FileNames, MoveInOneStep) {
  run([](Strand&, std::string directory) -> Task<void> {
    const std::string from = directory + "/from";
    const std::string to = directory + "/to";
    Status done = co_await rename(from, to);
    EXPECT_EQ(describe(error_of(done), from),
              "io (No such file or directory, ENOENT): rename (path " + from + ")");
    File old_file = co_await open_new(to);
    File new_file = co_await open_new(from);
    done = co_await new_file.write_at(content(10, 1), 0);
    EXPECT_TRUE(done.ok());
    done = co_await rename(from, to);
    EXPECT_TRUE(done.ok());
    // Who has the old one open keeps it.
    const Result<std::uint64_t> size = co_await old_file.size();
    EXPECT_EQ(size.value(), 0u);
    const auto bytes = co_await read_whole_file(to, 100);
    EXPECT_TRUE(bytes.value() == content(10, 1));
    const std::string line = co_await opening(from);
    EXPECT_NE(line.find("ENOENT"), std::string::npos);
  });
}

TEST_P(FileNames, AreMadeListedAndRemoved) {
  run([](Strand&, std::string directory) -> Task<void> {
    const std::string inner = directory + "/inner";
    Status done = co_await make_directory(inner);
    EXPECT_TRUE(done.ok());
    done = co_await make_directory(inner);
    EXPECT_EQ(error_of(done).describe(), "io (File exists, EEXIST): make_directory");
    done = co_await make_directory(inner + "/none/below");
    EXPECT_EQ(error_of(done).describe(), "io (No such file or directory, ENOENT): make_directory");
    for (const char* name : {"/c", "/a", "/b"}) co_await open_new(inner + name);
    done = co_await make_directory(inner + "/d");
    EXPECT_TRUE(done.ok());
    done = co_await sync_directory(inner);
    EXPECT_TRUE(done.ok());
    auto listed = co_await list_directory(inner);
    const std::vector<DirectoryEntry> expected = {{"a", EntryKind::kFile},
                                                  {"b", EntryKind::kFile},
                                                  {"c", EntryKind::kFile},
                                                  {"d", EntryKind::kDirectory}};
    EXPECT_TRUE(listed.value() == expected);
    listed = co_await list_directory(inner, 4);
    EXPECT_TRUE(listed.ok());
    listed = co_await list_directory(inner, 3);
    EXPECT_EQ(error_of(listed).describe(),
              "too_large (3): list_directory: more entries than the limit");
    listed = co_await list_directory(inner + "/a");
    EXPECT_EQ(error_of(listed).describe(), "io (Not a directory, ENOTDIR): list_directory");
    done = co_await sync_directory(inner + "/a");
    EXPECT_EQ(error_of(done).describe(), "io (Not a directory, ENOTDIR): sync_directory");
    done = co_await unlink(inner + "/d");
    EXPECT_EQ(error_of(done).describe(), "io (Is a directory, EISDIR): unlink");
    done = co_await remove_directory(inner);
    EXPECT_EQ(error_of(done).describe(), "io (Directory not empty, ENOTEMPTY): remove_directory");
    done = co_await remove_directory(inner + "/d");
    EXPECT_TRUE(done.ok());
    for (const char* name : {"/a", "/b", "/c"}) {
      done = co_await unlink(inner + name);
      EXPECT_TRUE(done.ok());
    }
    done = co_await unlink(inner + "/a");
    EXPECT_EQ(error_of(done).describe(), "io (No such file or directory, ENOENT): unlink");
    done = co_await remove_directory(inner);
    EXPECT_TRUE(done.ok());
    listed = co_await list_directory(directory);
    EXPECT_TRUE(listed.value().empty());
  });
}

TEST_P(FileNames, ADenialIsNamed) {
  if (GetParam().simulated) return;  // It knows no permissions.
  run([](Strand&, std::string directory) -> Task<void> {
    const std::string path = directory + "/file";
    const Descriptor file(::creat(path.c_str(), 0));
    // root may do everything, but this thread and those it will start give that up.
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
    EXPECT_EQ(syscall(SYS_capset, &header, none), 0);
    const std::string line = co_await opening(path);
    EXPECT_EQ(line, "io (Permission denied, EACCES): open (path " + path + ")");
  });
}

TEST_P(FileNames, AFullDiskIsNamed) {
  if (GetParam().simulated) return;  // sim_disk_test.cc
  run([](Strand&, std::string) -> Task<void> {
    OpenOptions options;
    options.write = true;
    Result<File> full = co_await File::open("/dev/full", options);
    const Status written = co_await full->write_at(content(10, 1), 0);
    EXPECT_EQ(full->describe(error_of(written)),
              "io (No space left on device, ENOSPC): write_at (path /dev/full)");
  });
}

}  // namespace
}  // namespace troupe::io
