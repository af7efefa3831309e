// The header: banner, enums, structs, actors. Function bodies are in emit_cpp_bodies.cc.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "codegen/emit_cpp.h"
#include "codegen/emit_cpp_banner.h"
#include "codegen/emit_cpp_bodies.h"
#include "codegen/emit_cpp_text.h"
#include "codegen/emit_cpp_types.h"
#include "codegen/namer.h"
#include "codegen/printer.h"

namespace troupe::codegen {
namespace {

std::string handle_constructor(const std::string& name, std::size_t indentation) {
  const std::string head = "explicit " + name + "(troupe::ReplyHandle&& handle)";
  const std::string initializer = ": ReplyHandle(std::move(handle)) {}";
  const bool is_one_line = indentation + head.size() + 1 + initializer.size() <= kColumnsMax;
  return head + (is_one_line ? " " : "\n    ") + initializer;
}

/// Which ordinals are of the contract: ranges of them, as terms.
std::vector<std::string> known_kinds(ir::Actor::Reader node) {
  std::vector<std::string> terms;
  const auto messages = node.getMessages();
  for (unsigned first = 0; first < messages.size();) {
    unsigned last = first;
    const auto ordinal = [&](unsigned index) { return unsigned{messages[index].getOrdinal()}; };
    while (last + 1 < messages.size() && ordinal(last + 1) == ordinal(last) + 1) ++last;
    const std::string low = std::to_string(ordinal(first));
    const std::string high = std::to_string(ordinal(last));
    if (first == last) {
      terms.push_back("kind == " + low);
    } else if (ordinal(first) == 0) {
      terms.push_back("kind <= " + high);
    } else {
      terms.push_back("(kind >= " + low + " && kind <= " + high + ")");
    }
    first = last + 1;
  }
  if (node.getWatches()) terms.push_back("kind == troupe::kKindDown");
  terms.push_back("kind == troupe::kKindStop");
  return terms;
}

std::string is_known_function(ir::Actor::Reader node, std::size_t indentation) {
  const Signature signature{"static constexpr bool", "is_known", {"std::uint16_t kind"}, ""};
  return definition(signature, fill_terms("return ", known_kinds(node), "||", ";", indentation + 2),
                    indentation);
}

class CppHeader {
 public:
  explicit CppHeader(ir::File::Reader file) : file_(file), types_(file) {}

  std::string run();

 private:
  void emit_includes();
  void emit_enum(ir::Enum::Reader node);
  void emit_denials();
  void emit_forward_declarations();
  void emit_struct(ir::Struct::Reader node);
  void emit_structs(bool with_refs);
  void emit_actor(unsigned index);
  void emit_constants(ir::Actor::Reader node);
  void emit_kinds(ir::Actor::Reader node);
  void emit_reply(ir::Message::Reader message);
  void emit_handle(ir::Message::Reader message);
  /// `owner` is empty, or names the actor in a definition outside of it.
  void emit_view(ir::Message::Reader message, const std::string& owner);
  void emit_message_class(ir::Actor::Reader node);
  void emit_message_accessors(ir::Actor::Reader node);

  void open_namespace();
  void close_namespace();
  void docs(kj::StringPtr text);
  void declare(const Signature& signature);
  void declare_fields(ir::Record::Reader record);
  /// The arguments of reply().
  Signature reply_signature(ir::Message::Reader message) const;
  std::string denial(ir::Message::Reader message) const;
  bool is_view_deferred(ir::Message::Reader message) const;

