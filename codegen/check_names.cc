#include "codegen/check_names.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/limits.h"
#include "codegen/name_scope.h"
#include "codegen/namer.h"
#include "codegen/types.h"
#include "codegen/utf8.h"

namespace troupe::codegen {
namespace {

/// Each would become a type, an enumerator or a function that every generated actor has already.
constexpr std::string_view kMessageNamesTaken[] = {
    "stop",    "down",  "unknown", "kind",  "tell",     "ask",         "self",
    "message", "tells", "asks",    "visit", "frame_of", "kind_number", "is_known",
};

/// Members of every generated message, or of every generated ask.
constexpr std::string_view kParameterNamesTaken[] = {"reply", "deny", "take_reply"};
/// Members of generated asks only.
constexpr std::string_view kAskParameterNamesTaken[] = {"deadline"};

/// Packages become C++ namespaces; these belong to the language and its standard library.
constexpr std::string_view kPackagesTaken[] = {"std", "posix", "main"};
/// In generated code these mean the namespaces of that name at the top.
constexpr std::string_view kInnerPackagesTaken[] = {"std", "troupe"};

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

class NameChecker {
 public:
  NameChecker(const FileNode& file, Diagnostics& diagnostics)
      : file_(file), diagnostics_(diagnostics) {}

  void run();

 private:
  void check_package();
  void check_declarations();
  void check_enum(const EnumNode& node);
  void check_fillers(const EnumNode& node, std::uint64_t ordinal_last);
  void check_actor(const ActorNode& node);
  void check_message(const MessageNode& message);
  void check_accessors(const MessageNode& message);
  void check_fields(const std::vector<FieldNode>& fields);
  void check_generated_types(const ActorNode& node);

  /// Both return whether the name has the right form: one that has not is not compared with others.
  bool check_type_name(const Name& name);
  bool check_value_name(const Name& name);
  bool check_common(const Name& name);

