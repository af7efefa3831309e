#include "codegen/check_types.h"

#include <string>
#include <string_view>
#include <vector>

#include "codegen/limits.h"
#include "codegen/namer.h"
#include "codegen/struct_order.h"
#include "codegen/suggest.h"
#include "codegen/types.h"

namespace troupe::codegen {
namespace {

/// What has fields. Only a message's parameters may carry the right to answer: whoever drops a
/// frame finds the handles in it there, and a plain struct can be copied.
constexpr std::string_view kStruct = "a struct";
constexpr std::string_view kStart = "the start of an actor";
constexpr std::string_view kMessage = "a message";
constexpr std::string_view kResults = "an answer";

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

class TypeChecker {
 public:
  TypeChecker(const FileNode& file, const Symbols& symbols, Diagnostics& diagnostics)
      : file_(file), symbols_(symbols), diagnostics_(diagnostics) {}

  void run();

 private:
  /// `place` says what has the fields, as a finding names it.
  void check_fields(const std::vector<FieldNode>& fields, std::string_view place);
  void check_reply_place(const TypeNode& type, std::string_view place);
  void check_type(const TypeNode& type);
  void check_declared(const TypeNode& type);
  void check_ref(const TypeNode& type);
  void check_reply(const TypeNode& type);
  /// The actor that the first name of the argument stands for; null after an error.
  const ActorNode* find_actor(const Name& name);
  void report_unknown_type(const Name& name);
  void check_containment();

  const FileNode& file_;
  const Symbols& symbols_;
  Diagnostics& diagnostics_;
};

void TypeChecker::run() {
  for (const StructNode& node : file_.structs) check_fields(node.fields, kStruct);
  for (const ActorNode& node : file_.actors) {
    if (node.start) check_fields(node.start->fields, kStart);
    for (const MessageNode& message : node.messages) {
      check_fields(message.parameters.fields, kMessage);
      if (message.results) check_fields(message.results->fields, kResults);
    }
  }
  check_containment();
}

void TypeChecker::check_fields(const std::vector<FieldNode>& fields, std::string_view place) {
  for (const FieldNode& field : fields) {
    check_type(field.type);
    check_reply_place(field.type, place);
  }
}

void TypeChecker::check_reply_place(const TypeNode& type, std::string_view place) {
  if (type.name.text != "reply" || place == kMessage) return;
  diagnostics_.error(
      type.span,
      "a reply handle is a parameter of a message; it cannot be part of " + std::string(place));
}

void TypeChecker::check_type(const TypeNode& type) {
  if (type.name.text == "ref") return check_ref(type);
  if (type.name.text == "reply") return check_reply(type);
  const bool is_builtin = find_builtin(type.name.text).has_value();
  if (!is_builtin && symbols_.find(type.name.text) == nullptr) {
    return report_unknown_type(type.name);
  }
  if (type.has_argument) {
    diagnostics_.error(type.span, quoted(type.name.text) + " takes no argument");
  } else if (!is_builtin) {
    check_declared(type);
  }
}

void TypeChecker::check_declared(const TypeNode& type) {
  const Symbol* symbol = symbols_.find(type.name.text);
  if (symbol->kind != SymbolKind::kActor) return;
  const std::string name(type.name.text);
  diagnostics_.error(type.span, "an actor is not a value; a message holds a reference to it")
      .suggest("ref<" + name + ">");
}

void TypeChecker::report_unknown_type(const Name& name) {
  // The declaration may be one that could not be parsed.
  if (!file_.complete && is_camel_case(name.text)) return;
  std::string meant(type_word_for(name.text));
  if (meant.empty()) {
    std::vector<std::string_view> known = symbols_.names();
    known.insert(known.end(), type_words().begin(), type_words().end());
    meant = nearest(name.text, known);
  }
  diagnostics_.error(name.span, "unknown type " + quoted(name.text)).suggest(std::move(meant));
}

const ActorNode* TypeChecker::find_actor(const Name& name) {
  const Symbol* symbol = symbols_.find(name.text);
  if (symbol == nullptr) {
    if (!file_.complete) return nullptr;
    std::vector<std::string_view> actors;
    for (const ActorNode& actor : file_.actors) actors.push_back(actor.name.text);
    diagnostics_.error(name.span, "unknown actor " + quoted(name.text))
        .suggest(nearest(name.text, actors));
    return nullptr;
  }
  if (symbol->kind == SymbolKind::kActor) return &file_.actors[symbol->index];
  diagnostics_
      .error(name.span,
             quoted(name.text) + " is " + std::string(describe(symbol->kind)) + ", not an actor")
      .note(symbol->name.span, "declared here");
  return nullptr;
}

void TypeChecker::check_ref(const TypeNode& type) {
  if (type.argument.size() != 1) {
    diagnostics_.error(type.span, "a reference names its actor, such as 'ref<Account>'");
    return;
  }
  find_actor(type.argument.front());
}

void TypeChecker::check_reply(const TypeNode& type) {
  if (type.argument.size() != 2) {
    diagnostics_.error(type.span, "a reply handle names its ask, such as 'reply<Account.deposit>'");
    return;
  }
  const ActorNode* actor = find_actor(type.argument[0]);
  if (actor == nullptr) return;
  const Name& name = type.argument[1];
  const MessageNode* message = find_message(*actor, name.text);
  if (message == nullptr) {
    if (!actor->complete) return;
    std::vector<std::string_view> asks;
    for (const MessageNode& other : actor->messages) {
      if (other.is_ask) asks.push_back(other.name.text);
    }
    diagnostics_
        .error(name.span,
               "actor " + std::string(actor->name.text) + " has no message " + quoted(name.text))
        .suggest(nearest(name.text, asks));
  } else if (!message->is_ask) {
    diagnostics_.error(name.span, quoted(name.text) + " is a tell, and nobody waits for its answer")
        .note(message->name.span, "declared here");
  }
}

void TypeChecker::check_containment() {
  const StructOrder order = order_structs(file_, symbols_);
  for (const std::vector<Containment>& cycle : order.cycles) {
    const StructNode& first = file_.structs[cycle.front().structure];
    std::string walk;
    for (const Containment& step : cycle) {
      walk += std::string(file_.structs[step.structure].name.text) + "." +
              std::string(step.field->name.text) + " -> ";
    }
    const std::string name(first.name.text);
    Diagnostic& finding =
        diagnostics_.error(first.name.span, "struct " + name + " contains itself: " + walk + name);
    for (const Containment& step : cycle) {
      finding.note(step.field->type.span, "through " + std::string(step.field->name.text));
    }
  }
  if (!order.cycles.empty()) return;
  for (std::size_t index = 0; index < order.depth.size(); ++index) {
    // One finding at the struct that exceeds the limit, not one more for each that contains it.
    if (order.depth[index] != kStructNestingMax + 1) continue;
    diagnostics_.error(
        file_.structs[index].name.span,
        "structs are nested more than " + std::to_string(kStructNestingMax) + " deep here");
  }
}

}  // namespace

void check_types(const FileNode& file, const Symbols& symbols, Diagnostics& diagnostics) {
  TypeChecker(file, symbols, diagnostics).run();
}

}  // namespace troupe::codegen
