// Messages as the Cap'n Proto library streams them, whole and broken, made flat.
#include "protocols/flatten.h"

#include "base/capnp_compat.h"  // before any header of the library

#include <capnp/serialize.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "protocols/struct_reader.h"
#include "protocols/test_schema.h"
#include "protocols/validator.h"
#include "protocols/wire_pointer.h"

namespace troupe::protocols {
namespace {

constexpr const char* kSchema = R"(
@0xc3d5e7f9012b4d6e;
struct Chain { value @0 :Int64; label @1 :Text; next @2 :Chain; others @3 :List(Chain); }
)";

const TestSchema& schema() {
  static const TestSchema schema(kSchema);
  return schema;
}

using Bytes = std::vector<std::byte>;

/// Writes with segments of `segment_words`, so that most pointers are far ones.
class Streamed {
 public:
  Streamed(unsigned segment_words, unsigned length)
      : builder_(segment_words, capnp::AllocationStrategy::FIXED_SIZE) {
    auto chain = builder_.initRoot<capnp::DynamicStruct>(schema().of("Chain"));
    for (unsigned i = 0; i < length; ++i) {
      chain.set("value", i);
      chain.set("label", ("label " + std::to_string(i)).c_str());
      chain.init("others", 2)
          .as<capnp::DynamicList>()[1]
          .as<capnp::DynamicStruct>()
          .set("label", "other");
      chain = chain.init("next").as<capnp::DynamicStruct>();
    }
  }
  std::size_t segments() { return builder_.getSegmentsForOutput().size(); }
  Bytes bytes() {
    const auto flat = capnp::messageToFlatArray(builder_);
    const auto* begin = reinterpret_cast<const std::byte*>(flat.begin());
    return Bytes(begin, begin + flat.size() * sizeof(Word));
  }
  kj::Array<capnp::word> canonical() {
    return builder_.getRoot<capnp::AnyStruct>().asReader().canonicalize();
  }

