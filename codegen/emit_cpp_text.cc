#include "codegen/emit_cpp_text.h"

#include <algorithm>

namespace troupe::codegen {
namespace {

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
  content = content.substr(0, content.find_last_not_of(' ') + 1);
  if (!out.empty()) out.push_back('\n');
  out += "///";
  if (content.empty()) return;
  out += ' ';
  out += content;
  // A backslash at the end would continue the comment into the code below.
  if (content.ends_with('\\')) out += " .";
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
  const std::string line = fill_list(start + "(", signature.parameters, ")" + end, indentation);
  if (!signature.parameters.empty() || indentation + width(line) <= kColumnsMax) return line;
  return signature.result + "\n" + signature.name + "()" + end;
}

}  // namespace

std::string doc_comment(std::string_view docs, std::size_t indentation) {
  if (docs.empty()) return "";
  constexpr std::size_t kMarkColumns = 4;
  std::string comment;
  for (std::string_view line : split_lines(docs)) {
    while (true) {
      const std::size_t end = fitting(line, kColumnsMax - indentation - kMarkColumns);
      append_comment_line(comment, line.substr(0, end));
      if (end == line.size()) break;
      line.remove_prefix(std::min(line.find_first_not_of(' ', end), line.size()));
      if (line.empty()) break;
    }
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
  constexpr std::size_t kContinuation = 4;
  const std::string next_line = prefix + "\n" + std::string(kContinuation, ' ');
  return fill(next_line, kContinuation, pieces, indentation).text;
}

std::string fill_terms(const std::string& prefix, const std::vector<std::string>& terms,
                       const std::string& joint, const std::string& tail, std::size_t indentation) {
  std::vector<std::string> pieces;
  for (const std::string& term : terms) pieces.push_back(term + " " + joint);
  pieces.back() = terms.back() + tail;
  return fill(prefix, prefix.size(), pieces, indentation).text;
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
