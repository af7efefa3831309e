// The commands on keys: what a Session makes operations of.
#include <cstdint>
#include <string>

#include "examples/kv/decimal.h"
#include "examples/kv/session.h"

namespace kv {

namespace {

constexpr std::string_view kSyntaxError = "ERR syntax error";

/// The words behind "SET key value".
struct SetWords {
  SetOptions options;
  bool returns_old = false;
  std::string_view after;  ///< What stands behind EX or PX.
  bool in_seconds = false;
};

/// False for what Redis takes for a syntax error.
bool read_set_words(std::span<const std::string_view> words, SetWords& read) {
  bool milliseconds = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    SetOptions& options = read.options;
    const bool follows = i + 1 < words.size();
    if (equals_ignoring_case(word, "nx") && options.condition != Condition::kIfPresent) {
      options.condition = Condition::kIfAbsent;
    } else if (equals_ignoring_case(word, "xx") && options.condition != Condition::kIfAbsent) {
      options.condition = Condition::kIfPresent;
    } else if (equals_ignoring_case(word, "get")) {
      read.returns_old = true;
    } else if (equals_ignoring_case(word, "keepttl") && options.expiry != Expiry::kAfter) {
      options.expiry = Expiry::kKeep;
    } else if (equals_ignoring_case(word, "ex") && follows && options.expiry != Expiry::kKeep &&
               !milliseconds) {
      options.expiry = Expiry::kAfter;
      read.in_seconds = true;
      read.after = words[++i];
    } else if (equals_ignoring_case(word, "px") && follows && options.expiry != Expiry::kKeep &&
               !read.in_seconds) {
      options.expiry = Expiry::kAfter;
      milliseconds = true;
      read.after = words[++i];
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

void Session::plan_one(OperationCode code, std::string_view key, std::uint8_t flags) {
  Operation operation;
  operation.code = code;
  operation.flags = flags;
  operation.key.text = key;
  pipeline_.add(operation);
  pipeline_.end_group(Merge::kReplies, 1);
}

void Session::plan_each(OperationCode code, Arguments keys, Merge merge) {
  Operation operation;
  operation.code = code;
  for (const std::string_view key : keys) {
    operation.key.text = key;
    pipeline_.add(operation);
  }
  pipeline_.end_group(merge, keys.size());
}

void Session::plan_all(OperationCode code, Merge merge) {
  Operation operation;
  operation.code = code;
  pipeline_.add_to_all(operation);
  pipeline_.end_group(merge, pipeline_.shards());
}

bool Session::read_number(std::string_view text, std::int64_t& number) {
  if (read_integer(text, number)) return true;
  error("ERR value is not an integer or out of range");
  return false;
}

// The time of SET EX, SETEX and the like: above zero, and not beyond the clock.
bool Session::read_expiry(std::string_view text, bool seconds, std::string_view command,
                          std::int64_t& milliseconds) {
  std::int64_t number = 0;
  if (!read_number(text, number)) return false;
  const std::int64_t unit = seconds ? 1000 : 1;
  if (number <= 0 || number > kExpiryAfterMax / unit) {
    error("ERR invalid expire time in '" + std::string(command) + "' command");
    return false;
  }
  milliseconds = number * unit;
  return true;
}

// Behind SET: key, value, options.
void Session::plan_set(Arguments arguments) {
  Operation set;
  set.code = OperationCode::kSet;
  set.key.text = arguments[0];
  set.value = arguments[1];
  if (arguments.size() > 2) {
    SetWords words;
    if (!read_set_words(arguments.subspan(2), words)) return error(kSyntaxError);
    if (words.options.expiry == Expiry::kAfter &&
        !read_expiry(words.after, words.in_seconds, "set", set.number)) {
      return;
    }
    set.condition = words.options.condition;
    set.expiry = words.options.expiry;
    if (words.returns_old) set.flags = operation_flag::kReturnOld;
  }
  pipeline_.add(set);
  pipeline_.end_group(Merge::kReplies, 1);
}

// Behind SETEX and PSETEX: key, time, value.
void Session::plan_set_after(Arguments arguments, bool seconds) {
  Operation set;
  set.code = OperationCode::kSet;
  set.expiry = Expiry::kAfter;
  set.key.text = arguments[0];
  set.value = arguments[2];
  if (!read_expiry(arguments[1], seconds, seconds ? "setex" : "psetex", set.number)) return;
  pipeline_.add(set);
  pipeline_.end_group(Merge::kReplies, 1);
}

void Session::plan_mget(Arguments keys) {
  pipeline_.text().array(keys.size());
  pipeline_.end_text();
  plan_each(OperationCode::kGet, keys, Merge::kReplies);
}

void Session::plan_mset(Arguments arguments) {
  if (arguments.size() % 2 != 0) return refuse_arity("mset");
  pipeline_.add_pairs(arguments);
}

void Session::plan_add(std::string_view key, std::string_view amount, bool subtract) {
  Operation add;
  add.code = OperationCode::kAdd;
  add.key.text = key;
  if (!read_number(amount, add.number)) return;
  if (subtract) {
    if (add.number == INT64_MIN) return error("ERR decrement would overflow");
    add.number = -add.number;
  }
  pipeline_.add(add);
  pipeline_.end_group(Merge::kReplies, 1);
}

// Behind EXPIRE and PEXPIRE: key, time, options.
void Session::plan_expire(Arguments arguments, bool seconds) {
  bool absent = false;
  bool present = false;
  bool later = false;
  bool earlier = false;
  for (const std::string_view word : arguments.subspan(2)) {
    if (equals_ignoring_case(word, "nx")) {
      absent = true;
    } else if (equals_ignoring_case(word, "xx")) {
      present = true;
    } else if (equals_ignoring_case(word, "gt")) {
      later = true;
    } else if (equals_ignoring_case(word, "lt")) {
      earlier = true;
    } else {
      return error("ERR Unsupported option " + std::string(word));
    }
  }
  if (absent && (present || later || earlier)) {
    return error("ERR NX and XX, GT or LT options at the same time are not compatible");
  }
  if (later && earlier) {
    return error("ERR GT and LT options at the same time are not compatible");
  }
  Operation expire;
  expire.code = OperationCode::kExpire;
  expire.key.text = arguments[0];
  if (!read_number(arguments[1], expire.number)) return;
  const std::int64_t unit = seconds ? 1000 : 1;
  if (expire.number > kExpiryAfterMax / unit || expire.number < INT64_MIN / unit) {
    return error(std::string("ERR invalid expire time in '") + (seconds ? "expire" : "pexpire") +
                 "' command");
  }
  expire.number *= unit;
  expire.condition = absent ? Condition::kIfAbsent
                     // GT refuses a key without an expiry anyway.
                     : later              ? Condition::kIfLater
                     : earlier && present ? Condition::kIfPresentAndEarlier
                     : earlier            ? Condition::kIfEarlier
                     : present            ? Condition::kIfPresent
                                          : Condition::kAlways;
  pipeline_.add(expire);
  pipeline_.end_group(Merge::kReplies, 1);
}

void Session::plan_flush(Arguments arguments) {
  const bool known =
      arguments.empty() || (arguments.size() == 1 && (equals_ignoring_case(arguments[0], "async") ||
                                                      equals_ignoring_case(arguments[0], "sync")));
  if (!known) return error(kSyntaxError);
  plan_all(OperationCode::kClear, Merge::kAllDone);
}

}  // namespace kv
