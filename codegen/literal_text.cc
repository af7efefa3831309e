#include "codegen/literal_text.h"

#include <charconv>

namespace troupe::codegen {
namespace {

template <typename Number>
std::string shortest(Number value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  std::string text(buffer, end);
  // "-0" would be a whole number, and lose its sign.
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

std::string floating(double value) { return shortest(value); }

std::string floating(float value) { return shortest(value); }

std::string quoted(std::string_view text) {
  std::string literal = "\"";
  for (const char byte : text) {
    switch (byte) {
      case '"':
        literal += "\\\"";
        break;
      case '\\':
        literal += "\\\\";
        break;
      case '\n':
        literal += "\\n";
        break;
      case '\r':
        literal += "\\r";
        break;
      case '\t':
        literal += "\\t";
        break;
      default:
        literal.push_back(byte);
    }
  }
  return literal + "\"";
}

}  // namespace troupe::codegen
