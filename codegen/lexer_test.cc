#include "codegen/lexer.h"

#include <gtest/gtest.h>

#include "codegen/test_support.h"

namespace troupe::codegen {
namespace {

/// The kinds of the tokens of a text without findings, kEnd included.
std::vector<TokenKind> kinds_of(const std::string& text) {
  const Source source("x.actor", text);
  Diagnostics diagnostics;
  std::vector<TokenKind> kinds;
  for (const Token& token : lex(source, diagnostics).tokens) kinds.push_back(token.kind);
  EXPECT_TRUE(diagnostics.empty()) << diagnostics.print(source);
  return kinds;
}

TEST(Lexer, KnowsEveryToken) {
  using enum TokenKind;
  const std::vector<TokenKind> expected = {kWord,
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
                                           kEquals,
                                           kMinus,
                                           kText,
                                           kNumber,
                                           kNumber,
                                           kEnd};
  EXPECT_EQ(kinds_of("_a1 10 { } ( ) < > , ; : . @ -> = - \"a b\" 0.5 1e-3"), expected);
  EXPECT_EQ(kinds_of("_a1 10{}()<>,;:.@->=-\"\\\"\" 0.5 12.5E+3"), expected);
}

TEST(Lexer, SkipsBlanksCommentsAndByteOrderMark) {
  EXPECT_EQ(kinds_of("\xEF\xBB\xBF \t\r\n// caf\xC3\xA9\n//// ruler"),
            std::vector<TokenKind>{TokenKind::kEnd});
}

TEST(Lexer, KeepsDocumentationForTheNextToken) {
  const Source source("x.actor", "a /// one  \r\n ///  two\n// plain\nb");
  Diagnostics diagnostics;
  const TokenStream stream = lex(source, diagnostics);
  ASSERT_EQ(stream.docs.size(), 2u);
  EXPECT_EQ(stream.docs[0].text, "one");
  EXPECT_EQ(stream.docs[1].text, " two");
  EXPECT_EQ(stream.tokens[0].doc_end, 0u);
  EXPECT_EQ(stream.tokens[1].doc_end, 2u);
  EXPECT_TRUE(stream.tokens[1].first_on_line);
}

TEST(Lexer, SaturatesNumbers) {
  const Source source("x.actor", "18446744073709551615 18446744073709551616 0");
  Diagnostics diagnostics;
  const TokenStream stream = lex(source, diagnostics);
  EXPECT_EQ(stream.tokens[0].number, ~std::uint64_t{0});
  EXPECT_EQ(stream.tokens[1].number, ~std::uint64_t{0});
  EXPECT_EQ(stream.tokens[2].number, 0u);
}

TEST(Lexer, ReportsARunOfBadBytesOnce) {
  EXPECT_EQ(syntax_findings("// \x01\x02 \xFF\xFE\n"),
            "1:4 control character 0x01\n1:7 invalid UTF-8 byte 0xff\n");
  EXPECT_EQ(syntax_findings(std::string("\0\0\0", 3)), "1:1 control character 0x00\n");
  EXPECT_EQ(syntax_findings("// a\rb"), "1:5 control character 0x0d\n");
}

}  // namespace
}  // namespace troupe::codegen
