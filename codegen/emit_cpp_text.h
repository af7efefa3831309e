// Text of C++ in the layout that clang-format gives it: what may not fit on one line. Lines come
// without the indentation; the caller's Printer adds that much.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::codegen {

/// Columns of a line of generated code, as .clang-format says.
inline constexpr std::size_t kColumnsMax = 100;

/// Documentation behind `///`, wrapped at blanks; empty without docs.
std::string doc_comment(std::string_view docs, std::size_t indentation);

/// `// ---- title ----…` up to the last column.
std::string section_comment(std::string_view title);

/// Items behind `prefix`, with commas; on several lines they align with the first, or stand behind
/// the continuation indentation where that is too narrow.
std::string fill_list(const std::string& prefix, const std::vector<std::string>& items,
                      const std::string& tail, std::size_t indentation);

/// `prefix` and terms joined by an operator; on several lines they align with the first. What is
/// assigned goes to the next line if it fits there.
std::string fill_terms(const std::string& prefix, const std::vector<std::string>& terms,
                       const std::string& joint, const std::string& tail, std::size_t indentation);

/// `prefix`, an item and a text in quotes, which may break at a blank where nothing else helps.
std::string fill_literal(const std::string& prefix, const std::string& item,
                         const std::string& literal, const std::string& tail,
                         std::size_t indentation);

/// A function's head: `result name(parameters) qualifiers`.
struct Signature {
  std::string result;
  std::string name;
  std::vector<std::string> parameters;
  std::string qualifiers;  // with a leading blank, as " const"
};

/// The head and a semicolon.
std::string declaration(const Signature& signature, std::size_t indentation);
/// The whole function; on one line if the body is one statement and there is room.
std::string definition(const Signature& signature, const std::string& body,
                       std::size_t indentation);

/// `0x` and that many digits.
std::string hexadecimal(std::uint64_t value, int digits);

/// `text` with each line indented by two more.
std::string indented(std::string_view text);

}  // namespace troupe::codegen
