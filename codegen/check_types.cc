#include "codegen/check_types.h"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/limits.h"
#include "codegen/namer.h"
#include "codegen/resolver.h"
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

bool is_camel(const Name& name) { return is_camel_case(name.text); }

class TypeChecker {
 public:
  TypeChecker(const Symbols& symbols, Diagnostics& diagnostics)
      : file_(symbols.unit().tree),
        symbols_(symbols),
        resolver_(symbols, diagnostics),
        diagnostics_(diagnostics) {}

  void run(const StructOrder& order);

 private:
  /// `place` says what has the fields, as a finding names it.
  void check_fields(const std::vector<FieldNode>& fields, std::string_view place);
  void check_reply_place(const TypeNode& type, std::string_view place);
  void check_start(const FieldNode& field);
  void check_type(const TypeNode& type);
  void check_list(const TypeNode& type);
  void check_option(const TypeNode& type);
  void check_named(const TypeNode& type);
  void check_ref(const TypeNode& type);
  void check_reply(const TypeNode& type);
  void check_containment(const StructOrder& order);

  const FileNode& file_;
  const Symbols& symbols_;
  Resolver resolver_;
  Diagnostics& diagnostics_;
};

void TypeChecker::run(const StructOrder& order) {
  for (const StructNode& node : file_.structs) check_fields(node.fields, kStruct);
  for (const ActorNode& node : file_.actors) {
    if (node.start) {
      check_fields(node.start->fields, kStart);
      for (const FieldNode& field : node.start->fields) check_start(field);
    }
    for (const MessageNode& message : node.messages) {
      check_fields(message.parameters.fields, kMessage);
      if (message.results) check_fields(message.results->fields, kResults);
    }
  }
  check_containment(order);
}

void TypeChecker::check_fields(const std::vector<FieldNode>& fields, std::string_view place) {
  for (const FieldNode& field : fields) {
    check_type(field.type);
    check_reply_place(field.type, place);
  }
}

void TypeChecker::check_reply_place(const TypeNode& type, std::string_view place) {
  if (type.word() != "reply" || place == kMessage) return;
  diagnostics_.error(
      type.span,
      "a reply handle is a parameter of a message; it cannot be part of " + std::string(place));
}

void TypeChecker::check_type(const TypeNode& type) {
  const std::string_view word = type.word();
  if (word == "ref") return check_ref(type);
  if (word == "reply") return check_reply(type);
  if (word == "list") return check_list(type);
  if (word == "option") return check_option(type);
  return check_named(type);
}

void TypeChecker::check_list(const TypeNode& type) {
  if (!type.has_argument()) {
    diagnostics_.error(type.span, "a list names what it holds, such as 'list<i64>'");
    return;
  }
  const TypeNode& element = type.argument.front();
  check_type(element);
  if (element.word() == "option") {
    diagnostics_.error(element.span, "a list holds no options; it may hold a struct that has one");
  } else if (element.word() == "reply") {
    diagnostics_.error(element.span,
                       "a list holds no reply handles: each is a parameter of its own");
  }
}

void TypeChecker::check_option(const TypeNode& type) {
  if (!type.has_argument()) {
    diagnostics_.error(type.span, "an option names what it may hold, such as 'option<i64>'");
    return;
  }
  const TypeNode& held = type.argument.front();
  check_type(held);
  if (held.word() == "option") {
    diagnostics_.error(held.span, "an option of an option; one of them says it");
  } else if (held.word() == "reply") {
    diagnostics_.error(held.span,
                       "an option holds no reply handle: a handle may be empty as it is");
  }
}

void TypeChecker::check_named(const TypeNode& type) {
  const bool is_builtin = find_builtin(type.word()).has_value();
  const Symbol* symbol =
      is_builtin ? nullptr : resolver_.find(type.path.parts, "type", std::nullopt);
  if (type.has_argument()) {
    const std::string name = joined(type.path.parts);
    if (is_builtin || symbol != nullptr) {
      diagnostics_.error(type.span, quoted(name) + " takes no argument");
    }
    return;
  }
  if (symbol == nullptr || symbol->kind != SymbolKind::kActor) return;
  diagnostics_.error(type.span, "an actor is not a value; a message holds a reference to it")
      .suggest("ref<" + joined(type.path.parts) + ">");
}

void TypeChecker::check_ref(const TypeNode& type) {
  // A type's name before a dot: a message was named, too.
  const bool is_named = type.has_argument() && !type.argument.front().has_argument();
  const Path path = is_named ? type.argument.front().path : Path();
  if (!is_named || (path.parts.size() > 1 && is_camel(path.parts[path.parts.size() - 2]))) {
    diagnostics_.error(type.span, "a reference names its actor, such as 'ref<Account>'");
    return;
  }
  resolver_.find_actor(path.parts);
}

