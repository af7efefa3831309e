#include "codegen/parser.h"

#include <span>
#include <string>
#include <utility>

#include "codegen/lexer.h"
#include "codegen/limits.h"
#include "codegen/suggest.h"
#include "codegen/token_reader.h"

namespace troupe::codegen {
namespace {

/// Every parse_ function returns false after it has reported why; the caller then recovers.
class Parser {
 public:
  Parser(TokenStream stream, Diagnostics& diagnostics) : reader_(std::move(stream), diagnostics) {}

  FileNode run();

 private:
  bool parse_top_level();
  bool parse_package(Docs docs);
  bool parse_import();
  bool parse_enum(Docs docs);
  bool parse_struct(Docs docs);
  bool parse_actor(Docs docs);

  bool parse_enumerator(EnumNode& owner);
  bool parse_actor_item(ActorNode& owner);
  bool parse_mailbox(ActorNode& owner, Span keyword);
  bool parse_reentrancy(ActorNode& owner, Span keyword);
  bool parse_asks(ActorNode& owner, Span keyword);
  bool parse_message(ActorNode& owner, Docs docs, bool is_ask);
  /// Behind a message that has a denial or not.
  bool parse_suffixes(MessageNode& message);

  bool parse_field(FieldNode& field, std::string_view what);
  bool parse_field_list(FieldList& list, std::string_view what);
  bool parse_optional_list(std::optional<FieldList>& list, std::string_view what);
  bool parse_ordinal(std::optional<Number>& ordinal);
  /// `depth` counts the types around this one.
  bool parse_type(TypeNode& type, std::size_t depth);
  bool parse_default(std::optional<LiteralNode>& literal);

  /// Items between braces, each parsed by `parse_item`. Clears `complete` where an item was lost.
  template <typename ParseItem>
  bool parse_body(bool& complete, ParseItem parse_item);

  bool has_declaration() const {
    return !file_.enums.empty() || !file_.structs.empty() || !file_.actors.empty();
  }

