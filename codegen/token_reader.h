// A cursor over the tokens of a file: what the parser expects, what it says when it finds something
// else, and how it gets back on its feet.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "codegen/ast.h"
#include "codegen/diagnostics.h"
#include "codegen/lexer.h"

namespace troupe::codegen {

class TokenReader {
 public:
  TokenReader(TokenStream stream, Diagnostics& diagnostics);

  const Token& peek() const { return stream_.tokens[index_]; }
  bool at(TokenKind kind) const { return peek().kind == kind; }
  bool at_word(std::string_view word) const { return at(TokenKind::kWord) && peek().text == word; }
  /// Grows with each token read: two equal positions mean that nothing was read between them.
  std::size_t position() const { return index_; }
  /// Right behind the token that was read last.
  Span after_previous() const;

  /// Reads one token; at the end of the file stays there. Documentation before it that nobody took
  /// with take_docs() is reported: it would be lost.
  Token next();
  bool accept(TokenKind kind);
  bool accept_word(std::string_view word);

  /// The documentation before the next token.
  Docs take_docs();

  /// Each reads what it names, or reports "expected <what>" and reads nothing.
  bool expect(TokenKind kind, std::string_view what);
  std::optional<Name> expect_name(std::string_view what);
  /// A whole number; one with a point or an exponent is reported, and reads as malformed.
  std::optional<Number> expect_number(std::string_view what);
  /// `Account`, or names with dots between them.
  std::optional<Path> expect_path(std::string_view what);
  /// Reads the ';' of an item. A ';' forgotten at the end of a line is reported, and the item
  /// stands.
  bool expect_semicolon();

  Diagnostic& report_unexpected(std::string_view expected);
  Diagnostics& diagnostics() { return diagnostics_; }

  /// At the start of a line, a word that opens a declaration, and a name after it.
  bool at_declaration() const;
  bool at_message() const;

  /// After an error in a declaration: goes behind its end, or to the next declaration.
  void recover_declaration(std::size_t position_before);
  /// After an error in an item between braces: goes behind its ';', or to what follows it.
  void recover_item(std::size_t position_before);

 private:
  bool at_opening_word(std::span<const std::string_view> words) const;
  void skip();

  TokenStream stream_;
  Diagnostics& diagnostics_;
  std::size_t index_ = 0;
  bool docs_taken_ = false;
};

/// The words that open a declaration.
inline constexpr std::string_view kDeclarationWords[] = {"enum", "struct", "actor"};
/// The words that open a message.
inline constexpr std::string_view kMessageWords[] = {"tell", "ask"};

}  // namespace troupe::codegen