 private:
  capnp::MallocMessageBuilder builder_;
};

std::string outcome(const Bytes& message) {
  const Bytes exact(message);  // a copy has no room behind its end
  const auto flat = flatten(exact);
  return flat.ok() ? "flat" : flat.error().describe();
}

/// The stream framing of these segments.
Bytes framed(const std::vector<std::vector<Word>>& segments) {
  std::vector<std::uint32_t> table = {static_cast<std::uint32_t>(segments.size() - 1)};
  for (const auto& segment : segments) table.push_back(static_cast<std::uint32_t>(segment.size()));
  if (table.size() % 2 != 0) table.push_back(0);
  Bytes bytes(table.size() * sizeof(table[0]));
  std::memcpy(bytes.data(), table.data(), bytes.size());
  for (const auto& segment : segments) {
    const auto content = std::as_bytes(std::span(segment));
    bytes.insert(bytes.end(), content.begin(), content.end());
  }
  return bytes;
}

TEST(Flatten, MakesOneSegmentOfSeveral) {
  TestShapes shapes;
  for (unsigned segment_words : {1u, 4u, 7u, 64u, 4096u}) {
    Streamed streamed(segment_words, 12);
    EXPECT_EQ(streamed.segments() == 1, segment_words == 4096);
    const auto flat = flatten(streamed.bytes());
    ASSERT_TRUE(flat.ok()) << flat.error().describe();
    EXPECT_FALSE(find_malformation(*flat, shapes.of(schema().of("Chain"))));
    EXPECT_TRUE(LibraryReader(*flat).canonical().asBytes() == streamed.canonical().asBytes());
    EXPECT_EQ(StructReader::root(flat->data()).text(0), "label 0");
  }
}

TEST(Flatten, TakesBytesWhereverTheyLie) {
  const Bytes message = Streamed(8, 3).bytes();
  for (std::size_t shift = 0; shift < 8; ++shift) {
    Bytes shifted(shift);
    shifted.insert(shifted.end(), message.begin(), message.end());
    EXPECT_TRUE(flatten(std::span(shifted).subspan(shift)).ok());
  }
}

TEST(Flatten, NeedsItsTable) {
  EXPECT_EQ(outcome({}), "malformed: segment_table");
  EXPECT_EQ(outcome(Bytes(3)), "malformed (3): segment_table");
  const Bytes message = framed({{0}, {0}});
  EXPECT_EQ(outcome(message), "flat");
  EXPECT_EQ(outcome(Bytes(message.begin(), message.begin() + 15)), "malformed (15): segment_table");
}

TEST(Flatten, HasLimits) {
  EXPECT_EQ(outcome(framed(std::vector<std::vector<Word>>(kSegmentsMax, {0}))), "flat");
  EXPECT_EQ(outcome(framed(std::vector<std::vector<Word>>(kSegmentsMax + 1, {0}))),
            "malformed (513): too_many_segments");
  Bytes claimed(8, std::byte{0xff});
  EXPECT_EQ(outcome(claimed), "malformed (4294967296): too_many_segments");
  // One segment of 2^32 - 1 words: refused before anything of that size is touched.
  std::memset(claimed.data(), 0, 4);
  EXPECT_EQ(outcome(claimed), "too_large (34359738360): segments_too_large");
  const std::uint32_t most = kFrameBytesMax / sizeof(Word);
  std::memcpy(claimed.data() + 4, &most, 4);
  EXPECT_EQ(outcome(claimed), "malformed: cut_off");
  const std::uint32_t more = most + 1;
  std::memcpy(claimed.data() + 4, &more, 4);
  EXPECT_EQ(outcome(claimed), "too_large (16777224): segments_too_large");
}

TEST(Flatten, WantsTheSegmentsAndNothingElse) {
  const Bytes message = Streamed(8, 3).bytes();
  Bytes longer = message;
  longer.push_back(std::byte{0});
  EXPECT_EQ(outcome(longer), "malformed (1): trailing_bytes");
  for (std::size_t size = 0; size < message.size(); ++size) {
    const auto cut = outcome(Bytes(message.begin(), message.begin() + size));
    EXPECT_TRUE(cut.ends_with("cut_off") || cut.ends_with("segment_table")) << cut;
  }
}

TEST(Flatten, RefusesWhatTheLibraryCannotRead) {
  EXPECT_EQ(outcome(framed({{}})), "malformed: content") << "no root pointer";
  EXPECT_EQ(outcome(framed({{struct_pointer(0, {1, 0})}})), "malformed (1): content");
  EXPECT_EQ(outcome(framed({{3}})), "malformed (1): content") << "a capability";
  EXPECT_EQ(outcome(framed({{Word{7} << 32 | 2}})), "malformed (1): content") << "no such segment";
  // A circle, by a far pointer at itself and by a struct.
  EXPECT_EQ(outcome(framed({{2}})), "malformed (1): content");
  EXPECT_EQ(outcome(framed({{struct_pointer(-1, {0, 1})}})), "malformed (1): content");
  std::vector<Word> chain(kNestingMax, struct_pointer(0, {0, 1}));
  chain.push_back(0);
  EXPECT_EQ(outcome(framed({chain})), "flat");
  chain.push_back(0);
  chain[kNestingMax] = struct_pointer(0, {0, 1});
  EXPECT_EQ(outcome(framed({chain})), "malformed (66): content") << "too deep";
}

TEST(Flatten, DoesNotMultiplyWhatIsShared) {
  // 64 pointers to the same 64 words: the copy would have more words than the message.
  std::vector<Word> words = {struct_pointer(0, {0, 64})};
  for (unsigned i = 0; i < 64; ++i) words.push_back(struct_pointer(63 - i, {64, 0}));
  words.insert(words.end(), 64, 1);
  EXPECT_EQ(outcome(framed({words})), "malformed (129): content");
}

TEST(Flatten, TakesWhatTheValidatorTakes) {
  // All words are reached, and there are as many elements without content as there may be.
  std::vector<Word> words = {struct_pointer(0, {0, 1}), list_pointer(0, ElementSize::kComposite, 0),
                             list_tag(kZeroSizedElementsMax, {0, 0})};
  EXPECT_EQ(outcome(framed({words})), "flat");
  words[2] = list_tag(kZeroSizedElementsMax + 1, {0, 0});
  EXPECT_EQ(outcome(framed({words})), "malformed (3): content");
}

TEST(Flatten, NoBitThatIsTurnedDoesMoreThanAnError) {
  TestShapes shapes;
  Bytes message = Streamed(8, 3).bytes();
  for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
    message[bit / 8] ^= std::byte{1} << bit % 8;
    const auto flat = flatten(message);
    if (flat.ok()) (void)find_malformation(*flat, shapes.of(schema().of("Chain")));
    message[bit / 8] ^= std::byte{1} << bit % 8;
  }
}

}  // namespace
}  // namespace troupe::protocols