  TokenReader reader_;
  FileNode file_;
};

FileNode Parser::run() {
  while (!reader_.at(TokenKind::kEnd)) {
    const std::size_t position = reader_.position();
    if (parse_top_level()) continue;
    file_.complete = false;
    reader_.recover_declaration(position);
  }
  reader_.next();
  return std::move(file_);
}

bool Parser::parse_top_level() {
  if (reader_.at(TokenKind::kSemicolon)) {
    reader_.diagnostics().error(reader_.peek().span, "no ';' is needed here");
    reader_.next();
    return true;
  }
  const Token keyword = reader_.peek();
  if (reader_.accept_word("import")) return parse_import();
  Docs docs = reader_.take_docs();
  if (reader_.accept_word("package")) return parse_package(std::move(docs));
  if (reader_.accept_word("enum")) return parse_enum(std::move(docs));
  if (reader_.accept_word("struct")) return parse_struct(std::move(docs));
  if (reader_.accept_word("actor")) return parse_actor(std::move(docs));
  constexpr std::string_view kWords[] = {"package", "import", "enum", "struct", "actor"};
  reader_.report_unexpected("'package', 'import', 'enum', 'struct' or 'actor'")
      .suggest(nearest(keyword.text, kWords));
  return false;
}

bool Parser::parse_package(Docs docs) {
  auto path = reader_.expect_path("the name of the package");
  if (!path) return false;
  PackageNode package{std::move(docs), std::move(path->parts), path->span};
  const bool is_late = has_declaration() || !file_.imports.empty();
  if (file_.package) {
    reader_.diagnostics()
        .error(package.span, "a file has one package")
        .note(file_.package->span, "it is named here");
  } else {
    if (is_late) reader_.diagnostics().error(package.span, "the package comes first in a file");
    file_.package = std::move(package);
  }
  return reader_.expect_semicolon();
}

bool Parser::parse_import() {
  const Token path = reader_.peek();
  if (!reader_.expect(TokenKind::kText, "the path of a file, such as \"shop/money.actor\"")) {
    return false;
  }
  if (has_declaration()) {
    reader_.diagnostics().error(path.span, "imports come before the declarations of a file");
  }
  file_.imports.push_back({content_of(path.text), path.span, path.malformed});
  return reader_.expect_semicolon();
}

template <typename ParseItem>
bool Parser::parse_body(bool& complete, ParseItem parse_item) {
  const Span open = reader_.peek().span;
  if (!reader_.expect(TokenKind::kOpenBrace, "'{'")) return false;
  bool item_was_lost = false;
  while (!reader_.accept(TokenKind::kCloseBrace)) {
    if (reader_.at(TokenKind::kEnd) || reader_.at_declaration()) {
      complete = false;
      // The '}' may have gone with the item, which has been reported.
      if (item_was_lost) return true;
      reader_.diagnostics()
          .error(reader_.after_previous(), "expected '}' before what follows")
          .note(open, "for this '{'");
      return true;
    }
    const std::size_t position = reader_.position();
    item_was_lost = !parse_item();
    if (!item_was_lost) continue;
    complete = false;
    reader_.recover_item(position);
  }
  return true;
}

bool Parser::parse_enum(Docs docs) {
  const auto name = reader_.expect_name("the name of the enum");
  if (!name) return false;
  EnumNode node{.docs = std::move(docs), .name = *name, .enumerators = {}};
  const bool parsed = parse_body(node.complete, [&] { return parse_enumerator(node); });
  node.complete = node.complete && parsed;
  file_.enums.push_back(std::move(node));
  return parsed;
}

bool Parser::parse_enumerator(EnumNode& owner) {
  EnumeratorNode enumerator;
  enumerator.docs = reader_.take_docs();
  const auto name = reader_.expect_name("the name of an enumerator");
  if (!name) return false;
  enumerator.name = *name;
  if (!parse_ordinal(enumerator.ordinal)) return false;
  const bool ended = reader_.expect_semicolon();
  owner.enumerators.push_back(std::move(enumerator));
  return ended;
}

bool Parser::parse_struct(Docs docs) {
  const auto name = reader_.expect_name("the name of the struct");
  if (!name) return false;
  StructNode node{.docs = std::move(docs), .name = *name, .fields = {}};
  const bool parsed = parse_body(node.complete, [&] {
    FieldNode field;
    if (!parse_field(field, "the name of a field")) return false;
    node.fields.push_back(std::move(field));
    return reader_.expect_semicolon();
  });
  node.complete = node.complete && parsed;
  file_.structs.push_back(std::move(node));
  return parsed;
}

bool Parser::parse_actor(Docs docs) {
  const auto name = reader_.expect_name("the name of the actor");
  if (!name) return false;
  ActorNode node;
  node.docs = std::move(docs);
  node.name = *name;
  bool parsed = true;
  if (reader_.accept_word("key")) parsed = parse_optional_list(node.key, "the name of the key");
  if (parsed && reader_.at(TokenKind::kOpenParenthesis)) {
    parsed = parse_optional_list(node.start, "the name of a start parameter");
  }
  parsed = parsed && parse_body(node.complete, [&] { return parse_actor_item(node); });
  node.complete = node.complete && parsed;
  file_.actors.push_back(std::move(node));
  return parsed;
}

bool Parser::parse_actor_item(ActorNode& owner) {
  const Token keyword = reader_.peek();
  if (reader_.accept_word("watches")) {
    owner.watches.push_back(keyword.span);
    return reader_.expect_semicolon();
  }
  if (reader_.accept_word("mailbox")) return parse_mailbox(owner, keyword.span);
  if (reader_.accept_word("reentrancy")) return parse_reentrancy(owner, keyword.span);
  if (reader_.accept_word("asks")) return parse_asks(owner, keyword.span);
  const bool is_ask = reader_.at_word("ask");
  if (is_ask || reader_.at_word("tell")) {
    Docs docs = reader_.take_docs();
    reader_.next();
    return parse_message(owner, std::move(docs), is_ask);
  }
  constexpr std::string_view kWords[] = {"tell", "ask", "watches", "mailbox", "reentrancy", "asks"};
  reader_.report_unexpected("'tell', 'ask', 'watches', 'mailbox', 'reentrancy' or 'asks'")
      .suggest(nearest(keyword.text, kWords));
  return false;
}

bool Parser::parse_mailbox(ActorNode& owner, Span keyword) {
  MailboxNode mailbox{.keyword = keyword, .settings = {}};
  do {
    const auto name = reader_.expect_name("'capacity', 'bytes' or 'overflow'");
    if (!name) return false;
    MailboxSetting setting{.name = *name, .number = {}, .word = {}};
    if (reader_.at(TokenKind::kWord)) {
      setting.word = reader_.expect_name("a word");
    } else {
      setting.number = reader_.expect_number("a number or a word");
      if (!setting.number) return false;
    }
    mailbox.settings.push_back(setting);
  } while (reader_.accept(TokenKind::kComma));
  owner.mailboxes.push_back(std::move(mailbox));
  return reader_.expect_semicolon();
}

bool Parser::parse_reentrancy(ActorNode& owner, Span keyword) {
  const auto word = reader_.expect_name("'call_chain', 'interleave' or 'none'");
  if (!word) return false;
  owner.reentrancies.push_back({keyword, *word});
  return reader_.expect_semicolon();
}

bool Parser::parse_asks(ActorNode& owner, Span keyword) {
  AsksNode asks{.keyword = keyword, .actors = {}};
  do {
    auto actor = reader_.expect_path("the name of an actor");
    if (!actor) return false;
    const bool is_acyclic = reader_.accept_word("acyclic");
    asks.actors.push_back({std::move(*actor), is_acyclic});
  } while (reader_.accept(TokenKind::kComma));
  owner.asks.push_back(std::move(asks));
  const Token found = reader_.peek();
  if (found.kind != TokenKind::kWord || found.first_on_line) return reader_.expect_semicolon();
  constexpr std::string_view kWords[] = {"acyclic"};
  reader_.report_unexpected("'acyclic', ',' or ';'").suggest(nearest(found.text, kWords));
  return false;
}

bool Parser::parse_message(ActorNode& owner, Docs docs, bool is_ask) {
  MessageNode message;
  message.docs = std::move(docs);
  message.is_ask = is_ask;
  const auto name = reader_.expect_name("the name of the message");
  if (!name) return false;
  message.name = *name;
  if (!parse_ordinal(message.ordinal)) return false;
  if (!parse_field_list(message.parameters, "the name of a parameter")) return false;
  if (reader_.accept(TokenKind::kArrow)) {
    if (!parse_optional_list(message.results, "the name of a result")) return false;
  }
  if (reader_.accept_word("denies")) {
    message.denies = reader_.expect_path("the name of an enum");
    if (!message.denies) return false;
  }
  const bool ended = parse_suffixes(message);
  owner.messages.push_back(std::move(message));
  return ended;
}

bool Parser::parse_suffixes(MessageNode& message) {
  while (reader_.at_word("readonly") || reader_.at_word("interleaves")) {
    const Token suffix = reader_.next();
    message.suffixes.push_back({suffix.text, suffix.span});
  }
  const Token found = reader_.peek();
  if (found.kind != TokenKind::kWord || found.first_on_line) return reader_.expect_semicolon();
  constexpr std::string_view kWords[] = {"readonly", "interleaves", "denies"};
  // Behind a denial or a suffix there is none to come.
  const bool may_deny = !message.denies && message.suffixes.empty();
  reader_
      .report_unexpected(may_deny ? "'denies', 'readonly', 'interleaves' or ';'"
                                  : "'readonly', 'interleaves' or ';'")
      .suggest(nearest(found.text, std::span(kWords).first(may_deny ? 3 : 2)));
  return false;
}

bool Parser::parse_field(FieldNode& field, std::string_view what) {
  field.docs = reader_.take_docs();
  const auto name = reader_.expect_name(what);
  if (!name) return false;
  field.name = *name;
  if (!parse_ordinal(field.ordinal)) return false;
  if (!reader_.expect(TokenKind::kColon, "':' and a type")) return false;
  if (!parse_type(field.type, 0)) return false;
  return !reader_.accept(TokenKind::kEquals) || parse_default(field.default_value);
}

bool Parser::parse_field_list(FieldList& list, std::string_view what) {
  list.span.begin = reader_.peek().span.begin;
  if (!reader_.expect(TokenKind::kOpenParenthesis, "'('")) return false;
  if (!reader_.at(TokenKind::kCloseParenthesis)) {
    do {
      FieldNode field;
      if (!parse_field(field, what)) return false;
      list.fields.push_back(std::move(field));
    } while (reader_.accept(TokenKind::kComma));
  }
  if (!reader_.expect(TokenKind::kCloseParenthesis, "',' or ')'")) return false;
  list.span.end = reader_.after_previous().end;
  return true;
}

bool Parser::parse_optional_list(std::optional<FieldList>& list, std::string_view what) {
  return parse_field_list(list.emplace(), what);
}

bool Parser::parse_ordinal(std::optional<Number>& ordinal) {
  const Span sign = reader_.peek().span;
  if (!reader_.accept(TokenKind::kAt)) return true;
  ordinal = reader_.expect_number("an ordinal");
  if (ordinal) ordinal->span.begin = sign.begin;
  return ordinal.has_value();
}

bool Parser::parse_type(TypeNode& type, std::size_t depth) {
  auto path = reader_.expect_path("a type");
  if (!path) return false;
  type.path = std::move(*path);
  type.span = type.path.span;
  const Span open = reader_.peek().span;
  if (!reader_.accept(TokenKind::kOpenAngle)) return true;
  if (depth == kTypeNestingMax) {
    reader_.diagnostics().error(
        open, "types are nested more than " + std::to_string(kTypeNestingMax) + " deep here");
    return false;
  }
  if (!parse_type(type.argument.emplace_back(), depth + 1)) return false;
  if (!reader_.expect(TokenKind::kCloseAngle, "'>'")) return false;
  type.span.end = reader_.after_previous().end;
  return true;
}

bool Parser::parse_default(std::optional<LiteralNode>& literal) {
  LiteralNode node;
  const Span begin = reader_.peek().span;
  node.is_negative = reader_.accept(TokenKind::kMinus);
  const Token token = reader_.peek();
  const bool is_word = token.kind == TokenKind::kWord || token.kind == TokenKind::kText;
  if (token.kind != TokenKind::kNumber && (node.is_negative || !is_word)) {
    reader_.report_unexpected(node.is_negative ? "a number"
                                               : "a default: a number, a text or a name");
    return false;
  }
  reader_.next();
  if (token.kind == TokenKind::kNumber) node.kind = LiteralKind::kNumber;
  if (token.kind == TokenKind::kText) node.kind = LiteralKind::kText;
  node.span = {begin.begin, token.span.end};
  node.text = token.text;
  node.is_fraction = token.is_fraction;
  node.is_too_large = token.is_too_large;
  node.malformed = token.malformed;
  node.number = token.number;
  literal = node;
  return true;
}

}  // namespace

FileNode parse(const Source& source, Diagnostics& diagnostics) {
  return Parser(lex(source, diagnostics), diagnostics).run();
}

}  // namespace troupe::codegen
