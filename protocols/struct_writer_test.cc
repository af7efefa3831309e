// Holds StructWriter and StructReader against the Cap'n Proto library, which knows only the schema.
#include "protocols/struct_writer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "base/random.h"
#include "protocols/struct_reader.h"
#include "protocols/test_schema.h"

namespace troupe::protocols {
namespace {

// OldSample is Sample before its last four fields were added.
constexpr const char* kSchema = R"(
@0xbf5147b1a3c3f2d1;
struct OldSample {
  flag @0 :Bool; small @1 :Int8; half @2 :UInt16; count @3 :Int32; other @4 :Bool;
  total @5 :Int64; ratio @6 :Float32; name @7 :Text; blob @8 :Data;
}
struct Sample {
  flag @0 :Bool; small @1 :Int8; half @2 :UInt16; count @3 :Int32; other @4 :Bool;
  total @5 :Int64; ratio @6 :Float32; name @7 :Text; blob @8 :Data;
  exact @9 :Float64; late @10 :Bool; inner @11 :Inner; nothing @12 :Nothing;
}
struct Inner { value @0 :Int64; label @1 :Text; next @2 :Inner; }
struct Nothing {}
)";

struct Inner {
  std::int64_t value = 0;
  std::string label;
  friend bool operator==(const Inner&, const Inner&) = default;
};

// One value of Sample; what is absent here is a null pointer or a zero there.
struct Sample {
  bool flag = false;
  std::int8_t small = 0;
  std::uint16_t half = 0;
  std::int32_t count = 0;
  bool other = false;
  std::int64_t total = 0;
  std::uint32_t ratio_bits = 0;  // bits, so that each NaN is compared too
  std::string name;
  std::string blob;
  std::uint64_t exact_bits = 0;
  bool late = false;
  std::vector<Inner> inner;  // a chain through `next`
  bool nothing = false;
  friend bool operator==(const Sample&, const Sample&) = default;
};

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

const TestSchema& schema() {
  static const TestSchema schema(kSchema);
  return schema;
}

unsigned offset(const char* structure, const char* field) {
  return schema().offset(structure, field);
}
unsigned data_words(const char* structure) { return schema().size(structure).data_words; }
unsigned pointers(const char* structure) { return schema().size(structure).pointer_count; }
unsigned extent(const char* structure) { return data_words(structure) + pointers(structure); }

bool is_new(const std::string& structure) { return structure == "Sample"; }

std::size_t room_for(const char* structure, const Sample& sample) {
  std::size_t words =
      1 + extent(structure) + text_words(sample.name.size()) + bytes_words(sample.blob.size());
  if (!is_new(structure)) return words;
  for (const Inner& inner : sample.inner) {
    words += extent("Inner") + text_words(inner.label.size());
  }
  return words;
}

void write_chain(StructWriter parent, unsigned index, const std::vector<Inner>& chain) {
  for (const Inner& inner : chain) {
    StructWriter field = parent.structure(index, data_words("Inner"), pointers("Inner"));
    field.set(offset("Inner", "value"), inner.value);
    field.set_text(offset("Inner", "label"), inner.label);
    parent = field;
    index = offset("Inner", "next");
  }
}

/// Writes `sample` the way generated code does, into memory that was used before.
std::vector<Word> write(const char* structure, const Sample& sample) {
  const auto at = [&](const char* field) { return offset(structure, field); };
  constexpr Word kUsed = 0xa5a5a5a5a5a5a5a5;
  std::vector<Word> words(room_for(structure, sample) + 1, kUsed);
  MessageWriter message(words.data());
  StructWriter root = message.root(data_words(structure), pointers(structure));
  root.set_bool(at("flag"), sample.flag);
  root.set(at("small"), sample.small);
  root.set(at("half"), sample.half);
  root.set(at("count"), sample.count);
  root.set_bool(at("other"), sample.other);
  root.set(at("total"), sample.total);
  root.set(at("ratio"), std::bit_cast<float>(sample.ratio_bits));
  root.set_text(at("name"), sample.name);
  root.set_bytes(at("blob"), bytes_of(sample.blob));
  if (is_new(structure)) {
    root.set(at("exact"), std::bit_cast<double>(sample.exact_bits));
    root.set_bool(at("late"), sample.late);
    write_chain(root, at("inner"), sample.inner);
    if (sample.nothing) root.structure(at("nothing"), 0, 0);
  }
  EXPECT_EQ(message.size(), words.size() - 1) << "the size was computed first";
  EXPECT_EQ(words.back(), kUsed) << "written behind the end";
  words.pop_back();
  return words;
}

void build_chain(capnp::DynamicStruct::Builder parent, const char* field,
                 const std::vector<Inner>& chain) {
  for (const Inner& inner : chain) {
    parent = parent.init(field).as<capnp::DynamicStruct>();
    parent.set("value", inner.value);
    if (!inner.label.empty()) parent.set("label", inner.label.c_str());
    field = "next";
  }
}

/// The same from the end, so that what is pointed at lies before the pointer.
void build_chain_backwards(capnp::MallocMessageBuilder& message,
                           capnp::DynamicStruct::Builder parent, const std::vector<Inner>& chain) {
  capnp::Orphan<capnp::DynamicStruct> next;
  for (auto inner = chain.rbegin(); inner != chain.rend(); ++inner) {
    auto label = message.getOrphanage().newOrphanCopy(capnp::Text::Reader(inner->label.c_str()));
    auto orphan = message.getOrphanage().newOrphan(schema().of("Inner"));
    orphan.get().set("value", inner->value);
    if (!inner->label.empty()) orphan.get().adopt("label", kj::mv(label));
    if (next != nullptr) orphan.get().adopt("next", kj::mv(next));
    next = kj::mv(orphan);
  }
  if (next != nullptr) parent.adopt("inner", kj::mv(next));
}

/// Has the library write `sample`, its setters in an order that `seed` decides. An empty text is
/// left out, as StructWriter does: to the library a null pointer and an empty list are two things.
kj::Own<capnp::MallocMessageBuilder> build(const char* structure, const Sample& sample,
                                           std::uint64_t seed) {
  constexpr unsigned kSegmentWords = 1 << 14;
  auto message = kj::heap<capnp::MallocMessageBuilder>(kSegmentWords);
  auto root = message->initRoot<capnp::DynamicStruct>(schema().of(structure));
  Random random(seed);
  const auto blob = [&] {
    return capnp::Data::Reader(reinterpret_cast<const kj::byte*>(sample.blob.data()),
                               sample.blob.size());
  };
  std::vector<std::function<void()>> setters = {
      [&] { root.set("flag", sample.flag); },
      [&] { root.set("small", sample.small); },
      [&] { root.set("half", sample.half); },
      [&] { root.set("count", sample.count); },
      [&] { root.set("other", sample.other); },
      [&] { root.set("total", sample.total); },
      [&] { root.set("ratio", std::bit_cast<float>(sample.ratio_bits)); },
      [&] {
        if (!sample.name.empty()) root.set("name", sample.name.c_str());
      },
      [&] {
        if (!sample.blob.empty()) root.set("blob", blob());
      },
  };
  if (is_new(structure)) {
    setters.push_back([&] { root.set("exact", std::bit_cast<double>(sample.exact_bits)); });
    setters.push_back([&] { root.set("late", sample.late); });
    setters.push_back([&] {
      if (random.one_in(2)) return build_chain(root, "inner", sample.inner);
      build_chain_backwards(*message, root, sample.inner);
    });
    setters.push_back([&] {
      if (sample.nothing) root.init("nothing");
    });
  }
  for (std::size_t left = setters.size(); left > 0; --left) {
    std::swap(setters[left - 1], setters[random.below(left)]);
    setters[left - 1]();
    // Setting again leaves a hole behind: objects need not lie in order nor side by side.
    if (random.one_in(4)) setters[left - 1]();
  }
  return message;
}

const Word* words_of(capnp::MallocMessageBuilder& message) {
  const auto segments = message.getSegmentsForOutput();
  EXPECT_EQ(segments.size(), 1u) << "the reader is for one segment";
  return reinterpret_cast<const Word*>(segments[0].begin());
}

/// Whether a struct is there at all: one of defaults may be without extent.
bool has(const StructReader& parent, unsigned index) {
  return index < parent.pointer_count() && parent.data()[parent.data_words() + index] != 0;
}

std::vector<Inner> read_chain(StructReader parent, unsigned index) {
  std::vector<Inner> chain;
  while (has(parent, index)) {
    parent = parent.structure(index);
    chain.push_back({parent.get<std::int64_t>(offset("Inner", "value")),
                     std::string(parent.text(offset("Inner", "label")))});
    index = offset("Inner", "next");
  }
  return chain;
}

/// What StructReader sees with the offsets of the newest schema, whoever wrote the message.
Sample read(const Word* words) {
  const auto at = [](const char* field) { return offset("Sample", field); };
  const StructReader root = StructReader::root(words);
  Sample sample;
  sample.flag = root.get_bool(at("flag"));
  sample.small = root.get<std::int8_t>(at("small"));
  sample.half = root.get<std::uint16_t>(at("half"));
  sample.count = root.get<std::int32_t>(at("count"));
  sample.other = root.get_bool(at("other"));
  sample.total = root.get<std::int64_t>(at("total"));
  sample.ratio_bits = std::bit_cast<std::uint32_t>(root.get<float>(at("ratio")));
  sample.name = root.text(at("name"));
  const auto blob = root.bytes(at("blob"));
  sample.blob.assign(reinterpret_cast<const char*>(blob.data()), blob.size());
  sample.exact_bits = std::bit_cast<std::uint64_t>(root.get<double>(at("exact")));
  sample.late = root.get_bool(at("late"));
  sample.inner = read_chain(root, at("inner"));
  sample.nothing = has(root, at("nothing"));
  return sample;
}

/// `sample` as somebody sees it who does not know the last fields.
Sample old_part(Sample sample) {
  sample.exact_bits = 0;
  sample.late = false;
  sample.inner.clear();
  sample.nothing = false;
  return sample;
}

/// Goes both ways through the library, by the old schema and by the new one. Says what went wrong,
/// nothing if all agree.
std::string disagreement(const Sample& sample, std::uint64_t seed) {
  for (const char* structure : {"OldSample", "Sample"}) {
    const std::vector<Word> written = write(structure, sample);
    auto built = build(structure, sample, seed);
    const auto canonical = built->getRoot<capnp::AnyStruct>().asReader().canonicalize();
    const Sample expected = is_new(structure) ? sample : old_part(sample);
    const std::string where = std::string(" by ") + structure;
    if (LibraryReader(written).canonical().asBytes() != canonical.asBytes())
      return "written" + where;
    if (read(written.data()) != expected) return "read back" + where;
    if (read(words_of(*built)) != expected) return "read from the library" + where;
    // Without trailing zeroes structs are as short as some older schema's.
    const auto* shortest = reinterpret_cast<const Word*>(canonical.begin());
    if (read(shortest) != expected) return "read from the canonical form" + where;
  }
  return {};
}

/// The library's dynamic values hold a Float32 as a double, and that conversion quiets NaNs.
std::uint32_t quiet(std::uint32_t float_bits) {
  return std::isnan(std::bit_cast<float>(float_bits)) ? float_bits | 1u << 22 : float_bits;
}

Sample arbitrary_sample() {
  // Zero as often as not: defaults and what is cut from the canonical form are where errors hide.
  const auto number = [](auto zero) {
    return *rc::gen::oneOf(rc::gen::just(zero), rc::gen::arbitrary<decltype(zero)>());
  };
  const auto text = [] { return *rc::gen::container<std::string>(rc::gen::inRange(1, 127)); };
  Sample sample;
  sample.flag = *rc::gen::arbitrary<bool>();
  sample.small = number(std::int8_t{0});
  sample.half = number(std::uint16_t{0});
  sample.count = number(std::int32_t{0});
  sample.other = *rc::gen::arbitrary<bool>();
  sample.total = number(std::int64_t{0});
  sample.ratio_bits = quiet(number(std::uint32_t{0}));
  sample.name = text();
  sample.blob = *rc::gen::arbitrary<std::string>();
  sample.exact_bits = number(std::uint64_t{0});
  sample.late = *rc::gen::arbitrary<bool>();
  for (int depth = *rc::gen::inRange(0, 5); depth > 0; --depth) {
    sample.inner.push_back({number(std::int64_t{0}), text()});
  }
  sample.nothing = *rc::gen::arbitrary<bool>();
  return sample;
}

TEST(StructWriter, AgreesWithTheLibraryOnWhateverThereIs) {
  EXPECT_TRUE(rc::check("written and read alike", [] {
    const Sample sample = arbitrary_sample();
    RC_ASSERT(disagreement(sample, *rc::gen::arbitrary<std::uint64_t>()) == "");
  }));
}

TEST(StructWriter, AgreesWithTheLibraryAtTheEdges) {
  EXPECT_EQ(disagreement(Sample(), 1), "");
  Sample edge;
  edge.flag = edge.other = edge.late = edge.nothing = true;
  edge.small = -1;
  edge.half = 0xffff;
  edge.count = std::numeric_limits<std::int32_t>::min();
  edge.total = std::numeric_limits<std::int64_t>::min();
  edge.ratio_bits = std::bit_cast<std::uint32_t>(-0.0f);
  edge.exact_bits = std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN());
  Sample signalling;
  signalling.ratio_bits = 0xff800001;
  EXPECT_TRUE(read(write("Sample", signalling).data()) == signalling);
  // Around a whole word, where the NUL of a text needs a word of its own.
  for (std::size_t size = 1; size <= 17; ++size) {
    edge.name.assign(size, 'n');
    edge.blob.assign(size, '\0');
    edge.inner = {{-1, std::string(size, 'i')}, {0, ""}};
    EXPECT_EQ(disagreement(edge, size), "");
  }
}

