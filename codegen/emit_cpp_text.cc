#include "codegen/emit_cpp_text.h"

#include <algorithm>

namespace troupe::codegen {
namespace {

/// Where a line goes on that could not be aligned.
constexpr std::size_t kContinuation = 4;

/// Of a name or a text, counting code points.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

/// Of the last line of `text`.
std::size_t last_width(std::string_view text) { return width(text.substr(text.rfind('\n') + 1)); }

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

/// The length of what fits into `columns`, ending before a blank; all of it if no blank is there.
std::size_t fitting(std::string_view line, std::size_t columns) {
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  std::size_t fits = std::string_view::npos;
  for (std::size_t blank = line.find(' ', begin); blank != std::string_view::npos;
       blank = line.find(' ', blank + 1)) {
    if (fits != std::string_view::npos && width(line.substr(0, blank)) > columns) return fits;
    if (line[blank - 1] != ' ') fits = blank;
  }
  return width(line) > columns && fits != std::string_view::npos ? fits : line.size();
}

void append_comment_line(std::string& out, std::string_view content) {
  if (!out.empty()) out.push_back('\n');
  out += "///";
  if (content.empty()) return;
  out += ' ';
  out += content;
}

struct Filled {
  std::string text;
  bool fits = true;
};

Filled fill(const std::string& prefix, std::size_t alignment,
            const std::vector<std::string>& pieces, std::size_t indentation) {
  Filled filled{prefix};
  bool is_first_in_line = true;
  for (const std::string& piece : pieces) {
    const std::size_t room = kColumnsMax - std::min(kColumnsMax, indentation);
    const std::size_t needed = last_width(filled.text) + (is_first_in_line ? 0 : 1) + width(piece);
    if (needed > room && !is_first_in_line) {
      filled.text += "\n" + std::string(alignment, ' ');
      is_first_in_line = true;
    }
    if (!is_first_in_line) filled.text.push_back(' ');
    filled.text += piece;
    is_first_in_line = false;
    filled.fits = filled.fits && last_width(filled.text) <= room;
  }
  return filled;
}

std::string head(const Signature& signature, const std::string& tail, std::size_t indentation) {
  const std::string end = signature.qualifiers + tail;
  const std::string start =
      signature.result.empty() ? signature.name : signature.result + " " + signature.name;
  const bool is_name_within = indentation + width(start) + 1 <= kColumnsMax;
  if (!signature.parameters.empty()) {
    if (is_name_within) return fill_list(start + "(", signature.parameters, ")" + end, indentation);
    return signature.result + "\n" +
           fill_list(signature.name + "(", signature.parameters, ")" + end, indentation);
  }
  if (indentation + width(start + "()" + end) <= kColumnsMax) return start + "()" + end;
  const bool breaks_before_qualifiers =
      !signature.qualifiers.empty() && indentation + width(start + "()") <= kColumnsMax;
  if (breaks_before_qualifiers) return start + "()\n   " + end;
  return signature.result + "\n" + signature.name + "()" + end;
}

}  // namespace

std::string doc_comment(std::string_view docs, std::size_t indentation) {
  if (docs.empty()) return "";
  constexpr std::size_t kMarkColumns = 4;
  std::string comment;
  for (const std::string_view text : split_lines(docs)) {
    std::string whole(text.substr(0, text.find_last_not_of(' ') + 1));
    // A backslash at the end would continue the comment into the code below.
    if (whole.ends_with('\\')) whole += " .";
    std::string_view line = whole;
    do {
      const std::size_t end = fitting(line, kColumnsMax - indentation - kMarkColumns);
      append_comment_line(comment, line.substr(0, end));
      line.remove_prefix(std::min(line.find_first_not_of(' ', end), line.size()));
    } while (!line.empty());
  }
  return comment;
}

std::string section_comment(std::string_view title) {
  std::string comment = "// ---- " + std::string(title) + " ";
  comment.append(kColumnsMax - std::min(kColumnsMax, comment.size()), '-');
  return comment;
}

std::string fill_list(const std::string& prefix, const std::vector<std::string>& items,
                      const std::string& tail, std::size_t indentation) {
  if (items.empty()) return prefix + tail;
  std::vector<std::string> pieces;
  for (const std::string& item : items) pieces.push_back(item + ",");
  pieces.back() = items.back() + tail;
  Filled aligned = fill(prefix, prefix.size(), pieces, indentation);
  if (aligned.fits) return std::move(aligned.text);
  const std::string next_line = prefix + "\n" + std::string(kContinuation, ' ');
  return fill(next_line, kContinuation, pieces, indentation).text;
}

std::string fill_terms(const std::string& prefix, const std::vector<std::string>& terms,
                       const std::string& joint, const std::string& tail, std::size_t indentation) {
  std::vector<std::string> pieces;
  for (const std::string& term : terms) pieces.push_back(term + " " + joint);
  pieces.back() = terms.back() + tail;
  Filled aligned = fill(prefix, prefix.size(), pieces, indentation);
  const auto breaks = [](const std::string& text) { return std::ranges::count(text, '\n'); };
  const bool is_assignment = prefix.ends_with("= ");
  const bool is_one_line = aligned.fits && breaks(aligned.text) == 0;
  if (!is_assignment || is_one_line) return std::move(aligned.text);
  const std::string next_line =
      prefix.substr(0, prefix.size() - 1) + "\n" + std::string(kContinuation, ' ');
  Filled moved = fill(next_line, kContinuation, pieces, indentation);
  const bool is_shorter = breaks(moved.text) == 1 || breaks(moved.text) < breaks(aligned.text);
  return std::move(is_shorter || !aligned.fits ? moved.text : aligned.text);
}

std::string fill_literal(const std::string& prefix, const std::string& item,
                         const std::string& literal, const std::string& tail,
                         std::size_t indentation) {
  const std::size_t room = kColumnsMax - indentation;
  const std::string whole = "\"" + literal + "\"";
  const bool fits_next_line = kContinuation + width(whole + tail) <= room;
  if (fits_next_line || width(prefix + item) >= room) {
    return fill_list(prefix, {item, whole}, tail, indentation);
  }
  std::string text = prefix + item + ",";
  std::string_view rest = literal;
  while (!rest.empty()) {
    const std::size_t margin = prefix.size() + 2;
    const bool is_last = margin + width(rest) + tail.size() <= room;
    // The blank stays before the break.
    const std::size_t end = is_last ? rest.size() : fitting(rest, room - margin - 1);
    const std::size_t next = std::min(rest.find_first_not_of(' ', end), rest.size());
    text += "\n" + std::string(prefix.size(), ' ') + "\"";
    text += rest.substr(0, next);
    text += "\"";
    rest.remove_prefix(next);
  }
  return text + tail;
}

std::string declaration(const Signature& signature, std::size_t indentation) {
  return head(signature, ";", indentation);
}

std::string definition(const Signature& signature, const std::string& body,
                       std::size_t indentation) {
  if (body.empty()) return head(signature, " {}", indentation);
  const std::string start = head(signature, " {", indentation);
  const std::string line = start + " " + body + " }";
  const bool is_one_statement = body.find('\n') == std::string::npos;
  const bool is_one_line = start.find('\n') == std::string::npos;
  if (is_one_statement && is_one_line && indentation + width(line) <= kColumnsMax) return line;
  return start + "\n" + indented(body) + "\n}";
}

std::string hexadecimal(std::uint64_t value, int digits) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "0x";
  while (digits-- > 0) text.push_back(kDigits[(value >> (4 * digits)) & 15]);
  return text;
}

std::string indented(std::string_view text) {
  std::string result;
  for (const std::string_view line : split_lines(text)) {
    if (!result.empty()) result.push_back('\n');
    if (!line.empty()) result.append("  ").append(line);
  }
  return result;
}

}  // namespace troupe::codegen
