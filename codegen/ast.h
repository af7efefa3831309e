// The tree of one .actor file, as it was written. The parser accepts a little too much on purpose
// (a tell with results, a field without an ordinal): check.h says what is wrong with it in better
// words.
//
// All names and lines are views into the Source.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "codegen/source.h"

namespace troupe::codegen {

struct Name {
  std::string_view text;
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

/// `i64`, `Money`, `ref<Account>` or `reply<Account.deposit>`; argument holds what is in the
/// angles, name by name.
struct TypeNode {
  Name name;
  std::vector<Name> argument;
  bool has_argument = false;
  Span span;
};

/// A struct field, a parameter or a result.
struct FieldNode {
  Docs docs;
  Name name;
  std::optional<Number> ordinal;
  TypeNode type;
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
  std::optional<Name> denies;
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

struct ActorNode {
  Docs docs;
  Name name;
  std::optional<FieldList> key;
  std::optional<FieldList> start;
  std::vector<Span> watches;
  std::vector<MailboxNode> mailboxes;
  std::vector<MessageNode> messages;
  bool complete = true;
};

struct PackageNode {
  Docs docs;
  std::vector<Name> parts;
  Span span;
};

struct FileNode {
  std::optional<PackageNode> package;
  std::vector<EnumNode> enums;
  std::vector<StructNode> structs;
  std::vector<ActorNode> actors;
  /// False where a declaration was lost: then an unknown name may be the one that was lost.
  bool complete = true;
};

}  // namespace troupe::codegen
