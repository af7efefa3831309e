#include "codegen/check_ordinals.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "codegen/limits.h"

namespace troupe::codegen {
namespace {

std::string at(std::uint64_t ordinal) { return "@" + std::to_string(ordinal); }

/// The ordinals of one enum, struct or actor.
class OrdinalScope {
 public:
  OrdinalScope(std::string owner, std::uint64_t ordinal_max, Diagnostics& diagnostics)
      : owner_(std::move(owner)), ordinal_max_(ordinal_max), diagnostics_(diagnostics) {}

  void add(const Name& name, const std::optional<Number>& ordinal);

  /// Ordinals must be 0 to n-1. Says nothing if an ordinal was already reported: the gap may be the
  /// place of that one.
  void check_dense() const;

 private:
  struct Use {
    Name name;
    Span span;
  };

  std::string owner_;
  std::uint64_t ordinal_max_;
  Diagnostics& diagnostics_;
  std::map<std::uint64_t, Use> uses_;
  bool sound_ = true;
};

void OrdinalScope::add(const Name& name, const std::optional<Number>& ordinal) {
  if (!ordinal) {
    diagnostics_.error(name.span, "'" + std::string(name.text) + "' needs an ordinal, such as '" +
                                      std::string(name.text) + " @0'");
    sound_ = false;
    return;
  }
  if (ordinal->malformed) {
    sound_ = false;
    return;
  }
  if (ordinal->value > ordinal_max_) {
    diagnostics_.error(ordinal->span, "ordinal exceeds " + at(ordinal_max_));
    sound_ = false;
    return;
  }
  const auto [place, is_new] = uses_.emplace(ordinal->value, Use{name, ordinal->span});
  if (is_new) return;
  sound_ = false;
  diagnostics_.error(ordinal->span, "ordinal " + at(ordinal->value) + " is used twice in " + owner_)
      .note(place->second.span, "first used by " + std::string(place->second.name.text));
}

void OrdinalScope::check_dense() const {
  if (!sound_) return;
  std::uint64_t expected = 0;
  for (const auto& [ordinal, use] : uses_) {
    if (ordinal != expected) {
      diagnostics_.error(use.span, "ordinals of a struct have no gaps, as Cap'n Proto requires; " +
                                       at(expected) + " is missing in " + owner_);
      return;
    }
    ++expected;
  }
}

void check_enum(const EnumNode& node, Diagnostics& diagnostics) {
  OrdinalScope scope("enum " + std::string(node.name.text), kEnumeratorOrdinalMax, diagnostics);
  for (const EnumeratorNode& enumerator : node.enumerators) {
    scope.add(enumerator.name, enumerator.ordinal);
  }
  if (node.complete && node.enumerators.empty()) {
    diagnostics.error(node.name.span, "an enum has at least one enumerator");
  }
}

void check_struct(const StructNode& node, Diagnostics& diagnostics) {
  OrdinalScope scope("struct " + std::string(node.name.text), kFieldsPerStructMax - 1, diagnostics);
  for (const FieldNode& field : node.fields) scope.add(field.name, field.ordinal);
  if (node.complete) scope.check_dense();
}

void check_positional(const FieldList& list, Diagnostics& diagnostics) {
  for (const FieldNode& field : list.fields) {
    if (!field.ordinal) continue;
    diagnostics.error(field.ordinal->span,
                      "no ordinal here: the position is the ordinal, so append only at the end");
  }
  if (list.fields.size() > kParametersMax) {
    diagnostics.error(list.fields[kParametersMax].name.span,
                      "more than " + std::to_string(kParametersMax) + " parameters");
  }
}

void check_actor(const ActorNode& node, Diagnostics& diagnostics) {
  if (node.key) check_positional(*node.key, diagnostics);
  if (node.start) check_positional(*node.start, diagnostics);
  OrdinalScope scope("actor " + std::string(node.name.text), kMessageOrdinalMax, diagnostics);
  for (const MessageNode& message : node.messages) {
    scope.add(message.name, message.ordinal);
    check_positional(message.parameters, diagnostics);
    if (message.results) check_positional(*message.results, diagnostics);
  }
}

}  // namespace

void check_ordinals(const FileNode& file, Diagnostics& diagnostics) {
  for (const EnumNode& node : file.enums) check_enum(node, diagnostics);
  for (const StructNode& node : file.structs) check_struct(node, diagnostics);
  for (const ActorNode& node : file.actors) check_actor(node, diagnostics);
}

}  // namespace troupe::codegen
