// The header: banner, enums, structs, actors (emit_cpp_actor.cc), bodies (emit_cpp_bodies.cc).
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "codegen/emit_cpp.h"
#include "codegen/emit_cpp_actor.h"
#include "codegen/emit_cpp_banner.h"
#include "codegen/emit_cpp_bodies.h"
#include "codegen/emit_cpp_fields.h"
#include "codegen/emit_cpp_text.h"
#include "codegen/emit_cpp_types.h"
#include "codegen/namer.h"
#include "codegen/printer.h"

namespace troupe::codegen {
namespace {

class CppHeader {
 public:
  explicit CppHeader(ir::File::Reader file) : file_(file), types_(file) {}

  std::string run();

 private:
  void emit_includes();
  /// Lines behind an empty one, as clang-format sorts them.
  std::string imported_headers() const;
  void emit_enum(ir::Enum::Reader node);
  void emit_denials();
  void emit_forward_declarations();
  void emit_struct(ir::Struct::Reader node);
  void emit_structs(bool with_refs);
  /// Structs with references, and views with handles of actors further down.
  void emit_what_needs_actors();
  void open_namespace();
  void close_namespace();
  void docs(kj::StringPtr text);
  void declare(const Signature& signature);

  ir::File::Reader file_;
  CppTypes types_;
  CppScope scope_;
  Printer printer_;
};

std::string CppHeader::run() {
  printer_.emit("$banner$", {{"banner", cpp_header_banner(file_)}});
  emit_includes();
  open_namespace();
  for (const auto node : own(file_.getEnums())) emit_enum(node);
  emit_denials();
  emit_forward_declarations();
  emit_structs(false);
  for (unsigned place = 0; place < own(file_.getActors()).size(); ++place) {
    emit_cpp_actor(file_, place, printer_);
  }
  emit_what_needs_actors();
  emit_cpp_bodies(file_, printer_);
  close_namespace();
  return printer_.take();
}

void CppHeader::emit_what_needs_actors() {
  bool is_any = false;
  for (const auto node : own(file_.getStructs())) {
    is_any = is_any || types_.holds_refs(node.getRecord());
  }
  for (unsigned place = 0; place < own(file_.getActors()).size(); ++place) {
    for (const auto message : file_.getActors()[place].getMessages()) {
      is_any = is_any || needs_later_actor(file_, message, place);
    }
  }
  if (!is_any) return;
  printer_.separate();
  printer_.emit("$comment$", {{"comment", section_comment("What refers to actors")}});
  emit_structs(true);
  emit_cpp_deferred_views(file_, printer_);
}

void CppHeader::emit_includes() {
  printer_.emit(R"(
      #pragma once

      #include <cstddef>
      #include <cstdint>
      $optional$
      #include <span>
      #include <string_view>
      #include <type_traits>
      #include <utility>

      #include "actor/actor.h"
      $imports$

      #if TROUPE_GENERATED_VERSION != 3
      #error "generated for version 3 of the runtime, which is another: run its own actorc again"
      #endif
  )",
                {{"optional", types_.has_options() ? "#include <optional>" : ""},
                 {"imports", imported_headers()}});
}

std::string CppHeader::imported_headers() const {
  std::set<std::string> paths;
  for (const auto import : file_.getImports()) {
    if (import.getIsDirect()) paths.insert(import.getPath().cStr());
  }
  std::string lines;
  for (const std::string& path : paths) lines += "\n#include \"" + path + ".h\"";
  return lines;
}

void CppHeader::open_namespace() {
  printer_.separate();
  printer_.emit("namespace $name$ {", {{"name", cpp_namespace(file_.getPackage().cStr())}});
  printer_.emit("");
}

void CppHeader::close_namespace() {
  printer_.separate();
  printer_.emit("}  // namespace $name$", {{"name", cpp_namespace(file_.getPackage().cStr())}});
}

void CppHeader::docs(kj::StringPtr text) {
  printer_.emit("$docs$", {{"docs", doc_comment(text.cStr(), printer_.indentation())}});
}

void CppHeader::declare(const Signature& signature) {
  printer_.emit("$declaration$", {{"declaration", declaration(signature, printer_.indentation())}});
}

void CppHeader::emit_enum(ir::Enum::Reader node) {
  const std::string name = node.getName().cStr();
  printer_.separate();
  docs(node.getDocs());
  printer_.emit("enum class $name$ : std::uint16_t {", {{"name", name}});
  printer_.indent();
  for (const auto enumerator : node.getEnumerators()) {
    docs(enumerator.getDocs());
    printer_.emit("$name$ = $ordinal$,", {{"name", cpp_enumerator(enumerator.getName().cStr())},
                                          {"ordinal", std::to_string(enumerator.getOrdinal())}});
  }
  printer_.outdent();
  printer_.emit("};");
  docs("The contract's name; \"unknown\" for a value of a newer version.");
  declare({"std::string_view", "to_string", {name + " value"}, ""});
}

void CppHeader::emit_denials() {
  const auto enums = own(file_.getEnums());
  if (enums.empty()) return;
  close_namespace();
  // Of every enum: asks of any file that imports this one may be denied with it.
  for (const auto node : enums) {
    printer_.separate();
    printer_.emit(R"(
        template <>
        struct troupe::DenialDomain<$namespace$::$name$> {
          static constexpr std::uint32_t kId = $id$;
        };
    )",
                  {{"namespace", cpp_namespace(file_.getPackage().cStr())},
                   {"name", node.getName().cStr()},
                   {"id", hexadecimal(static_cast<std::uint32_t>(node.getId()), 8)}});
  }
  open_namespace();
}

