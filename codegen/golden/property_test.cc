// Random values of every struct of the golden contracts, in both directions: what generated code
// writes is what Cap'n Proto's own library writes, and what the library writes in any way is read
// back the same, also by older and newer versions of a contract.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "codegen/golden/library_values.h"
// Has the compat header, which comes before Cap'n Proto's own.
#include <capnp/serialize.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "codegen/golden/drawn_values.h"
#include "codegen/golden/golden_descriptions.h"
#include "codegen/golden/wire_support.h"
#include "protocols/flatten.h"
#include "protocols/validator.h"

namespace troupe {
namespace {

/// Each file is compiled once.
template <class S>
capnp::StructSchema schema_of() {
  static std::map<std::string, GoldenSchema> files;
  return files.try_emplace(Description<S>::kPath, Description<S>::kPath)
      .first->second.find({Description<S>::kName});
}

/// A message with `value` as its root, as the generated code of an actor writes one.
template <class S>
std::vector<Word> written(const S& value) {
  constexpr Word kPattern = 0xa5a5a5a5a5a5a5a5;
  std::vector<Word> words(1 + value.words(), kPattern);
  protocols::MessageWriter message(words.data());
  value.write_to(message.root(S::kSize.data_words, S::kSize.pointer_count));
  EXPECT_EQ(message.size(), words.size());
  return words;
}

/// What the library makes of `value`, in stream framing: with small segments there are many.
template <class S>
std::vector<std::byte> written_by_library(const S& value, std::uint64_t seed,
                                          unsigned segment_words) {
  capnp::MallocMessageBuilder message(segment_words, capnp::AllocationStrategy::FIXED_SIZE);
  LibraryWriter(seed).write(message.initRoot<capnp::DynamicStruct>(schema_of<S>()), value);
  const auto words = capnp::messageToFlatArray(message);
  const auto bytes = std::as_bytes(std::span(words.begin(), words.size()));
  return {bytes.begin(), bytes.end()};
}

/// Whether a payload that S wrote, or an older or newer version of it, is valid for T.
template <class T>
std::string flaw_of(const std::vector<Word>& payload) {
  const auto malformation = protocols::find_malformation(payload, T::kShape);
  return malformation ? std::string(to_string(malformation->flaw)) : "";
}

template <class S>
class Property : public ::testing::Test {};

using Structs =
    ::testing::Types<test::all_types::Place, test::all_types::Sample, test::all_types::Nothing,
                     test::all_types::Text, test::all_types::Pending, test::replies::Guest,
                     test::replies::Home, test::lists::Mark, test::lists::Line, test::lists::Album,
                     test::options::Tag, test::options::Profile, test::defaults::Settings,
                     test::defaults::Wrapper, shop::money::Price, shop::Item, shop::Order,
                     test::v1::Document, test::v2::Document, test::v3::Document>;
TYPED_TEST_SUITE(Property, Structs);

TYPED_TEST(Property, GeneratedCodeWritesWhatTheLibraryWrites) {
  EXPECT_TRUE(rc::check([] {
    Drawing drawing;
    const auto value = drawing.draw<TypeParam>();
    const std::vector<Word> ours = written(value);
    RC_ASSERT(flaw_of<TypeParam>(ours) == "");

    capnp::MallocMessageBuilder message;
    const auto schema = schema_of<TypeParam>();
    LibraryWriter(*rc::gen::arbitrary<std::uint64_t>())
        .write(message.initRoot<capnp::DynamicStruct>(schema), value);
    const std::vector<Word> theirs = words_of(message);
    LibraryReader reader(ours);
    RC_ASSERT(reader.text(schema) == LibraryReader(theirs).text(schema));
    RC_ASSERT(reader.canonical() == LibraryReader(theirs).canonical());
    RC_ASSERT(reader.words(schema) == ours.size());
  }));
}

TYPED_TEST(Property, GeneratedCodeReadsWhatItWrote) {
  EXPECT_TRUE(rc::check([] {
    Drawing drawing;
    const auto value = drawing.draw<TypeParam>();
    const std::vector<Word> words = written(value);
    const auto read = TypeParam::read_from(protocols::StructReader::root(words.data()));
    RC_ASSERT(is_same(value, read));
    // What was received is an argument like any other: forwarding copies views of a frame.
    RC_ASSERT(written(read) == words);
  }));
}

TYPED_TEST(Property, GeneratedCodeReadsWhatTheLibraryWrote) {
  EXPECT_TRUE(rc::check([] {
    Drawing drawing;
    const auto value = drawing.draw<TypeParam>();
    const auto segment_words = static_cast<unsigned>(*rc::gen::inRange(1, 40));
    const auto bytes =
        written_by_library(value, *rc::gen::arbitrary<std::uint64_t>(), segment_words);
    const auto payload = protocols::flatten(bytes);
    RC_ASSERT(payload.has_value());
    RC_ASSERT(flaw_of<TypeParam>(payload.value()) == "");
    const auto reader = protocols::StructReader::root(payload.value().data());
    RC_ASSERT(is_same(value, TypeParam::read_from(reader)));
  }));
}

TYPED_TEST(Property, AnAbsentStructReadsAsItsDefaults) {
  const Word null = 0;
  EXPECT_TRUE(is_same(TypeParam{}, TypeParam::read_from(protocols::StructReader())));
  EXPECT_TRUE(is_same(TypeParam{}, TypeParam::read_from(protocols::StructReader::root(&null))));
  EXPECT_EQ(flaw_of<TypeParam>({null}), "");
}

template <class Writer, class Reader>
struct Versions {
  using W = Writer;
  using R = Reader;
};
template <class Pair>
class Evolution : public ::testing::Test {};

using Pairs = ::testing::Types<Versions<test::v1::Document, test::v2::Document>,
                               Versions<test::v1::Document, test::v3::Document>,
                               Versions<test::v2::Document, test::v1::Document>,
                               Versions<test::v2::Document, test::v3::Document>,
                               Versions<test::v3::Document, test::v1::Document>,
                               Versions<test::v3::Document, test::v2::Document>>;
TYPED_TEST_SUITE(Evolution, Pairs);

TYPED_TEST(Evolution, OtherVersionsReadWhatTheyKnow) {
  EXPECT_TRUE(rc::check([] {
    using Reader = typename TypeParam::R;
    Drawing drawing;
    const auto value = drawing.draw<typename TypeParam::W>();
    const std::vector<Word> words = written(value);
    RC_ASSERT(flaw_of<Reader>(words) == "");
    RC_ASSERT(is_same(value, Reader::read_from(protocols::StructReader::root(words.data()))));
  }));
}

TYPED_TEST(Evolution, OtherVersionsReadWhatTheLibraryWrote) {
  EXPECT_TRUE(rc::check([] {
    using Reader = typename TypeParam::R;
    Drawing drawing;
    const auto value = drawing.draw<typename TypeParam::W>();
    const auto segment_words = static_cast<unsigned>(*rc::gen::inRange(1, 40));
    const auto payload = protocols::flatten(
        written_by_library(value, *rc::gen::arbitrary<std::uint64_t>(), segment_words));
    RC_ASSERT(payload.has_value());
    RC_ASSERT(flaw_of<Reader>(payload.value()) == "");
    const auto reader = protocols::StructReader::root(payload.value().data());
    RC_ASSERT(is_same(value, Reader::read_from(reader)));
  }));
}

}  // namespace
}  // namespace troupe
