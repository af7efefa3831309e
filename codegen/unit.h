// One file of a compilation: its tree, and the files that it imports.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/ast.h"
#include "codegen/source.h"

namespace troupe::codegen {

/// Stays where it is, and lives as long as the Program that holds it: symbols point at it.
struct Unit {
  /// Null for the file that is compiled itself: nothing points at it from another file.
  std::shared_ptr<const Source> source;
  /// As an import would say it: "examples/shop/money.actor".
  std::string path;
  FileNode tree;
  /// "shop.money"; empty if the file names none.
  std::string package;
  /// By position in tree.imports; null where there is no such file, or another was already meant.
  std::vector<const Unit*> imports;
  /// How many structs and lists deep each struct is, itself included; by index into tree.structs.
  /// Filled once the file is checked.
  std::vector<std::size_t> struct_depths;

  /// Whether every declaration that the file can name is known.
  bool is_complete() const;
};

/// The name behind the last slash.
std::string_view file_name(std::string_view path);

/// `names` with dots between them.
std::string joined(const std::vector<Name>& names);

/// Every file that `unit` reaches through imports, without itself: nearer ones first, then as in
/// the text.
std::vector<const Unit*> reachable_units(const Unit& unit);

}  // namespace troupe::codegen
