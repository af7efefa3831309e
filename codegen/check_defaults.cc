#include "codegen/check_defaults.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/lexer.h"
#include "codegen/limits.h"
#include "codegen/literals.h"
#include "codegen/suggest.h"
#include "codegen/types.h"

namespace troupe::codegen {
namespace {

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

/// "i8 is from -128 to 127".
std::string range_of(std::string_view type, IntegerRange range) {
  const unsigned bits = range.is_signed ? range.bits - 1 : range.bits;
  const std::uint64_t most = ~std::uint64_t{0} >> (64 - bits);
  const std::string least = range.is_signed ? "-" + std::to_string(most + 1) : "0";
  return std::string(type) + " is from " + least + " to " + std::to_string(most);
}

/// "a u8", "an i8", "an f64".
std::string with_article(std::string_view type) {
  return (type.front() == 'i' || type.front() == 'f' ? "an " : "a ") + std::string(type);
}

class DefaultChecker {
 public:
  DefaultChecker(const Symbols& symbols, Diagnostics& diagnostics)
      : symbols_(symbols), diagnostics_(diagnostics) {}

  void run();

 private:
  void check_fields(const std::vector<FieldNode>& fields);
  void forbid(const FieldList& list, std::string_view what);
  void check(const FieldNode& field, const LiteralNode& literal);
  void check_builtin(Builtin type, std::string_view name, const LiteralNode& literal);
  void check_whole(IntegerRange range, std::string_view name, const LiteralNode& literal);
  void check_text(const LiteralNode& literal);
  void check_enumerator(const Symbol& symbol, const LiteralNode& literal);

  const Symbols& symbols_;
  Diagnostics& diagnostics_;
};

void DefaultChecker::run() {
  const FileNode& file = symbols_.unit().tree;
  for (const StructNode& node : file.structs) check_fields(node.fields);
  for (const ActorNode& node : file.actors) {
    if (node.key) forbid(*node.key, "a key");
    if (node.start) forbid(*node.start, "a start parameter");
    for (const MessageNode& message : node.messages) {
      check_fields(message.parameters.fields);
      if (message.results) check_fields(message.results->fields);
    }
  }
}

void DefaultChecker::forbid(const FieldList& list, std::string_view what) {
  for (const FieldNode& field : list.fields) {
    if (!field.default_value) continue;
    diagnostics_.error(field.default_value->span,
                       std::string(what) + " has no default: it is always given");
  }
}

void DefaultChecker::check_fields(const std::vector<FieldNode>& fields) {
  for (const FieldNode& field : fields) {
    if (field.default_value && !field.default_value->malformed) {
      check(field, *field.default_value);
    }
  }
}

void DefaultChecker::check(const FieldNode& field, const LiteralNode& literal) {
  const std::string_view word = field.type.word();
  const auto builtin = find_builtin(word);
  if (builtin && *builtin != Builtin::kBytes) {
    if (!field.type.has_argument()) check_builtin(*builtin, word, literal);
    return;
  }
  const Symbol* symbol = field.type.has_argument() ? nullptr : symbols_.find(field.type.path);
  if (symbol != nullptr && symbol->kind == SymbolKind::kEnum) {
    return check_enumerator(*symbol, literal);
  }
  const bool is_known = builtin || symbol != nullptr || word == "list" || word == "option" ||
                        word == "ref" || word == "reply";
  // What is unknown is reported where types are.
  if (!is_known || (symbol != nullptr && symbol->kind == SymbolKind::kActor)) return;
  const std::string type = word == "option"    ? "an option, which is empty without one,"
                           : symbol != nullptr ? "a struct"
                           : word == "bytes"   ? "a field of bytes"
                           : word == "reply"   ? "a reply handle"
                           : word == "ref"     ? "a reference"
                                               : "a list";
  diagnostics_.error(literal.span,
                     type + " has no default; numbers, bool, text and enums may have one");
}

void DefaultChecker::check_builtin(Builtin type, std::string_view name,
                                   const LiteralNode& literal) {
  if (const auto range = integer_range(type)) return check_whole(*range, name, literal);
  if (type == Builtin::kText) return check_text(literal);
  if (type == Builtin::kBool) {
    constexpr std::string_view kWords[] = {"true", "false"};
    const bool is_word = literal.kind == LiteralKind::kWord;
    if (is_word && std::ranges::find(kWords, literal.text) != std::end(kWords)) return;
    diagnostics_.error(literal.span, "the default of a bool is 'true' or 'false'")
        .suggest(is_word ? nearest(literal.text, kWords) : "");
    return;
  }
  if (literal.kind != LiteralKind::kNumber) {
    diagnostics_.error(literal.span,
                       "the default of " + with_article(name) + " is a number, such as '0.5'");
  } else if (!floating_value(literal, type == Builtin::kF32)) {
    diagnostics_.error(literal.span,
                       "a number that exceeds " + std::string(name) + ", which is " +
                           (type == Builtin::kF32 ? "up to 3.4e38" : "up to 1.8e308"));
  }
}

void DefaultChecker::check_whole(IntegerRange range, std::string_view name,
                                 const LiteralNode& literal) {
  if (literal.kind != LiteralKind::kNumber || literal.is_fraction) {
    diagnostics_.error(literal.span, "the default of " + with_article(name) + " is a whole number");
  } else if (!whole_value(literal, range)) {
    diagnostics_.error(literal.span, "the default is out of range: " + range_of(name, range));
  }
}

void DefaultChecker::check_text(const LiteralNode& literal) {
  if (literal.kind != LiteralKind::kText) {
    const std::string meant =
        literal.kind == LiteralKind::kWord ? "\"" + std::string(literal.text) + "\"" : "";
    diagnostics_.error(literal.span, "the default of a text is in quotes").suggest(meant);
    return;
  }
  const std::size_t size = content_of(literal.text).size();
  if (size <= kDefaultTextBytesMax) return;
  diagnostics_.error(literal.span, "default of " + std::to_string(size) + " bytes; the limit is " +
                                       std::to_string(kDefaultTextBytesMax));
}

void DefaultChecker::check_enumerator(const Symbol& symbol, const LiteralNode& literal) {
  const EnumNode& node = symbol.enumeration();
  std::vector<std::string_view> names;
  for (const EnumeratorNode& enumerator : node.enumerators) {
    names.push_back(enumerator.name.text);
  }
  const bool is_word = literal.kind == LiteralKind::kWord;
  if (is_word && std::ranges::find(names, literal.text) != names.end()) return;
  if (is_word && !node.complete) return;
  diagnostics_
      .error(literal.span,
             is_word ? "enum " + std::string(node.name.text) + " has no " + quoted(literal.text)
                     : "the default of an enum is one of its names")
      .note(symbol.unit->source, node.name.span, "declared here")
      .suggest(is_word ? nearest(literal.text, names) : "");
}

}  // namespace

void check_defaults(const Symbols& symbols, Diagnostics& diagnostics) {
  DefaultChecker(symbols, diagnostics).run();
}

}  // namespace troupe::codegen
