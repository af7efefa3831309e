// Holds fields with defaults against the Cap'n Proto library: XORed scalars, texts that are there
// although they are empty.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/struct_reader.h"
#include "protocols/struct_writer.h"
#include "protocols/test_schema.h"

namespace troupe::protocols {
namespace {

constexpr const char* kSchema = R"(
@0x9d0b1a3c4e5f6071;
enum Mood { bad @0; fair @1; good @2; }
struct Account {
  more @0 :Bool = true; cents @1 :Int64 = -5; small @2 :Int8 = -128; ratio @3 :Float32 = 0.5;
  exact @4 :Float64 = -2.25; mood @5 :Mood = good; name @6 :Text = "nobody"; wide @7 :UInt32 = 7;
}
)";
constexpr float kRatio = 0.5f;
constexpr double kExact = -2.25;
constexpr std::uint16_t kGood = 2;

const TestSchema& schema() {
  static const TestSchema schema(kSchema);
  return schema;
}
unsigned at(const char* field) { return schema().offset("Account", field); }

struct Account {
  bool more = true;
  std::int64_t cents = -5;
  std::int8_t small = -128;
  float ratio = kRatio;
  double exact = kExact;
  std::uint16_t mood = kGood;
  std::string name = "nobody";
  std::uint32_t wide = 7;
  friend bool operator==(const Account&, const Account&) = default;
};

std::vector<Word> write(const Account& account) {
  const StructSize size = schema().size("Account");
  std::vector<Word> words(1 + size.words() + text_words_always(account.name.size()), ~Word{0});
  MessageWriter message(words.data());
  StructWriter root = message.root(size.data_words, size.pointer_count);
  root.set_bool(at("more"), account.more, true);
  root.set(at("cents"), account.cents, -5);
  root.set(at("small"), account.small, -128);
  root.set(at("ratio"), account.ratio, kRatio);
  root.set(at("exact"), account.exact, kExact);
  root.set(at("mood"), account.mood, kGood);
  root.set_text_always(at("name"), account.name);
  root.set<std::uint32_t>(at("wide"), account.wide, 7);
  EXPECT_EQ(message.size(), words.size());
  return words;
}

Account read(std::span<const Word> words) {
  const StructReader root = StructReader::root(words.data());
  Account account;
  account.more = root.get_bool(at("more"), true);
  account.cents = root.get<std::int64_t>(at("cents"), -5);
  account.small = root.get<std::int8_t>(at("small"), -128);
  account.ratio = root.get<float>(at("ratio"), kRatio);
  account.exact = root.get<double>(at("exact"), kExact);
  account.mood = root.get<std::uint16_t>(at("mood"), kGood);
  account.name = root.text(at("name"), "nobody");
  account.wide = root.get<std::uint32_t>(at("wide"), 7);
  return account;
}

void build(const Account& account, LibraryMessage& message) {
  auto root = message.root(schema().of("Account"));
  root.set("more", account.more);
  root.set("cents", account.cents);
  root.set("small", account.small);
  root.set("ratio", account.ratio);
  root.set("exact", account.exact);
  root.set("mood", account.mood);
  root.set("name", account.name.c_str());
  root.set("wide", account.wide);
}

void expect_agreement(const Account& account) {
  LibraryMessage message;
  build(account, message);
  const std::vector<Word> written = write(account);
  EXPECT_TRUE(LibraryReader(written).canonical().asBytes() == message.canonical().asBytes());
  EXPECT_EQ(read(written), account);
  EXPECT_EQ(read(message.words()), account);
}

TEST(Defaults, AgreeWithTheLibrary) {
  expect_agreement(Account());
  expect_agreement({false, 0, 0, 0.0f, 0.0, 0, "", 0});
  expect_agreement({true, 5, 127, -0.0f, -kExact, 1, "alice", 0xffffffff});
  expect_agreement({false, std::numeric_limits<std::int64_t>::min(), -1,
                    std::numeric_limits<float>::infinity(), 0.1, 0xffff, "seven ch", 8});
}

TEST(Defaults, AreAllZeroOnTheWire) {
  const std::vector<Word> words = write(Account());
  const StructSize size = schema().size("Account");
  for (std::size_t i = 1; i <= size.data_words; ++i) EXPECT_EQ(words[i], 0u);
}

TEST(Defaults, StandForWhatIsAbsent) {
  const Word null_root = 0;
  EXPECT_EQ(read({&null_root, 1}), Account());
  // A null pointer in a struct that has it.
  LibraryMessage message;
  message.root(schema().of("Account"));
  EXPECT_EQ(read(message.words()), Account());
}

TEST(Defaults, AnEmptyTextIsNoAbsentOne) {
  Word words[3];
  MessageWriter message(words);
  message.root(0, 1).set_text_always(0, "");
  EXPECT_EQ(message.size(), 3u);
  EXPECT_EQ(words[2], 0u);
  EXPECT_EQ(StructReader::root(words).text(0, "nobody"), "");
  EXPECT_EQ(StructReader::root(words).text(1, "nobody"), "nobody");
}

}  // namespace
}  // namespace troupe::protocols
