// Text to tokens. Never fails: what it cannot read it reports and leaves out.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "codegen/diagnostics.h"
#include "codegen/source.h"

namespace troupe::codegen {

enum class TokenKind {
  kWord,  // names and the words of the language: which is which depends on the place
  kNumber,
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
  /// A number that was reported; its value means nothing.
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

/// The token as a message names it: "';'", "a number", "the end of the file".
std::string_view describe(TokenKind kind);

}  // namespace troupe::codegen
