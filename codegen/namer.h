// The one place that turns names of a contract into names of C++ and of Cap'n Proto. Emitters never
// change the case of a name themselves, and the checker asks here what would collide.
//
// Escapes cannot collide with what people write: a contract's names have neither a trailing
// underscore nor, after camel-casing, any underscore at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::codegen {

/// Lower case words of letters and digits, joined by single underscores: `transfer_id`.
bool is_snake_case(std::string_view name);
/// A capital first, then letters and digits: `Account`.
bool is_camel_case(std::string_view name);
/// The nearest valid name of that form, for suggestions; empty if there is none.
std::string to_snake_case(std::string_view name);
std::string to_camel_case(std::string_view name);

/// `insufficient_funds` -> `insufficientFunds`.
std::string lower_camel(std::string_view snake);
/// `insufficient_funds` -> `InsufficientFunds`.
std::string upper_camel(std::string_view snake);

/// Variables, functions and members of C++: the name itself, `class_` for a keyword.
std::string cpp_name(std::string_view snake);
/// Members of a generated struct: as cpp_name(), and `words_` for what every such struct has.
std::string cpp_field(std::string_view snake);
/// Enumerators of C++: `kInsufficientFunds`.
std::string cpp_enumerator(std::string_view snake);
/// `a.b` -> `a::b`.
std::string cpp_namespace(std::string_view package);

/// Fields and enumerators of Cap'n Proto: `insufficientFunds`. It reserves no words there.
std::string capnp_name(std::string_view snake);
/// Types of Cap'n Proto: the name itself, `TextType` where it would hide a built-in type.
std::string capnp_type(std::string_view camel);

/// The struct of a message, of what an ask answers, and of a key, inside their actor. These are
/// names of the contract: capnp_type() is still to be applied.
std::string message_type(std::string_view message);
std::string reply_type(std::string_view message);
inline constexpr std::string_view kKeyType = "Key";
/// The class of the right to answer an ask, in C++ only.
std::string reply_handle_type(std::string_view message);
/// The function that moves a reply handle out of a message, in C++ only: `take_answer`.
std::string handle_accessor(std::string_view parameter);

/// The enumerator of Cap'n Proto that fills an ordinal which the contract leaves out.
std::string filler_name(std::uint64_t ordinal);
/// The ordinal whose filler has that name; empty if none has.
std::optional<std::uint64_t> filler_ordinal(std::string_view name);

}  // namespace troupe::codegen
