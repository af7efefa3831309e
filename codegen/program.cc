#include "codegen/program.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "codegen/limits.h"
#include "codegen/parser.h"

namespace troupe::codegen {
namespace {

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

/// What is wrong with the form of an import's path; empty if nothing is.
std::string path_mistake(std::string_view path) {
  constexpr std::string_view kSuffix = ".actor";
  if (path.size() > kImportPathBytesMax) {
    return "path of " + std::to_string(path.size()) + " bytes; the limit is " +
           std::to_string(kImportPathBytesMax);
  }
  const bool is_contract = path.ends_with(kSuffix) && !file_name(path).starts_with(kSuffix);
  if (!is_contract) return "an import names a file that ends with '.actor'";
  const auto is_plain = [](char byte) {
    return static_cast<unsigned char>(byte) >= 0x20 && byte != '"' && byte != '\\';
  };
  if (!std::ranges::all_of(path, is_plain)) {
    return "the path of an import has '/' between its folders, and neither quotes nor backslashes";
  }
  for (std::string_view rest = path;;) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, end);
    if (part.empty() || part == "." || part == "..") {
      return "the path of an import starts at the root of the workspace, such as "
             "\"examples/shop/money.actor\"";
    }
    if (end == rest.size()) return "";
    rest.remove_prefix(end + 1);
  }
}

/// Depth first, with the chain of files that are being read.
class Loader {
 public:
  Loader(const ImportFiles& files, std::vector<std::unique_ptr<Unit>>& units,
         std::deque<Diagnostics>& findings)
      : files_(files), units_(units), findings_(findings) {}

  const Unit* load(std::unique_ptr<Unit> unit, const Source& source, std::string identity);

 private:
  struct Open {
    std::string identity;
    std::string path;
  };

  const Unit* load_import(const ImportNode& node, Diagnostics& findings);
  void report_cycle(const ImportNode& node, std::size_t back_to, Diagnostics& findings);

  const ImportFiles& files_;
  std::vector<std::unique_ptr<Unit>>& units_;
  std::deque<Diagnostics>& findings_;
  std::vector<Open> open_;
  /// Those that are done.
  std::map<std::string, const Unit*> by_identity_;
  std::size_t started_ = 0;
};

const Unit* Loader::load(std::unique_ptr<Unit> unit, const Source& source, std::string identity) {
  Diagnostics findings;
  open_.push_back({identity, unit->path});
  ++started_;
  if (source.text().size() > kFileBytesMax) {
    findings.error({0, 0}, "file of " + std::to_string(source.text().size()) +
                               " bytes; the limit is " + std::to_string(kFileBytesMax));
    unit->tree.complete = false;
  } else {
    unit->tree = parse(source, findings);
  }
  if (unit->tree.package) unit->package = joined(unit->tree.package->parts);
  std::map<const Unit*, Span> seen;
  for (const ImportNode& node : unit->tree.imports) {
    const Unit* import = node.malformed ? nullptr : load_import(node, findings);
    unit->imports.push_back(import);
    if (import == nullptr) continue;
    const auto [place, is_new] = seen.emplace(import, node.span);
    if (is_new) continue;
    findings.error(node.span, quoted(node.path) + " is imported twice")
        .note(place->second, "first imported here");
  }
  open_.pop_back();
  const Unit* result = unit.get();
  by_identity_.emplace(std::move(identity), result);
  units_.push_back(std::move(unit));
  findings_.push_back(std::move(findings));
  return result;
}

const Unit* Loader::load_import(const ImportNode& node, Diagnostics& findings) {
  if (std::string mistake = path_mistake(node.path); !mistake.empty()) {
    findings.error(node.span, std::move(mistake));
    return nullptr;
  }
  std::string failure;
  std::optional<FoundFile> found = files_.read(node.path, failure);
  if (!found) {
    findings.error(node.span, "cannot import " + quoted(node.path) + ": " + failure +
                                  "; in a build, the library that has it is one of the deps");
    return nullptr;
  }
  const auto done = by_identity_.find(found->identity);
  if (done != by_identity_.end()) return done->second;
  for (std::size_t index = 0; index < open_.size(); ++index) {
    if (open_[index].identity != found->identity) continue;
    report_cycle(node, index, findings);
    return nullptr;
  }
  if (open_.size() > kImportDepthMax) {
    findings.error(node.span,
                   "more than " + std::to_string(kImportDepthMax) + " imports within each other");
    return nullptr;
  }
  if (started_ > kImportsMax) {
    findings.error(node.span, "more than " + std::to_string(kImportsMax) +
                                  " files are imported, with what those import");
    return nullptr;
  }
  auto unit = std::make_unique<Unit>();
  unit->source = std::make_shared<const Source>(found->shown_path, std::move(found->text));
  unit->path = node.path;
  const Source& source = *unit->source;
  return load(std::move(unit), source, std::move(found->identity));
}

void Loader::report_cycle(const ImportNode& node, std::size_t back_to, Diagnostics& findings) {
  if (back_to + 1 == open_.size()) {
    findings.error(node.span, "a file cannot import itself");
    return;
  }
  std::string walk;
  for (std::size_t index = back_to; index < open_.size(); ++index) {
    walk += open_[index].path + " -> ";
  }
  findings.error(node.span, "files import each other in a circle: " + walk + node.path +
                                "; move what both need to a third file");
}

}  // namespace

Program::Program(const Source& source, const ImportFiles& files) {
  auto unit = std::make_unique<Unit>();
  unit->path = files.import_path(source.path());
  Loader(files, units_, findings_).load(std::move(unit), source, files.identity(source.path()));
}

Diagnostics Program::take_findings() {
  Diagnostics all = std::move(findings_.back());
  for (std::size_t index = 0; index + 1 < units_.size(); ++index) {
    all.add(units_[index]->source, std::move(findings_[index]));
  }
  return all;
}

}  // namespace troupe::codegen
