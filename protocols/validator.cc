#include "protocols/validator.h"

#include "base/check.h"

namespace troupe::protocols {

namespace {

/// What the schema says of a pointer; kAnything if it is of a newer one.
struct Expected {
  enum Kind : std::uint8_t { kAnything, kText, kBytes, kStruct, kList };
  Kind kind;
  const StructShape* structure;  // of kStruct; null: anything
  const ListShape* list;         // of kList; null: anything
};
constexpr Expected kUnknown{Expected::kAnything, nullptr, nullptr};

Expected expected_of(const PointerShape& shape) {
  switch (shape.kind) {
    case PointerKind::kText:
      return {Expected::kText, nullptr, nullptr};
    case PointerKind::kBytes:
      return {Expected::kBytes, nullptr, nullptr};
    case PointerKind::kStruct:
      return {Expected::kStruct, shape.structure, nullptr};
    case PointerKind::kList:
      return {Expected::kList, nullptr, shape.list};
  }
  return kUnknown;
}

/// The pointers of a list of them.
Expected expected_element(const ListShape* shape) {
  if (shape == nullptr) return kUnknown;
  if (shape->element == ElementKind::kText) return {Expected::kText, nullptr, nullptr};
  if (shape->element == ElementKind::kBytes) return {Expected::kBytes, nullptr, nullptr};
  return {Expected::kList, nullptr, shape->list};
}

ElementSize size_of(ElementKind element) {
  switch (element) {
    case ElementKind::kBit:
      return ElementSize::kBit;
    case ElementKind::kOneByte:
      return ElementSize::kOneByte;
    case ElementKind::kTwoBytes:
      return ElementSize::kTwoBytes;
    case ElementKind::kFourBytes:
      return ElementSize::kFourBytes;
    case ElementKind::kEightBytes:
      return ElementSize::kEightBytes;
    case ElementKind::kText:
    case ElementKind::kBytes:
    case ElementKind::kList:
      return ElementSize::kPointer;
    case ElementKind::kStruct:
      return ElementSize::kComposite;
  }
  return ElementSize::kVoid;
}

/// Whether a list of elements of this size may lie where `expected` is.
bool fits(Expected expected, ElementSize element) {
  switch (expected.kind) {
    case Expected::kText:
    case Expected::kBytes:
      return element == ElementSize::kOneByte;
    case Expected::kList:
      return expected.list == nullptr || element == size_of(expected.list->element);
    case Expected::kAnything:
    case Expected::kStruct:
      return true;
  }
  return false;
}

/// One validation. Each object is claimed before it is looked at: that it lies within the payload,
/// and that not more words are claimed in all than there are. The second is what ends the walk of a
/// circle. Instead of calling itself it keeps a stack, one level for each object whose pointers are
/// being visited.
class Walk {
 public:
  explicit Walk(std::span<const Word> words) : words_(words) {}

  std::optional<Malformation> run(const StructShape& shape) {
    if (words_.empty()) return Malformation{Flaw::kNoRootPointer, 0};
    unclaimed_ = words_.size() - 1;
    bool sound = words_[0] == 0 || visit(0, {Expected::kStruct, &shape, nullptr}, 0);
    while (sound && levels_used_ > 0) {
      Level& level = levels_[levels_used_ - 1];
      if (level.pointers_left == 0) {
        next_element(level);
        continue;
      }
      const std::size_t at = level.at++;
      const Expected expected = next_expected(level);
      --level.pointers_left;
      if (words_[at] != 0) sound = visit(at, expected, level.depth);
    }
    if (sound) return std::nullopt;
    return found_;
  }

 private:
  /// The pointers of a struct, of the structs of a list in turn, or of a list of pointers.
  struct Level {
    std::size_t at;               // the next pointer; behind the last one, the next struct
    std::uint32_t pointers_left;  // of this struct, or of the list
    std::uint32_t elements_left;  // structs of the list after this one
    StructSize element;
    std::uint16_t shapes_used;  // of `structure`, for this struct
    std::uint8_t depth;
    bool is_list_of_pointers;
    const StructShape* structure;  // null: anything
    Expected pointer;              // of a list of pointers: each of them
  };

  bool fail(Flaw flaw, std::size_t word) {
    found_ = {flaw, word};
    return false;
  }

