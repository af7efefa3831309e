// Holds List<T> against the Cap'n Proto library, which knows only the schema, and tests the view.
#include "protocols/list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "protocols/test_schema.h"

namespace troupe {
namespace {

using protocols::LibraryMessage;
using protocols::LibraryReader;
using protocols::MessageWriter;
using protocols::StructReader;
using protocols::StructSize;
using protocols::StructWriter;
using protocols::TestSchema;
using protocols::Word;

// Every list is the only pointer of its struct.
constexpr const char* kSchema = R"(
@0xe1f20314253647a5;
enum Mood { bad @0; good @1; }
struct Money { cents @0 :Int64; currency @1 :Text; scale @2 :UInt16; }
struct NewMoney {
  cents @0 :Int64; currency @1 :Text; scale @2 :UInt16; more @3 :Int64; tags @4 :List(Text);
}
struct OldMoney { cents @0 :Int64; }
struct Point { x @0 :Int32; y @1 :Int32; }
struct Nothing {}
struct Bytes1 { list @0 :List(Int8); }
struct Numbers { list @0 :List(Int32); }
struct Wide { list @0 :List(UInt64); }
struct Floats { list @0 :List(Float64); }
struct Bools { list @0 :List(Bool); }
struct Moods { list @0 :List(Mood); }
struct Texts { list @0 :List(Text); }
struct Blobs { list @0 :List(Data); }
struct Monies { list @0 :List(Money); }
struct NewMonies { list @0 :List(NewMoney); }
struct OldMonies { list @0 :List(OldMoney); }
struct Points { list @0 :List(Point); }
struct Nothings { list @0 :List(Nothing); }
struct Matrix { list @0 :List(List(Int32)); }
struct Pages { list @0 :List(List(Text)); }
struct Wallets { list @0 :List(List(Money)); }
)";

const TestSchema& schema() {
  static const TestSchema schema(kSchema);
  return schema;
}

enum class Mood : std::uint16_t { kBad, kGood };

/// As actorc writes a declared struct.
struct Money {
  std::int64_t cents = 0;
  std::string_view currency;
  std::uint16_t scale = 0;
  friend bool operator==(const Money&, const Money&) = default;

  static constexpr StructSize kSize{2, 1};
  std::size_t words() const { return 3 + protocols::text_words(currency.size()); }
  void write_to(StructWriter writer) const {
    writer.set<std::int64_t>(0, cents);
    writer.set_text(0, currency);
    writer.set<std::uint16_t>(4, scale);
  }
  static Money read_from(StructReader reader) {
    return {reader.get<std::int64_t>(0), reader.text(0), reader.get<std::uint16_t>(4)};
  }
};
struct Point {
  std::int32_t x = 0;
  std::int32_t y = 0;
  friend bool operator==(const Point&, const Point&) = default;