void CppHeader::emit_forward_declarations() {
  const auto actors = own(file_.getActors());
  if (actors.empty()) return;
  printer_.separate();
  for (const auto node : own(file_.getStructs())) {
    if (!types_.holds_refs(node.getRecord())) continue;
    printer_.emit("struct $name$;", {{"name", node.getName().cStr()}});
  }
  for (const auto node : actors) {
    printer_.emit("struct $name$;", {{"name", node.getName().cStr()}});
  }
}

void CppHeader::emit_structs(bool with_refs) {
  for (const auto node : own(file_.getStructs())) {
    // A reference is complete when its actor is.
    if (types_.holds_refs(node.getRecord()) == with_refs) emit_struct(node);
  }
}

void CppHeader::emit_struct(ir::Struct::Reader node) {
  const std::string name = node.getName().cStr();
  printer_.separate();
  docs(node.getDocs());
  if (types_.holds_views(node.getRecord())) {
    if (node.getDocs().size() > 0) printer_.emit("///");
    const std::string views =
        types_.holds_lists(node.getRecord()) ? "Text, bytes and lists" : "Text and bytes";
    docs((views + " are views: an argument's are copied, a result's live as long as it.").c_str());
  }
  printer_.emit("struct $name$ {", {{"name", name}});
  printer_.indent();
  for (const auto field : node.getRecord().getFields()) {
    docs(field.getDocs());
    printer_.emit("$type$ $name$$default$;", {{"type", types_.value(field.getType(), scope_)},
                                              {"name", cpp_field(field.getName().cStr())},
                                              {"default", initializer(types_, field, scope_)}});
  }
  printer_.separate();
  printer_.emit("// For generated code.");
  printer_.emit("static constexpr troupe::protocols::StructSize kSize{$words$, $pointers$};",
                {{"words", std::to_string(node.getRecord().getDataWords())},
                 {"pointers", std::to_string(node.getRecord().getPointerCount())}});
  printer_.emit("static const troupe::protocols::StructShape kShape;");
  declare({"std::size_t", "words", {}, " const"});
  declare({"void", "write_to", {"troupe::protocols::StructWriter writer"}, " const"});
  declare({"static " + name, "read_from", {"troupe::protocols::StructReader reader"}, ""});
  printer_.outdent();
  printer_.emit("};");
}

}  // namespace

std::string emit_cpp_header(ir::File::Reader file) { return CppHeader(file).run(); }

}  // namespace troupe::codegen
