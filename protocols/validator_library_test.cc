// The validator takes whatever the Cap'n Proto library writes: any order, newer and older structs,
// shortest forms; and what the validator takes, the library reads.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "protocols/test_orders.h"
#include "protocols/test_schema.h"
#include "protocols/validator.h"

namespace troupe::protocols {
namespace {

using test_orders::Filler;
using test_orders::kStructures;
using test_orders::library_refusal;
using test_orders::schema_of;
using test_orders::shape_of;

std::string found(std::span<const Word> words, const char* structure) {
  const auto malformation = find_malformation(words, shape_of(structure));
  if (!malformation) return "";
  return std::string(to_string(malformation->flaw)) + " at " + std::to_string(malformation->word);
}

/// Each schema of an order reads what each other one wrote, in the library's form and the shortest.
void expect_taken(std::uint64_t seed) {
  for (const char* written : kStructures) {
    LibraryMessage message;
    Filler(seed).fill(message.root(schema_of(written)), 0);
    ASSERT_EQ(message.builder().getSegmentsForOutput().size(), 1u);
    const auto canonical = message.canonical();
    const std::span<const Word> shortest(reinterpret_cast<const Word*>(canonical.begin()),
                                         canonical.size());
    for (const char* read : kStructures) {
      ASSERT_EQ(found(message.words(), read), "") << written << " as " << read << ", seed " << seed;
      ASSERT_EQ(found(shortest, read), "") << written << " as " << read << ", seed " << seed;
    }
  }
}

TEST(ValidatorAndLibrary, TakesWhateverTheLibraryWrites) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) expect_taken(seed);
}

TEST(ValidatorAndLibrary, TheLibraryReadsWhatIsTaken) {
  // One bit of a sound message is turned at a time.
  unsigned taken = 0;
  unsigned refused = 0;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    LibraryMessage message;
    Filler(seed).fill(message.root(schema_of("Order")), 1);
    std::vector<Word> words(message.words().begin(), message.words().end());
    for (std::size_t bit = 0; bit < 64 * words.size(); ++bit) {
      words[bit / 64] ^= Word{1} << (bit % 64);
      const std::string flaw = found(words, "Order");
      ++(flaw.empty() ? taken : refused);
      if (flaw.empty()) {
        ASSERT_EQ(library_refusal(words, "Order"), "") << "seed " << seed << ", bit " << bit;
      }
      words[bit / 64] ^= Word{1} << (bit % 64);
    }
  }
  EXPECT_GT(taken, 1000u);
  EXPECT_GT(refused, 1000u);
}

}  // namespace
}  // namespace troupe::protocols
