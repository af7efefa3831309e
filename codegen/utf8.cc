#include "codegen/utf8.h"

#include <algorithm>
#include <cstdint>

namespace troupe::codegen {
namespace {

/// How a lead byte restricts what follows. The second byte carries the limits that exclude overlong
/// forms, surrogates and values above U+10FFFF.
struct Lead {
  std::uint8_t first;
  std::uint8_t last;
  std::size_t length;
  std::uint8_t second_min;
  std::uint8_t second_max;
};

constexpr Lead kLeads[] = {
    {0x00, 0x7F, 1, 0x00, 0x00}, {0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF},
    {0xE1, 0xEC, 3, 0x80, 0xBF}, {0xED, 0xED, 3, 0x80, 0x9F}, {0xEE, 0xEF, 3, 0x80, 0xBF},
    {0xF0, 0xF0, 4, 0x90, 0xBF}, {0xF1, 0xF3, 4, 0x80, 0xBF}, {0xF4, 0xF4, 4, 0x80, 0x8F},
};

}  // namespace

std::size_t utf8_length_at(std::string_view text, std::size_t offset) {
  if (offset >= text.size()) return 0;
  const auto byte_at = [&](std::size_t index) {
    return static_cast<std::uint8_t>(text[offset + index]);
  };
  for (const Lead& lead : kLeads) {
    if (byte_at(0) < lead.first || byte_at(0) > lead.last) continue;
    if (lead.length == 1) return 1;
    if (offset + lead.length > text.size()) return 0;
    if (byte_at(1) < lead.second_min || byte_at(1) > lead.second_max) return 0;
    for (std::size_t index = 2; index < lead.length; ++index) {
      if (byte_at(index) < 0x80 || byte_at(index) > 0xBF) return 0;
    }
    return lead.length;
  }
  return 0;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char byte) { return (byte & 0x80) == 0; });
}

std::size_t utf8_columns(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t offset = 0; offset < text.size(); ++columns) {
    const std::size_t length = utf8_length_at(text, offset);
    offset += length == 0 ? 1 : length;
  }
  return columns;
}

}  // namespace troupe::codegen
