#include "examples/kv/resp_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace kv {
namespace {

using Words = std::vector<std::string>;
using namespace std::string_literals;

struct Parsed {
  std::vector<Words> commands;
  std::string error;
  bool operator==(const Parsed&) const = default;
};

/// Gives the parser `bytes` in pieces of `step`, each time in a buffer at another address.
Parsed parse_in_steps(std::string_view bytes, std::size_t step, RequestLimits limits = {}) {
  RequestParser parser(limits);
  Parsed parsed;
  std::string buffer;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    std::string grown = buffer + std::string(bytes.substr(at, step));
    buffer.swap(grown);
    for (;;) {
      const ParseOutcome outcome = parser.parse(buffer);
      if (outcome == ParseOutcome::kCommand) {
        parsed.commands.emplace_back(parser.arguments().begin(), parser.arguments().end());
      }
      buffer.erase(0, parser.consumed());
      if (outcome == ParseOutcome::kError) {
        parsed.error = parser.error();
        return parsed;
      }
      if (outcome == ParseOutcome::kNeedMore) {
        EXPECT_GT(parser.needed(), 0u);
        break;
      }
    }
  }
  return parsed;
}

Parsed parse(std::string_view bytes, RequestLimits limits = {}) {
  const Parsed whole = parse_in_steps(bytes, std::max<std::size_t>(bytes.size(), 1), limits);
  if (bytes.size() <= 200) {
    for (const std::size_t step : {1, 2, 3, 7}) {
      EXPECT_EQ(parse_in_steps(bytes, step, limits), whole) << step << " bytes at a time";
    }
  }
  return whole;
}

std::string error_of(std::string_view bytes, RequestLimits limits = {}) {
  return parse(bytes, limits).error;
}

TEST(RespParser, Arrays) {
  const Parsed parsed = parse("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n*1\r\n$4\r\nPING\r\n");
  EXPECT_EQ(parsed.error, "");
  EXPECT_EQ(parsed.commands, (std::vector<Words>{{"SET", "k", ""}, {"PING"}}));
  EXPECT_EQ(parse("*2\r\n$4\r\nECHO\r\n$6\r\na\r\n\0*b\r\n"s).commands,
            (std::vector<Words>{{"ECHO", "a\r\n\0*b"s}}));
}

TEST(RespParser, RequestsWithoutArgumentsAreSkipped) {
  EXPECT_EQ(parse("*0\r\n*-1\r\n\r\n   \r\n\n*1\r\n$1\r\na\r\n").commands,
            (std::vector<Words>{{"a"}}));
  RequestParser parser;
  EXPECT_EQ(parser.parse("*0\r\n\r\n"), ParseOutcome::kNeedMore);
  EXPECT_EQ(parser.consumed(), 6u) << "what was skipped can be dropped";
}

TEST(RespParser, SaysWhatItNeeds) {
  RequestParser parser;
  EXPECT_EQ(parser.parse(""), ParseOutcome::kNeedMore);
  EXPECT_EQ(parser.needed(), 1u);
  EXPECT_EQ(parser.parse("*1\r\n$100\r\nabc"), ParseOutcome::kNeedMore);
  EXPECT_EQ(parser.needed(), 99u);
  EXPECT_EQ(parser.consumed(), 0u);
}

TEST(RespParser, ErrorsOfArrays) {
  for (const std::string_view bytes :
       {"*a\r\n", "*1a\r\n", "*+1\r\n", "* 1\r\n", "*01\r\n", "*\r\n", "*-\r\n", "*-0\r\n",
        "*2147483648\r\n", "*65537\r\n", "*99999999999999999999\r\n", "*1 \r\n"}) {
    EXPECT_EQ(error_of(bytes), "Protocol error: invalid multibulk length") << bytes;
  }
  for (const std::string_view length :
       {"a", "-1", "+1", "01", "", "524289", "99999999999999999999", "1 ", "-"}) {
    EXPECT_EQ(error_of("*1\r\n$" + std::string(length) + "\r\n"),
              "Protocol error: invalid bulk length")
        << length;
  }
  EXPECT_EQ(error_of("*1\r\nx3\r\n"), "Protocol error: expected '$', got 'x'");
  EXPECT_EQ(error_of("*2\r\n$1\r\na\r\n:1\r\n"), "Protocol error: expected '$', got ':'");
  EXPECT_EQ(error_of("*1\r\n\r\n"), "Protocol error: expected '$', got ' '");
  EXPECT_EQ(error_of("*1\r\n\nx\r\n"), "Protocol error: expected '$', got ' '");
}

