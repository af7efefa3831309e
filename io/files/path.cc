#include "io/files/path.h"

#include <climits>

namespace troupe::io {

Status check_path(std::string_view path) {
  if (path.size() >= PATH_MAX) {
    return Error(Code::kInvalidArgument, path.size(), "the path is longer than PATH_MAX (4096)");
  }
  if (path.find('\0') != std::string_view::npos) {
    return Error(Code::kInvalidArgument, path.size(), "the path has a zero byte in it");
  }
  return ok();
}

std::string describe(const Error& error, std::string_view path) {
  std::string line = error.describe();
  line += " (path ";
  line += path;
  line += ")";
  return line;
}

std::string directory_of(std::string_view path) {
  // "a/b/" is b in a: what ends it names nothing.
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

}  // namespace troupe::io
