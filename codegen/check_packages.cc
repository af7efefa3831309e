#include "codegen/check_packages.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "codegen/namer.h"

namespace troupe::codegen {
namespace {

class PackageChecker {
 public:
  PackageChecker(const Unit& unit, Diagnostics& diagnostics)
      : unit_(unit), diagnostics_(diagnostics) {}

  void run();

 private:
  struct Declaration {
    const Unit* unit;
    Name name;
  };

  static std::vector<Name> names_of(const Unit& unit);
  void add_file(const Unit& unit);
  void add(const Unit& unit, const Name& name);
  /// The import by which `unit` comes in.
  const ImportNode& import_of(const Unit& unit) const;

  const Unit& unit_;
  Diagnostics& diagnostics_;
  /// By package and generated name.
  std::map<std::pair<std::string, std::string>, Declaration> declarations_;
  std::map<std::pair<std::string, std::string>, const Unit*> files_;
};

void PackageChecker::run() {
  for (const Unit* import : reachable_units(unit_)) {
    add_file(*import);
    for (const Name& name : names_of(*import)) add(*import, name);
  }
  add_file(unit_);
  for (const Name& name : names_of(unit_)) add(unit_, name);
}

std::vector<Name> PackageChecker::names_of(const Unit& unit) {
  std::vector<Name> names;
  for (const EnumNode& node : unit.tree.enums) names.push_back(node.name);
  for (const StructNode& node : unit.tree.structs) names.push_back(node.name);
  for (const ActorNode& node : unit.tree.actors) names.push_back(node.name);
  return names;
}

const ImportNode& PackageChecker::import_of(const Unit& unit) const {
  for (std::size_t index = 0; index < unit_.imports.size(); ++index) {
    const Unit* import = unit_.imports[index];
    if (import == nullptr) continue;
    const std::vector<const Unit*> behind = reachable_units(*import);
    const bool leads_there = import == &unit || std::ranges::find(behind, &unit) != behind.end();
    if (leads_there) return unit_.tree.imports[index];
  }
  return unit_.tree.imports.front();
}

void PackageChecker::add_file(const Unit& unit) {
  if (unit.package.empty()) return;
  const std::string name(file_name(unit.path));
  const auto [place, is_new] = files_.emplace(std::pair(unit.package, name), &unit);
  if (is_new) return;
  // Cap'n Proto's number of a file is made of both.
  const Unit& named = &unit == &unit_ ? *place->second : unit;
  diagnostics_.error(import_of(named).span, "two files of package " + unit.package +
                                                " are called " + name + ": " + unit.path + " and " +
                                                place->second->path);
}

void PackageChecker::add(const Unit& unit, const Name& name) {
  const std::pair key(unit.package, capnp_type(name.text));
  const auto [place, is_new] = declarations_.emplace(key, Declaration{&unit, name});
  // Two in one file are reported with the names of that file.
  if (is_new || place->second.unit == &unit) return;
  const Declaration& first = place->second;
  if (&unit == &unit_) {
    diagnostics_
        .error(name.span,
               "'" + std::string(name.text) + "' is declared twice in package " + unit.package)
        .note(first.unit->source, first.name.span, "first declared here");
    return;
  }
  diagnostics_
      .error(import_of(unit).span, "'" + std::string(name.text) + "' of package " + unit.package +
                                       " is declared in two imported files")
      .note(first.unit->source, first.name.span, "declared here")
      .note(unit.source, name.span, "and declared here");
}

}  // namespace

void check_packages(const Unit& unit, Diagnostics& diagnostics) {
  // Nothing to compare: names within one file are compared elsewhere.
  if (unit.tree.imports.empty()) return;
  PackageChecker(unit, diagnostics).run();
}

}  // namespace troupe::codegen
