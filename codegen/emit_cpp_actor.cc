#include "codegen/emit_cpp_actor.h"

#include <string>
#include <utility>
#include <vector>

#include "codegen/emit_cpp_fields.h"
#include "codegen/emit_cpp_text.h"
#include "codegen/emit_cpp_types.h"
#include "codegen/namer.h"

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

/// The enumerator of the runtime.
const char* reentrancy_of(ir::Actor::Reader node) {
  switch (node.getReentrancy()) {
    case ir::Actor::Reentrancy::NONE:
      return "kNone";
    case ir::Actor::Reentrancy::CALL_CHAIN:
      return "kCallChain";
    case ir::Actor::Reentrancy::INTERLEAVE:
      return "kInterleave";
  }
  return "kNone";
}

class CppActor {
 public:
  CppActor(ir::File::Reader file, unsigned place, Printer& printer)
      : file_(file),
        types_(file),
        place_(place),
        node_(file.getActors()[place]),
        scope_(node_),
        printer_(printer) {}

  void run();
  void emit_deferred_views();

 private:
  void emit_constants();
  void emit_kinds();
  void emit_reply(ir::Message::Reader message);
  void emit_handle(ir::Message::Reader message);
  /// `owner` is empty, or names the actor in a definition outside of it.
  void emit_view(ir::Message::Reader message, const std::string& owner);
  void emit_message_class();
  void emit_message_accessors();

  void docs(kj::StringPtr text);
  void declare(const Signature& signature);
  void declare_fields(ir::Record::Reader record);
  /// The arguments of reply().
  Signature reply_signature(ir::Message::Reader message) const;
  std::string denial(ir::Message::Reader message) const;

  ir::File::Reader file_;
  CppTypes types_;
  unsigned place_;
  ir::Actor::Reader node_;
  CppScope scope_;
  Printer& printer_;
};

void CppActor::docs(kj::StringPtr text) {
  printer_.emit("$docs$", {{"docs", doc_comment(text.cStr(), printer_.indentation())}});
}

void CppActor::declare(const Signature& signature) {
  printer_.emit("$declaration$", {{"declaration", declaration(signature, printer_.indentation())}});
}

void CppActor::run() {
  const std::string name = node_.getName().cStr();
  printer_.separate();
  printer_.emit("$comment$", {{"comment", section_comment(name)}});
  printer_.separate();
  docs(node_.getDocs());
  printer_.emit("struct $name$ {", {{"name", name}});
  printer_.indent();
  emit_constants();
  emit_kinds();
  for (const auto message : node_.getMessages()) {
    if (!message.isAsk()) continue;
    emit_reply(message);
    emit_handle(message);
  }
  for (const auto message : node_.getMessages()) {
    printer_.separate();
    if (needs_later_actor(file_, message, place_)) {
      printer_.emit("class $name$;", {{"name", view_class(message)}});
    } else {
      emit_view(message, "");
    }
  }
  emit_message_class();
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
}

void CppActor::emit_constants() {
  const auto literal = [](bool value) { return value ? "true" : "false"; };
  printer_.emit(R"(
      static constexpr std::uint64_t kId = $id$;
      /// What frames carry of it.
      static constexpr std::uint32_t kProtocol = $protocol$;
      static constexpr bool kKeyed = $keyed$;
      static constexpr bool kWatches = $watches$;
      static constexpr troupe::Reentrancy kReentrancy = troupe::Reentrancy::$reentrancy$;
      static constexpr bool kReentrant = $reentrant$;
      static const troupe::ActorType kType;
      using Self = troupe::Self<$name$>;
  )",
                {{"id", hexadecimal(node_.getId(), 16)},
                 {"protocol", hexadecimal(static_cast<std::uint32_t>(node_.getId()), 8)},
                 {"keyed", literal(node_.getKey().isRecord())},
                 {"watches", literal(node_.getWatches())},
                 {"reentrancy", reentrancy_of(node_)},
                 {"reentrant", literal(is_reentrant(node_))},
                 {"name", node_.getName().cStr()}});
  if (!node_.getKey().isRecord()) return;
  const auto key = node_.getKey().getRecord().getFields()[0];
  docs(key.getDocs());
  printer_.emit("using Key = $type$;  // $name$",
                {{"type", types_.value(key.getType(), scope_)}, {"name", key.getName().cStr()}});
}

