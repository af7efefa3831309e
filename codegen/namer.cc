#include "codegen/namer.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace troupe::codegen {
namespace {

bool is_lower(char byte) { return byte >= 'a' && byte <= 'z'; }
bool is_upper(char byte) { return byte >= 'A' && byte <= 'Z'; }
bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
char to_upper(char byte) { return is_lower(byte) ? static_cast<char>(byte - 'a' + 'A') : byte; }
char to_lower(char byte) { return is_upper(byte) ? static_cast<char>(byte - 'A' + 'a') : byte; }

/// Sorted. Keywords of C++20, and the macros of the C library and of common compilers that look
/// like ordinary names.
constexpr std::string_view kCppWords[] = {
    "alignas",    "alignof",       "and",         "and_eq",    "asm",          "assert",
    "auto",       "bitand",        "bitor",       "bool",      "break",        "case",
    "catch",      "char",          "char16_t",    "char32_t",  "char8_t",      "class",
    "co_await",   "co_return",     "co_yield",    "compl",     "concept",      "const",
    "const_cast", "consteval",     "constexpr",   "constinit", "continue",     "decltype",
    "default",    "delete",        "do",          "double",    "dynamic_cast", "else",
    "enum",       "errno",         "explicit",    "export",    "extern",       "false",
    "float",      "for",           "friend",      "goto",      "i386",         "if",
    "import",     "inline",        "int",         "linux",     "long",         "major",
    "makedev",    "minor",         "mutable",     "namespace", "new",          "noexcept",
    "not",        "not_eq",        "nullptr",     "offsetof",  "operator",     "or",
    "or_eq",      "private",       "protected",   "public",    "register",     "reinterpret_cast",
    "requires",   "return",        "setjmp",      "short",     "signed",       "sizeof",
    "static",     "static_assert", "static_cast", "stderr",    "stdin",        "stdout",
    "struct",     "switch",        "template",    "this",      "thread_local", "throw",
    "true",       "try",           "typedef",     "typeid",    "typename",     "union",
    "unix",       "unsigned",      "using",       "virtual",   "void",         "volatile",
    "wchar_t",    "while",         "xor",         "xor_eq",
};
static_assert(std::ranges::is_sorted(kCppWords));

/// Sorted. Types that a schema can name without importing them, and the two that actorc imports.
constexpr std::string_view kCapnpTypes[] = {
    "ActorRef", "AnyList", "AnyPointer", "AnyStruct", "Bool",   "Capability", "Data",
    "Float32",  "Float64", "Int16",      "Int32",     "Int64",  "Int8",       "List",
    "ReplyTo",  "Text",    "UInt16",     "UInt32",    "UInt64", "UInt8",      "Void",
};
static_assert(std::ranges::is_sorted(kCapnpTypes));

}  // namespace

bool is_snake_case(std::string_view name) {
  if (name.empty() || !is_lower(name.front()) || name.back() == '_') return false;
  if (name.find("__") != std::string_view::npos) return false;
  return std::ranges::all_of(
      name, [](char byte) { return is_lower(byte) || is_digit(byte) || byte == '_'; });
}

bool is_camel_case(std::string_view name) {
  if (name.empty() || !is_upper(name.front())) return false;
  return std::ranges::all_of(
      name, [](char byte) { return is_lower(byte) || is_upper(byte) || is_digit(byte); });
}

std::string to_snake_case(std::string_view name) {
  std::string snake;
  for (std::size_t index = 0; index < name.size(); ++index) {
    const char byte = name[index];
    const bool after_lower = index > 0 && !is_upper(name[index - 1]);
    const bool before_lower = index + 1 < name.size() && is_lower(name[index + 1]);
    const bool begins_word = byte == '_' || (is_upper(byte) && (after_lower || before_lower));
    if (begins_word && !snake.empty() && snake.back() != '_') snake.push_back('_');
    if (byte != '_') snake.push_back(to_lower(byte));
  }
  while (!snake.empty() && snake.back() == '_') snake.pop_back();
  return is_snake_case(snake) ? snake : "";
}

std::string to_camel_case(std::string_view name) {
  std::string camel = upper_camel(name);
  return is_camel_case(camel) ? camel : "";
}

std::string upper_camel(std::string_view snake) {
  std::string camel;
  bool begins_word = true;
  for (const char byte : snake) {
    if (byte == '_') {
      begins_word = true;
      continue;
    }
    camel.push_back(begins_word ? to_upper(byte) : byte);
    begins_word = false;
  }
  return camel;
}

std::string lower_camel(std::string_view snake) {
  std::string camel = upper_camel(snake);
  if (!camel.empty()) camel.front() = to_lower(camel.front());
  return camel;
}

std::string cpp_name(std::string_view snake) {
  std::string name(snake);
  if (std::ranges::binary_search(kCppWords, snake)) name.push_back('_');
  return name;
}

std::string cpp_field(std::string_view snake) {
  constexpr std::string_view kMembers[] = {"words", "write_to", "read_from"};
  std::string name = cpp_name(snake);
  if (std::ranges::find(kMembers, snake) != std::end(kMembers)) name.push_back('_');
  return name;
}

std::string cpp_enumerator(std::string_view snake) { return "k" + upper_camel(snake); }

std::string cpp_namespace(std::string_view package) {
  std::string name;
  while (!package.empty()) {
    const std::size_t end = std::min(package.find('.'), package.size());
    if (!name.empty()) name += "::";
    name += cpp_name(package.substr(0, end));
    package.remove_prefix(std::min(end + 1, package.size()));
  }
  return name;
}

std::string capnp_name(std::string_view snake) { return lower_camel(snake); }

std::string capnp_type(std::string_view camel) {
  std::string name(camel);
  if (std::ranges::binary_search(kCapnpTypes, camel)) name += "Type";
  return name;
}

std::string message_type(std::string_view message) { return upper_camel(message); }

std::string reply_type(std::string_view message) { return upper_camel(message) + "Reply"; }

std::string reply_handle_type(std::string_view message) { return reply_type(message) + "To"; }

std::string handle_accessor(std::string_view parameter) { return "take_" + std::string(parameter); }

std::string filler_name(std::uint64_t ordinal) { return "reserved" + std::to_string(ordinal); }

std::optional<std::uint64_t> filler_ordinal(std::string_view name) {
  const std::size_t digits = name.find_first_of("0123456789");
  if (digits == std::string_view::npos) return std::nullopt;
  std::uint64_t ordinal = 0;
  std::from_chars(name.data() + digits, name.data() + name.size(), ordinal);
  // Leading zeros, other prefixes, overflow: then the filler of what was read has another name.
  if (filler_name(ordinal) != name) return std::nullopt;
  return ordinal;
}

}  // namespace troupe::codegen
