// The worked example of README.md; tests/readmes_test.sh holds it against what is compiled here.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "protocols/list.h"
#include "protocols/struct_reader.h"
#include "protocols/struct_writer.h"
#include "protocols/validator.h"

namespace troupe::protocols {
namespace {

// struct Opened { owner @0 :Text; cents @1 :Int64 = 100; notes @2 :List(Text); }
constexpr StructSize kSize{1, 2};
constexpr unsigned kOwner = 0;  // pointers
constexpr unsigned kNotes = 1;
constexpr unsigned kCents = 0;  // in units of its type

constexpr ListShape kTexts{.element = ElementKind::kText};
constexpr PointerShape kPointers[] = {
    {.index = kOwner, .kind = PointerKind::kText},
    {.index = kNotes, .kind = PointerKind::kList, .list = &kTexts}};
constexpr StructShape kShape{kPointers};

std::vector<Word> write_opened(std::string_view owner, std::int64_t cents,
                               List<std::string_view> notes) {
  std::vector<Word> words(1 + kSize.words() + text_words(owner.size()) + notes.words());
  MessageWriter message(words.data());
  StructWriter opened = message.root(kSize.data_words, kSize.pointer_count);
  opened.set<std::int64_t>(kCents, cents, 100);
  opened.set_text(kOwner, owner);
  notes.write_to(opened, kNotes);
  return words;
}

TEST(Readme, ReadsWhatItWrote) {
  const std::vector<Word> words = write_opened("alice", -500, {"one", "two"});
  ASSERT_TRUE(validate(words, kShape).ok());  // as if it had come from elsewhere
  const StructReader opened = StructReader::root(words.data());
  EXPECT_EQ(opened.text(kOwner), "alice");
  EXPECT_EQ(opened.get<std::int64_t>(kCents, 100), -500);
  for (std::string_view note : List<std::string_view>::read_from(opened, kNotes)) {
    EXPECT_EQ(note.size(), 3u);
  }
}

}  // namespace
}  // namespace troupe::protocols