  const FileNode& file_;
  Diagnostics& diagnostics_;
};

void NameChecker::run() {
  check_package();
  check_declarations();
  for (const EnumNode& node : file_.enums) check_enum(node);
  for (const StructNode& node : file_.structs) check_fields(node.fields);
  for (const ActorNode& node : file_.actors) check_actor(node);
}

bool NameChecker::check_common(const Name& name) {
  if (!is_ascii(name.text)) return false;  // reported by the lexer
  if (name.text.size() > kNameBytesMax) {
    diagnostics_.error(name.span, "name of " + std::to_string(name.text.size()) +
                                      " bytes; the limit is " + std::to_string(kNameBytesMax));
    return false;
  }
  if (!is_reserved_word(name.text)) return true;
  diagnostics_.error(name.span,
                     "'" + std::string(name.text) + "' is a reserved word and cannot be a name");
  return false;
}

bool NameChecker::check_type_name(const Name& name) {
  if (!check_common(name)) return false;
  if (is_camel_case(name.text)) return true;
  diagnostics_.error(name.span, "names of types are in CamelCase")
      .suggest(to_camel_case(name.text));
  return false;
}

bool NameChecker::check_value_name(const Name& name) {
  if (!check_common(name)) return false;
  if (is_snake_case(name.text)) return true;
  diagnostics_.error(name.span, "names of values are in snake_case")
      .suggest(to_snake_case(name.text));
  return false;
}

void NameChecker::check_package() {
  if (!file_.package) {
    if (file_.complete) {
      diagnostics_.error({0, 0}, "a file begins with its package, such as 'package bank;'");
    }
    return;
  }
  for (const Name& part : file_.package->parts) check_value_name(part);
  const Name& root = file_.package->parts.front();
  if (contains(kPackagesTaken, root.text)) {
    diagnostics_.error(root.span, "'" + std::string(root.text) + "' belongs to the C++ language");
  }
  for (std::size_t index = 1; index < file_.package->parts.size(); ++index) {
    const Name& part = file_.package->parts[index];
    if (!contains(kInnerPackagesTaken, part.text)) continue;
    diagnostics_.error(part.span, "'" + std::string(part.text) +
                                      "' within a package would hide a namespace that generated "
                                      "code uses");
  }
}

void NameChecker::check_declarations() {
  std::vector<const Name*> names;
  for (const EnumNode& node : file_.enums) names.push_back(&node.name);
  for (const StructNode& node : file_.structs) names.push_back(&node.name);
  for (const ActorNode& node : file_.actors) names.push_back(&node.name);
  // In the order of the text, so that the second of two is the one that is reported.
  std::ranges::sort(names, {}, [](const Name* name) { return name->span.begin; });
  if (names.size() > kDeclarationsMax) {
    diagnostics_.error(
        names[kDeclarationsMax]->span,
        "more than " + std::to_string(kDeclarationsMax) + " declarations in one file");
  }
  NameScope scope(diagnostics_);
  for (const Name* name : names) {
    if (check_type_name(*name)) scope.add(*name, capnp_type(name->text));
  }
}

void NameChecker::check_enum(const EnumNode& node) {
  NameScope scope(diagnostics_);
  std::uint64_t ordinal_last = 0;
  for (const EnumeratorNode& enumerator : node.enumerators) {
    if (check_value_name(enumerator.name)) {
      scope.add(enumerator.name, capnp_name(enumerator.name.text));
    }
    if (enumerator.ordinal) ordinal_last = std::max(ordinal_last, enumerator.ordinal->value);
  }
  if (node.complete) check_fillers(node, ordinal_last);
}

void NameChecker::check_fillers(const EnumNode& node, std::uint64_t ordinal_last) {
  std::set<std::uint64_t> used;
  for (const EnumeratorNode& enumerator : node.enumerators) {
    if (enumerator.ordinal) used.insert(enumerator.ordinal->value);
  }
  for (const EnumeratorNode& enumerator : node.enumerators) {
    const auto ordinal = filler_ordinal(capnp_name(enumerator.name.text));
    if (!ordinal || *ordinal > ordinal_last || used.contains(*ordinal)) continue;
    diagnostics_.error(enumerator.name.span,
                       "'" + std::string(enumerator.name.text) + "' is what the unused ordinal @" +
                           std::to_string(*ordinal) + " is called in the generated code");
  }
}

void NameChecker::check_actor(const ActorNode& node) {
  for (const std::string_view taken : kMessageNamesTaken) {
    if (node.name.text == message_type(taken)) {
      diagnostics_.error(node.name.span, "'" + std::string(node.name.text) +
                                             "' is a generated member of every actor");
    }
  }
  if (node.key) check_fields(node.key->fields);
  if (node.start) check_fields(node.start->fields);
  for (const MessageNode& message : node.messages) check_message(message);
  check_generated_types(node);
}

void NameChecker::check_message(const MessageNode& message) {
  check_value_name(message.name);
  if (contains(kMessageNamesTaken, message.name.text)) {
    diagnostics_.error(message.name.span, "a message may not be named '" +
                                              std::string(message.name.text) +
                                              "': every actor has a generated member of that name");
  }
  check_fields(message.parameters.fields);
  for (const FieldNode& parameter : message.parameters.fields) {
    const bool is_taken =
        contains(kParameterNamesTaken, parameter.name.text) ||
        (message.is_ask && contains(kAskParameterNamesTaken, parameter.name.text));
    if (!is_taken) continue;
    diagnostics_.error(parameter.name.span, "a parameter may not be named '" +
                                                std::string(parameter.name.text) +
                                                "': messages have a generated member of that name");
  }
  check_accessors(message);
  if (message.results) check_fields(message.results->fields);
}

void NameChecker::check_accessors(const MessageNode& message) {
  for (const FieldNode& handle : message.parameters.fields) {
    if (handle.type.word() != "reply") continue;
    const std::string generated = handle_accessor(handle.name.text);
    for (const FieldNode& other : message.parameters.fields) {
      if (other.name.text != generated) continue;
      NameScope scope(diagnostics_);
      scope.add(handle.name, generated);
      scope.add(other.name, generated);
    }
  }
}

void NameChecker::check_fields(const std::vector<FieldNode>& fields) {
  NameScope scope(diagnostics_);
  for (const FieldNode& field : fields) {
    if (check_value_name(field.name)) scope.add(field.name, capnp_name(field.name.text));
  }
}

void NameChecker::check_generated_types(const ActorNode& node) {
  NameScope scope(diagnostics_);
  scope.add(node.name, std::string(node.name.text));
  if (node.key) scope.add({"key", node.key->span}, std::string(kKeyType));
  for (const MessageNode& message : node.messages) {
    const std::string_view name = message.name.text;
    if (!is_snake_case(name)) continue;
    const bool is_new = scope.add(message.name, capnp_type(message_type(name)));
    if (!is_new || !message.is_ask) continue;
    if (!scope.add(message.name, capnp_type(reply_type(name)))) continue;
    scope.add(message.name, reply_handle_type(name));
  }
}

}  // namespace

void check_names(const FileNode& file, Diagnostics& diagnostics) {
  NameChecker(file, diagnostics).run();
}

}  // namespace troupe::codegen