TEST(StructWriter, TheLibraryReadsBackEachField) {
  Sample sample;
  sample.small = -128;
  sample.total = -1;
  sample.name = "Z\xc3\xbcrich";
  sample.blob = std::string("\0\xff", 2);
  sample.exact_bits = std::bit_cast<std::uint64_t>(0.1);
  sample.inner = {{1, "one"}, {2, "two"}};
  const std::vector<Word> words = write("Sample", sample);
  LibraryReader reader(words);
  const auto root = reader.as(schema().of("Sample"));
  EXPECT_EQ(root.get("small").as<std::int8_t>(), -128);
  EXPECT_EQ(root.get("total").as<std::int64_t>(), -1);
  EXPECT_EQ(root.get("exact").as<double>(), 0.1);
  EXPECT_STREQ(root.get("name").as<capnp::Text>().cStr(), "Z\xc3\xbcrich");
  EXPECT_EQ(root.get("blob").as<capnp::Data>().size(), 2u);
  const auto second = root.get("inner").as<capnp::DynamicStruct>().get("next");
  EXPECT_EQ(second.as<capnp::DynamicStruct>().get("value").as<std::int64_t>(), 2);
  EXPECT_FALSE(root.has("nothing"));
}

TEST(StructWriter, OlderAndNewerSchemasReadEachOther) {
  Sample sample;
  sample.total = -5;
  sample.name = "both";
  sample.exact_bits = std::bit_cast<std::uint64_t>(2.5);
  sample.inner = {{9, "new"}};

  const std::vector<Word> older = write("OldSample", sample);
  const auto seen_by_newer = LibraryReader(older).as(schema().of("Sample"));
  EXPECT_EQ(seen_by_newer.get("total").as<std::int64_t>(), -5);
  EXPECT_EQ(seen_by_newer.get("exact").as<double>(), 0.0);
  EXPECT_FALSE(seen_by_newer.has("inner"));

  const std::vector<Word> newer = write("Sample", sample);
  const auto seen_by_older = LibraryReader(newer).as(schema().of("OldSample"));
  EXPECT_EQ(seen_by_older.get("total").as<std::int64_t>(), -5);
  EXPECT_STREQ(seen_by_older.get("name").as<capnp::Text>().cStr(), "both");
}

