// The commands that clients may send: names, arity, and where their keys are.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace kv {

enum class CommandId : std::uint8_t {
  kAuth,
  kClient,
  kCommand,
  kConfig,
  kDbsize,
  kDecr,
  kDecrby,
  kDel,
  kEcho,
  kExists,
  kExpire,
  kFlushall,
  kFlushdb,
  kGet,
  kHello,
  kIncr,
  kIncrby,
  kInfo,
  kMget,
  kMset,
  kPersist,
  kPexpire,
  kPing,
  kPsetex,
  kPttl,
  kPublish,
  kQuit,
  kReset,
  kSelect,
  kSet,
  kSetex,
  kSetnx,
  kStrlen,
  kSubscribe,
  kTtl,
  kType,
  kUnlink,
  kUnsubscribe,
};

struct Command {
  std::string_view name;  ///< In lower case.
  CommandId id;
  /// How many arguments, with the name: exactly, or, negative, at least.
  std::int8_t arity;
  /// Where its keys are, counted from the name, and each how many apart; the last one may count
  /// from the end. 0: no keys.
  std::int8_t first_key;
  std::int8_t last_key;
  std::int8_t key_step;
  std::string_view flags;  ///< As COMMAND gives them, separated by spaces.
  std::string_view group;
  std::string_view summary;

  bool takes(std::size_t arguments) const {
    return arity >= 0 ? arguments == static_cast<std::size_t>(arity)
                      : arguments >= static_cast<std::size_t>(-arity);
  }
};

/// All of them, by name. Lives forever.
std::span<const Command> all_commands();

/// In upper and lower case. Null if there is none.
const Command* find_command(std::string_view name);

/// Whether a word of a client is `lower`, in upper or lower case. `lower` has letters and hyphens.
bool equals_ignoring_case(std::string_view word, std::string_view lower);

}  // namespace kv
