#include "codegen/emit_cpp_shapes.h"

#include "codegen/emit_cpp_text.h"

namespace troupe::codegen {
namespace {

bool is_pointer(ir::Type::Reader type) {
  return type.isText() || type.isBytes() || type.isStruct() || type.isRef() || type.isReply() ||
         type.isList();
}

ir::Type::Reader held_type(ir::Field::Reader field) {
  return field.getType().isOption() ? field.getType().getOption() : field.getType();
}

unsigned index_of(ir::Field::Reader field) {
  const auto placement = field.getPlacement();
  return placement.isOption() ? placement.getOption().getOffset() : placement.getSlot().getOffset();
}

/// Words for a name: `Text` of a text, `ListOfText` of a list of it.
std::string spelled(ir::File::Reader file, ir::Type::Reader type) {
  if (type.isList()) return "ListOf" + spelled(file, type.getList());
  if (type.isStruct()) return file.getStructs()[type.getStruct()].getName().cStr();
  if (type.isText()) return "Texts";
  if (type.isBytes()) return "ByteLists";
  if (type.isRef()) return "Refs";
  if (type.isBool()) return "Bits";
  const std::string number = scalar(type);
  if (type.isEnum() || number.find("16") != std::string::npos) return "TwoBytes";
  if (number.find("32") != std::string::npos || type.isF32()) return "FourBytes";
  if (number.find("64") != std::string::npos || type.isF64()) return "EightBytes";
  return "Bytes";
}

/// The table's own order: by index, which is not always that of the ordinals.
std::map<unsigned, ir::Type::Reader> pointers_of(ir::Record::Reader record) {
  std::map<unsigned, ir::Type::Reader> pointers;
  for (const auto field : record.getFields()) {
    const auto type = held_type(field);
    if (is_pointer(type)) pointers.emplace(index_of(field), type);
  }
  return pointers;
}

}  // namespace

std::string CppShapes::unique(const std::string& name) {
  std::string result = name;
  for (int number = 2; !names_.insert(result).second; ++number) {
    result = name + std::to_string(number);
  }
  return result;
}

void CppShapes::emit_shared() {
  bool has_empty = false;
  const auto is_empty = [](ir::Record::Reader record) { return pointers_of(record).empty(); };
  for (const auto actor : own(file_.getActors())) {
    for (const auto message : actor.getMessages()) {
      has_empty = has_empty || is_empty(message.getParameters());
      has_empty = has_empty || (message.isAsk() && is_empty(message.getAsk().getResults()));
    }
  }
  Printer shared;
  if (has_empty) {
    shared.emit("constexpr troupe::protocols::StructShape $name${};",
                {{"name", unique("kNoPointers")}});
  }
  for (const auto node : own(file_.getStructs())) collect(node.getRecord(), shared);
  for (const auto actor : own(file_.getActors())) {
    for (const auto message : actor.getMessages()) {
      collect(message.getParameters(), shared);
      if (message.isAsk()) collect(message.getAsk().getResults(), shared);
    }
  }
  std::string constants = shared.take();
  if (constants.empty()) return;
  constants.pop_back();  // the last line's end
  printer_.separate();
  printer_.emit("namespace {");
  printer_.emit("$constants$", {{"constants", constants}});
  printer_.emit("}  // namespace");
}

void CppShapes::collect(ir::Record::Reader record, Printer& printer) {
  for (const auto field : record.getFields()) {
    if (held_type(field).isList()) emit_list(held_type(field), printer);
  }
}

void CppShapes::emit_list(ir::Type::Reader type, Printer& printer) {
  if (type.getList().isList()) emit_list(type.getList(), printer);
  const std::vector<std::string> content = element(type.getList());
  const std::string key = fill_list("", content, "", 0);
  if (lists_.contains(key)) return;
  const std::string name = unique("k" + spelled(file_, type));
  lists_.emplace(key, name);
  printer.emit("$shape$",
               {{"shape", fill_list("constexpr troupe::protocols::ListShape " + name + "{", content,
                                    "};", 0)}});
}

std::string CppShapes::structure(ir::Type::Reader type) const {
  if (type.isRef()) return "&troupe::protocols::kActorRefShape";
  if (type.isReply()) return "&troupe::protocols::kReplyToShape";
  return "&" + types_.declared(file_.getStructs()[type.getStruct()], CppScope()) + "::kShape";
}

std::string CppShapes::list(ir::Type::Reader type) const {
  return "&" + lists_.at(fill_list("", element(type.getList()), "", 0));
}

std::vector<std::string> CppShapes::element(ir::Type::Reader type) const {
  const std::string kind = "troupe::protocols::ElementKind::k";
  if (type.isList()) return {kind + "List", "nullptr", list(type)};
  if (type.isStruct() || type.isRef()) return {kind + "Struct", structure(type)};
  if (type.isText()) return {kind + "Text"};
  if (type.isBytes()) return {kind + "Bytes"};
  if (type.isBool()) return {kind + "Bit"};
  const std::string size = spelled(file_, type);
  return {kind + (size == "Bytes" ? "OneByte" : size)};
}

std::string CppShapes::pointer(ir::Type::Reader type) const {
  const std::string kind = "troupe::protocols::PointerKind::k";
  if (type.isList()) return kind + "List, nullptr, " + list(type);
  if (type.isText()) return kind + "Text";
  if (type.isBytes()) return kind + "Bytes";
  return kind + "Struct, " + structure(type);
}

std::string CppShapes::emit_pointers(const std::string& name, ir::Record::Reader record) {
  std::string entries;
  for (const auto& [index, type] : pointers_of(record)) {
    entries += "{" + std::to_string(index) + ", " + pointer(type) + "},\n";
  }
  if (entries.empty()) return "";
  const std::string table = unique("k" + name + "Pointers");
  printer_.emit(R"(
      constexpr troupe::protocols::PointerShape $table$[] = {
          $entries$
      };
  )",
                {{"table", table}, {"entries", entries.substr(0, entries.size() - 1)}});
  return table;
}

