// Whatever the bytes: actorc neither crashes nor hangs, and a file either compiles or has findings.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/diagnostics.h"
#include "codegen/golden/golden_support.h"
#include "codegen/pipeline.h"
#include "codegen/source.h"

namespace troupe::codegen {
namespace {

constexpr unsigned kSeed = 20231;
constexpr int kMutationsPerContract = 250;

/// Pieces of the language, and bytes that are none.
constexpr std::string_view kPieces[] = {
    "actor ",
    "struct ",
    "enum ",
    "ask ",
    "tell ",
    "package ",
    "mailbox ",
    "denies ",
    "->",
    "{",
    "}",
    "(",
    ")",
    "<",
    ">",
    ";",
    ":",
    "@",
    "@0",
    "@9",
    "ref<A>",
    "reply<",
    "// ",
    "/// ",
    "/*",
    "\n",
    "\r",
    "\xFF",
    "\xC3",
    "\"",
    "text",
    "Money",
    "999999",
    "_",
    "\xE2\x82\xAC",
    "key ",
    "watches;",
    "reentrancy call_chain;",
    "reentrancy interleave;",
    "asks Account;",
    "asks ",
    "acyclic",
    " readonly",
    " interleaves",
    "list<",
    "option<",
    "= ",
    "-5",
    "0.5",
    "import \"codegen/golden/good/shop/money.actor\";",
};

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::string mutate(std::string text) {
    const std::size_t count = 1 + below(4);
    for (std::size_t edit = 0; edit < count; ++edit) mutate_once(text);
    return text;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  void mutate_once(std::string& text) {
    const std::size_t place = below(text.size() + 1);
    const std::size_t length = std::min(below(24), text.size() - place);
    switch (below(6)) {
      case 0:
        text.erase(place, length);
        break;
      case 1:
        text.insert(place, kPieces[below(std::size(kPieces))]);
        break;
      case 2:
        text.insert(place, text.substr(below(text.size() + 1), below(64)));
        break;
      case 3:
        text.resize(place);
        break;
      case 4:
        text.replace(place, length, kPieces[below(std::size(kPieces))]);
        break;
      default:
        if (place < text.size()) text[place] = static_cast<char>(below(256));
    }
  }

  std::mt19937 random_;
};

void expect_survives(const std::string& text) {
  const Source source("mutant.actor", text);
  Diagnostics diagnostics;
  const auto contract = compile(source, {}, diagnostics);
  EXPECT_EQ(contract == nullptr, !diagnostics.empty());
  const std::string printed = diagnostics.print(source);
  EXPECT_EQ(printed.find("Cap'n Proto rejects"), std::string::npos) << printed << text;
}

TEST(Mutation, OfEveryGoldenContractIsSurvived) {
  Mutator mutator(kSeed);
  for (const char* folder : {"good", "bad"}) {
    for (const std::string& path : golden_contracts(folder)) {
      const std::string text = golden_text(path);
      for (int count = 0; count < kMutationsPerContract; ++count) {
        expect_survives(mutator.mutate(text));
        if (HasFailure()) return;
      }
    }
  }
}

TEST(Mutation, EveryPrefixOfAContractIsSurvived) {
  const std::string text = golden_text("codegen/golden/good/bank.actor");
  for (std::size_t size = 0; size < text.size(); ++size) expect_survives(text.substr(0, size));
}

TEST(Mutation, RandomBytesAreSurvived) {
  std::mt19937 random(kSeed);
  for (int count = 0; count < 200; ++count) {
    std::string text(random() % 512, '\0');
    for (char& byte : text) byte = static_cast<char>(random());
    expect_survives(text);
  }
}

}  // namespace
}  // namespace troupe::codegen
