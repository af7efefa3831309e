#include "codegen/emit_cpp_fields.h"

#include <bit>
#include <cstdint>
#include <limits>

#include "codegen/emit_cpp_text.h"
#include "codegen/literal_text.h"
#include "codegen/namer.h"

namespace troupe::codegen {
namespace {

std::string signed_literal(std::int64_t value) {
  // The least number has no literal: the minus is an operator.
  if (value == std::numeric_limits<std::int64_t>::min()) return "-9223372036854775807 - 1";
  return std::to_string(value);
}

std::string unsigned_literal(std::uint64_t value) {
  const bool is_large = value > std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  return std::to_string(value) + (is_large ? "u" : "");
}

std::string floating_literal(ir::Field::Reader field) {
  const double value = field.getDefault().getFloating();
  return field.getType().isF32() ? floating(static_cast<float>(value)) + "f" : floating(value);
}

ir::Enumerator::Reader default_enumerator(ir::Field::Reader field, ir::File::Reader file) {
  const auto node = file.getEnums()[field.getType().getEnum()];
  return node.getEnumerators()[field.getDefault().getEnumerator()];
}

/// The contract's default, as C++ writes a value of the field's type; empty if there is none.
std::string default_literal(const CppTypes& types, ir::Field::Reader field, const CppScope& scope) {
  const auto value = field.getDefault();
  switch (value.which()) {
    case ir::Field::Default::NONE:
      return "";
    case ir::Field::Default::BOOL:
      return value.getBool() ? "true" : "false";
    case ir::Field::Default::SIGNED:
      return signed_literal(value.getSigned());
    case ir::Field::Default::UNSIGNED:
      return unsigned_literal(value.getUnsigned());
    case ir::Field::Default::FLOATING:
      return floating_literal(field);
    case ir::Field::Default::TEXT:
      return quoted(value.getText().cStr());
    case ir::Field::Default::ENUMERATOR:
      return types.value(field.getType(), scope) +
             "::" + cpp_enumerator(default_enumerator(field, types.file()).getName().cStr());
  }
  return "";
}

/// The default as functions that encode and decode take it: `, 5`; empty where it is zero.
std::string wire_default(const CppTypes& types, ir::Field::Reader field) {
  if (!has_wire_default(field, types.file())) return "";
  if (field.getDefault().isEnumerator()) {
    return ", " + std::to_string(default_enumerator(field, types.file()).getOrdinal());
  }
  return ", " + default_literal(types, field, CppScope());
}

/// What a field holds, or what its option does.
ir::Type::Reader held_type(ir::Field::Reader field) {
  return field.getType().isOption() ? field.getType().getOption() : field.getType();
}

std::string offset_of(ir::Field::Reader field) {
  const auto placement = field.getPlacement();
  return std::to_string(placement.isOption() ? placement.getOption().getOffset()
                                             : placement.getSlot().getOffset());
}

std::string discriminant_of(ir::Field::Reader field) {
  return std::to_string(field.getPlacement().getOption().getDiscriminantOffset());
}

/// The statement that writes `value`, whose members are behind `access`.
std::string write_value(const CppTypes& types, ir::Field::Reader field, const std::string& writer,
                        const std::string& value, const std::string& access) {
  const auto type = held_type(field);
  const std::string place = offset_of(field);
  const std::string argument = access == "->" ? "*" + value : value;
  const std::string otherwise = wire_default(types, field);
  if (type.isBool()) return writer + ".set_bool(" + place + ", " + argument + otherwise + ");";
  if (type.isText()) {
    const std::string function = otherwise.empty() ? ".set_text(" : ".set_text_always(";
    return writer + function + place + ", " + argument + ");";
  }
  if (type.isBytes()) return writer + ".set_bytes(" + place + ", " + argument + ");";
  if (type.isRef() || type.isReply() || type.isList()) {
    return value + access + "write_to(" + writer + ", " + place + ");";
  }
  if (type.isEnum()) {
    return writer + ".set<std::uint16_t>(" + place + ", static_cast<std::uint16_t>(" + argument +
           ")" + otherwise + ");";
  }
  if (type.isStruct()) {
    const auto record = types.structure(type);
    return value + access + "write_to(" + writer + ".structure(" + place + ", " +
           std::to_string(record.getDataWords()) + ", " + std::to_string(record.getPointerCount()) +
           "));";
  }
  return writer + ".set<" + scalar(type) + ">(" + place + ", " + argument + otherwise + ");";
}

}  // namespace

std::string initializer(const CppTypes& types, ir::Field::Reader field, const CppScope& scope) {
  const auto type = field.getType();
  const std::string literal = default_literal(types, field, scope);
  if (!literal.empty()) return " = " + literal;
  if (type.isEnum()) return "{}";
  if (type.isBool()) return " = false";
  return scalar(type).empty() ? "" : " = 0";
}

bool has_wire_default(ir::Field::Reader field, ir::File::Reader file) {
  const auto value = field.getDefault();
  switch (value.which()) {
    case ir::Field::Default::NONE:
      return false;
    case ir::Field::Default::BOOL:
      return value.getBool();
    case ir::Field::Default::SIGNED:
      return value.getSigned() != 0;
    case ir::Field::Default::UNSIGNED:
      return value.getUnsigned() != 0;
    case ir::Field::Default::FLOATING:
      return std::bit_cast<std::uint64_t>(value.getFloating()) != 0;
    case ir::Field::Default::TEXT:
      return value.getText().size() != 0;
    case ir::Field::Default::ENUMERATOR:
      return default_enumerator(field, file).getOrdinal() != 0;
  }
  return false;
}

std::vector<std::string> argument_list(const CppTypes& types, ir::Record::Reader record,
                                       const CppScope& scope, Defaults defaults) {
  const auto fields = record.getFields();
  unsigned first_default = fields.size();
  while (first_default > 0 && !fields[first_default - 1].getDefault().isNone()) --first_default;
  if (defaults == Defaults::kHidden) first_default = fields.size();
  std::vector<std::string> list;
  for (unsigned index = 0; index < fields.size(); ++index) {
    std::string parameter = types.argument(fields[index].getType(), scope) + " " +
                            cpp_name(fields[index].getName().cStr());
    if (index >= first_default) parameter += " = " + default_literal(types, fields[index], scope);
    list.push_back(std::move(parameter));
  }
  return list;
}

std::string write_field(const CppTypes& types, ir::Field::Reader field, const std::string& writer,
                        const std::string& argument) {
  if (!field.getType().isOption()) return write_value(types, field, writer, argument, ".");
  return "if (" + argument + ") {\n  " + writer + ".set<std::uint16_t>(" + discriminant_of(field) +
         ", 1);\n  " + write_value(types, field, writer, argument, "->") + "\n}";
}

std::string read_field(const CppTypes& types, ir::Field::Reader field, const std::string& reader,
                       const CppScope& scope) {
  const auto type = held_type(field);
  const std::string offset = offset_of(field);
  const std::string place = "(" + offset + wire_default(types, field) + ")";
  if (type.isBool()) return reader + ".get_bool" + place;
  if (type.isText()) return reader + ".text" + place;
  if (type.isBytes()) return reader + ".bytes" + place;
  if (type.isEnum()) {
    return "static_cast<" + types.value(type, scope) + ">(" + reader + ".get<std::uint16_t>" +
           place + ")";
  }
  if (type.isList())
    return types.value(type, scope) + "::read_from(" + reader + ", " + offset + ")";
  const std::string structure = reader + ".structure" + place;
  if (type.isReply()) return types.value(type, scope) + "::take_from(" + structure + ")";
  if (type.isStruct() || type.isRef()) {
    return types.value(type, scope) + "::read_from(" + structure + ")";
  }
  return reader + ".get<" + scalar(type) + ">" + place;
}

std::string assign_field(const CppTypes& types, ir::Field::Reader field, const std::string& reader,
                         const std::string& target, const CppScope& scope,
                         std::size_t indentation) {
  const std::string value = read_field(types, field, reader, scope);
  if (!field.getType().isOption()) return fill_terms(target + " = ", {value}, "", ";", indentation);
  const std::string condition =
      "if (" + reader + ".get<std::uint16_t>(" + discriminant_of(field) + ") == 1) ";
  const std::string line = condition + target + " = " + value + ";";
  if (indentation + line.size() <= kColumnsMax) return line;
  const std::string body = fill_terms(target + " = ", {value}, "", ";", indentation + 2);
  return condition + "{\n" + indented(body) + "\n}";
}

std::string return_field(const CppTypes& types, ir::Field::Reader field, const std::string& reader,
                         const CppScope& scope) {
  const std::string value = "return " + read_field(types, field, reader, scope) + ";";
  if (!field.getType().isOption()) return value;
  return "if (" + reader + ".get<std::uint16_t>(" + discriminant_of(field) +
         ") != 1) return std::nullopt;\n" + value;
}

}  // namespace troupe::codegen