  void next_element(Level& level) {
    if (level.elements_left == 0) {
      --levels_used_;
      return;
    }
    --level.elements_left;
    level.at += level.element.data_words;
    level.pointers_left = level.element.pointer_count;
    level.shapes_used = 0;
  }

  static Expected next_expected(Level& level) {
    if (level.is_list_of_pointers) return level.pointer;
    if (level.structure == nullptr) return kUnknown;
    const std::span<const PointerShape> shapes = level.structure->pointers;
    if (level.shapes_used == shapes.size()) return kUnknown;
    const unsigned index = level.element.pointer_count - level.pointers_left;
    const PointerShape& shape = shapes[level.shapes_used];
    TROUPE_CHECK(shape.index >= index, "a shape's pointers are not in order: %u behind %u",
                 unsigned{shape.index}, index);
    if (shape.index != index) return kUnknown;
    ++level.shapes_used;
    return expected_of(shape);
  }

  /// The pointer at `at`, which is not null, in an object at `depth`.
  bool visit(std::size_t at, Expected expected, unsigned depth) {
    const Word pointer = words_[at];
    switch (tag_of(pointer)) {
      case PointerTag::kStruct:
        return visit_struct(at, expected, depth + 1);
      case PointerTag::kList:
        if (expected.kind == Expected::kStruct) return fail(Flaw::kListForStruct, at);
        if (!fits(expected, element_size_of(pointer))) return fail(Flaw::kElementSize, at);
        return element_size_of(pointer) == ElementSize::kComposite
                   ? visit_structs(at, expected, depth + 1)
                   : visit_list(at, expected, depth + 1);
      case PointerTag::kFar:
        return fail(Flaw::kFarPointer, at);
      case PointerTag::kOther:
        break;
    }
    // Capabilities are the only others that are defined; their index is in the upper half.
    constexpr Word kCapabilityBits = 3;
    const bool is_capability = static_cast<std::uint32_t>(pointer) == kCapabilityBits;
    return fail(is_capability ? Flaw::kCapability : Flaw::kReservedBits, at);
  }

  bool visit_struct(std::size_t at, Expected expected, unsigned depth) {
    if (expected.kind != Expected::kStruct && expected.kind != Expected::kAnything) {
      return fail(Flaw::kStructForList, at);
    }
    if (depth > kNestingMax) return fail(Flaw::kNesting, at);
    const StructSize size = struct_size_of(words_[at]);
    std::size_t start = 0;
    if (!claim(at, size.words(), start)) return false;
    push_structs(start, 1, size, expected.structure, depth);
    return true;
  }

  bool visit_list(std::size_t at, Expected expected, unsigned depth) {
    const bool is_text = expected.kind == Expected::kText;
    const ElementSize element = element_size_of(words_[at]);
    // Text and bytes are no level, to the library neither; nor is what may be one in a newer
    // schema.
    const bool is_level = expected.kind == Expected::kList || element != ElementSize::kOneByte;
    if (is_level && depth > kNestingMax) return fail(Flaw::kNesting, at);
    const std::size_t size = list_size_of(words_[at]);
    std::size_t start = 0;
    if (!claim(at, list_words(element, size), start)) return false;
    if (element == ElementSize::kVoid && !claim_zero_sized(size)) {
      return fail(Flaw::kZeroSizedElements, at);
    }
    if (is_text && (size == 0 || byte(start, size - 1) != '\0')) {
      return fail(Flaw::kTextWithoutNul, at);
    }
    if (element == ElementSize::kPointer && size != 0) {
      levels_[levels_used_++] = Level{.at = start,
                                      .pointers_left = static_cast<std::uint32_t>(size),
                                      .elements_left = 0,
                                      .element = {0, 0},
                                      .shapes_used = 0,
                                      .depth = static_cast<std::uint8_t>(depth),
                                      .is_list_of_pointers = true,
                                      .structure = nullptr,
                                      .pointer = expected_element(expected.list)};
    }
    return true;
  }