TEST(StructWriter, EmptyTextAndBytesTakeNoRoom) {
  const std::vector<Word> words = write("Sample", Sample());
  EXPECT_EQ(words.size(), 1 + extent("Sample"));
  LibraryReader reader(words);
  EXPECT_FALSE(reader.as(schema().of("Sample")).has("name"));
  EXPECT_FALSE(reader.as(schema().of("Sample")).has("blob"));
  EXPECT_EQ(reader.canonical().size(), 1u);
}

TEST(StructReader, TakesAnEmptyListForAnEmptyText) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<capnp::DynamicStruct>(schema().of("Sample"));
  root.set("name", "");
  root.init("blob", 0);
  EXPECT_TRUE(read(words_of(message)) == Sample());
}

TEST(StructWriter, AStructWithoutContentIsNotNull) {
  Sample sample;
  sample.nothing = true;
  const std::vector<Word> words = write("Sample", sample);
  EXPECT_TRUE(LibraryReader(words).as(schema().of("Sample")).has("nothing"));
  EXPECT_TRUE(read(words.data()).nothing);

  // The root itself may be one.
  Word root_only[1];
  MessageWriter message(root_only);
  message.root(0, 0);
  EXPECT_EQ(message.size(), 1u);
  EXPECT_NE(root_only[0], 0u);
  const StructReader root = StructReader::root(root_only);
  EXPECT_EQ(root.data_words() + root.pointer_count(), 0u);
  EXPECT_EQ(root.get<std::uint64_t>(0), 0u);
}

TEST(StructWriterDeathTest, RefusesAListThatCannotBeCounted) {
  Word words[4];
  MessageWriter message(words);
  StructWriter root = message.root(0, 1);
  // Refused before a byte is read: nobody has to own that much.
  const std::string_view claimed("x", kListElementsMax);
  EXPECT_DEATH(root.set_text(0, claimed), "536870912 elements exceeds");
}

}  // namespace
}  // namespace troupe::protocols
