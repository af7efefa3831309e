#include "codegen/files.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

namespace troupe::codegen {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

std::string describe(const std::string& path, int error) {
  return path + ": " + std::generic_category().message(error);
}

}  // namespace

std::optional<std::string> read_file(const std::string& path, std::string& failure) {
  const File file(std::fopen(path.c_str(), "rb"));
  if (!file) {
    failure = describe(path, errno);
    return std::nullopt;
  }
  std::string content(kFileBytesMax + 1, '\0');
  errno = 0;
  content.resize(std::fread(content.data(), 1, content.size(), file.get()));
  if (std::ferror(file.get()) != 0) {
    failure = describe(path, errno);
    return std::nullopt;
  }
  return content;
}

bool write_file(const std::string& path, std::string_view content, std::string& failure) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) {
    failure = describe(parent.string(), error.value());
    return false;
  }
  errno = 0;
  File file(std::fopen(path.c_str(), "wb"));
  bool written =
      file && std::fwrite(content.data(), 1, content.size(), file.get()) == content.size();
  // What the library still holds is written here: a full disk may be noticed only now.
  if (file) written = std::fclose(file.release()) == 0 && written;
  if (!written) failure = describe(path, errno);
  return written;
}

}  // namespace troupe::codegen
