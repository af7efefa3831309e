#include "codegen/emit_cpp_bodies.h"

#include <string>
#include <utility>
#include <vector>

#include "codegen/emit_cpp_fields.h"
#include "codegen/emit_cpp_text.h"
#include "codegen/emit_cpp_types.h"
#include "codegen/namer.h"

namespace troupe::codegen {
namespace {

/// How a payload is written: statements before, the number of words, a lambda.
struct Payload {
  std::string preparation;
  std::string words;
  std::string lambda;
};

class CppBodies {
 public:
  CppBodies(ir::File::Reader file, Printer& printer)
      : file_(file), types_(file), printer_(printer) {}

  void run();

 private:
  void emit_struct(ir::Struct::Reader node);
  void emit_actor(ir::Actor::Reader node);
  void emit_accessors(const std::string& owner, const std::string& base, ir::Record::Reader record);
  void emit_reply(const std::string& owner, const std::string& base, ir::Message::Reader message,
                  ir::Record::Reader accessors);
  void emit_handle(ir::Message::Reader message);
  void emit_view(ir::Message::Reader message);
  void emit_deferred_accessor(ir::Message::Reader message);
  void emit_visit(ir::Actor::Reader node);
  void emit_tells(ir::Actor::Reader node);
  void emit_asks(ir::Actor::Reader node);
  void emit_sender(ir::Message::Reader message);

  void define(const Signature& signature, const std::string& body);
  Payload payload(ir::Record::Reader record, std::size_t indentation) const;