TEST(RespParser, LinesThatNeverEnd) {
  const std::string digits(kInlineBytesMax + 1, '1');
  EXPECT_EQ(error_of("*" + digits), "Protocol error: too big mbulk count string");
  EXPECT_EQ(error_of("*1\r\n$" + digits), "Protocol error: too big bulk count string");
  EXPECT_EQ(error_of(digits), "Protocol error: too big inline request");
  EXPECT_EQ(error_of(digits + "\r\n"), "Protocol error: too big inline request");
  // Whatever the pieces they come in.
  EXPECT_EQ(parse_in_steps("*" + digits + "\r\n", 4096).error,
            "Protocol error: too big mbulk count string");
  EXPECT_EQ(parse_in_steps(digits + "\r\n", 4096).error, "Protocol error: too big inline request");
}

TEST(RespParser, TheLongestInlineCommand) {
  const std::string word(kInlineBytesMax - 1, 'x');
  EXPECT_EQ(parse(word + "\r\n").commands, (std::vector<Words>{{word}}));
}

TEST(RespParser, Inline) {
  EXPECT_EQ(parse("PING\r\n").commands, (std::vector<Words>{{"PING"}}));
  EXPECT_EQ(parse("  set a\tb \nGET a\r\n").commands,
            (std::vector<Words>{{"set", "a", "b"}, {"GET", "a"}}));
  EXPECT_EQ(parse(R"(set "a b" 'c d' "" '' x"y z"w)"
                  "\n")
                .error,
            "Protocol error: unbalanced quotes in request");
  EXPECT_EQ(parse(R"(set "a b" 'c d' "" '' x"y z")"
                  "\n")
                .commands,
            (std::vector<Words>{{"set", "a b", "c d", "", "", "xy z"}}));
  EXPECT_EQ(parse(R"("\x41\n\r\t\a\b\"\\\q" 'it\'s \n' "\xzz")"
                  "\n")
                .commands,
            (std::vector<Words>{{"A\n\r\t\a\b\"\\q", "it's \\n", "xzz"}}));
}

TEST(RespParser, UnbalancedQuotes) {
  for (const std::string_view line : {"\"a", "'a", "\"a\"b", "'a'b", "\"a\\\"", "'a\\'", "\""}) {
    EXPECT_EQ(error_of(std::string(line) + "\r\n"), "Protocol error: unbalanced quotes in request")
        << line;
  }
}

TEST(RespParser, LimitsOfOneClient) {
  const RequestLimits limits{64, 10, 3};
  EXPECT_EQ(error_of("*4\r\n", limits), "Protocol error: invalid multibulk length");
  EXPECT_EQ(error_of("*1\r\n$11\r\n", limits), "Protocol error: invalid bulk length");
  EXPECT_EQ(parse("*1\r\n$10\r\n0123456789\r\n", limits).commands.size(), 1u);
  // The third would end beyond 64 bytes; it is refused before it comes.
  const RequestLimits few{40, 20, 3};
  EXPECT_EQ(error_of("*3\r\n$10\r\n0123456789\r\n$10\r\n0123456789\r\n$1\r\n", few),
            "Protocol error: invalid bulk length");
  EXPECT_EQ(error_of("a b c d\n", limits), "Protocol error: too big inline request");
}

TEST(RespParser, TheLongestRequest) {
  const RequestLimits limits{40, 20, 3};
  const std::string longest = "*3\r\n$10\r\n0123456789\r\n$7\r\n0123456\r\n$0\r\n\r\n";
  ASSERT_EQ(longest.size(), limits.request_bytes_max + 0u);
  const std::string longer = "*3\r\n$10\r\n0123456789\r\n$8\r\n01234567\r\n$0\r\n\r\n";
  for (std::size_t step = 1; step <= longer.size(); ++step) {
    EXPECT_EQ(parse_in_steps(longest, step, limits).commands,
              (std::vector<Words>{{"0123456789", "0123456", ""}}));
    EXPECT_EQ(parse_in_steps(longer, step, limits).error, "Protocol error: invalid bulk length");
  }
  // Each for itself: another one behind it does not count.
  EXPECT_EQ(parse(longest + longest, limits).commands.size(), 2u);
}

TEST(RespParser, ManyArgumentsAcrossManyPieces) {
  constexpr std::size_t kCount = 5000;
  std::string request = "*" + std::to_string(kCount) + "\r\n";
  Words expected;
  for (std::size_t i = 0; i < kCount; ++i) {
    expected.push_back(std::to_string(i));
    request += "$" + std::to_string(expected.back().size()) + "\r\n" + expected.back() + "\r\n";
  }
  EXPECT_EQ(parse_in_steps(request, 97).commands, (std::vector<Words>{expected}));
}

}  // namespace
}  // namespace kv