void CppShapes::emit_struct(ir::Struct::Reader node) {
  const std::string name = node.getName().cStr();
  printer_.separate();
  std::string table;
  if (!pointers_of(node.getRecord()).empty()) {
    printer_.emit("namespace {");
    table = emit_pointers(name, node.getRecord());
    printer_.emit("}  // namespace");
  }
  printer_.emit("constinit const troupe::protocols::StructShape $name$::kShape{$table$};",
                {{"name", name}, {"table", table}});
}

std::string CppShapes::emit_payload(const std::string& name, ir::Record::Reader record) {
  const std::string table = emit_pointers(name, record);
  if (table.empty()) return "&kNoPointers";
  const std::string shape = unique("k" + name + "Shape");
  printer_.emit("constexpr troupe::protocols::StructShape $shape${$table$};",
                {{"shape", shape}, {"table", table}});
  return "&" + shape;
}

void CppShapes::emit_actor(ir::Actor::Reader node, const std::string& prefix) {
  const std::string actor = node.getName().cStr();
  printer_.separate();
  if (node.getMessages().size() == 0) {
    const Signature signature{"const troupe::protocols::StructShape*",
                              prefix + "_shape_of",
                              {"std::uint16_t", "bool"},
                              ""};
    printer_.emit("$function$", {{"function", definition(signature, "return nullptr;", 0)}});
    return;
  }
  std::string cases;
  for (const auto message : node.getMessages()) {
    const std::string request = emit_payload(actor + view_class(message), message.getParameters());
    std::string reply = "nullptr";
    if (message.isAsk()) {
      reply = emit_payload(actor + reply_class(message), message.getAsk().getResults());
    }
    const std::string choice = request == reply ? request : "is_reply ? " + reply + " : " + request;
    cases += "case " + std::to_string(message.getOrdinal()) + ":\n  return " + choice + ";\n";
  }
  printer_.separate();
  const Signature signature{"const troupe::protocols::StructShape*",
                            prefix + "_shape_of",
                            {"std::uint16_t ordinal", "bool is_reply"},
                            ""};
  const std::string body =
      "switch (ordinal) {\n" + indented(cases + "default:\n  return nullptr;") + "\n}";
  printer_.emit("$function$", {{"function", definition(signature, body, 0)}});
}

}  // namespace troupe::codegen
