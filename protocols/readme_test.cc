// The worked example of README.md; tests/readmes_test.sh holds it against what is compiled here.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "protocols/struct_reader.h"
#include "protocols/struct_writer.h"

namespace troupe::protocols {
namespace {

// struct Opened { owner @0 :Text; cents @1 :Int64; }
constexpr unsigned kDataWords = 1;
constexpr unsigned kPointers = 1;
constexpr unsigned kOwner = 0;  // a pointer
constexpr unsigned kCents = 0;  // in units of its type

std::vector<Word> write_opened(std::string_view owner, std::int64_t cents) {
  std::vector<Word> words(1 + kDataWords + kPointers + text_words(owner.size()));
  MessageWriter message(words.data());
  StructWriter opened = message.root(kDataWords, kPointers);
  opened.set(kCents, cents);
  opened.set_text(kOwner, owner);
  return words;
}

TEST(Readme, ReadsWhatItWrote) {
  const std::vector<Word> words = write_opened("alice", -500);
  const StructReader opened = StructReader::root(words.data());
  EXPECT_EQ(opened.text(kOwner), "alice");
  EXPECT_EQ(opened.get<std::int64_t>(kCents), -500);
}

}  // namespace
}  // namespace troupe::protocols
