// The types that every contract knows without declaring them.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace troupe::codegen {

enum class Builtin {
  kBool,
  kI8,
  kI16,
  kI32,
  kI64,
  kU8,
  kU16,
  kU32,
  kU64,
  kF32,
  kF64,
  kText,
  kBytes,
};

std::optional<Builtin> find_builtin(std::string_view name);

/// Whole numbers with their range; others have none.
struct IntegerRange {
  bool is_signed;
  unsigned bits;
};
std::optional<IntegerRange> integer_range(Builtin type);

/// Their names, for suggestions; those that take an argument are among them: `ref`, `reply`, `list`
/// and `option`.
std::span<const std::string_view> type_words();

/// What a type of another language is called here: `string` is `text`. Empty if unknown.
std::string_view type_word_for(std::string_view foreign);

/// Words that are kept for later versions of the language and cannot name anything.
bool is_reserved_word(std::string_view name);

}  // namespace troupe::codegen
