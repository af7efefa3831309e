// The tree of one .actor file, as it was written. The parser accepts a little too much on purpose
// (a tell with results, a field without an ordinal): check.h says what is wrong with it in better
// words.
//
// All names and lines are views into the Source.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/source.h"

namespace troupe::codegen {

struct Name {
  std::string_view text;
  Span span;
};

/// `Account`, `shop.money.Amount` or `Account.deposit`: one name, or several with dots between.
struct Path {
  std::vector<Name> parts;
  Span span;
};

/// An ordinal `@7` or a limit `1024`. Larger than 64 bits reads as the largest 64-bit number.
struct Number {
  std::uint64_t value = 0;
  Span span;
  /// Not a number at all: the lexer has reported it, and rules about its value do not apply.
  bool malformed = false;
};

/// The `///` lines right before a declaration, a message, a field or an enumerator.
struct Docs {
  std::vector<std::string_view> lines;
  Span span;
};

/// `i64`, `shop.Money`, `ref<Account>`, `reply<Account.deposit>` or `list<option<text>>`.
struct TypeNode {
  Path path;
  /// What is in the angles: nothing or one type.
  std::vector<TypeNode> argument;
  Span span;

  bool has_argument() const { return !argument.empty(); }
  /// The name if it is a single one, as those of all types that nobody declares.
  std::string_view word() const {
    return path.parts.size() == 1 ? path.parts.front().text : std::string_view();
  }
};

enum class LiteralKind { kNumber, kText, kWord };

/// A default: `-5`, `0.5`, `"none"`, `true` or `good`.
struct LiteralNode {
  LiteralKind kind = LiteralKind::kWord;
  Span span;
  /// As written, without a sign.
  std::string_view text;
  bool is_negative = false;
  /// A number with a point or an exponent; `number` is then zero.
  bool is_fraction = false;
  /// Larger than 64 bits: `number` is then the largest 64-bit number.
  bool is_too_large = false;
  /// Not what it seems: the lexer has reported it.
  bool malformed = false;
  std::uint64_t number = 0;
};

/// A struct field, a parameter or a result.
struct FieldNode {
  Docs docs;
  Name name;
  std::optional<Number> ordinal;
  TypeNode type;
  std::optional<LiteralNode> default_value;
};

struct FieldList {
  std::vector<FieldNode> fields;
  Span span;
};

struct EnumeratorNode {
  Docs docs;
  Name name;
  std::optional<Number> ordinal;
};

/// `complete` is false where a part could not be parsed. Rules about the whole, such as "ordinals
/// have no gaps", are then not checked: the missing part would be blamed on the parts that are
/// there.
struct EnumNode {
  Docs docs;
  Name name;
  std::vector<EnumeratorNode> enumerators;
  bool complete = true;
};

struct StructNode {
  Docs docs;
  Name name;
  std::vector<FieldNode> fields;
  bool complete = true;
};

struct MessageNode {
  Docs docs;
  bool is_ask = false;
  Name name;
  std::optional<Number> ordinal;
  FieldList parameters;
  std::optional<FieldList> results;
  std::optional<Path> denies;
  /// `readonly` and `interleaves`, however often.
  std::vector<Name> suffixes;
};

/// `capacity 1024`, `bytes 65536` or `overflow reject`.
struct MailboxSetting {
  Name name;
  std::optional<Number> number;
  std::optional<Name> word;
};

struct MailboxNode {
  Span keyword;
  std::vector<MailboxSetting> settings;
};

/// `reentrancy call_chain;`
struct ReentrancyNode {
  Span keyword;
  Name word;
};

/// `shop.Order acyclic`
struct AskedNode {
  Path actor;
  bool is_acyclic = false;
};

/// `asks Ledger, shop.Order acyclic;`
struct AsksNode {
  Span keyword;
  std::vector<AskedNode> actors;
};

struct ActorNode {
  Docs docs;
  Name name;
  std::optional<FieldList> key;
  std::optional<FieldList> start;
  std::vector<Span> watches;
  std::vector<MailboxNode> mailboxes;
  std::vector<ReentrancyNode> reentrancies;
  std::vector<AsksNode> asks;
  std::vector<MessageNode> messages;
  bool complete = true;
};

struct PackageNode {
  Docs docs;
  std::vector<Name> parts;
  Span span;
};

/// `import "examples/shop/money.actor";`
struct ImportNode {
  std::string path;
  /// Of the text with its quotes.
  Span span;
  bool malformed = false;
};

struct FileNode {
  std::optional<PackageNode> package;
  std::vector<ImportNode> imports;
  std::vector<EnumNode> enums;
  std::vector<StructNode> structs;
  std::vector<ActorNode> actors;
  /// False where a declaration was lost: then an unknown name may be the one that was lost.
  bool complete = true;
};

}  // namespace troupe::codegen
