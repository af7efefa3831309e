// What the generated encoders write is what Cap'n Proto's own library reads with the emitted
// schema, and the other way round.
#include <gtest/gtest.h>

#include "codegen/golden/wire_support.h"
// Has the compat header, which comes before Cap'n Proto's own.
#include <capnp/dynamic.h>
#include <capnp/message.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/golden/good/all_types.actor.h"
#include "codegen/golden/good/defaults.actor.h"
#include "codegen/golden/good/lists.actor.h"
#include "codegen/golden/good/options.actor.h"
#include "codegen/golden/good/replies.actor.h"
#include "codegen/golden/good/shop/orders.actor.h"
#include "protocols/validator.h"

namespace troupe {
namespace {

using test::all_types::Mood;
using test::all_types::Place;
using test::all_types::Recorder;
using test::all_types::Sample;
using test::all_types::Store;
using test::replies::Kitchen;
using test::replies::Waiter;

constexpr std::byte kPayload[] = {std::byte{0}, std::byte{0xff}, std::byte{0x80}};

Sample extremes() {
  Sample sample;
  sample.flag = true;
  sample.tiny = -128;
  sample.small = -32768;
  sample.medium = -2147483647;
  sample.large = std::numeric_limits<std::int64_t>::min();
  sample.tiny_unsigned = 255;
  sample.small_unsigned = 65535;
  sample.medium_unsigned = 4294967295;
  sample.large_unsigned = 18446744073709551615u;
  sample.double_ = -1.5e300;
  sample.single = 0.25f;
  sample.name = "exactly8";
  sample.payload = kPayload;
  sample.mood = Mood::kIndifferent;
  sample.place = Place{-1.0, 1e-3};
  sample.other_flag = false;
  return sample;
}

void set_extremes(capnp::DynamicStruct::Builder out) {
  out.set("otherFlag", false);
  auto place = out.init("place").as<capnp::DynamicStruct>();
  place.set("y", 1e-3);
  place.set("x", -1.0);
  out.set("payload", capnp::Data::Reader(reinterpret_cast<const kj::byte*>(kPayload), 3));
  out.set("name", "exactly8");
  out.set("flag", true);
  out.set("tiny", -128);
  out.set("small", -32768);
  out.set("medium", -2147483647);
  out.set("large", std::numeric_limits<std::int64_t>::min());
  out.set("tinyUnsigned", 255);
  out.set("smallUnsigned", 65535);
  out.set("mediumUnsigned", 4294967295);
  out.set("largeUnsigned", 18446744073709551615u);
  out.set("double", -1.5e300);
  out.set("single", 0.25f);
  out.set("mood", "indifferent");
}

void expect_same(const Sample& sample, const Sample& other) {
  EXPECT_EQ(sample.flag, other.flag);
  EXPECT_EQ(sample.tiny, other.tiny);
  EXPECT_EQ(sample.small, other.small);
  EXPECT_EQ(sample.medium, other.medium);
  EXPECT_EQ(sample.large, other.large);
  EXPECT_EQ(sample.tiny_unsigned, other.tiny_unsigned);
  EXPECT_EQ(sample.small_unsigned, other.small_unsigned);
  EXPECT_EQ(sample.medium_unsigned, other.medium_unsigned);
  EXPECT_EQ(sample.large_unsigned, other.large_unsigned);
  EXPECT_EQ(sample.double_, other.double_);
  EXPECT_EQ(sample.single, other.single);
  EXPECT_EQ(sample.name, other.name);
  EXPECT_TRUE(std::ranges::equal(sample.payload, other.payload));
  EXPECT_EQ(sample.mood, other.mood);
  EXPECT_EQ(sample.place.x, other.place.x);
  EXPECT_EQ(sample.place.y, other.place.y);
  EXPECT_EQ(sample.other_flag, other.other_flag);
}

class WireTest : public ::testing::Test {
 protected:
  const GoldenSchema all_types_{"codegen/golden/good/all_types.actor.capnp"};
  const GoldenSchema replies_{"codegen/golden/good/replies.actor.capnp"};
};

TEST_F(WireTest, TheLibraryWritesTheSameValueAlike) {
  const auto schema = all_types_.find({"Recorder", "Record"});
  const Sent sent = Recorder::Tells<CaptureTell>().record(extremes(), Mood::kBad);
  EXPECT_EQ(sent.spec.protocol, static_cast<std::uint32_t>(Recorder::kId));
  EXPECT_EQ(sent.spec.kind, 7);
  EXPECT_EQ(sent.spec.flags, 0);

  capnp::MallocMessageBuilder built;
  auto root = built.initRoot<capnp::DynamicStruct>(schema);
  root.set("mood", "bad");
  set_extremes(root.init("sample").as<capnp::DynamicStruct>());
  const std::vector<Word> library = words_of(built);

  LibraryReader ours(sent.words);
  LibraryReader theirs(library);
  EXPECT_EQ(ours.text(schema), theirs.text(schema));
  EXPECT_EQ(ours.canonical(), theirs.canonical());
  EXPECT_EQ(ours.words(schema), sent.words.size());
}

TEST_F(WireTest, WhatTheLibraryWritesReadsTheSame) {
  capnp::MallocMessageBuilder built;
  set_extremes(built.initRoot<capnp::DynamicStruct>(all_types_.find({"Sample"})));
  const std::vector<Word> words = words_of(built);
  const auto reader = protocols::StructReader::root(words.data());
  expect_same(Sample::read_from(reader), extremes());
}

TEST_F(WireTest, DefaultsAreThoseOfTheSchema) {
  const auto schema = all_types_.find({"Recorder", "Record"});
  const Sent sent = Recorder::Tells<CaptureTell>().record(Sample{}, Mood::kGood);
  capnp::MallocMessageBuilder built;
  auto root = built.initRoot<capnp::DynamicStruct>(schema);
  root.init("sample").as<capnp::DynamicStruct>().init("place");
  const std::vector<Word> library = words_of(built);
  EXPECT_EQ(LibraryReader(sent.words).canonical(), LibraryReader(library).canonical());
  EXPECT_EQ(LibraryReader(sent.words).words(schema), sent.words.size());

  // What is absent reads as the default, too.
  expect_same(Sample::read_from(protocols::StructReader()), Sample{});
  const Word null = 0;
  expect_same(Sample::read_from(protocols::StructReader::root(&null)), Sample{});
}

TEST_F(WireTest, EveryScalarHasItsPlace) {
  const auto schema = all_types_.find({"Store", "Delete"});
  const Sent sent = Store::Tells<CaptureTell>().delete_(kPayload, -5, 1, 2, 3, true);
  EXPECT_EQ(LibraryReader(sent.words).text(schema),
            "(class = \"\\000\\377\\200\", struct = -5, union = 1, using = 2, group = 3, "
            "true = true)");
  EXPECT_EQ(LibraryReader(sent.words).words(schema), sent.words.size());
}

TEST_F(WireTest, MessagesWithoutParametersAreEmptyStructs) {
  Sent sent;
  (void)Recorder::Asks<CaptureAsk>(sent).clear();
  EXPECT_EQ(sent.spec.kind, 65519);
  EXPECT_EQ(sent.words.size(), 1u);
  EXPECT_EQ(LibraryReader(sent.words).text(all_types_.find({"Recorder", "Clear"})), "()");
}

TEST_F(WireTest, ReferencesAreActorRefs) {
  const auto schema = replies_.find({"Waiter", "Guest"});
  test::replies::Guest guest;
  guest.name = "Ada";
  guest.home = {"Elm Street", -7, test::replies::Kind::kFlat, true};
  guest.value = Ref<Waiter>(Address{1, 2, 3, 4});
  const Sent sent = Waiter::Tells<CaptureTell>().guest(guest, Ref<Waiter>());
  const std::string nobody = "(node = 0, core = 0, slot = 4294967295, incarnation = 0, type = 0)";
  EXPECT_EQ(LibraryReader(sent.words).text(schema),
            "(guest = (name = \"Ada\", writer = 0, value = (node = 1, core = 2, slot = 3, "
            "incarnation = 4, type = 0), home = (street = \"Elm Street\", number = -7, "
            "reader = flat, words = true)), waiter = " +
                nobody + ")");
  EXPECT_EQ(LibraryReader(sent.words).words(schema), sent.words.size());

  const auto keyed = all_types_.find({"Store", "ActorRefType"});
  const Sent to_key = Store::Tells<CaptureTell>().actor_ref(Ref<Store>(std::uint64_t{258}));
  auto it = LibraryReader(to_key.words).root(keyed).get("it").as<capnp::DynamicStruct>();
  EXPECT_EQ(it.get("type").as<std::uint64_t>(), Store::kId);
  const auto key = it.get("key").as<capnp::Data>();
  ASSERT_EQ(key.size(), 8u);
  EXPECT_EQ(key[0] + 256 * key[1], 258);
  EXPECT_EQ(LibraryReader(to_key.words).words(keyed), to_key.words.size());
}

TEST_F(WireTest, ReplyHandlesAreReplyTos) {
  const auto schema = replies_.find({"Kitchen", "HandOver"});
  // Empty handles: one with a right would ask for a core when it is dropped.
  Sent sent;
  (void)Kitchen::Asks<CaptureAsk>(sent).hand_over({}, kPayload, -1);
  EXPECT_EQ(sent.spec.flags, protocols::frame_flag::kHandles);
  EXPECT_EQ(LibraryReader(sent.words).text(schema),
            "(handle = (node = 0, core = 0, slot = 0, nonce = 0, deadline = 0), "
            "fields = \"\\000\\377\\200\", replyWith = -1)");
  EXPECT_EQ(LibraryReader(sent.words).words(schema), sent.words.size());
}

TEST_F(WireTest, ArgumentsMayBeNamedLikeWhatEncodesThem) {
  const auto schema = replies_.find({"Kitchen", "Log"});
  const Sent sent = Kitchen::Tells<CaptureTell>().log("w", "", kPayload, {}, true, 9);
  auto root = LibraryReader(sent.words).root(schema);
  EXPECT_EQ(root.get("words").as<capnp::Text>(), "w");
  EXPECT_EQ(root.get("message").as<capnp::Text>(), "");
  EXPECT_FALSE(root.has("message"));
  EXPECT_EQ(root.get("root").as<capnp::Data>().size(), 3u);
  EXPECT_TRUE(root.get("size").as<bool>());
  EXPECT_EQ(root.get("spec").as<int>(), 9);
  EXPECT_EQ(LibraryReader(sent.words).words(schema), sent.words.size());
}

// ---- Lists, options, defaults, imports
// -----------------------------------------------------------

/// What was sent is valid for its own shape, and has no word too many for the library.
void expect_valid(const ActorType& type, const Sent& sent, capnp::StructSchema schema) {
  const protocols::StructShape* shape = type.shape_of(sent.spec.kind, false);
  ASSERT_NE(shape, nullptr);
  const auto malformation = protocols::find_malformation(sent.words, *shape);
  EXPECT_FALSE(malformation) << to_string(malformation->flaw) << " at word " << malformation->word;
  EXPECT_EQ(LibraryReader(sent.words).words(schema), sent.words.size());
}

TEST_F(WireTest, ListsAreLists) {
  using namespace test::lists;
  const GoldenSchema lists("codegen/golden/good/lists.actor.capnp");
  const auto paint = lists.find({"Shelf", "Paint"});
  const bool kFirst[] = {true, false, true};
  const List<bool> kRows[] = {kFirst, {}};
  const Sent painted = Shelf::Tells<CaptureTell>().paint({Color::kBlue, Color::kRed}, kRows);
  EXPECT_EQ(LibraryReader(painted.words).text(paint),
            "(colors = [blue, red], words = [[true, false, true], []])");
  expect_valid(Shelf::kType, painted, paint);

  const auto connect = lists.find({"Shelf", "Connect"});
  const std::vector<Line> lines = {{{1, 2}, {3, -4}, "one"}, {{}, {}, ""}};
  const Sent connected = Shelf::Tells<CaptureTell>().connect(lines, {Ref<Keyed>("k")});
  EXPECT_EQ(LibraryReader(connected.words).text(connect),
            "(lines = [(from = (x = 1, y = 2), to = (x = 3, y = -4), label = \"one\"), "
            "(from = (x = 0, y = 0), to = (x = 0, y = 0))], others = [(node = 0, core = 0, "
            "slot = 0, incarnation = 0, type = " +
                std::to_string(Keyed::kId) + ", key = \"k\")])");
  expect_valid(Shelf::kType, connected, connect);

  // Nothing at all is one word for the root pointer and two null pointers.
  const Sent empty = Shelf::Tells<CaptureTell>().paint({}, {});
  EXPECT_EQ(empty.words.size(), 3u);
}

TEST_F(WireTest, OptionsAreUnions) {
  using namespace test::options;
  const GoldenSchema options("codegen/golden/good/options.actor.capnp");
  const auto note = options.find({"Clerk", "Note"});
  const Sent none = Clerk::Tells<CaptureTell>().note(std::nullopt, "t", std::nullopt, true);
  EXPECT_EQ(LibraryReader(none.words).text(note),
            "(writer = (none = void), text = \"t\", value = (none = void), tail = true)");
  expect_valid(Clerk::kType, none, note);
  const Sent some = Clerk::Tells<CaptureTell>().note(-3, "", List<std::uint8_t>{1, 2}, false);
  EXPECT_EQ(LibraryReader(some.words).text(note),
            "(writer = (some = -3), value = (some = [1, 2]), tail = false)");
  expect_valid(Clerk::kType, some, note);

  // Empty is not absent: the discriminant says which.
  const Sent empty = Clerk::Tells<CaptureTell>().note(0, "", List<std::uint8_t>(), false);
  EXPECT_EQ(LibraryReader(empty.words).text(note),
            "(writer = (some = 0), value = (some = []), tail = false)");

  // A discriminant that nobody knows reads as none: its data section is one word, all of it that.
  const Tag tag{"t", Spot{1, 2}};
  std::vector<Word> words(1 + tag.words());
  protocols::MessageWriter message(words.data());
  tag.write_to(message.root(Tag::kSize.data_words, Tag::kSize.pointer_count));
  EXPECT_EQ(words[1], 1u);
  EXPECT_TRUE(Tag::read_from(protocols::StructReader::root(words.data())).spot.has_value());
  words[1] = 2;
  EXPECT_FALSE(Tag::read_from(protocols::StructReader::root(words.data())).spot.has_value());
}

TEST_F(WireTest, DefaultsAreWhatAbsenceMeans) {
  using namespace test::defaults;
  const GoldenSchema defaults("codegen/golden/good/defaults.actor.capnp");
  const auto find = defaults.find({"Keeper", "Find"});
  Sent sent;
  (void)Keeper::Asks<CaptureAsk>(sent).find("p");
  EXPECT_EQ(LibraryReader(sent.words).text(find),
            "(pattern = \"p\", limit = 100, mood = bad, more = true, label = \"all\")");
  expect_valid(Keeper::kType, sent, find);
  // All zero on the wire, but for the texts.
  EXPECT_EQ(sent.words[1], 0u);
  (void)Keeper::Asks<CaptureAsk>(sent).find("p", 0, test::defaults::Mood::kGood, false, "");
  EXPECT_EQ(LibraryReader(sent.words).text(find),
            "(pattern = \"p\", limit = 0, mood = good, more = false, label = \"\")");
  expect_valid(Keeper::kType, sent, find);

  const Settings settings;
  EXPECT_EQ(settings.name,
            "say \"hi\"\\\n\tgr\xC3\xBC\xC3\x9F"
            "e");
  EXPECT_EQ(settings.large, std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(std::signbit(settings.negative_zero));
}

TEST_F(WireTest, ImportedTypesAreThoseOfTheirFiles) {
  using shop::Desk;
  const GoldenSchema orders("codegen/golden/good/shop/orders.actor.capnp");
  const auto place = orders.find({"Desk", "Place"});
  const std::string_view tags[] = {"red", ""};
  const shop::Item item{"tea", {{350, shop::money::Currency::kEuro}, "cheap"}, tags};
  shop::Order order;
  order.items = List<shop::Item>(std::span(&item, 1));
  order.total = item.price.amount;
  order.tip = shop::money::Amount{50, shop::money::Currency::kDollar};
  Sent sent;
  (void)Desk::Asks<CaptureAsk>(sent).place(order, {Ref<shop::money::Bank>("b")});
  auto root = LibraryReader(sent.words).root(place).get("order").as<capnp::DynamicStruct>();
  EXPECT_STREQ(kj::str(root.get("items")).cStr(),
               "[(name = \"tea\", price = (amount = (cents = 350, currency = euro), label = "
               "\"cheap\"), tags = [\"red\", \"\"])]");
  EXPECT_STREQ(kj::str(root.get("tip")).cStr(), "(some = (cents = 50, currency = dollar))");
  EXPECT_STREQ(kj::str(root.get("currency")).cStr(), "dollar");
  expect_valid(Desk::kType, sent, place);
}

TEST(GeneratedShapes, AreThoseOfKnownMessages) {
  using test::options::Clerk;
  EXPECT_NE(Clerk::kType.shape_of(0, false), nullptr);
  EXPECT_NE(Clerk::kType.shape_of(0, true), nullptr);
  EXPECT_NE(Clerk::kType.shape_of(1, false), nullptr);
  EXPECT_EQ(Clerk::kType.shape_of(1, true), nullptr) << "a tell has no answer";
  EXPECT_EQ(Clerk::kType.shape_of(3, false), nullptr) << "no such message";
  EXPECT_EQ(test::replies::Idle::kType.shape_of(0, false), nullptr);
}

}  // namespace
}  // namespace troupe