  ir::File::Reader file_;
  CppTypes types_;
  CppScope scope_;
  Printer printer_;
  /// Where in the file's actors the one that is being emitted stands.
  unsigned place_ = 0;
};

std::string CppHeader::run() {
  printer_.emit("$banner$", {{"banner", cpp_header_banner(file_)}});
  emit_includes();
  open_namespace();
  for (const auto node : file_.getEnums()) emit_enum(node);
  emit_denials();
  emit_forward_declarations();
  emit_structs(false);
  for (unsigned index = 0; index < file_.getActors().size(); ++index) emit_actor(index);
  emit_structs(true);
  for (place_ = 0; place_ < file_.getActors().size(); ++place_) {
    const auto actor = file_.getActors()[place_];
    scope_ = CppScope(actor);
    for (const auto message : actor.getMessages()) {
      if (!is_view_deferred(message)) continue;
      printer_.separate();
      emit_view(message, std::string(actor.getName().cStr()) + "::");
    }
  }
  emit_cpp_bodies(file_, printer_);
  close_namespace();
  return printer_.take();
}

void CppHeader::emit_includes() {
  printer_.emit(R"(
      #pragma once

      #include <cstddef>
      #include <cstdint>
      #include <span>
      #include <string_view>
      #include <type_traits>
      #include <utility>

      #include "actor/actor.h"

      #if TROUPE_GENERATED_VERSION != 1
      #error "generated for version 1 of the runtime, which is another: run its own actorc again"
      #endif
  )");
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
  std::set<unsigned> denials;
  for (const auto actor : file_.getActors()) {
    for (const auto message : actor.getMessages()) {
      if (!message.isAsk() || !message.getAsk().getDenies().isEnum()) continue;
      denials.insert(message.getAsk().getDenies().getEnum());
    }
  }
  if (denials.empty()) return;
  close_namespace();
  for (const unsigned index : denials) {
    const auto node = file_.getEnums()[index];
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
  if (file_.getActors().size() == 0) return;
  printer_.separate();
  for (const auto node : file_.getStructs()) {
    if (!types_.holds_refs(node.getRecord())) continue;
    printer_.emit("struct $name$;", {{"name", node.getName().cStr()}});
  }
  for (const auto node : file_.getActors()) {
    printer_.emit("struct $name$;", {{"name", node.getName().cStr()}});
  }
}

void CppHeader::emit_structs(bool with_refs) {
  for (const auto node : file_.getStructs()) {
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
    docs("Text and bytes are views: an argument's are copied, a result's live as long as it.");
  }
  printer_.emit("struct $name$ {", {{"name", name}});
  printer_.indent();
  for (const auto field : node.getRecord().getFields()) {
    const auto type = field.getType();
    const bool has_constructor = type.isText() || type.isBytes() || type.isStruct() || type.isRef();
    docs(field.getDocs());
    printer_.emit("$type$ $name$$default$;", {{"type", types_.value(type, scope_)},
                                              {"name", cpp_field(field.getName().cStr())},
                                              {"default", has_constructor ? ""
                                                          : type.isEnum() ? "{}"
                                                          : type.isBool() ? " = false"
                                                                          : " = 0"}});
  }
  printer_.separate();
  printer_.emit("// For generated code.");
  declare({"std::size_t", "words", {}, " const"});
  declare({"void", "write_to", {"troupe::protocols::StructWriter writer"}, " const"});
  declare({"static " + name, "read_from", {"troupe::protocols::StructReader reader"}, ""});
  printer_.outdent();
  printer_.emit("};");
}

void CppHeader::emit_actor(unsigned index) {
  const auto node = file_.getActors()[index];
  const std::string name = node.getName().cStr();
  place_ = index;
  scope_ = CppScope(node);
  printer_.separate();
  printer_.emit("$comment$", {{"comment", section_comment(name)}});
  printer_.separate();
  docs(node.getDocs());
  printer_.emit("struct $name$ {", {{"name", name}});
  printer_.indent();
  emit_constants(node);
  emit_kinds(node);
  for (const auto message : node.getMessages()) {
    if (!message.isAsk()) continue;
    emit_reply(message);
    emit_handle(message);
  }
  for (const auto message : node.getMessages()) {
    printer_.separate();
    if (is_view_deferred(message)) {
      printer_.emit("class $name$;", {{"name", view_class(message)}});
    } else {
      emit_view(message, "");
    }
  }
  emit_message_class(node);
  printer_.separate();
  printer_.emit(R"(
      template <class $delivery$>
      class Tells;
      template <class $delivery$>
      class Asks;
  )",
                {{"delivery", scope_.parameter("Delivery")}});
  printer_.outdent();
  printer_.emit("};");
  docs("The contract's name of a message; \"unknown\" for one of a newer version.");
  declare({"std::string_view", "to_string", {name + "::Kind kind"}, ""});
  scope_ = CppScope();
}

void CppHeader::emit_constants(ir::Actor::Reader node) {
  const auto literal = [](bool value) { return value ? "true" : "false"; };
  printer_.emit(R"(
      static constexpr std::uint64_t kId = $id$;
      /// What frames carry of it.
      static constexpr std::uint32_t kProtocol = $protocol$;
      static constexpr bool kKeyed = $keyed$;
      static constexpr bool kWatches = $watches$;
      static const troupe::ActorType kType;
      using Self = troupe::Self<$name$>;
  )",
                {{"id", hexadecimal(node.getId(), 16)},
                 {"protocol", hexadecimal(static_cast<std::uint32_t>(node.getId()), 8)},
                 {"keyed", literal(node.getKey().isRecord())},
                 {"watches", literal(node.getWatches())},
                 {"name", node.getName().cStr()}});
  if (!node.getKey().isRecord()) return;
  const auto key = node.getKey().getRecord().getFields()[0];
  docs(key.getDocs());
  printer_.emit("using Key = $type$;  // $name$",
                {{"type", types_.value(key.getType(), scope_)}, {"name", key.getName().cStr()}});
}

void CppHeader::emit_kinds(ir::Actor::Reader node) {
  printer_.separate();
  printer_.emit("enum class Kind : std::uint16_t {");
  printer_.indent();
  for (const auto message : node.getMessages()) {
    docs(message.getDocs());
    printer_.emit("$name$ = $ordinal$,", {{"name", cpp_enumerator(message.getName().cStr())},
                                          {"ordinal", std::to_string(message.getOrdinal())}});
  }
  docs("A message of a newer contract; an ask is answered `unsupported`.");
  printer_.emit("kUnknown = troupe::kKindUnknown,");
  if (node.getWatches()) {
    docs("An actor that this one watched has ended.");
    printer_.emit("kDown = troupe::kKindDown,");
  }
  docs("The actor is to end.");
  printer_.emit("kStop = troupe::kKindStop,");
  printer_.outdent();
  printer_.emit("};");
}

void CppHeader::declare_fields(ir::Record::Reader record) {
  for (const auto field : record.getFields()) {
    docs(field.getDocs());
    const bool is_handle = field.getType().isReply();
    if (is_handle && field.getDocs().size() == 0) docs("Moves the handle out of the message.");
    declare(
        {types_.value(field.getType(), scope_), accessor(field), {}, is_handle ? "" : " const"});
  }
}

std::string CppHeader::denial(ir::Message::Reader message) const {
  const auto denies = message.getAsk().getDenies();
  if (!denies.isEnum()) return "";
  return types_.declared(file_.getEnums()[denies.getEnum()].getName().cStr(), scope_);
}

Signature CppHeader::reply_signature(ir::Message::Reader message) const {
  Signature signature{"void", "reply", {}, ""};
  for (const auto field : message.getAsk().getResults().getFields()) {
    signature.parameters.push_back(types_.argument(field.getType(), scope_) + " " +
                                   cpp_name(field.getName().cStr()));
  }
  return signature;
}

void CppHeader::emit_reply(ir::Message::Reader message) {
  const std::string denial_enum = denial(message);
  printer_.separate();
  printer_.emit(
      R"(
      /// The reply to $ask$.
      class $name$ : public troupe::Reply {
       public:
        using troupe::Reply::Reply;
        static constexpr std::uint32_t kDenials = $denials$;
  )",
      {{"ask", message.getName().cStr()},
       {"name", reply_class(message)},
       {"denials", denial_enum.empty() ? "0" : "troupe::DenialDomain<" + denial_enum + ">::kId"}});
  printer_.indent();
  const auto results = message.getAsk().getResults();
  if (results.getFields().size() > 0) printer_.separate();
  declare_fields(results);
  printer_.outdent();
  printer_.emit("};");
}

void CppHeader::emit_handle(ir::Message::Reader message) {
  const std::string name = handle_class(message);
  printer_.separate();
  printer_.emit(R"(
      /// The right to answer $ask$, kept beyond the message.
      class $name$ : public troupe::ReplyHandle {
       public:
        $name$() = default;
  )",
                {{"ask", message.getName().cStr()}, {"name", name}});
  printer_.indent();
  printer_.emit("$constructor$",
                {{"constructor", handle_constructor(name, printer_.indentation())}});
  printer_.separate();
  declare(reply_signature(message));
  if (!denial(message).empty()) declare({"void", "deny", {denial(message) + " reason"}, ""});
  if (is_handle_sent(file_, message)) {
    printer_.separate();
    docs("For generated code: moves the handle out of a message.");
    declare({"static " + name, "take_from", {"troupe::protocols::StructReader field"}, ""});
  }
  printer_.outdent();
  printer_.emit("};");
}

void CppHeader::emit_view(ir::Message::Reader message, const std::string& owner) {
  docs(message.getDocs());
  printer_.emit(
      R"(
      class $name$ : public troupe::$base$ {
       public:
        using troupe::$base$::$base$;
  )",
      {{"name", owner + view_class(message)}, {"base", message.isAsk() ? "AskView" : "TellView"}});
  printer_.indent();
  const auto parameters = message.getParameters();
  if (message.isAsk() || parameters.getFields().size() > 0) printer_.separate();
  declare_fields(parameters);
  if (message.isAsk()) {
    if (parameters.getFields().size() > 0) printer_.separate();
    declare(reply_signature(message));
    if (!denial(message).empty()) declare({"void", "deny", {denial(message) + " reason"}, ""});
    docs("Keeps the right to answer beyond the message.");
    declare({handle_class(message), "take_reply", {}, ""});
  }
  printer_.outdent();
  printer_.emit("};");
}

void CppHeader::emit_message_class(ir::Actor::Reader node) {
  printer_.separate();
  printer_.emit(R"(
      /// One received message; see troupe::ReceivedMessage.
      class Message : public troupe::ReceivedMessage {
       public:
        explicit Message(troupe::Delivery delivery)
            : ReceivedMessage(delivery, is_known(delivery.kind)) {}
        Message(Message&&) noexcept = default;

        Kind kind() const { return static_cast<Kind>(kind_number()); }
  )");
  printer_.indent();
  emit_message_accessors(node);
  printer_.outdent();
  printer_.separate();
  printer_.emit(R"(
        /// Calls the visitor with the view of what this is; it takes every alternative.
        template <class $visitor$>
        decltype(auto) visit($visitor$&& visitor) const;

       private:
        $is_known$
      };
  )",
                {{"visitor", scope_.parameter("Visitor")},
                 {"is_known", is_known_function(node, printer_.indentation() + 2)}});
}

void CppHeader::emit_message_accessors(ir::Actor::Reader node) {
  for (const auto message : node.getMessages()) {
    const Signature signature{
        view_class(message), cpp_name(message.getName().cStr()), {}, " const"};
    if (is_view_deferred(message)) {
      declare(signature);
      continue;
    }
    const std::string body = "return " + view_class(message) + "(frame_of(" +
                             std::to_string(message.getOrdinal()) + ", kType));";
    printer_.emit("$function$",
                  {{"function", definition(signature, body, printer_.indentation())}});
  }
  if (!node.getWatches()) return;
  printer_.emit(
      "troupe::Down down() const { return troupe::Down(frame_of(troupe::kKindDown, kType)); }");
}

bool CppHeader::is_view_deferred(ir::Message::Reader message) const {
  return needs_later_actor(message, place_);
}

}  // namespace

std::string emit_cpp_header(ir::File::Reader file) { return CppHeader(file).run(); }

}  // namespace troupe::codegen
