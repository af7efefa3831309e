#include "codegen/import_files.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "codegen/files.h"

namespace troupe::codegen {
namespace {

constexpr std::string_view kCurrentFolder = ".";

/// Without "./" in front, and without detours.
std::string plain(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().string();
}

std::string below(const std::string& root, const std::string& path) {
  return root == kCurrentFolder ? path : root + "/" + path;
}

}  // namespace

ImportRoots::ImportRoots(std::vector<std::string> roots) : roots_(std::move(roots)) {
  if (roots_.empty()) roots_.emplace_back(kCurrentFolder);
  for (std::string& root : roots_) {
    root = plain(root.empty() ? std::string(kCurrentFolder) : root);
    while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  }
}

std::optional<FoundFile> ImportRoots::read(const std::string& path, std::string& failure) const {
  std::string looked_at;
  for (const std::string& root : roots_) {
    const std::string place = below(root, path);
    std::error_code error;
    if (!std::filesystem::exists(place, error)) {
      looked_at += (looked_at.empty() ? "'" : ", '") + root + "'";
      continue;
    }
    std::optional<std::string> text = read_file(place, failure);
    if (!text) return std::nullopt;
    return FoundFile{place, identity(place), std::move(*text)};
  }
  failure = "there is no such file below " + looked_at;
  return std::nullopt;
}

std::string ImportRoots::identity(const std::string& shown_path) const {
  std::error_code error;
  const auto path = std::filesystem::weakly_canonical(shown_path, error);
  return error ? shown_path : path.string();
}

std::string ImportRoots::import_path(const std::string& shown_path) const {
  const std::string path = plain(shown_path);
  // The deepest root: "external/shop" before ".", which has everything below it, too.
  std::size_t skipped = 0;
  for (const std::string& root : roots_) {
    const bool has_it = path.size() > root.size() && path.starts_with(root + "/");
    if (has_it && root.size() + 1 > skipped) skipped = root.size() + 1;
  }
  return path.substr(skipped);
}

}  // namespace troupe::codegen
