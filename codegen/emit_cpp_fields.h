// C++ for single fields: how their values are declared, written and read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codegen/emit_cpp_types.h"
#include "codegen/ir.capnp.h"

namespace troupe::codegen {

/// What a member of a struct is initialised with: ` = 5`, `{}`, or nothing.
std::string initializer(const CppTypes& types, ir::Field::Reader field, const CppScope& scope);

/// Whether absence means something else than zero or an empty text: that is XORed on the wire, or
/// written even when it is empty.
bool has_wire_default(ir::Field::Reader field, ir::File::Reader file);

enum class Defaults { kShown, kHidden };

/// Parameters of a function that takes the fields: `const Money& amount`. Defaults are shown where
/// nothing without one follows.
std::vector<std::string> argument_list(const CppTypes& types, ir::Record::Reader record,
                                       const CppScope& scope, Defaults defaults);

/// The statements that write a field's `argument` with `writer`.
std::string write_field(const CppTypes& types, ir::Field::Reader field, const std::string& writer,
                        const std::string& argument);

/// The expression that reads a field which is no option, or takes it out.
std::string read_field(const CppTypes& types, ir::Field::Reader field, const std::string& reader,
                       const CppScope& scope);

/// The statement that reads a field into the variable `target`.
std::string assign_field(const CppTypes& types, ir::Field::Reader field, const std::string& reader,
                         const std::string& target, const CppScope& scope, std::size_t indentation);

/// The statements that return what a field holds.
std::string return_field(const CppTypes& types, ir::Field::Reader field, const std::string& reader,
                         const CppScope& scope);

}  // namespace troupe::codegen