  ir::File::Reader file_;
  CppTypes types_;
  Printer& printer_;
  /// Of the actor whose bodies these are.
  CppScope scope_;
  std::string actor_;
  unsigned place_ = 0;
};

void CppBodies::run() {
  const auto structs = own(file_.getStructs());
  if (!structs.empty()) {
    printer_.separate();
    printer_.emit("$comment$", {{"comment", section_comment("Structs: bodies")}});
    printer_.emit("");
  }
  for (const auto node : structs) {
    printer_.separate();
    emit_struct(node);
  }
  for (place_ = 0; place_ < own(file_.getActors()).size(); ++place_) {
    emit_actor(file_.getActors()[place_]);
  }
}

void CppBodies::define(const Signature& signature, const std::string& body) {
  printer_.emit("$definition$",
                {{"definition", definition(signature, body, printer_.indentation())}});
}

void CppBodies::emit_struct(ir::Struct::Reader node) {
  const std::string name = node.getName().cStr();
  const auto record = node.getRecord();
  const std::string writer = local_name("writer", record);
  std::string writes;
  std::string reads;
  for (const auto field : record.getFields()) {
    const std::string member = cpp_field(field.getName().cStr());
    if (!writes.empty()) writes += "\n";
    writes += write_field(types_, field, writer, member);
    reads += assign_field(types_, field, "reader", "value." + member, scope_, 2) + "\n";
  }
  // Nothing is read from what holds nothing, and compilers warn about a name without use.
  const auto parameter = [&](const std::string& type, const std::string& name_used) {
    return std::vector<std::string>{"troupe::protocols::" + type +
                                    (writes.empty() ? "" : " " + name_used)};
  };
  define({"inline std::size_t", name + "::words", {}, " const"},
         fill_terms("return ", types_.words(record, 0, cpp_field), "+", ";", 2));
  define({"inline void", name + "::write_to", parameter("StructWriter", writer), " const"}, writes);
  define({"inline " + name, name + "::read_from", parameter("StructReader", "reader"), ""},
         writes.empty() ? "return {};" : name + " value;\n" + reads + "return value;");
}

void CppBodies::emit_actor(ir::Actor::Reader node) {
  actor_ = node.getName().cStr();
  scope_ = CppScope(node);
  printer_.separate();
  printer_.emit("$comment$", {{"comment", section_comment(actor_ + ": bodies")}});
  printer_.emit("");
  for (const auto message : node.getMessages()) {
    if (!message.isAsk()) continue;
    printer_.separate();
    emit_accessors(reply_class(message), "troupe::Reply", message.getAsk().getResults());
    emit_handle(message);
  }
  for (const auto message : node.getMessages()) {
    printer_.separate();
    emit_view(message);
    if (needs_later_actor(file_, message, place_)) emit_deferred_accessor(message);
  }
  emit_visit(node);
  emit_tells(node);
  emit_asks(node);
  scope_ = CppScope();
}

void CppBodies::emit_accessors(const std::string& owner, const std::string& base,
                               ir::Record::Reader record) {
  const std::string fields = inherited_name(base, "fields", record) + "()";
  for (const auto field : record.getFields()) {
    // The result stands before the name that opens the actor's scope.
    define({"inline " + types_.value(field.getType(), CppScope()),
            actor_ + "::" + owner + "::" + accessor(field),
            {},
            field.getType().isReply() ? "" : " const"},
           return_field(types_, field, fields, scope_));
  }
}

Payload CppBodies::payload(ir::Record::Reader record, std::size_t indentation) const {
  constexpr std::size_t kRootPointerWords = 1;
  Payload result;
  const std::vector<std::string> terms = types_.words(record, kRootPointerWords, cpp_name);
  result.words = terms.front();
  if (terms.size() > 1) {
    result.words = local_name("size", record);
    result.preparation =
        fill_terms("const std::size_t " + result.words + " = ", terms, "+", ";", indentation) +
        "\n";
  }
  const std::string words = local_name("words", record);
  const std::string message = local_name("message", record);
  const std::string root = local_name("root", record);
  const bool is_empty = record.getFields().size() == 0;
  std::string body = "troupe::protocols::MessageWriter " + message + "(" + words + ");\n";
  if (!is_empty) body += "auto " + root + " = ";
  body += message + ".root(" + std::to_string(record.getDataWords()) + ", " +
          std::to_string(record.getPointerCount()) + ");";
  for (const auto field : record.getFields()) {
    body += "\n" + write_field(types_, field, root, cpp_name(field.getName().cStr()));
  }
  result.lambda = std::string(is_empty ? "[]" : "[&]") + "(troupe::protocols::Word* " + words +
                  ") {\n" + indented(body) + "\n}";
  return result;
}

void CppBodies::emit_reply(const std::string& owner, const std::string& base,
                           ir::Message::Reader message, ir::Record::Reader accessors) {
  const std::string prefix = actor_ + "::" + owner + "::";
  const auto results = message.getAsk().getResults();
  const Payload answer = payload(results, 2);
  std::string reply_with = inherited_name(base, "reply_with", accessors);
  if (local_name("reply_with", results) != "reply_with") reply_with = base + "::reply_with";
  define({"inline void", prefix + "reply",
          argument_list(types_, results, scope_, Defaults::kHidden), ""},
         answer.preparation + reply_with + "(" + answer.words + ", " + answer.lambda + ");");
  const auto denies = message.getAsk().getDenies();
  if (!denies.isEnum()) return;
  const std::string denial = types_.declared(file_.getEnums()[denies.getEnum()], scope_);
  define({"inline void", prefix + "deny", {denial + " reason"}, ""},
         inherited_name(base, "deny_with", accessors) + "(static_cast<std::uint16_t>(reason));");
}

void CppBodies::emit_handle(ir::Message::Reader message) {
  const std::string handle = handle_class(message);
  emit_reply(handle, "troupe::ReplyHandle", message, ir::Record::Reader());
  define({"inline " + actor_ + "::" + handle,
          actor_ + "::" + handle + "::take_from",
          {"troupe::protocols::StructReader field"},
          ""},
         "return " + handle + "(ReplyHandle::take_from(field, kProtocol, " +
             std::to_string(message.getOrdinal()) + "));");
}

void CppBodies::emit_view(ir::Message::Reader message) {
  const auto parameters = message.getParameters();
  const std::string view = view_class(message);
  emit_accessors(view, message.isAsk() ? "troupe::AskView" : "troupe::TellView", parameters);
  if (!message.isAsk()) return;
  emit_reply(view, "troupe::AskView", message, parameters);
  const std::string handle = handle_class(message);
  define({"inline " + actor_ + "::" + handle, actor_ + "::" + view + "::take_reply", {}, ""},
         "return " + handle + "(" + inherited_name("troupe::AskView", "take_handle", parameters) +
             "());");
}

void CppBodies::emit_deferred_accessor(ir::Message::Reader message) {
  const std::string view = view_class(message);
  define({"inline " + actor_ + "::" + view,
          actor_ + "::Message::" + cpp_name(message.getName().cStr()),
          {},
          " const"},
         "return " + view + "(frame_of(" + std::to_string(message.getOrdinal()) + ", kType));");
}

void CppBodies::emit_visit(ir::Actor::Reader node) {
  const std::string type = scope_.parameter("Visitor");
  const std::string package = cpp_namespace(file_.getPackage().cStr());
  std::string visitor = "visitor";
  std::string checks;
  std::string cases;
  const auto check = [&](const std::string& alternative, const std::string& description) {
    checks +=
        fill_literal("static_assert(", "std::is_invocable_v<" + type + ", " + alternative + ">",
                     "visit: no alternative takes " + description, ");", 2) +
        "\n";
  };
  const auto add_case = [&](const std::string& kind, const std::string& alternative) {
    cases += "case Kind::" + kind + ":\n  return " + visitor + "(" + alternative + ");\n";
  };
  for (const auto message : node.getMessages()) {
    if (message.getName() == "visitor") visitor = "visitor_";
  }
  for (const auto message : node.getMessages()) {
    const std::string name = message.getName().cStr();
    const std::string view = view_class(message);
    check(view, package + "::" + actor_ + "::" + view + (message.isAsk() ? " (ask " : " (tell ") +
                    name + ")");
    add_case(cpp_enumerator(name), cpp_name(name) + "()");
  }
  check("troupe::Unknown", "troupe::Unknown");
  add_case("kUnknown", "troupe::Unknown{ReceivedMessage::frame().header.kind}");
  if (node.getWatches()) {
    check("troupe::Down", "troupe::Down");
    add_case("kDown", "down()");
  }
  check("troupe::Stop", "troupe::Stop");
  printer_.separate();
  printer_.emit(
      R"(
      template <class $type$>
      decltype(auto) $actor$::Message::visit($type$&& $visitor$) const {
        $checks$
        switch (kind()) {
          $cases$
          case Kind::kStop:
            break;
        }
        return $visitor$(troupe::Stop{});
      }
  )",
      {{"type", type},
       {"actor", actor_},
       {"visitor", visitor},
       {"checks", checks},
       {"cases", cases}});
}

void CppBodies::emit_tells(ir::Actor::Reader node) {
  printer_.separate();
  printer_.emit(R"(
      template <class $delivery$>
      class $actor$::Tells : private $delivery$ {
       public:
        using $delivery$::$delivery$;
        using Outcome = typename $delivery$::Outcome;
  )",
                {{"actor", actor_}, {"delivery", scope_.parameter("Delivery")}});
  printer_.indent();
  for (const auto message : node.getMessages()) {
    if (message.isTell()) emit_sender(message);
  }
  printer_.outdent();
  printer_.emit("};");
}

void CppBodies::emit_asks(ir::Actor::Reader node) {
  printer_.separate();
  printer_.emit(R"(
      template <class $delivery$>
      class $actor$::Asks : private $delivery$ {
       public:
        using $delivery$::$delivery$;
  )",
                {{"actor", actor_}, {"delivery", scope_.parameter("Delivery")}});
  printer_.indent();
  for (const auto message : node.getMessages()) {
    if (message.isAsk()) emit_sender(message);
  }
  printer_.outdent();
  printer_.emit("};");
}

void CppBodies::emit_sender(ir::Message::Reader message) {
  const auto parameters = message.getParameters();
  const std::size_t indentation = printer_.indentation() + 2;
  const Payload content = payload(parameters, indentation);
  const std::string write = local_name("write", parameters);
  std::string spec = "{kProtocol, " + std::to_string(message.getOrdinal()) + "}";
  std::string body = content.preparation;
  if (parameters.getHoldsReplies()) {
    spec.insert(spec.size() - 1, ", troupe::protocols::frame_flag::kHandles");
    const std::string name = local_name("spec", parameters);
    body += "const troupe::MessageSpec " + name + spec + ";\n";
    spec = name;
  }
  body += "const auto " + write + " = " + content.lambda + ";\n";
  const std::string send =
      scope_.parameter("Delivery") +
      (message.isAsk() ? "::template send<" + reply_class(message) + ">" : "::send");
  body += fill_list("return " + send + "(", {spec, content.words, write}, ");", indentation);
  const std::string result =
      message.isAsk() ? "troupe::Ask<" + reply_class(message) + ">" : "Outcome";
  printer_.separate();
  printer_.emit("$docs$",
                {{"docs", doc_comment(message.getDocs().cStr(), printer_.indentation())}});
  define({result, cpp_name(message.getName().cStr()),
          argument_list(types_, parameters, scope_, Defaults::kShown), " const"},
         body);
}

}  // namespace

void emit_cpp_bodies(ir::File::Reader file, Printer& printer) { CppBodies(file, printer).run(); }

}  // namespace troupe::codegen
