#include "examples/kv/command.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace kv {

namespace {

using Id = CommandId;

constexpr Command kCommands[] = {
    {"auth", Id::kAuth, -2, 0, 0, 0, "fast", "connection", "Authenticates the connection."},
    {"client", Id::kClient, -2, 0, 0, 0, "", "connection", "Names the connection."},
    {"command", Id::kCommand, -1, 0, 0, 0, "", "server", "Describes the commands."},
    {"config", Id::kConfig, -2, 0, 0, 0, "admin", "server", "Returns options of the server."},
    {"dbsize", Id::kDbsize, 1, 0, 0, 0, "readonly fast", "server", "Counts the keys."},
    {"decr", Id::kDecr, 2, 1, 1, 1, "write denyoom fast", "string", "Subtracts one."},
    {"decrby", Id::kDecrby, 3, 1, 1, 1, "write denyoom fast", "string", "Subtracts a number."},
    {"del", Id::kDel, -2, 1, -1, 1, "write", "generic", "Deletes keys."},
    {"echo", Id::kEcho, 2, 0, 0, 0, "fast", "connection", "Returns its argument."},
    {"exists", Id::kExists, -2, 1, -1, 1, "readonly fast", "generic", "Counts keys that exist."},
    {"expire", Id::kExpire, -3, 1, 1, 1, "write fast", "generic", "Ends a key after seconds."},
    {"flushall", Id::kFlushall, -1, 0, 0, 0, "write", "server", "Deletes all keys."},
    {"flushdb", Id::kFlushdb, -1, 0, 0, 0, "write", "server", "Deletes all keys."},
    {"get", Id::kGet, 2, 1, 1, 1, "readonly fast", "string", "Returns the value of a key."},
    {"hello", Id::kHello, -1, 0, 0, 0, "fast", "connection", "Agrees on the protocol."},
    {"incr", Id::kIncr, 2, 1, 1, 1, "write denyoom fast", "string", "Adds one."},
    {"incrby", Id::kIncrby, 3, 1, 1, 1, "write denyoom fast", "string", "Adds a number."},
    {"info", Id::kInfo, -1, 0, 0, 0, "", "server", "Returns figures of the server."},
    {"mget", Id::kMget, -2, 1, -1, 1, "readonly fast", "string", "Returns values of keys."},
    {"mset", Id::kMset, -3, 1, -1, 2, "write denyoom", "string", "Sets keys to values."},
    {"persist", Id::kPersist, 2, 1, 1, 1, "write fast", "generic", "Takes an expiry away."},
    {"pexpire", Id::kPexpire, -3, 1, 1, 1, "write fast", "generic",
     "Ends a key after milliseconds."},
    {"ping", Id::kPing, -1, 0, 0, 0, "fast", "connection", "Returns PONG, or its argument."},
    {"psetex", Id::kPsetex, 4, 1, 1, 1, "write denyoom", "string", "Sets a key for milliseconds."},
    {"pttl", Id::kPttl, 2, 1, 1, 1, "readonly fast", "generic", "Milliseconds a key still has."},
    {"publish", Id::kPublish, 3, 0, 0, 0, "pubsub fast", "pubsub", "Publishes on a channel."},
    {"quit", Id::kQuit, -1, 0, 0, 0, "fast", "connection", "Closes the connection."},
    {"reset", Id::kReset, 1, 0, 0, 0, "fast", "connection", "Resets the connection."},
    {"select", Id::kSelect, 2, 0, 0, 0, "fast", "connection", "Selects database 0."},
    {"set", Id::kSet, -3, 1, 1, 1, "write denyoom", "string", "Sets a key to a value."},
    {"setex", Id::kSetex, 4, 1, 1, 1, "write denyoom", "string", "Sets a key for seconds."},
    {"setnx", Id::kSetnx, 3, 1, 1, 1, "write denyoom fast", "string", "Sets an absent key."},
    {"strlen", Id::kStrlen, 2, 1, 1, 1, "readonly fast", "string", "Length of a value."},
    {"subscribe", Id::kSubscribe, -2, 0, 0, 0, "pubsub", "pubsub", "Listens to channels."},
    {"ttl", Id::kTtl, 2, 1, 1, 1, "readonly fast", "generic", "Seconds a key still has."},
    {"type", Id::kType, 2, 1, 1, 1, "readonly fast", "generic", "The type of a value."},
    {"unlink", Id::kUnlink, -2, 1, -1, 1, "write fast", "generic", "Deletes keys."},
    {"unsubscribe", Id::kUnsubscribe, -1, 0, 0, 0, "pubsub", "pubsub", "Leaves channels."},
};

constexpr std::size_t kNameBytesMax = 16;

// A name as two words, so that comparing is two instructions. All names are of letters alone, and
// of two bytes that this folding makes equal one is no letter: no other word is taken for a name.
struct Name {
  std::uint64_t front = 0;
  std::uint64_t back = 0;
  bool operator==(const Name&) const = default;
};
constexpr std::uint64_t kLowerCase = 0x2020202020202020;

// Reads up to eight bytes, without a loop: all words of clients go through here.
std::uint64_t load(const char* at, std::size_t bytes) {
  std::uint64_t word = 0;
  if (bytes >= 8) {
    std::memcpy(&word, at, 8);
    return word;
  }
  if (bytes >= 4) {
    std::uint32_t front = 0;
    std::uint32_t back = 0;
    std::memcpy(&front, at, 4);
    std::memcpy(&back, at + bytes - 4, 4);
    return front | (static_cast<std::uint64_t>(back) << (8 * (bytes - 4)));
  }
  for (std::size_t i = 0; i < bytes; ++i) {
    word |= static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])) << (8 * i);
  }
  return word;
}

