#include "codegen/lexer.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "codegen/utf8.h"

namespace troupe::codegen {
namespace {

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

bool is_word(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
         is_digit(byte);
}

bool is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; }

/// `12.5e-3`: digits, a point with digits, an exponent; without leading zeros.
bool is_fraction(std::string_view text) {
  std::size_t at = 0;
  const auto skip_digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at > begin;
  };
  if (!skip_digits() || (text[0] == '0' && at > 1)) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!skip_digits()) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!skip_digits()) return false;
  }
  return at == text.size();
}

/// What may stand behind a backslash in a text, and what it stands for.
constexpr std::pair<char, char> kEscapes[] = {
    {'"', '"'}, {'\\', '\\'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'},
};

std::optional<char> escaped(char letter) {
  for (const auto& [from, to] : kEscapes) {
    if (from == letter) return to;
  }
  return std::nullopt;
}

std::string hexadecimal(char byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  return {'0', 'x', kDigits[value >> 4], kDigits[value & 15]};
}

class Lexer {
 public:
  Lexer(const Source& source, Diagnostics& diagnostics)
      : text_(source.text()), diagnostics_(diagnostics) {}

  TokenStream run();

 private:
  /// Reports bytes that no place of a file may hold, comments included: they would reach the
  /// generated files through documentation.
  void check_bytes();
  bool is_acceptable_at(std::size_t offset) const;

  /// Blanks and comments; `///` lines are kept for the next token.
  void skip_to_token();
  void take_line_comment();
  void take_block_comment();

  /// Letters of other scripts count: a name with one is a wrong name, not several.
  bool is_letter_at(std::size_t offset) const;
  void take_word();
  void take_number();
  /// Goes behind the point and the exponent of a number, where there are any.
  void skip_fraction(std::size_t begin);
  void take_text();
  bool take_punctuation();
  void take_unexpected();
  void push(TokenKind kind, std::size_t begin, std::size_t end);

  bool starts_with(std::string_view prefix) const {
    return text_.substr(offset_).starts_with(prefix);
  }
  static Span span(std::size_t begin, std::size_t end) {
    return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  }

  std::string_view text_;
  Diagnostics& diagnostics_;
  TokenStream stream_;
  std::size_t offset_ = 0;
  std::uint32_t doc_begin_ = 0;
  bool first_on_line_ = true;
};

TokenStream Lexer::run() {
  check_bytes();
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (starts_with(kByteOrderMark)) offset_ += kByteOrderMark.size();
  for (skip_to_token(); offset_ < text_.size(); skip_to_token()) {
    if (is_digit(text_[offset_])) {
      take_number();
    } else if (is_letter_at(offset_)) {
      take_word();
    } else if (text_[offset_] == '"') {
      take_text();
    } else if (!take_punctuation()) {
      take_unexpected();
    }
  }
  push(TokenKind::kEnd, text_.size(), text_.size());
  return std::move(stream_);
}

bool Lexer::is_acceptable_at(std::size_t offset) const {
  const char byte = text_[offset];
  if (byte == '\t' || byte == '\n') return true;
  if (byte == '\r') return offset + 1 < text_.size() && text_[offset + 1] == '\n';
  const auto value = static_cast<unsigned char>(byte);
  return value >= 0x20 && value != 0x7F && utf8_length_at(text_, offset) > 0;
}

void Lexer::check_bytes() {
  for (std::size_t offset = 0; offset < text_.size();) {
    if (is_acceptable_at(offset)) {
      offset += utf8_length_at(text_, offset);
      continue;
    }
    // One finding for a run: a binary file is one mistake, not a thousand.
    const std::size_t begin = offset;
    while (offset < text_.size() && !is_acceptable_at(offset)) ++offset;
    const bool is_control = utf8_length_at(text_, begin) == 1;
    diagnostics_.error(
        span(begin, offset),
        (is_control ? "control character " : "invalid UTF-8 byte ") + hexadecimal(text_[begin]));
  }
}

void Lexer::skip_to_token() {
  doc_begin_ = static_cast<std::uint32_t>(stream_.docs.size());
  while (offset_ < text_.size()) {
    if (text_[offset_] == '\n') first_on_line_ = true;
    if (is_blank(text_[offset_])) {
      ++offset_;
    } else if (starts_with("//")) {
      take_line_comment();
    } else if (starts_with("/*")) {
      take_block_comment();
    } else {
      return;
    }
  }
}

void Lexer::take_line_comment() {
  const std::size_t begin = offset_;
  offset_ = text_.find('\n', begin);
  if (offset_ == std::string_view::npos) offset_ = text_.size();
  std::size_t end = offset_;
  while (is_blank(text_[end - 1])) --end;
  std::string_view comment = text_.substr(begin, end - begin);
  // Four slashes are a ruler, not documentation.
  if (!comment.starts_with("///") || comment.starts_with("////")) return;
  comment.remove_prefix(3);
  if (comment.starts_with(' ')) comment.remove_prefix(1);
  stream_.docs.push_back({span(begin, end), comment});
}

void Lexer::take_block_comment() {
  const std::size_t begin = offset_;
  const std::size_t close = text_.find("*/", begin + 2);
  offset_ = close == std::string_view::npos ? text_.size() : close + 2;
  diagnostics_.error(span(begin, begin + 2), "comments start with '//' and end with the line");
}

bool Lexer::is_letter_at(std::size_t offset) const {
  if (offset >= text_.size()) return false;
  return is_word(text_[offset]) || utf8_length_at(text_, offset) > 1;
}

void Lexer::take_word() {
  const std::size_t begin = offset_;
  while (is_letter_at(offset_)) offset_ += utf8_length_at(text_, offset_);
  if (!is_ascii(text_.substr(begin, offset_ - begin))) {
    diagnostics_.error(span(begin, offset_),
                       "names consist of ASCII letters, digits and underscores");
  }
  push(TokenKind::kWord, begin, offset_);
}

void Lexer::take_number() {
  const std::size_t begin = offset_;
  while (offset_ < text_.size() && is_word(text_[offset_])) ++offset_;
  skip_fraction(begin);
  if (is_fraction(text_.substr(begin, offset_ - begin)) &&
      !std::ranges::all_of(text_.substr(begin, offset_ - begin), is_digit)) {
    push(TokenKind::kNumber, begin, offset_);
    stream_.tokens.back().is_fraction = true;
    return;
  }
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t value = 0;
  bool is_too_large = false;
  bool is_decimal = offset_ - begin == 1 || text_[begin] != '0';
  for (std::size_t index = begin; index < offset_; ++index) {
    is_decimal = is_decimal && is_digit(text_[index]);
    if (!is_decimal) break;
    const auto digit = static_cast<std::uint64_t>(text_[index] - '0');
    is_too_large = is_too_large || value > (kMax - digit) / 10;
    value = is_too_large ? kMax : value * 10 + digit;
  }
  if (!is_decimal) {
    diagnostics_.error(span(begin, offset_),
                       "malformed number; numbers are decimal, without leading zeros");
  }
  push(TokenKind::kNumber, begin, offset_);
  stream_.tokens.back().number = value;
  stream_.tokens.back().is_too_large = is_too_large;
  stream_.tokens.back().malformed = !is_decimal;
}

void Lexer::skip_fraction(std::size_t begin) {
  const auto digit_at = [&](std::size_t offset) {
    return offset < text_.size() && is_digit(text_[offset]);
  };
  const auto skip_word = [&] {
    while (offset_ < text_.size() && is_word(text_[offset_])) ++offset_;
  };
  if (offset_ < text_.size() && text_[offset_] == '.' && digit_at(offset_ + 1)) {
    ++offset_;
    skip_word();
  }
  const bool is_signed =
      offset_ < text_.size() && (text_[offset_] == '+' || text_[offset_] == '-') &&
      (text_[offset_ - 1] == 'e' || text_[offset_ - 1] == 'E') && digit_at(offset_ + 1);
  // Only behind an exponent: `1e` must be a number but for what follows.
  if (!is_signed || !is_fraction(text_.substr(begin, offset_ - begin - 1))) return;
  ++offset_;
  skip_word();
}

void Lexer::take_text() {
  const std::size_t begin = offset_++;
  bool malformed = false;
  while (offset_ < text_.size() && text_[offset_] != '"' && text_[offset_] != '\n') {
    const bool is_escape = text_[offset_] == '\\' && offset_ + 1 < text_.size();
    if (is_escape && !escaped(text_[offset_ + 1]) && text_[offset_ + 1] != '\n') {
      const std::size_t length = std::max<std::size_t>(1, utf8_length_at(text_, offset_ + 1));
      diagnostics_.error(span(offset_, offset_ + 1 + length),
                         R"(unknown escape; there are \", \\, \n, \r and \t)");
      malformed = true;
    }
    offset_ += is_escape && text_[offset_ + 1] != '\n' ? 2 : 1;
  }
  offset_ = std::min(offset_, text_.size());
  std::size_t end = offset_;
  if (offset_ < text_.size() && text_[offset_] == '"') {
    end = ++offset_;
  } else {
    while (end > begin + 1 && is_blank(text_[end - 1])) --end;
    diagnostics_.error(span(begin, end), "a text ends with '\"' on the line where it begins");
    malformed = true;
  }
  push(TokenKind::kText, begin, end);
  stream_.tokens.back().malformed = malformed;
}

bool Lexer::take_punctuation() {
  constexpr std::pair<std::string_view, TokenKind> kPunctuation[] = {
      {"->", TokenKind::kArrow},
      {"{", TokenKind::kOpenBrace},
      {"}", TokenKind::kCloseBrace},
      {"(", TokenKind::kOpenParenthesis},
      {")", TokenKind::kCloseParenthesis},
      {"<", TokenKind::kOpenAngle},
      {">", TokenKind::kCloseAngle},
      {",", TokenKind::kComma},
      {";", TokenKind::kSemicolon},
      {":", TokenKind::kColon},
      {".", TokenKind::kDot},
      {"@", TokenKind::kAt},
      {"=", TokenKind::kEquals},
      {"-", TokenKind::kMinus},
  };
  for (const auto& [text, kind] : kPunctuation) {
    if (!starts_with(text)) continue;
    push(kind, offset_, offset_ + text.size());
    offset_ += text.size();
    return true;
  }
  return false;
}

void Lexer::take_unexpected() {
  const std::size_t length = utf8_length_at(text_, offset_);
  const std::size_t end = offset_ + (length == 0 ? 1 : length);
  // check_bytes() has spoken already about a byte that is no character.
  if (is_acceptable_at(offset_)) {
    diagnostics_.error(span(offset_, end),
                       "unexpected character '" + std::string(text_.substr(offset_, length)) + "'");
  }
  offset_ = end;
}

void Lexer::push(TokenKind kind, std::size_t begin, std::size_t end) {
  Token token;
  token.kind = kind;
  token.span = span(begin, end);
  token.text = text_.substr(begin, end - begin);
  token.doc_begin = doc_begin_;
  token.doc_end = static_cast<std::uint32_t>(stream_.docs.size());
  token.first_on_line = first_on_line_;
  stream_.tokens.push_back(token);
  first_on_line_ = false;
}

}  // namespace