void TypeChecker::check_reply(const TypeNode& type) {
  const bool is_named = type.has_argument() && !type.argument.front().has_argument() &&
                        type.argument.front().path.parts.size() > 1;
  if (!is_named) {
    diagnostics_.error(type.span, "a reply handle names its ask, such as 'reply<Account.deposit>'");
    return;
  }
  const std::span<const Name> path(type.argument.front().path.parts);
  const Symbol* symbol = resolver_.find_actor(path.first(path.size() - 1));
  if (symbol == nullptr) return;
  const ActorNode& actor = symbol->actor();
  const Name& name = path.back();
  const MessageNode* message = find_message(actor, name.text);
  if (message == nullptr) {
    if (!actor.complete) return;
    std::vector<std::string_view> asks;
    for (const MessageNode& other : actor.messages) {
      if (other.is_ask) asks.push_back(other.name.text);
    }
    diagnostics_
        .error(name.span,
               "actor " + std::string(actor.name.text) + " has no message " + quoted(name.text))
        .suggest(nearest(name.text, asks));
  } else if (!message->is_ask) {
    diagnostics_.error(name.span, quoted(name.text) + " is a tell, and nobody waits for its answer")
        .note(symbol->unit->source, message->name.span, "declared here");
  }
}

// ---- Start parameters
// ----------------------------------------------------------------------------

/// A field through which a struct is a view.
struct ViewField {
  const Unit* unit;
  const StructNode* structure;
  const FieldNode* field;
};

/// Looks through a struct and the structs in it, once each.
class ViewSearch {
 public:
  /// The first field that views the caller's memory.
  std::optional<ViewField> find(const Symbol& symbol);

 private:
  std::set<const StructNode*> seen_;
  std::map<const Unit*, Symbols> symbols_;
};

std::optional<ViewField> ViewSearch::find(const Symbol& symbol) {
  const StructNode& node = symbol.structure();
  if (!seen_.insert(&node).second) return std::nullopt;
  const Symbols& symbols = symbols_.try_emplace(symbol.unit, *symbol.unit).first->second;
  for (const FieldNode& field : node.fields) {
    std::size_t lists = 0;
    const TypeNode& type = innermost(field.type, lists);
    if (lists > 0 || type.word() == "text" || type.word() == "bytes") {
      return ViewField{symbol.unit, &node, &field};
    }
    const Symbol* inner = type.has_argument() ? nullptr : symbols.find(type.path);
    if (inner == nullptr || inner->kind != SymbolKind::kStruct) continue;
    if (const auto found = find(*inner)) return found;
  }
  return std::nullopt;
}

void TypeChecker::check_start(const FieldNode& field) {
  std::size_t lists = 0;
  const TypeNode& type = innermost(field.type, lists);
  const Symbol* symbol = type.has_argument() ? nullptr : symbols_.find(type.path);
  if (symbol == nullptr || symbol->kind != SymbolKind::kStruct) return;
  const auto view = ViewSearch().find(*symbol);
  if (!view) return;
  diagnostics_
      .error(type.span,
             "a struct with text, bytes or lists views memory of whoever starts the "
             "actor, which lives longer; give " +
                 std::string(view->structure->name.text) + "." +
                 std::string(view->field->name.text) + " as a start parameter itself")
      .note(view->unit->source, view->field->name.span, "this is such a view");
}

// ---- Structs in structs
// --------------------------------------------------------------------------

void TypeChecker::check_containment(const StructOrder& order) {
  for (const std::vector<Containment>& cycle : order.cycles) {
    const StructNode& first = file_.structs[cycle.front().structure];
    std::string walk;
    bool is_direct = true;
    for (const Containment& step : cycle) {
      walk += std::string(file_.structs[step.structure].name.text) + "." +
              std::string(step.field->name.text) + " -> ";
      is_direct = is_direct && !step.field->type.has_argument();
    }
    const std::string name(first.name.text);
    const std::string instead =
        is_direct ? "" : "; keep all of them in one list and hold indices into it";
    Diagnostic& finding = diagnostics_.error(
        first.name.span, "struct " + name + " contains itself: " + walk + name + instead);
    for (const Containment& step : cycle) {
      finding.note(step.field->type.span, "through " + std::string(step.field->name.text));
    }
  }
  if (!order.cycles.empty()) return;
  for (std::size_t index = 0; index < order.depth.size(); ++index) {
    // One finding at the struct that exceeds the limit, not one more for each that contains it.
    if (order.depth[index] <= kStructNestingMax) continue;
    diagnostics_.error(file_.structs[index].name.span, "structs and lists are nested more than " +
                                                           std::to_string(kStructNestingMax) +
                                                           " deep here");
    return;
  }
}

}  // namespace

void check_types(const Symbols& symbols, const StructOrder& order, Diagnostics& diagnostics) {
  TypeChecker(symbols, diagnostics).run(order);
}

}  // namespace troupe::codegen
