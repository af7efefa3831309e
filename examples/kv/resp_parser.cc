#include "examples/kv/resp_parser.h"

#include <algorithm>
#include <cstring>

#include "examples/kv/decimal.h"

namespace kv {

namespace {

// More digits than this may not fit into 64 bits; such a number is beyond every limit.
constexpr int kPlainDigitsMax = 18;

/// As read_plain_length(), of any number of digits.
const char* read_long_length(const char* at, const char* end, std::int64_t& length) {
  const char* first = at;
  std::int64_t value = 0;
  while (at < end) {
    const auto digit = static_cast<unsigned char>(*at - '0');
    if (digit > 9) break;
    if (at - first == kPlainDigitsMax) return nullptr;
    value = value * 10 + digit;
    ++at;
  }
  if (at == first || (*first == '0' && at - first > 1)) return nullptr;
  // As Redis: what follows '\r' is taken for '\n' unseen.
  if (end - at < 2 || *at != '\r') return nullptr;
  length = value;
  return at + 2;
}

/// Reads the usual form of a length, "12\r\n", from behind its marker. Null for everything else:
/// then the slow path finds out what it is.
[[gnu::always_inline]] inline const char* read_plain_length(const char* at, const char* end,
                                                            std::int64_t& length) {
  // One digit or two, as most lengths have.
  if (end - at >= 4) [[likely]] {
    const auto first = static_cast<unsigned char>(at[0] - '0');
    const auto second = static_cast<unsigned char>(at[1] - '0');
    if (at[1] == '\r' && first <= 9) {
      length = first;
      return at + 3;
    }
    if (at[2] == '\r' && first <= 9 && first != 0 && second <= 9) {
      length = first * 10 + second;
      return at + 4;
    }
  }
  return read_long_length(at, end, length);
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

/// Copies one word of an inline command to `to`, without quotes and escapes. Returns where it ends,
/// or null if its quotes do not.
const char* copy_word(const char* at, const char* end, char*& to) {
  const auto followed_by_space = [&](const char* quote) {
    return quote + 1 == end || is_space(quote[1]);
  };
  while (at < end && *at != ' ' && *at != '\n' && *at != '\r' && *at != '\t') {
    const char quote = *at;
    if (quote != '"' && quote != '\'') {
      *to++ = *at++;
      continue;
    }
    for (++at;; ++at) {
      if (at == end) return nullptr;
      if (*at == quote) return followed_by_space(at) ? at + 1 : nullptr;
      if (*at == '\\' && quote == '"' && end - at > 3 && at[1] == 'x' && hex_value(at[2]) >= 0 &&
          hex_value(at[3]) >= 0) {
        *to++ = static_cast<char>(hex_value(at[2]) * 16 + hex_value(at[3]));
        at += 3;
      } else if (*at == '\\' && quote == '"' && end - at > 1) {
        *to++ = unescaped(*++at);
      } else if (*at == '\\' && end - at > 1 && at[1] == '\'') {
        *to++ = *++at;
      } else {
        *to++ = *at;
      }
    }
  }
  return at;
}

}  // namespace

ParseOutcome RequestParser::parse(std::string_view received) {
  consumed_ = 0;
  for (;;) {
    if (!in_array_) {
      if (received.size() == consumed_) return need(1);
      begin_request();
    }
    const std::string_view rest = received.substr(consumed_);
    const ParseOutcome outcome =
        in_array_ || rest.front() == '*' ? parse_array(rest) : parse_inline(rest);
    if (outcome != ParseOutcome::kCommand || !arguments_.empty()) return outcome;
  }
}

void RequestParser::release_memory() {
  if (in_array_) return;
  decltype(arguments_)().swap(arguments_);
  std::string().swap(words_);
}

void RequestParser::begin_request() {
  arguments_.clear();
  if (arguments_.capacity() > kArgumentsKept) arguments_.shrink_to_fit();
  if (words_.capacity() > kInlineBytesKept) std::string().swap(words_);
}

// The caller's buffer has moved: what was found in it has moved along.
void RequestParser::rebase(const char* start) {
  if (start == start_) return;
  for (std::string_view& argument : arguments_) {
    argument = std::string_view(start + (argument.data() - start_), argument.size());
  }
  start_ = start;
}

ParseOutcome RequestParser::parse_array(std::string_view received) {
  const char* start = received.data();
  const char* end = start + received.size();
  const char* at = start + position_;
  if (!in_array_) {
    at = start + 1;
    const ParseOutcome outcome = start_array(at, end);
    if (outcome != ParseOutcome::kCommand) return outcome;
    start_ = start;
  } else {
    rebase(start);
  }
  const ParseOutcome outcome = parse_arguments(at, end, start);
  if (outcome == ParseOutcome::kCommand) {
    consumed_ += position_;
    position_ = 0;
    in_array_ = false;
  }
  return outcome;
}

// Sets the number of arguments from the line that `at`, behind its marker, begins.
ParseOutcome RequestParser::start_array(const char*& at, const char* end) {
  std::int64_t count = 0;
  if (const char* next = read_plain_length(at, end, count)) [[likely]] {
    at = next;
  } else {
    const char* line = at - 1;
    const Line found = read_length(line, end, "Protocol error: too big mbulk count string", count);
    if (found == Line::kUnfinished) return need(1);
    if (!error_.empty()) return ParseOutcome::kError;
    if (found == Line::kWrong) return fail("Protocol error: invalid multibulk length");
    at = line;
  }
  if (count > static_cast<std::int64_t>(limits_.arguments_max)) {
    return fail("Protocol error: invalid multibulk length");
  }
  arguments_left_ = std::max<std::int64_t>(count, 0);
  bulk_bytes_ = kNoBulk;
  in_array_ = true;
  return ParseOutcome::kCommand;
}

// Takes the strings that have come whole, in the usual form and within the limits, which nearly all
// have. Returns where the others begin.
const char* RequestParser::take_plain_arguments(const char* at, const char* end,
                                                const char* start) {
  const auto bytes_max = static_cast<std::int64_t>(limits_.argument_bytes_max);
  // Behind the string and its line end.
  const char* limit = static_cast<std::size_t>(end - start) > limits_.request_bytes_max
                          ? start + limits_.request_bytes_max
                          : end;
  std::int64_t left = arguments_left_;
  for (; left > 0; --left) {
    std::int64_t length = 0;
    const char* next =
        at < limit && *at == '$' ? read_plain_length(at + 1, limit, length) : nullptr;
    if (next == nullptr || length > bytes_max || limit - next < length + 2) break;
    arguments_.emplace_back(next, static_cast<std::size_t>(length));
    at = next + length + 2;
  }
  arguments_left_ = left;
  return at;
}

// The strings of an array. `at` is where the last call stopped.
ParseOutcome RequestParser::parse_arguments(const char* at, const char* end, const char* start) {
  for (;;) {
    if (bulk_bytes_ == kNoBulk) {
      at = take_plain_arguments(at, end, start);
      if (arguments_left_ == 0) break;
      std::int64_t length = 0;
      const char* next = at;
      const Line found =
          read_length(next, end, "Protocol error: too big bulk count string", length);
      if (found == Line::kUnfinished) {
        position_ = static_cast<std::size_t>(at - start);
        return need(1);
      }
      if (!error_.empty()) return ParseOutcome::kError;
      if (*at != '$') {
        // What would end the error's own line becomes a space, as in Redis.
        const char shown = *at == '\r' || *at == '\n' ? ' ' : *at;
        fail("Protocol error: expected '$', got '");
        error_ += shown;
        error_ += '\'';
        return ParseOutcome::kError;
      }
      if (found == Line::kWrong || length < 0) {
        return fail("Protocol error: invalid bulk length");
      }
      at = next;
      const auto request_bytes = static_cast<std::size_t>(at - start);
      if (length > static_cast<std::int64_t>(limits_.argument_bytes_max) ||
          request_bytes + static_cast<std::size_t>(length) + 2 > limits_.request_bytes_max) {
        return fail("Protocol error: invalid bulk length");
      }
      bulk_bytes_ = length;
    }
    if (end - at < bulk_bytes_ + 2) {
      position_ = static_cast<std::size_t>(at - start);
      return need(static_cast<std::size_t>(bulk_bytes_ + 2 - (end - at)));
    }
    arguments_.emplace_back(at, static_cast<std::size_t>(bulk_bytes_));
    at += bulk_bytes_ + 2;
    bulk_bytes_ = kNoBulk;
    --arguments_left_;
  }
  position_ = static_cast<std::size_t>(at - start);
  return ParseOutcome::kCommand;
}

// A length that is not in its usual form: unfinished, negative or wrong. `at` is the marker; behind
// the line afterwards. A line that is too long sets error_.
RequestParser::Line RequestParser::read_length(const char*& at, const char* end,
                                               const char* too_long, std::int64_t& length) {
  const auto bytes = static_cast<std::size_t>(end - at);
  const void* found = bytes == 0 ? nullptr : std::memchr(at, '\r', bytes);
  const char* line_end = static_cast<const char*>(found);
  // A line that has ended is held to the limit too, or it would matter how the bytes arrived.
  if ((line_end == nullptr ? bytes : static_cast<std::size_t>(line_end - at)) > kInlineBytesMax) {
    fail(too_long);
    return Line::kWrong;
  }
  if (line_end == nullptr || line_end + 1 == end) return Line::kUnfinished;
  const char* digits = std::min(at + 1, line_end);
  at = line_end + 2;
  return read_integer(std::string_view(digits, static_cast<std::size_t>(line_end - digits)), length)
             ? Line::kWhole
             : Line::kWrong;
}

ParseOutcome RequestParser::parse_inline(std::string_view received) {
  const std::size_t line_end = received.substr(0, kInlineBytesMax + 1).find('\n');
  if (line_end == std::string_view::npos) {
    if (received.size() > kInlineBytesMax) return fail("Protocol error: too big inline request");
    return need(1);
  }
  std::string_view line = received.substr(0, line_end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  // Redis reads a line as a C string.
  line = line.substr(0, line.find('\0'));
  if (!split_words(line)) return fail("Protocol error: unbalanced quotes in request");
  if (arguments_.size() > limits_.arguments_max || line.size() > limits_.argument_bytes_max) {
    return fail("Protocol error: too big inline request");
  }
  consumed_ += line_end + 1;
  return ParseOutcome::kCommand;
}

bool RequestParser::split_words(std::string_view line) {
  // A word is never longer than its quoted form, so that views of earlier ones stay good.
  if (words_.size() < line.size()) words_.resize(line.size());
  char* to = words_.data();
  const char* at = line.data();
  const char* end = at + line.size();
  for (;;) {
    while (at < end && is_space(*at)) ++at;
    if (at == end) return true;
    char* word = to;
    at = copy_word(at, end, to);
    if (at == nullptr) {
      arguments_.clear();
      return false;
    }
    arguments_.emplace_back(word, static_cast<std::size_t>(to - word));
  }
}

}  // namespace kv