TokenStream lex(const Source& source, Diagnostics& diagnostics) {
  return Lexer(source, diagnostics).run();
}

std::string content_of(std::string_view text) {
  std::string content;
  for (std::size_t offset = 1; offset + 1 < text.size(); ++offset) {
    const auto meant = text[offset] == '\\' ? escaped(text[offset + 1]) : std::nullopt;
    content.push_back(meant ? *meant : text[offset]);
    if (meant) ++offset;
  }
  return content;
}

std::string_view describe(TokenKind kind) {
  switch (kind) {
    case TokenKind::kWord:
      return "a name";
    case TokenKind::kNumber:
      return "a number";
    case TokenKind::kText:
      return "a text";
    case TokenKind::kOpenBrace:
      return "'{'";
    case TokenKind::kCloseBrace:
      return "'}'";
    case TokenKind::kOpenParenthesis:
      return "'('";
    case TokenKind::kCloseParenthesis:
      return "')'";
    case TokenKind::kOpenAngle:
      return "'<'";
    case TokenKind::kCloseAngle:
      return "'>'";
    case TokenKind::kComma:
      return "','";
    case TokenKind::kSemicolon:
      return "';'";
    case TokenKind::kColon:
      return "':'";
    case TokenKind::kDot:
      return "'.'";
    case TokenKind::kAt:
      return "'@'";
    case TokenKind::kEquals:
      return "'='";
    case TokenKind::kMinus:
      return "'-'";
    case TokenKind::kArrow:
      return "'->'";
    case TokenKind::kEnd:
      return "the end of the file";
  }
  return "";
}

}  // namespace troupe::codegen
