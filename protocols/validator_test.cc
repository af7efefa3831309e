// Tests each reason to refuse a payload, and where just none is left. Payloads are written word by
// word; what the Cap'n Proto library writes is in validator_library_test.cc.
#include "protocols/validator.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "protocols/struct_writer.h"
#include "protocols/wire_pointer.h"

namespace troupe::protocols {
namespace {

constexpr StructShape kPlain{};
constexpr ListShape kLists[9] = {{.element = ElementKind::kBit},
                                 {.element = ElementKind::kOneByte},
                                 {.element = ElementKind::kTwoBytes},
                                 {.element = ElementKind::kFourBytes},
                                 {.element = ElementKind::kEightBytes},
                                 {.element = ElementKind::kText},
                                 {.element = ElementKind::kBytes},
                                 {.element = ElementKind::kStruct, .structure = &kPlain},
                                 {.element = ElementKind::kList, .list = &kLists[2]}};

/// A shape whose root has one pointer.
class OnePointer {
 public:
  explicit OnePointer(PointerKind kind, const ListShape* list = nullptr)
      : pointer_{.index = 0, .kind = kind, .structure = &kPlain, .list = list} {}
  StructShape shape() const { return StructShape{std::span(&pointer_, 1)}; }

 private:
  PointerShape pointer_;
};
const OnePointer kText(PointerKind::kText);
const OnePointer kBytes(PointerKind::kBytes);
const OnePointer kStruct(PointerKind::kStruct);
OnePointer list_of(ElementKind element) {
  return OnePointer(PointerKind::kList, &kLists[static_cast<unsigned>(element)]);
}

using Words = std::vector<Word>;
constexpr Word kRoot = struct_pointer(0, {0, 1});

/// A root with one pointer, which is word 1, and what follows.
Words payload(std::initializer_list<Word> words) {
  Words all = {kRoot};
  all.insert(all.end(), words);
  return all;
}

/// "flaw at word", or "" for a sound payload. Sees reads outside of it in sanitized builds.
std::string found(const Words& words, const StructShape& shape) {
  const Words exact(words);  // a copy has no room behind its end
  const auto malformation = find_malformation(exact, shape);
  if (!malformation) return "";
  return std::string(to_string(malformation->flaw)) + " at " + std::to_string(malformation->word);
}
std::string found(const Words& words, const OnePointer& pointer) {
  return found(words, pointer.shape());
}

Word text_word(const char* text) {
  Word word = 0;
  std::memcpy(&word, text, std::strlen(text));
  return word;
}

TEST(Validator, TakesWhatIsAbsent) {
  EXPECT_EQ(found({0}, kText), "");
  EXPECT_EQ(found(payload({0}), kText), "");
  EXPECT_EQ(found({struct_pointer(-1, {0, 0})}, kText), "");
  EXPECT_EQ(found({struct_pointer(0, {1, 0}), 7}, kText), "");
  // Words that nothing reaches.
  EXPECT_EQ(found({0, ~Word{0}, ~Word{0}}, kText), "");
}

TEST(Validator, NoRootPointer) { EXPECT_EQ(found({}, kPlain), "no_root_pointer at 0"); }

TEST(Validator, OutOfBounds) {
  // The root: exactly to the end, and one word further.
  EXPECT_EQ(found({struct_pointer(0, {2, 0}), 1, 2}, kPlain), "");
  EXPECT_EQ(found({struct_pointer(0, {3, 0}), 1, 2}, kPlain), "out_of_bounds at 0");
  EXPECT_EQ(found({struct_pointer(0, {0, 3}), 0, 0}, kPlain), "out_of_bounds at 0");
  EXPECT_EQ(found({struct_pointer(1, {2, 0}), 1, 2}, kPlain), "out_of_bounds at 0");
  EXPECT_EQ(found({struct_pointer(0, {0xffff, 0xffff})}, kPlain), "out_of_bounds at 0");
  // Before the start. A struct without content may lie anywhere within, as its pointer says.
  EXPECT_EQ(found({struct_pointer(-1, {0, 0})}, kPlain), "");
  EXPECT_EQ(found({struct_pointer(-2, {0, 0})}, kPlain), "out_of_bounds at 0");
  EXPECT_EQ(found(payload({struct_pointer(0, {0, 0})}), kStruct), "");
  EXPECT_EQ(found(payload({struct_pointer(1, {0, 0})}), kStruct), "out_of_bounds at 1");
  EXPECT_EQ(found(payload({struct_pointer((1 << 29) - 1, {1, 0})}), kStruct), "out_of_bounds at 1");
  EXPECT_EQ(found(payload({struct_pointer(-(1 << 29), {1, 0})}), kStruct), "out_of_bounds at 1");
}

TEST(Validator, OutOfBoundsLists) {
  EXPECT_EQ(found(payload({list_pointer(0, ElementSize::kOneByte, 8), 0}), kText), "");
  EXPECT_EQ(found(payload({list_pointer(0, ElementSize::kOneByte, 9), 0}), kText),
            "out_of_bounds at 1");
  EXPECT_EQ(found(payload({list_pointer(0, ElementSize::kOneByte, kListElementsMax), 0}), kBytes),
            "out_of_bounds at 1");
  const struct {
    ElementKind kind;
    ElementSize size;
    std::size_t fit;  // in one word
  } kinds[] = {{ElementKind::kBit, ElementSize::kBit, 64},
               {ElementKind::kOneByte, ElementSize::kOneByte, 8},
               {ElementKind::kTwoBytes, ElementSize::kTwoBytes, 4},
               {ElementKind::kFourBytes, ElementSize::kFourBytes, 2},
               {ElementKind::kEightBytes, ElementSize::kEightBytes, 1},
               {ElementKind::kText, ElementSize::kPointer, 1},
               {ElementKind::kBytes, ElementSize::kPointer, 1},
               {ElementKind::kList, ElementSize::kPointer, 1},
               {ElementKind::kStruct, ElementSize::kComposite, 0}};
  for (const auto& [kind, size, fit] : kinds) {
    EXPECT_EQ(found(payload({list_pointer(0, size, fit), 0}), list_of(kind)), "");
    EXPECT_EQ(found(payload({list_pointer(0, size, fit + 1), 0}), list_of(kind)),
              "out_of_bounds at 1");
  }
}

TEST(Validator, StructForList) {
  const Words words = payload({struct_pointer(-1, {0, 0})});
  EXPECT_EQ(found(words, kText), "struct_for_list at 1");
  EXPECT_EQ(found(words, kBytes), "struct_for_list at 1");
  EXPECT_EQ(found(words, list_of(ElementKind::kBit)), "struct_for_list at 1");
  EXPECT_EQ(found(words, kStruct), "");
}

TEST(Validator, ListForStruct) {
  EXPECT_EQ(found(payload({list_pointer(0, ElementSize::kComposite, 0), 0}), kStruct),
            "list_for_struct at 1");
  EXPECT_EQ(found({list_pointer(0, ElementSize::kOneByte, 8), 0}, kPlain), "list_for_struct at 0");
}

TEST(Validator, ElementSize) {
  constexpr ElementSize kSizes[] = {
      ElementSize::kVoid,     ElementSize::kBit,       ElementSize::kOneByte,
      ElementSize::kTwoBytes, ElementSize::kFourBytes, ElementSize::kEightBytes,
      ElementSize::kPointer,  ElementSize::kComposite,
  };
  constexpr ElementSize kExpected[] = {
      ElementSize::kBit,       ElementSize::kOneByte,    ElementSize::kTwoBytes,
      ElementSize::kFourBytes, ElementSize::kEightBytes, ElementSize::kPointer,
      ElementSize::kPointer,   ElementSize::kComposite,  ElementSize::kPointer,
  };
  for (ElementSize size : kSizes) {
    const Words words = payload({list_pointer(0, size, 0), 0});
    for (unsigned kind = 0; kind < std::size(kExpected); ++kind) {
      EXPECT_EQ(found(words, list_of(static_cast<ElementKind>(kind))),
                size == kExpected[kind] ? "" : "element_size at 1");
    }
    const Words one = payload({list_pointer(0, size, 1), 0, 0});
    EXPECT_EQ(found(one, kText), size == ElementSize::kOneByte ? "" : "element_size at 1");
    EXPECT_EQ(found(one, kBytes), size == ElementSize::kOneByte ? "" : "element_size at 1");
  }
}

TEST(Validator, TextWithoutNul) {
  const auto text = [](std::size_t size, const char* content) {
    return payload({list_pointer(0, ElementSize::kOneByte, size), text_word(content)});
  };
  EXPECT_EQ(found(text(6, "alice"), kText), "");
  EXPECT_EQ(found(text(5, "alice"), kText), "text_without_nul at 1");
  EXPECT_EQ(found(text(8, "the text"), kText), "text_without_nul at 1");
  EXPECT_EQ(found(text(0, ""), kText), "text_without_nul at 1");
  EXPECT_EQ(found(text(5, "alice"), kBytes), "");
  EXPECT_EQ(found(text(0, ""), kBytes), "");
  // An element of a list of texts, whose second one is cut off.
  EXPECT_EQ(found(payload({list_pointer(0, ElementSize::kPointer, 2),
                           list_pointer(1, ElementSize::kOneByte, 4),
                           list_pointer(1, ElementSize::kOneByte, 3), text_word("one"),
                           text_word("two")}),
                  list_of(ElementKind::kText)),
            "text_without_nul at 3");
}

TEST(Validator, FarPointerCapabilityAndReservedBits) {
  for (const OnePointer& pointer : {kText, kStruct, list_of(ElementKind::kBit)}) {
    EXPECT_EQ(found(payload({2}), pointer), "far_pointer at 1");
    EXPECT_EQ(found(payload({Word{1} << 32 | 6}), pointer), "far_pointer at 1");
    EXPECT_EQ(found(payload({3}), pointer), "capability at 1");
    EXPECT_EQ(found(payload({Word{5} << 32 | 3}), pointer), "capability at 1");
    EXPECT_EQ(found(payload({7}), pointer), "reserved_bits at 1");
    EXPECT_EQ(found(payload({Word{1} << 31 | 3}), pointer), "reserved_bits at 1");
  }
  EXPECT_EQ(found({2}, kPlain), "far_pointer at 0");
  // Also behind a pointer of which the shape knows nothing.
  EXPECT_EQ(found(payload({2}), kPlain), "far_pointer at 1");
  EXPECT_EQ(found(payload({3}), kPlain), "capability at 1");
}

/// Structs below each other, the root included; the last one's pointer is `last`.
Words chain(unsigned structs, Word last) {
  Words words(structs, kRoot);
  words.push_back(last);
  return words;
}

TEST(Validator, Nesting) {
  EXPECT_EQ(found(chain(kNestingMax, 0), kPlain), "");
  EXPECT_EQ(found(chain(kNestingMax + 1, 0), kPlain), "nesting at 64");
  EXPECT_EQ(found(chain(100'000, 0), kPlain), "nesting at 64");
  // A list is a level; a list of structs two; text and bytes none.
  const Word numbers = list_pointer(0, ElementSize::kFourBytes, 0);
  EXPECT_EQ(found(chain(kNestingMax - 1, numbers), kPlain), "");
  EXPECT_EQ(found(chain(kNestingMax, numbers), kPlain), "nesting at 64");
  const Word bytes = list_pointer(0, ElementSize::kOneByte, 0);
  EXPECT_EQ(found(chain(kNestingMax, bytes), kPlain), "");
  Words structs = chain(kNestingMax - 2, list_pointer(0, ElementSize::kComposite, 0));
  structs.push_back(0);
  EXPECT_EQ(found(structs, kPlain), "");
  structs = chain(kNestingMax - 1, list_pointer(0, ElementSize::kComposite, 0));
  structs.push_back(0);
  EXPECT_EQ(found(structs, kPlain), "nesting at 63");
}

TEST(Validator, NestingOfLists) {
  // The root, then lists of one list each.
  const auto lists = [](unsigned count) {
    Words words = {kRoot};
    words.resize(1 + count, list_pointer(0, ElementSize::kPointer, 1));
    words.push_back(0);
    return words;
  };
  EXPECT_EQ(found(lists(kNestingMax - 1), kPlain), "");
  EXPECT_EQ(found(lists(kNestingMax), kPlain), "nesting at 64");
  // Lists of one struct each.
  Words words = {kRoot};
  for (unsigned i = 0; i < 40; ++i) {
    words.push_back(list_pointer(0, ElementSize::kComposite, 1));
    words.push_back(list_tag(1, {0, 1}));
  }
  words.push_back(0);
  EXPECT_EQ(found(words, kPlain), "nesting at 63");
}

TEST(Validator, NestingOfBytesThatAreAList) {
  // 63 structs by shape, then a list of bytes that the shape calls a list: a level.
  std::vector<StructShape> shapes(kNestingMax);
  std::vector<PointerShape> pointers(kNestingMax);
  for (unsigned i = 0; i < kNestingMax; ++i) {
    shapes[i].pointers = std::span(&pointers[i], 1);
    pointers[i] = {0, PointerKind::kStruct, &shapes[i + 1 < kNestingMax ? i + 1 : i]};
  }
  const Words words = chain(kNestingMax, list_pointer(0, ElementSize::kOneByte, 0));
  pointers[kNestingMax - 1] = {0, PointerKind::kList, nullptr, &kLists[1]};
  EXPECT_EQ(found(words, shapes[0]), "nesting at 64");
  pointers[kNestingMax - 1] = {0, PointerKind::kBytes};
  EXPECT_EQ(found(words, shapes[0]), "");
}

TEST(Validator, Overlap) {
  // Two pointers to one struct of two words: all words are taken once, then once too often.
  Words shared = {struct_pointer(0, {0, 2}), struct_pointer(1, {2, 0}), struct_pointer(0, {2, 0}),
                  1, 2};
  EXPECT_EQ(found(shared, kPlain), "overlap at 2");
  // Words that nothing else reaches make up for it: reading costs no more than the payload has.
  shared.insert(shared.end(), {0, 0});
  EXPECT_EQ(found(shared, kPlain), "");
  // A circle.
  EXPECT_EQ(found({kRoot, struct_pointer(-1, {0, 1})}, kPlain), "overlap at 1");
  EXPECT_EQ(found({struct_pointer(-1, {0, 1})}, kPlain), "overlap at 0");
  const Words self = payload({list_pointer(-1, ElementSize::kPointer, 1), 0});
  EXPECT_EQ(found(self, kPlain), "overlap at 1");
}

TEST(Validator, OverlapOfLists) {
  const Words texts = {struct_pointer(0, {0, 2}), list_pointer(1, ElementSize::kOneByte, 8),
                       list_pointer(0, ElementSize::kOneByte, 8), 0};
  EXPECT_EQ(found(texts, kPlain), "overlap at 2");
  const Words structs = {struct_pointer(0, {0, 2}), list_pointer(1, ElementSize::kComposite, 1),
                         list_pointer(0, ElementSize::kComposite, 1), list_tag(1, {1, 0}), 7};
  EXPECT_EQ(found(structs, kPlain), "overlap at 2");
}

TEST(Validator, ManyPointersToAnExpensiveObjectEndSoon) {
  // 4,000 pointers to one list of 4,000 pointers to one list, and so on.
  constexpr unsigned kPointers = 4'000;
  Words words = {struct_pointer(0, {0, 1}), list_pointer(0, ElementSize::kPointer, kPointers)};
  for (unsigned level = 0; level < 20; ++level) {
    for (unsigned i = 0; i < kPointers; ++i) {
      words.push_back(
          level == 19 ? 0 : list_pointer(kPointers - 1 - i, ElementSize::kPointer, kPointers));
    }
  }
  EXPECT_EQ(found(words, kPlain).substr(0, 7), "overlap");
}

TEST(Validator, ZeroSizedElements) {
  const auto structs = [](std::size_t elements) {
    return payload({list_pointer(0, ElementSize::kComposite, 0), list_tag(elements, {0, 0})});
  };
  const OnePointer list = list_of(ElementKind::kStruct);
  EXPECT_EQ(found(structs(kZeroSizedElementsMax), list), "");
  EXPECT_EQ(found(structs(kZeroSizedElementsMax + 1), list), "zero_sized_elements at 2");
  EXPECT_EQ(found(structs((1 << 30) - 1), list), "zero_sized_elements at 2");
  // Together, not each: two lists of a bit more than half.
  constexpr std::size_t kHalf = kZeroSizedElementsMax / 2 + 1;
  EXPECT_EQ(found({struct_pointer(0, {0, 2}), list_pointer(1, ElementSize::kComposite, 0),
                   list_pointer(1, ElementSize::kComposite, 0), list_tag(kHalf, {0, 0}),
                   list_tag(kHalf, {0, 0})},
                  kPlain),
            "zero_sized_elements at 4");
  const auto voids = [](std::size_t elements) {
    return payload({list_pointer(0, ElementSize::kVoid, elements)});
  };
  EXPECT_EQ(found(voids(kZeroSizedElementsMax), kPlain), "");
  EXPECT_EQ(found(voids(kZeroSizedElementsMax + 1), kPlain), "zero_sized_elements at 1");
}

TEST(Validator, TagOfNoStruct) {
  const auto tagged = [](Word tag) {
    return payload({list_pointer(0, ElementSize::kComposite, 1), tag, 0});
  };
  const OnePointer list = list_of(ElementKind::kStruct);
  EXPECT_EQ(found(tagged(list_tag(1, {1, 0})), list), "");
  EXPECT_EQ(found(tagged(list_tag(1, {1, 0}) | 1), list), "tag_of_no_struct at 2");
  EXPECT_EQ(found(tagged(list_tag(1, {1, 0}) | 2), list), "tag_of_no_struct at 2");
}

TEST(Validator, TagBeyondList) {
  const auto tagged = [](Word tag) {
    return payload({list_pointer(0, ElementSize::kComposite, 6), tag, 0, 0, 0, 0, 0, 0});
  };
  const OnePointer list = list_of(ElementKind::kStruct);
  EXPECT_EQ(found(tagged(list_tag(3, {1, 1})), list), "");
  EXPECT_EQ(found(tagged(list_tag(2, {1, 1})), list), "") << "the library takes it as well";
  EXPECT_EQ(found(tagged(list_tag(4, {1, 1})), list), "tag_beyond_list at 2");
  EXPECT_EQ(found(tagged(list_tag(7, {0, 1})), list), "tag_beyond_list at 2");
  EXPECT_EQ(found(tagged(list_tag((1 << 30) - 1, {0xffff, 0xffff})), list), "tag_beyond_list at 2");
  EXPECT_EQ(found(tagged(list_tag(1 << 30, {0, 1})), list), "") << "30 bits: none";
}

// Elements: a word of data, a text, a pointer of a newer schema.
constexpr PointerShape kNotePointers[] = {{.index = 0, .kind = PointerKind::kText}};
constexpr StructShape kNote{kNotePointers};
constexpr ListShape kNotes{.element = ElementKind::kStruct, .structure = &kNote};

TEST(Validator, VisitsEachPointerOfEachStructOfAList) {
  constexpr unsigned kElements = 3;
  const OnePointer shape(PointerKind::kList, &kNotes);
  for (unsigned bad_element = 0; bad_element < kElements; ++bad_element) {
    for (unsigned bad_pointer = 0; bad_pointer < 2; ++bad_pointer) {
      Words words = payload(
          {list_pointer(0, ElementSize::kComposite, 3 * kElements), list_tag(kElements, {1, 2})});
      for (unsigned i = 0; i < kElements; ++i) words.insert(words.end(), {~Word{0}, 0, 0});
      EXPECT_EQ(found(words, shape), "") << "data is no pointer";
      const std::size_t at = 3 + 3 * bad_element + 1 + bad_pointer;
      words[at] = 2;
      EXPECT_EQ(found(words, shape), "far_pointer at " + std::to_string(at));
      words[at] = struct_pointer(-1, {0, 0});
      EXPECT_EQ(found(words, shape),
                bad_pointer == 0 ? "struct_for_list at " + std::to_string(at) : "");
    }
  }
}

TEST(Validator, KnowsPointersByTheirIndex) {
  static constexpr PointerShape kPointers[] = {{.index = 1, .kind = PointerKind::kText},
                                               {.index = 3, .kind = PointerKind::kStruct}};
  constexpr StructShape kShape{kPointers};
  const Word structure = struct_pointer(-1, {0, 0});
  const auto with = [&](unsigned index, Word pointer) {
    Words words = {struct_pointer(0, {0, 5}), 0, 0, 0, 0, 0, 0};
    words[1 + index] = pointer;
    return words;
  };
  for (unsigned index = 0; index < 5; ++index) {
    EXPECT_EQ(found(with(index, structure), kShape), index == 1 ? "struct_for_list at 2" : "");
    const Word text =
        list_pointer(static_cast<std::ptrdiff_t>(4 - index), ElementSize::kOneByte, 1);
    EXPECT_EQ(found(with(index, text), kShape), index == 3 ? "list_for_struct at 4" : "");
  }
  // An older schema's struct ends before the second one.
  EXPECT_EQ(found({struct_pointer(0, {0, 2}), 0, 0}, kShape), "");
}

TEST(Validator, ListsOfListsHaveTheirElementsChecked) {
  const OnePointer matrix = list_of(ElementKind::kList);  // of two bytes
  const auto of = [](ElementSize element) {
    return payload({list_pointer(0, ElementSize::kPointer, 2), 0, list_pointer(0, element, 1), 0});
  };
  EXPECT_EQ(found(of(ElementSize::kTwoBytes), matrix), "");
  EXPECT_EQ(found(of(ElementSize::kFourBytes), matrix), "element_size at 3");
  EXPECT_EQ(found(of(ElementSize::kOneByte), list_of(ElementKind::kBytes)), "");
  EXPECT_EQ(found(of(ElementSize::kTwoBytes), list_of(ElementKind::kBytes)), "element_size at 3");
  EXPECT_EQ(found(of(ElementSize::kTwoBytes), list_of(ElementKind::kText)), "element_size at 3");
}

TEST(Validator, SaysWhatItFoundAsAnError) {
  EXPECT_TRUE(validate(Words{0}, kPlain).ok());
  const Status status = validate(payload({2}), kText.shape());
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(status.error().is(Code::kMalformed));
  EXPECT_EQ(status.error().detail(), 1u);
  EXPECT_EQ(status.error().describe(), "malformed (1): far_pointer");
}

TEST(Validator, EachFlawHasAName) {
  std::set<std::string> names;
  const unsigned flaws = static_cast<unsigned>(Flaw::kTagBeyondList) + 1;
  for (unsigned flaw = 0; flaw < flaws; ++flaw) {
    names.insert(std::string(to_string(static_cast<Flaw>(flaw))));
  }
  EXPECT_EQ(names.size(), flaws);
  EXPECT_EQ(names.count("unknown_flaw"), 0u);
}

TEST(ValidatorDeathTest, AShapeOutOfOrderIsABug) {
  static constexpr PointerShape kPointers[] = {{.index = 1, .kind = PointerKind::kText},
                                               {.index = 0, .kind = PointerKind::kText}};
  const StructShape shape{kPointers};
  EXPECT_DEATH(found({struct_pointer(0, {0, 3}), 0, 0, 0}, shape), "not in order: 0 behind 2");
}

}  // namespace
}  // namespace troupe::protocols