Name fold(std::string_view name) {
  const std::size_t front = name.size() < 8 ? name.size() : 8;
  const std::size_t back = name.size() - front;
  Name folded{load(name.data(), front), back == 0 ? 0 : load(name.data() + front, back)};
  folded.front |= front == 8 ? kLowerCase : kLowerCase & ((std::uint64_t{1} << (8 * front)) - 1);
  folded.back |= back == 8 ? kLowerCase : kLowerCase & ((std::uint64_t{1} << (8 * back)) - 1);
  return folded;
}

constexpr Name fold_constant(std::string_view name) {
  Name folded;
  for (std::size_t i = 0; i < name.size(); ++i) {
    std::uint64_t& word = i < 8 ? folded.front : folded.back;
    word |= static_cast<std::uint64_t>(static_cast<unsigned char>(name[i])) << (8 * (i % 8));
  }
  return folded;
}

// A perfect hash: the compiler looks for the factor under which no two names meet.
constexpr unsigned kIndexBits = 8;
constexpr std::uint8_t kNoCommand = 0xff;

constexpr std::size_t index_of(const Name& name, std::uint64_t factor) {
  return static_cast<std::size_t>(((name.front ^ (name.back * 3)) * factor) >> (64 - kIndexBits));
}

constexpr bool is_perfect(std::uint64_t factor) {
  bool taken[1 << kIndexBits] = {};
  for (const Command& command : kCommands) {
    bool& here = taken[index_of(fold_constant(command.name), factor)];
    if (here) return false;
    here = true;
  }
  return true;
}

constexpr std::uint64_t find_factor() {
  std::uint64_t factor = 0x9e3779b97f4a7c15;
  while (!is_perfect(factor)) factor = factor * 6364136223846793005 + 1442695040888963407;
  return factor;
}

constexpr std::uint64_t kFactor = find_factor();

struct Index {
  std::array<std::uint8_t, 1 << kIndexBits> at{};
  std::array<Name, std::size(kCommands)> names{};
};

constexpr Index make_index() {
  Index index;
  index.at.fill(kNoCommand);
  for (std::size_t i = 0; i < std::size(kCommands); ++i) {
    index.names[i] = fold_constant(kCommands[i].name);
    index.at[index_of(index.names[i], kFactor)] = static_cast<std::uint8_t>(i);
  }
  return index;
}

constexpr Index kIndex = make_index();

}  // namespace

std::span<const Command> all_commands() { return kCommands; }

const Command* find_command(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax) return nullptr;
  const Name folded = fold(name);
  const std::uint8_t i = kIndex.at[index_of(folded, kFactor)];
  if (i == kNoCommand || !(kIndex.names[i] == folded)) return nullptr;
  return kCommands[i].name.size() == name.size() ? &kCommands[i] : nullptr;
}

bool equals_ignoring_case(std::string_view word, std::string_view lower) {
  if (word.size() != lower.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool upper = word[i] >= 'A' && word[i] <= 'Z';
    if ((upper ? word[i] + ('a' - 'A') : word[i]) != lower[i]) return false;
  }
  return true;
}

}  // namespace kv