void CppActor::emit_kinds() {
  printer_.separate();
  printer_.emit("enum class Kind : std::uint16_t {");
  printer_.indent();
  for (const auto message : node_.getMessages()) {
    docs(message.getDocs());
    printer_.emit("$name$ = $ordinal$,", {{"name", cpp_enumerator(message.getName().cStr())},
                                          {"ordinal", std::to_string(message.getOrdinal())}});
  }
  docs("A message of a newer contract; an ask is answered `unsupported`.");
  printer_.emit("kUnknown = troupe::kKindUnknown,");
  if (node_.getWatches()) {
    docs("An actor that this one watched has ended.");
    printer_.emit("kDown = troupe::kKindDown,");
  }
  docs("The actor is to end.");
  printer_.emit("kStop = troupe::kKindStop,");
  printer_.outdent();
  printer_.emit("};");
}

void CppActor::declare_fields(ir::Record::Reader record) {
  for (const auto field : record.getFields()) {
    docs(field.getDocs());
    const bool is_handle = field.getType().isReply();
    if (is_handle && field.getDocs().size() == 0) docs("Moves the handle out of the message.");
    declare(
        {types_.value(field.getType(), scope_), accessor(field), {}, is_handle ? "" : " const"});
  }
}

std::string CppActor::denial(ir::Message::Reader message) const {
  const auto denies = message.getAsk().getDenies();
  if (!denies.isEnum()) return "";
  return types_.declared(file_.getEnums()[denies.getEnum()], scope_);
}

Signature CppActor::reply_signature(ir::Message::Reader message) const {
  Signature signature{"void", "reply", {}, ""};
  signature.parameters =
      argument_list(types_, message.getAsk().getResults(), scope_, Defaults::kShown);
  return signature;
}

void CppActor::emit_reply(ir::Message::Reader message) {
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

void CppActor::emit_handle(ir::Message::Reader message) {
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
  // Whatever file sends the handle.
  printer_.separate();
  docs("For generated code: moves the handle out of a message.");
  declare({"static " + name, "take_from", {"troupe::protocols::StructReader field"}, ""});
  printer_.outdent();
  printer_.emit("};");
}

void CppActor::emit_view(ir::Message::Reader message, const std::string& owner) {
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

void CppActor::emit_message_class() {
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
  emit_message_accessors();
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
                 {"is_known", is_known_function(node_, printer_.indentation() + 2)}});
}

void CppActor::emit_message_accessors() {
  for (const auto message : node_.getMessages()) {
    const Signature signature{
        view_class(message), cpp_name(message.getName().cStr()), {}, " const"};
    if (needs_later_actor(file_, message, place_)) {
      declare(signature);
      continue;
    }
    const std::string body = "return " + view_class(message) + "(frame_of(" +
                             std::to_string(message.getOrdinal()) + ", kType));";
    printer_.emit("$function$",
                  {{"function", definition(signature, body, printer_.indentation())}});
  }
  if (!node_.getWatches()) return;
  printer_.emit(
      "troupe::Down down() const { return troupe::Down(frame_of(troupe::kKindDown, kType)); }");
}

void CppActor::emit_deferred_views() {
  for (const auto message : node_.getMessages()) {
    if (!needs_later_actor(file_, message, place_)) continue;
    printer_.separate();
    emit_view(message, std::string(node_.getName().cStr()) + "::");
  }
}

}  // namespace

void emit_cpp_actor(ir::File::Reader file, unsigned place, Printer& printer) {
  CppActor(file, place, printer).run();
}

void emit_cpp_deferred_views(ir::File::Reader file, Printer& printer) {
  for (unsigned place = 0; place < own(file.getActors()).size(); ++place) {
    CppActor(file, place, printer).emit_deferred_views();
  }
}

}  // namespace troupe::codegen
