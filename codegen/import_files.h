// Where imported files are found. The rest of actorc asks here and never opens one itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace troupe::codegen {

/// A file as it was found.
struct FoundFile {
  /// As findings name it.
  std::string shown_path;
  /// Two paths to one file have one identity.
  std::string identity;
  std::string text;
};

class ImportFiles {
 public:
  virtual ~ImportFiles() = default;

  /// The file that `path` names; empty on failure, with what was looked at in `failure`. Reads at
  /// most kFileBytesMax + 1 bytes.
  virtual std::optional<FoundFile> read(const std::string& path, std::string& failure) const = 0;

  /// The identity of the file that is compiled, by its path on the command line.
  virtual std::string identity(const std::string& shown_path) const = 0;

  /// What an import of that file would say.
  virtual std::string import_path(const std::string& shown_path) const = 0;
};

/// Folders on disk; the first that has the file wins. Without any, the current folder.
class ImportRoots final : public ImportFiles {
 public:
  explicit ImportRoots(std::vector<std::string> roots);

  std::optional<FoundFile> read(const std::string& path, std::string& failure) const override;
  std::string identity(const std::string& shown_path) const override;
  std::string import_path(const std::string& shown_path) const override;

 private:
  std::vector<std::string> roots_;
};

}  // namespace troupe::codegen
