#include "codegen/token_reader.h"

#include <utility>

namespace troupe::codegen {

TokenReader::TokenReader(TokenStream stream, Diagnostics& diagnostics)
    : stream_(std::move(stream)), diagnostics_(diagnostics) {}

Span TokenReader::after_previous() const {
  if (index_ == 0) return {0, 0};
  const std::uint32_t end = stream_.tokens[index_ - 1].span.end;
  return {end, end};
}

Token TokenReader::next() {
  const Token token = peek();
  if (!docs_taken_ && token.doc_begin < token.doc_end) {
    diagnostics_.error(stream_.docs[token.doc_begin].span,
                       "this documentation belongs to nothing; write a plain comment with '//'");
  }
  skip();
  return token;
}

void TokenReader::skip() {
  if (!at(TokenKind::kEnd)) ++index_;
  docs_taken_ = false;
}

bool TokenReader::accept(TokenKind kind) {
  if (!at(kind)) return false;
  next();
  return true;
}

bool TokenReader::accept_word(std::string_view word) {
  if (!at_word(word)) return false;
  next();
  return true;
}

Docs TokenReader::take_docs() {
  Docs docs;
  for (std::uint32_t index = peek().doc_begin; index < peek().doc_end; ++index) {
    const DocLine& line = stream_.docs[index];
    if (docs.lines.empty()) docs.span = line.span;
    docs.lines.push_back(line.text);
  }
  docs_taken_ = true;
  return docs;
}

Diagnostic& TokenReader::report_unexpected(std::string_view expected) {
  const Token& found = peek();
  std::string shown(describe(found.kind));
  if (found.kind == TokenKind::kWord || found.kind == TokenKind::kNumber) {
    shown = "'" + std::string(found.text) + "'";
  }
  return diagnostics_.error(found.span,
                            "expected " + std::string(expected) + " but found " + shown);
}

bool TokenReader::expect(TokenKind kind, std::string_view what) {
  if (accept(kind)) return true;
  report_unexpected(what);
  return false;
}

std::optional<Name> TokenReader::expect_name(std::string_view what) {
  if (!at(TokenKind::kWord)) {
    report_unexpected(what);
    return std::nullopt;
  }
  const Token token = next();
  return Name{token.text, token.span};
}

std::optional<Number> TokenReader::expect_number(std::string_view what) {
  if (!at(TokenKind::kNumber)) {
    report_unexpected(what);
    return std::nullopt;
  }
  const Token token = next();
  if (token.is_fraction) {
    diagnostics_.error(token.span,
                       "expected a whole number but found '" + std::string(token.text) + "'");
  }
  return Number{token.number, token.span, token.malformed || token.is_fraction};
}

std::optional<Path> TokenReader::expect_path(std::string_view what) {
  Path path;
  do {
    const auto part = expect_name(path.parts.empty() ? what : "a name");
    if (!part) return std::nullopt;
    path.parts.push_back(*part);
  } while (accept(TokenKind::kDot));
  path.span = {path.parts.front().span.begin, path.parts.back().span.end};
  return path;
}

bool TokenReader::expect_semicolon() {
  if (accept(TokenKind::kSemicolon)) return true;
  const bool item_ends_here =
      peek().first_on_line || at(TokenKind::kCloseBrace) || at(TokenKind::kEnd);
  if (item_ends_here) {
    diagnostics_.error(after_previous(), "expected ';' at the end of this line");
    return true;
  }
  report_unexpected("';'");
  return accept(TokenKind::kComma);
}

bool TokenReader::at_opening_word(std::span<const std::string_view> words) const {
  if (!at(TokenKind::kWord) || !peek().first_on_line) return false;
  // The last token is kEnd, so a word always has one behind it.
  if (stream_.tokens[index_ + 1].kind != TokenKind::kWord) return false;
  for (const std::string_view word : words) {
    if (peek().text == word) return true;
  }
  return false;
}

bool TokenReader::at_declaration() const { return at_opening_word(kDeclarationWords); }

bool TokenReader::at_message() const { return at_opening_word(kMessageWords); }

void TokenReader::recover_declaration(std::size_t position_before) {
  std::size_t depth = 0;
  if (index_ == position_before && at(TokenKind::kOpenBrace)) depth = 1;
  if (index_ == position_before) skip();
  while (!at(TokenKind::kEnd) && !at_declaration()) {
    const TokenKind kind = peek().kind;
    skip();
    if (kind == TokenKind::kOpenBrace) ++depth;
    if (kind == TokenKind::kCloseBrace && depth <= 1) return;
    if (kind == TokenKind::kCloseBrace) --depth;
    if (kind == TokenKind::kSemicolon && depth == 0) return;
  }
}

void TokenReader::recover_item(std::size_t position_before) {
  std::size_t depth = 0;
  bool must_move = index_ == position_before;
  while (!at(TokenKind::kEnd) && !at_declaration()) {
    const TokenKind kind = peek().kind;
    if (depth == 0 && !must_move && (at_message() || kind == TokenKind::kCloseBrace)) return;
    must_move = false;
    skip();
    if (kind == TokenKind::kOpenBrace) ++depth;
    if (kind == TokenKind::kCloseBrace && depth > 0) --depth;
    if (kind == TokenKind::kSemicolon && depth == 0) return;
  }
}

}  // namespace troupe::codegen
