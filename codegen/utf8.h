// Just enough UTF-8 to reject malformed files and to count columns as people do.
#pragma once

#include <cstddef>
#include <string_view>

namespace troupe::codegen {

/// Bytes of the well-formed UTF-8 character at `offset`; 0 if there is none. Overlong forms,
/// surrogates and values above U+10FFFF are not well-formed.
std::size_t utf8_length_at(std::string_view text, std::size_t offset);

bool is_ascii(std::string_view text);

/// Characters in `text`. Each byte that belongs to no well-formed character counts as one.
std::size_t utf8_columns(std::string_view text);

}  // namespace troupe::codegen
