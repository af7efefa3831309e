#include "codegen/types.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace troupe::codegen {
namespace {

/// In the order of Builtin; then those that take an argument.
constexpr std::string_view kTypeWords[] = {
    "bool", "i8",  "i16",  "i32",   "i64", "u8",    "u16",  "u32",    "u64",
    "f32",  "f64", "text", "bytes", "ref", "reply", "list", "option",
};
constexpr std::size_t kBuiltinCount = static_cast<std::size_t>(Builtin::kBytes) + 1;
static_assert(std::size(kTypeWords) == kBuiltinCount + 4);

constexpr std::pair<std::string_view, std::string_view> kForeignWords[] = {
    {"string", "text"},   {"str", "text"},     {"data", "bytes"},      {"blob", "bytes"},
    {"boolean", "bool"},  {"byte", "u8"},      {"char", "u8"},         {"short", "i16"},
    {"int", "i32"},       {"long", "i64"},     {"int8", "i8"},         {"int16", "i16"},
    {"int32", "i32"},     {"int64", "i64"},    {"uint", "u32"},        {"uint8", "u8"},
    {"uint16", "u16"},    {"uint32", "u32"},   {"uint64", "u64"},      {"size_t", "u64"},
    {"float", "f32"},     {"float32", "f32"},  {"float64", "f64"},     {"double", "f64"},
    {"vector", "list"},   {"array", "list"},   {"List", "list"},       {"sequence", "list"},
    {"set", "list"},      {"span", "list"},    {"repeated", "list"},   {"optional", "option"},
    {"Option", "option"}, {"maybe", "option"}, {"nullable", "option"},
};

constexpr std::string_view kReservedWords[] = {"stream", "state", "const"};

}  // namespace

std::optional<Builtin> find_builtin(std::string_view name) {
  for (std::size_t index = 0; index < kBuiltinCount; ++index) {
    if (kTypeWords[index] == name) return static_cast<Builtin>(index);
  }
  return std::nullopt;
}

std::optional<IntegerRange> integer_range(Builtin type) {
  switch (type) {
    case Builtin::kI8:
      return IntegerRange{true, 8};
    case Builtin::kI16:
      return IntegerRange{true, 16};
    case Builtin::kI32:
      return IntegerRange{true, 32};
    case Builtin::kI64:
      return IntegerRange{true, 64};
    case Builtin::kU8:
      return IntegerRange{false, 8};
    case Builtin::kU16:
      return IntegerRange{false, 16};
    case Builtin::kU32:
      return IntegerRange{false, 32};
    case Builtin::kU64:
      return IntegerRange{false, 64};
    case Builtin::kBool:
    case Builtin::kF32:
    case Builtin::kF64:
    case Builtin::kText:
    case Builtin::kBytes:
      break;
  }
  return std::nullopt;
}

std::span<const std::string_view> type_words() { return kTypeWords; }

std::string_view type_word_for(std::string_view foreign) {
  for (const auto& [other, word] : kForeignWords) {
    if (other == foreign) return word;
  }
  return {};
}

bool is_reserved_word(std::string_view name) {
  return std::ranges::find(kReservedWords, name) != std::end(kReservedWords);
}

}  // namespace troupe::codegen
