// Near misses: which known word was probably meant.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace troupe::codegen {

/// Edits from `from` to `to`: insert, delete, replace, or swap two neighbours.
std::size_t edit_distance(std::string_view from, std::string_view to);

/// The nearest of `known` within kSuggestionDistanceMax edits (one edit for words of up to three
/// letters); of equals the first, but one with the same
/// letters before all others (`i46` is `i64`, not `i16`). Empty if there is none.
std::string nearest(std::string_view word, std::span<const std::string_view> known);
std::string nearest(std::string_view word, std::span<const std::string> known);

}  // namespace troupe::codegen
