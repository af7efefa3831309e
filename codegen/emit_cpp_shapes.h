// The shapes of a generated source: what pointers the structs and messages of a contract may have.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "codegen/emit_cpp_types.h"
#include "codegen/ir.capnp.h"
#include "codegen/printer.h"

namespace troupe::codegen {

class CppShapes {
 public:
  CppShapes(ir::File::Reader file, Printer& printer)
      : file_(file), types_(file), printer_(printer) {}

  /// What the others refer to; for the beginning of the package's namespace.
  void emit_shared();
  /// `kShape` of a declared struct.
  void emit_struct(ir::Struct::Reader node);
  /// The function `prefix`_shape_of and its tables, for an unnamed namespace.
  void emit_actor(ir::Actor::Reader node, const std::string& prefix);

 private:
  void collect(ir::Record::Reader record, Printer& printer);
  /// Emits a list type's shape and those of the lists in it, once.
  void emit_list(ir::Type::Reader type, Printer& printer);
  /// The table of a record's pointers; its name, or empty if it has none.
  std::string emit_pointers(const std::string& name, ir::Record::Reader record);
  /// The shape of a message's payload; how to refer to it.
  std::string emit_payload(const std::string& name, ir::Record::Reader record);
  /// What a pointer of that type is, as the rest of an initialiser: `kText`, `kStruct, &A::kShape`.
  std::string pointer(ir::Type::Reader type) const;
  /// What the elements of a list are, as the items of an initialiser.
  std::vector<std::string> element(ir::Type::Reader type) const;
  /// How to refer to the shape of a list.
  std::string list(ir::Type::Reader type) const;
  std::string structure(ir::Type::Reader type) const;
  /// A constant that nothing else is called.
  std::string unique(const std::string& name);

  ir::File::Reader file_;
  CppTypes types_;
  Printer& printer_;
  std::set<std::string> names_;
  /// By the items of their initialisers.
  std::map<std::string, std::string> lists_;
};

}  // namespace troupe::codegen
