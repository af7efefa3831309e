// Text to tokens. Never fails: what it cannot read it reports and leaves out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/diagnostics.h"
#include "codegen/source.h"

namespace troupe::codegen {

enum class TokenKind {
  kWord,  // names and the words of the language: which is which depends on the place
  kNumber,
  kText,  // with its quotes
  kOpenBrace,
  kCloseBrace,
  kOpenParenthesis,
  kCloseParenthesis,
  kOpenAngle,
  kCloseAngle,
  kComma,
  kSemicolon,
  kColon,
  kDot,
  kAt,
  kEquals,
  kMinus,
  kArrow,
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Span span;
  std::string_view text;
  /// The value of a number; one that exceeds 64 bits is the largest 64-bit number.
  std::uint64_t number = 0;
  /// The `///` lines right before this token: docs[doc_begin, doc_end) of the stream.
  std::uint32_t doc_begin = 0;
  std::uint32_t doc_end = 0;
  bool first_on_line = false;
  /// A number with a point or an exponent: whoever wants its value reads the text.
  bool is_fraction = false;
  /// A number that exceeds 64 bits.
  bool is_too_large = false;
  /// A number or a text that was reported; its value means nothing.
  bool malformed = false;
};

/// One `///` line, without the slashes, one space after them, and trailing blanks.
struct DocLine {
  Span span;
  std::string_view text;
};

/// Ends with exactly one kEnd token, whose span is empty and at the end of the text.
struct TokenStream {
  std::vector<Token> tokens;
  std::vector<DocLine> docs;
};

TokenStream lex(const Source& source, Diagnostics& diagnostics);

/// What a text of the language stands for: without the quotes, with its escapes replaced.
std::string content_of(std::string_view text);

/// The token as a message names it: "';'", "a number", "the end of the file".
std::string_view describe(TokenKind kind);

}  // namespace troupe::codegen
