#include "codegen/test_support.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "codegen/parser.h"
#include "codegen/pipeline.h"

namespace troupe::codegen {
namespace {

std::string place_of(const Source& source, Span span) {
  return std::to_string(source.lines().line_of(span.begin)) + ":" +
         std::to_string(source.column_of(span.begin)) + " ";
}

}  // namespace

std::string summarize(const Source& source, const Diagnostics& diagnostics) {
  std::vector<std::pair<std::uint32_t, std::string>> lines;
  for (const Diagnostic& finding : diagnostics.findings()) {
    std::string line = place_of(source, finding.span()) + finding.message();
    if (!finding.suggestion().empty()) line += " (did you mean '" + finding.suggestion() + "'?)";
    for (const Note& note : finding.notes()) {
      const Source& place = note.source == nullptr ? source : *note.source;
      line += " [note " + place_of(place, note.span) + note.message + "]";
    }
    lines.emplace_back(finding.span().begin, line + "\n");
  }
  std::sort(lines.begin(), lines.end());
  std::string summary;
  for (const auto& [begin, line] : lines) summary += line;
  return summary;
}

std::string syntax_findings(std::string text) {
  const Source source("test.actor", std::move(text));
  Diagnostics diagnostics;
  parse(source, diagnostics);
  return summarize(source, diagnostics);
}

std::string findings(std::string text) {
  const Source source("test.actor", std::move(text));
  Diagnostics diagnostics;
  compile(source, {}, diagnostics);
  return summarize(source, diagnostics);
}

MemoryFiles::MemoryFiles(std::map<std::string, std::string> files) : files_(std::move(files)) {}

std::optional<FoundFile> MemoryFiles::read(const std::string& path, std::string& failure) const {
  const auto place = files_.find(path);
  if (place != files_.end()) return FoundFile{path, path, place->second};
  failure = "there is no such file";
  return std::nullopt;
}

std::string printed_findings(const std::string& path, const MemoryFiles& files) {
  std::string failure;
  const Source source(path, files.read(path, failure)->text);
  Diagnostics diagnostics;
  compile(source, {}, files, diagnostics);
  return diagnostics.print(source);
}

std::string findings_in_package(const std::string& body) {
  return findings("package test;\n" + body);
}

}  // namespace troupe::codegen
