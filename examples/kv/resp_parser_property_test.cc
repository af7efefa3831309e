// Any pipeline of valid commands, cut anywhere, is the same commands.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "examples/kv/resp_parser.h"

namespace kv {
namespace {

using Words = std::vector<std::string>;

std::string as_array(const Words& words) {
  std::string request = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) {
    request += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return request;
}

/// In the quoted form of inline commands, which can say every byte.
std::string as_line(const Words& words) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string line;
  for (const std::string& word : words) {
    line += " \"";
    for (const char c : word) {
      const auto byte = static_cast<unsigned char>(c);
      line += "\\x";
      line += kDigits[byte >> 4];
      line += kDigits[byte & 15];
    }
    line += '"';
  }
  return line + "\r\n";
}

/// What the parser finds in `bytes`, which arrive in pieces of the given sizes, again and again.
std::vector<Words> parse_in_pieces(const std::string& bytes, const std::vector<int>& pieces) {
  RequestParser parser;
  std::vector<Words> commands;
  std::vector<char> buffer;
  std::size_t arrived = 0;
  for (std::size_t turn = 0; arrived < bytes.size(); ++turn) {
    const auto wanted = static_cast<std::size_t>(pieces[turn % pieces.size()]);
    const std::size_t size = std::min(wanted, bytes.size() - arrived);
    // Exactly as large as what it holds and new each time: a sanitizer sees a byte too many, and a
    // view that stayed behind.
    std::vector<char> grown(buffer);
    grown.insert(grown.end(), bytes.data() + arrived, bytes.data() + arrived + size);
    grown.shrink_to_fit();
    buffer.swap(grown);
    arrived += size;
    for (;;) {
      const ParseOutcome outcome = parser.parse({buffer.data(), buffer.size()});
      if (outcome == ParseOutcome::kCommand) {
        commands.emplace_back(parser.arguments().begin(), parser.arguments().end());
      }
      RC_ASSERT(outcome != ParseOutcome::kError);
      buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(parser.consumed()));
      if (outcome == ParseOutcome::kNeedMore) break;
    }
  }
  RC_ASSERT(buffer.empty());
  return commands;
}

TEST(RespParserProperty, PipelinesCutAnywhereAreTheSameCommands) {
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<bool, Words>>& pipeline) {
    std::string bytes;
    std::vector<Words> expected;
    for (const auto& [line, words] : pipeline) {
      bytes += line ? as_line(words) : as_array(words);
      if (!words.empty()) expected.push_back(words);
    }
    const auto pieces = *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(
        rc::gen::weightedOneOf<int>({{3, rc::gen::inRange(1, 4)},
                                     {2, rc::gen::inRange(1, 100)},
                                     {1, rc::gen::just(100'000)}})));
    RC_ASSERT(parse_in_pieces(bytes, pieces) == expected);
  }));
}

/// Bytes that may be anything: what the parser makes of them does not depend on how they arrive.
TEST(RespParserProperty, ErrorsDoNotDependOnThePieces) {
  const auto outcome_of = [](const std::string& bytes, std::size_t step) {
    RequestParser parser(RequestLimits{200, 50, 20});
    std::vector<Words> commands;
    std::size_t start = 0;
    for (std::size_t end = step;; end += step) {
      const std::string arrived = bytes.substr(start, std::min(end, bytes.size()) - start);
      std::size_t used = 0;
      for (;;) {
        const ParseOutcome outcome = parser.parse(std::string_view(arrived).substr(used));
        used += parser.consumed();
        if (outcome == ParseOutcome::kError) {
          commands.push_back({parser.error()});
          return commands;
        }
        if (outcome == ParseOutcome::kNeedMore) break;
        commands.emplace_back(parser.arguments().begin(), parser.arguments().end());
      }
      start += used;
      if (end >= bytes.size()) return commands;
    }
  };
  EXPECT_TRUE(rc::check([&](const std::vector<Words>& pipeline) {
    std::string bytes;
    for (const Words& words : pipeline) bytes += as_array(words);
    const auto changes = *rc::gen::inRange(0, 4);
    for (int i = 0; i < changes && !bytes.empty(); ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
      bytes[at] = *rc::gen::elementOf(std::string("*$-019a\r\n\"' \\x"));
    }
    const auto step = *rc::gen::inRange<std::size_t>(1, 30);
    RC_ASSERT(outcome_of(bytes, step) == outcome_of(bytes, bytes.size() + 1));
  }));
}

}  // namespace
}  // namespace kv