  static constexpr StructSize kSize{1, 0};
  std::size_t words() const { return 1; }
  void write_to(StructWriter writer) const {
    writer.set<std::int32_t>(0, x);
    writer.set<std::int32_t>(1, y);
  }
  static Point read_from(StructReader reader) {
    return {reader.get<std::int32_t>(0), reader.get<std::int32_t>(1)};
  }
};
struct Nothing {
  friend bool operator==(const Nothing&, const Nothing&) = default;
  static constexpr StructSize kSize{0, 0};
  std::size_t words() const { return 0; }
  void write_to(StructWriter) const {}
  static Nothing read_from(StructReader) { return {}; }
};

/// A message whose root has the list and nothing else, written into memory that was used before.
template <class T>
std::vector<Word> write(const List<T>& list) {
  constexpr Word kUsed = 0xa5a5a5a5a5a5a5a5;
  std::vector<Word> words(2 + list.words() + 1, kUsed);
  MessageWriter message(words.data());
  list.write_to(message.root(0, 1), 0);
  EXPECT_EQ(message.size(), words.size() - 1) << "the size was computed first";
  EXPECT_EQ(words.back(), kUsed) << "written behind the end";
  words.pop_back();
  return words;
}

template <class T>
List<T> read(std::span<const Word> words) {
  return List<T>::read_from(StructReader::root(words.data()), 0);
}

using Fill = std::function<void(capnp::DynamicList::Builder)>;

bool has_content(capnp::DynamicStruct::Reader root) { return root.has("list"); }

/// Writes `values`, has the library write the same, and reads all of them back.
template <class T>
void expect_agreement(const char* structure, const List<T>& values, const Fill& fill) {
  const auto kind = schema().of(structure);
  LibraryMessage library;
  auto root = library.root(kind);
  if (!values.empty()) {
    fill(root.init("list", static_cast<unsigned>(values.size())).template as<capnp::DynamicList>());
  }
  const std::vector<Word> written = write(values);
  EXPECT_TRUE(LibraryReader(written).canonical().asBytes() == library.canonical().asBytes())
      << structure;
  EXPECT_EQ(has_content(LibraryReader(written).as(kind)), !values.empty());

  const List<T> received = read<T>(written);
  ASSERT_EQ(received.size(), values.size()) << structure;
  const List<T> from_library = read<T>(library.words());
  ASSERT_EQ(from_library.size(), values.size()) << structure;
  // What was received is forwarded as it was sent.
  EXPECT_EQ(write(received), written) << structure;
  EXPECT_EQ(write(from_library), written) << structure;
  if constexpr (std::equality_comparable<T>) {
    EXPECT_EQ(received, values) << structure;
    EXPECT_EQ(from_library, values) << structure;
    EXPECT_TRUE(std::equal(received.begin(), received.end(), values.begin(), values.end()));
  }
}

template <class T>
Fill setter(const List<T>& values) {
  return [&values](capnp::DynamicList::Builder list) {
    for (unsigned i = 0; i < values.size(); ++i) list.set(i, values[i]);
  };
}

TEST(List, NumbersAgreeWithTheLibrary) {
  for (std::size_t size = 0; size <= 17; ++size) {
    std::vector<std::int8_t> bytes(size);
    std::vector<std::int32_t> numbers(size);
    std::vector<std::uint64_t> wide(size);
    std::vector<double> floats(size);
    for (std::size_t i = 0; i < size; ++i) {
      bytes[i] = static_cast<std::int8_t>(-1 - static_cast<int>(i));
      numbers[i] = std::numeric_limits<std::int32_t>::min() + static_cast<int>(i);
      wide[i] = ~std::uint64_t{i};
      floats[i] = -0.1 * static_cast<double>(i);
    }
    expect_agreement<std::int8_t>("Bytes1", bytes, setter<std::int8_t>(bytes));
    expect_agreement<std::int32_t>("Numbers", numbers, setter<std::int32_t>(numbers));
    expect_agreement<std::uint64_t>("Wide", wide, setter<std::uint64_t>(wide));
    expect_agreement<double>("Floats", floats, setter<double>(floats));
  }
}

TEST(List, BooleansAndEnumsAgreeWithTheLibrary) {
  for (std::size_t size : {0u, 1u, 7u, 8u, 63u, 64u, 65u, 130u}) {
    std::array<bool, 130> bits;
    std::vector<Mood> moods(size);
    for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = i % 3 == 0 || i == 64;
    for (std::size_t i = 0; i < size; ++i) moods[i] = i % 2 == 0 ? Mood::kGood : Mood::kBad;
    const List<bool> list(std::span<const bool>(bits).first(size));
    expect_agreement<bool>("Bools", list, setter<bool>(list));
    expect_agreement<Mood>("Moods", moods, [&](capnp::DynamicList::Builder to) {
      for (unsigned i = 0; i < size; ++i) to.set(i, moods[i] == Mood::kGood ? "good" : "bad");
    });
  }
}

TEST(List, TextsAndBytesAgreeWithTheLibrary) {
  const std::vector<std::string_view> texts = {"one", "", "seven ch", "exactly eight",
                                               "Z\xc3\xbcrich"};
  expect_agreement<std::string_view>("Texts", texts, [&](capnp::DynamicList::Builder list) {
    for (unsigned i = 0; i < texts.size(); ++i) {
      if (!texts[i].empty()) list.set(i, capnp::Text::Reader(texts[i].data(), texts[i].size()));
    }
  });
  const std::string content("\0\xff 12345678", 11);
  const auto blob = std::as_bytes(std::span(content));
  const std::vector<std::span<const std::byte>> blobs = {blob, {}, blob.first(8), blob.first(1)};
  expect_agreement<std::span<const std::byte>>("Blobs", blobs, [&](auto list) {
    for (unsigned i = 0; i < blobs.size(); ++i) {
      if (blobs[i].empty()) continue;
      const auto* bytes = reinterpret_cast<const kj::byte*>(blobs[i].data());
      list.set(i, capnp::Data::Reader(bytes, blobs[i].size()));
    }
  });
}

void fill_monies(capnp::DynamicList::Builder list, const List<Money>& monies) {
  for (unsigned i = 0; i < monies.size(); ++i) {
    auto money = list[i].as<capnp::DynamicStruct>();
    const auto currency = monies[i].currency;
    money.set("cents", monies[i].cents);
    if (!currency.empty()) {
      money.set("currency", capnp::Text::Reader(currency.data(), currency.size()));
    }
    money.set("scale", monies[i].scale);
  }
}

const Money kMonies[] = {{-1, "CHF", 2}, {0, "", 0}, {1'000'000'000'000, "a longer one", 0xffff}};

TEST(List, StructsAgreeWithTheLibrary) {
  expect_agreement<Money>("Monies", kMonies, [](auto list) { fill_monies(list, kMonies); });
  const std::vector<Point> points = {{1, -1}, {0, 0}, {7, 8}};
  expect_agreement<Point>("Points", points, [&](capnp::DynamicList::Builder list) {
    for (unsigned i = 0; i < points.size(); ++i) {
      auto point = list[i].as<capnp::DynamicStruct>();
      point.set("x", points[i].x);
      point.set("y", points[i].y);
    }
  });
  // Elements without content: the tag alone has their number.
  const std::vector<Nothing> nothings(5);
  expect_agreement<Nothing>("Nothings", nothings, [](auto) {});
  EXPECT_EQ(List<Nothing>(nothings).words(), 1u);
}

TEST(List, ListsOfListsAgreeWithTheLibrary) {
  const std::int32_t first[] = {1, 2, 3};
  const std::vector<std::int32_t> last = {-4};
  const std::vector<List<std::int32_t>> matrix = {first, {}, last};
  expect_agreement<List<std::int32_t>>("Matrix", matrix, [&](capnp::DynamicList::Builder list) {
    for (unsigned i = 0; i < matrix.size(); ++i) {
      if (matrix[i].empty()) continue;
      setter<std::int32_t>(matrix[i])(
          list.init(i, static_cast<unsigned>(matrix[i].size())).as<capnp::DynamicList>());
    }
  });
  const std::string_view page[] = {"a", "second line"};
  const std::vector<List<std::string_view>> pages = {page, page};
  expect_agreement<List<std::string_view>>("Pages", pages, [&](capnp::DynamicList::Builder list) {
    for (unsigned i = 0; i < pages.size(); ++i) {
      auto inner = list.init(i, 2).as<capnp::DynamicList>();
      inner.set(0, "a");
      inner.set(1, "second line");
    }
  });
  const std::vector<List<Money>> wallets = {kMonies, kMonies};
  expect_agreement<List<Money>>("Wallets", wallets, [&](capnp::DynamicList::Builder list) {
    for (unsigned i = 0; i < wallets.size(); ++i) {
      fill_monies(list.init(i, 3).as<capnp::DynamicList>(), wallets[i]);
    }
  });
}

TEST(List, ReadsStructsOfNewerAndOlderSchemas) {
  LibraryMessage newer;
  auto list = newer.root(schema().of("NewMonies")).init("list", 3).as<capnp::DynamicList>();
  fill_monies(list, kMonies);
  for (unsigned i = 0; i < 3; ++i) {
    auto money = list[i].as<capnp::DynamicStruct>();
    money.set("more", -1);
    money.init("tags", 1).as<capnp::DynamicList>().set(0, "new");
  }
  EXPECT_EQ(read<Money>(newer.words()), List<Money>(kMonies));

  LibraryMessage older;
  list = older.root(schema().of("OldMonies")).init("list", 2).as<capnp::DynamicList>();
  list[0].as<capnp::DynamicStruct>().set("cents", 1);
  list[1].as<capnp::DynamicStruct>().set("cents", 2);
  EXPECT_EQ(read<Money>(older.words()), List<Money>({{1, "", 0}, {2, "", 0}}));
  // Without trailing zeroes: elements as short as the content allows.
  LibraryMessage message;
  fill_monies(message.root(schema().of("Monies")).init("list", 3).as<capnp::DynamicList>(),
              List<Money>({{1, "", 0}, {2, "", 0}, {3, "", 0}}));
  const auto canonical = message.canonical();
  EXPECT_EQ(canonical.size(), 2u + 1 + 3);
  const std::span<const Word> words(reinterpret_cast<const Word*>(canonical.begin()),
                                    canonical.size());
  EXPECT_EQ(read<Money>(words), List<Money>({{1, "", 0}, {2, "", 0}, {3, "", 0}}));
}

TEST(List, AnEmptyListTakesNoRoom) {
  EXPECT_EQ(List<std::int32_t>().words(), 0u);
  EXPECT_EQ(List<Money>().words(), 0u);
  EXPECT_EQ(List<std::string_view>().words(), 0u);
  EXPECT_EQ(write(List<std::int32_t>()).back(), 0u) << "a null pointer";
  // To the library, an empty list may be there.
  LibraryMessage message;
  message.root(schema().of("Monies")).init("list", 0);
  EXPECT_TRUE(read<Money>(message.words()).empty());
  LibraryMessage numbers;
  numbers.root(schema().of("Numbers")).init("list", 0);
  EXPECT_TRUE(read<std::int32_t>(numbers.words()).empty());
}

TEST(List, IsMadeOfWhateverLiesSideBySide) {
  const std::vector<int> vector = {1, 2, 3};
  std::array<int, 3> array = {1, 2, 3};
  int plain[] = {1, 2, 3};
  const List<int> expected = vector;
  EXPECT_EQ(List<int>(array), expected);
  EXPECT_EQ(List<int>(plain), expected);
  EXPECT_EQ(List<int>(std::span<const int>(vector)), expected);
  EXPECT_EQ(List<int>(std::span<int>(array)), expected);
  EXPECT_EQ((List<int>{1, 2, 3}), expected);
  EXPECT_NE((List<int>{1, 2}), expected);
  EXPECT_NE((List<int>{1, 2, 4}), expected);
  static_assert(std::is_constructible_v<List<bool>, const std::array<bool, 2>&>);
  static_assert(!std::is_constructible_v<List<bool>, const std::vector<bool>&>);
  static_assert(!std::is_constructible_v<List<int>, const std::vector<unsigned>&>);
  static_assert(!std::is_constructible_v<List<int>, int>);
  static_assert(std::is_trivially_copyable_v<List<int>>);
  static_assert(std::is_trivially_copyable_v<List<Money>>);
}

TEST(List, IsARangeOfValues) {
  static_assert(std::ranges::random_access_range<List<int>>);
  static_assert(std::ranges::sized_range<List<Money>>);
  static_assert(!std::ranges::contiguous_range<List<int>>);
  const std::vector<Word> words = write(List<int>({5, 6, 7, 8}));
  const List<int> list = read<int>(words);
  EXPECT_EQ(std::vector<int>(list.begin(), list.end()), (std::vector<int>{5, 6, 7, 8}));
  EXPECT_EQ(list.end() - list.begin(), 4);
  EXPECT_EQ(list.begin()[2], 7);
  EXPECT_EQ(*(list.end() - 1), 8);
  EXPECT_EQ(*std::ranges::lower_bound(list, 6), 6);
  EXPECT_LT(list.begin(), list.end());
  int sum = 0;
  for (int value : list) sum += value;
  EXPECT_EQ(sum, 26);
}

struct Incomplete;
struct Holder {
  List<Incomplete> list;
};
struct Incomplete {
  int value;
};
TEST(List, MayNameATypeBeforeItIsDefined) {
  EXPECT_TRUE(Holder().list.empty());
  static_assert(sizeof(Holder) == sizeof(List<Money>));
}

TEST(ListDeathTest, AnIndexBehindTheEndAborts) {
  const int values[] = {1, 2, 3};
  const List<int> list = values;
  EXPECT_DEATH((void)list[3], "element 3 of a list of 3");
  EXPECT_DEATH((void)List<Money>()[0], "element 0 of a list of 0");
}

TEST(ListDeathTest, RefusesWhatCannotBeCounted) {
  // Refused before an element is read: nobody has to own that many.
  const char value = 0;
  const List<char> claimed(std::span<const char>(&value, protocols::kListElementsMax + 1));
  EXPECT_DEATH((void)claimed.words(), "536870912 elements exceeds");
  Word words[4];
  MessageWriter message(words);
  StructWriter root = message.root(0, 1);
  EXPECT_DEATH(claimed.write_to(root, 0), "536870912 elements exceeds");
  const std::vector<Nothing> nothings(protocols::kZeroSizedElementsMax + 1);
  EXPECT_DEATH(List<Nothing>(nothings).write_to(root, 0), "65537 elements without fields exceeds");
}

}  // namespace
}  // namespace troupe
