// The worked example of README.md, and a check that it is word for word what is compiled here.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
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

std::string text_of(const char* path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Readme, ShowsWhatIsCompiled) {
  const std::string readme = text_of("protocols/README.md");
  const std::size_t begin = readme.find("```cpp\n") + 7;
  const std::string example = readme.substr(begin, readme.find("```", begin) - begin);
  ASSERT_GT(example.size(), 100u);
  EXPECT_NE(text_of("protocols/readme_test.cc").find(example), std::string::npos);
}

}  // namespace
}  // namespace troupe::protocols