  /// A list of structs: a tag with their number and size, then the structs.
  bool visit_structs(std::size_t at, Expected expected, unsigned depth) {
    if (depth + 1 > kNestingMax) return fail(Flaw::kNesting, at);
    const std::size_t words = list_size_of(words_[at]);
    std::size_t start = 0;
    if (!claim(at, 1 + words, start)) return false;
    const Word tag = words_[start];
    if (tag_of(tag) != PointerTag::kStruct) return fail(Flaw::kTagOfNoStruct, start);
    const StructSize size = struct_size_of(tag);
    const std::size_t elements = tag_size_of(tag);
    // 30 bits times 17: no overflow. The library reads lists with room to spare, so do we.
    if (elements * size.words() > words) return fail(Flaw::kTagBeyondList, start);
    if (size.words() == 0 && !claim_zero_sized(elements)) {
      return fail(Flaw::kZeroSizedElements, start);
    }
    const StructShape* structure = expected.list == nullptr ? nullptr : expected.list->structure;
    push_structs(start + 1, elements, size, structure, depth + 1);
    return true;
  }

  /// So that their pointers are visited, if they have any. Each level is deeper than the one below
  /// it, so that kNestingMax of them are enough.
  void push_structs(std::size_t start, std::size_t elements, StructSize size,
                    const StructShape* structure, unsigned depth) {
    if (elements == 0 || size.pointer_count == 0) return;
    levels_[levels_used_++] = Level{.at = start + size.data_words,
                                    .pointers_left = size.pointer_count,
                                    .elements_left = static_cast<std::uint32_t>(elements - 1),
                                    .element = size,
                                    .shapes_used = 0,
                                    .depth = static_cast<std::uint8_t>(depth),
                                    .is_list_of_pointers = false,
                                    .structure = structure,
                                    .pointer = kUnknown};
  }

  /// Takes the `words` words that the pointer at `at` names, and says where they start.
  bool claim(std::size_t at, std::size_t words, std::size_t& start) {
    const std::ptrdiff_t begin = static_cast<std::ptrdiff_t>(at) + 1 + offset_of(words_[at]);
    const auto end = static_cast<std::ptrdiff_t>(words_.size());
    if (begin < 0 || begin > end || words > static_cast<std::size_t>(end - begin)) {
      return fail(Flaw::kOutOfBounds, at);
    }
    if (words > unclaimed_) return fail(Flaw::kOverlap, at);
    unclaimed_ -= words;
    start = static_cast<std::size_t>(begin);
    return true;
  }
  bool claim_zero_sized(std::size_t elements) {
    if (elements > zero_sized_left_) return false;
    zero_sized_left_ -= elements;
    return true;
  }

  char byte(std::size_t word, std::size_t index) const {
    return reinterpret_cast<const char*>(words_.data() + word)[index];
  }

  std::span<const Word> words_;
  std::size_t unclaimed_ = 0;
  std::size_t zero_sized_left_ = kZeroSizedElementsMax;
  Malformation found_{};
  unsigned levels_used_ = 0;
  Level levels_[kNestingMax];  // 4 KiB; only the used ones are ever written
};

}  // namespace

std::string_view to_string(Flaw flaw) {
  switch (flaw) {
    case Flaw::kNoRootPointer:
      return "no_root_pointer";
    case Flaw::kOutOfBounds:
      return "out_of_bounds";
    case Flaw::kStructForList:
      return "struct_for_list";
    case Flaw::kListForStruct:
      return "list_for_struct";
    case Flaw::kElementSize:
      return "element_size";
    case Flaw::kTextWithoutNul:
      return "text_without_nul";
    case Flaw::kFarPointer:
      return "far_pointer";
    case Flaw::kCapability:
      return "capability";
    case Flaw::kReservedBits:
      return "reserved_bits";
    case Flaw::kNesting:
      return "nesting";
    case Flaw::kOverlap:
      return "overlap";
    case Flaw::kZeroSizedElements:
      return "zero_sized_elements";
    case Flaw::kTagOfNoStruct:
      return "tag_of_no_struct";
    case Flaw::kTagBeyondList:
      return "tag_beyond_list";
  }
  return "unknown_flaw";
}

std::optional<Malformation> find_malformation(std::span<const Word> payload,
                                              const StructShape& shape) {
  return Walk(payload).run(shape);
}

Status validate(std::span<const Word> payload, const StructShape& shape) {
  const std::optional<Malformation> found = find_malformation(payload, shape);
  if (!found) return ok();
  return Error(Code::kMalformed, found->word, to_string(found->flaw).data());
}

}  // namespace troupe::protocols
