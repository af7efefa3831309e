// Messages as text, for what a failed expectation says.
#pragma once

#include <cstddef>
#include <string>
#include <type_traits>

#include "actor/message.h"
#include "protocols/frame.h"

namespace troupe::testing {

/// Of a text in a message, what is shown at most.
inline constexpr std::size_t kShownTextBytesMax = 64;

/// "bank.Account.deposit(data 7 100; 'why')": the struct's words as signed numbers, then its texts,
/// bytes, structs and lists in the order of the contract. What is in a word only the contract
/// knows: two small fields share one.
std::string describe_message(const protocols::Frame& frame);

/// "1.5 s", "20 ms", "7 us", "3 ns": at most two digits after the point.
std::string describe_duration(Duration duration);

/// The frame of a message, null for what has none (stop).
const protocols::Frame* frame_of(const ReceivedMessage& message, std::uint16_t kind);

/// The name of a type as C++ spells it: "bank::Account::Deposit".
template <class T>
std::string type_name() {
  const std::string function = __PRETTY_FUNCTION__;
  const std::size_t start = function.find("T = ") + 4;
  return function.substr(start, function.rfind(']') - start);
}

/// Whether a message is what View reads: `is<bank::Account::Deposit>(message)`.
template <class View, class Message>
bool is(const Message& message) {
  return message.visit(
      [](const auto& view) { return std::is_same_v<std::decay_t<decltype(view)>, View>; });
}

/// A message of protocol A as text.
template <class A>
std::string describe(const typename A::Message& message) {
  const auto kind = static_cast<std::uint16_t>(message.kind());
  if (kind == kKindStop) return std::string(A::kType.name) + ".stop";
  return describe_message(*frame_of(message, kind));
}

}  // namespace troupe::testing
