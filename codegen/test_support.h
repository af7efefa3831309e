// What the tests of actorc share: running stages over a text and reading what they say.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "codegen/diagnostics.h"
#include "codegen/import_files.h"
#include "codegen/source.h"

namespace troupe::codegen {

/// Files that imports find, by path.
class MemoryFiles final : public ImportFiles {
 public:
  explicit MemoryFiles(std::map<std::string, std::string> files);

  std::optional<FoundFile> read(const std::string& path, std::string& failure) const override;
  std::string identity(const std::string& shown_path) const override { return shown_path; }
  std::string import_path(const std::string& shown_path) const override { return shown_path; }

 private:
  std::map<std::string, std::string> files_;
};

/// What the whole compiler prints about the file at `path`, which is one of `files`.
std::string printed_findings(const std::string& path, const MemoryFiles& files);

/// One line per finding, by position: "3:7 message", with " (did you mean 'x'?)" and " [note 1:2
/// text]" behind it where there are any.
std::string summarize(const Source& source, const Diagnostics& diagnostics);

/// The findings of lexer and parser alone.
std::string syntax_findings(std::string text);

/// The findings of the whole compiler.
std::string findings(std::string text);

/// The findings of the whole compiler for `body` below a package line: lines count from 2.
std::string findings_in_package(const std::string& body);

}  // namespace troupe::codegen
