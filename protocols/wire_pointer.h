// The bits of Cap'n Proto's pointers, for those who read, write and validate them. Knows no bounds.
#pragma once

#include <cstddef>
#include <cstdint>

#include "protocols/frame.h"
#include "protocols/struct_size.h"

namespace troupe::protocols {

/// Bits 0 and 1 of a pointer. A null pointer is all zero.
enum class PointerTag : std::uint8_t { kStruct = 0, kList = 1, kFar = 2, kOther = 3 };

/// Bits 32 to 34 of a list pointer.
enum class ElementSize : std::uint8_t {
  kVoid = 0,
  kBit = 1,
  kOneByte = 2,
  kTwoBytes = 3,
  kFourBytes = 4,
  kEightBytes = 5,
  kPointer = 6,
  kComposite = 7,  ///< Structs. A tag word in front has their number and size.
};

/// Most elements without content (of structs that have no fields) in one message that somebody else
/// will read. They take no room, so nothing else bounds their number: a tag of one word may name
/// 2^30 of them, which a reader would then visit. As many as half of a default frame has words.
inline constexpr std::size_t kZeroSizedElementsMax = kFrameBytesDefault / 2 / sizeof(Word);

/// A list pointer counts in 29 bits: elements, or the words of a list of structs.
inline constexpr std::size_t kListElementsMax = (std::size_t{1} << 29) - 1;

constexpr PointerTag tag_of(Word pointer) { return static_cast<PointerTag>(pointer & 3); }
/// Bits 2 to 31, signed: words from the end of the pointer to the start of the object.
constexpr std::ptrdiff_t offset_of(Word pointer) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(pointer)) >> 2;
}
/// Of a struct pointer, or of the tag of a list of structs.
constexpr StructSize struct_size_of(Word pointer) {
  return {static_cast<std::uint16_t>(pointer >> 32), static_cast<std::uint16_t>(pointer >> 48)};
}
constexpr ElementSize element_size_of(Word pointer) {
  return static_cast<ElementSize>(pointer >> 32 & 7);
}
/// Elements of a list; of a list of structs its words without the tag.
constexpr std::size_t list_size_of(Word pointer) { return static_cast<std::size_t>(pointer >> 35); }
/// Elements of a list of structs. The tag is a struct pointer with their number for an offset.
constexpr std::size_t tag_size_of(Word tag) { return static_cast<std::uint32_t>(tag) >> 2; }

constexpr unsigned element_bits(ElementSize size) {
  constexpr unsigned kBits[] = {0, 1, 8, 16, 32, 64, 64, 0};
  return kBits[static_cast<unsigned>(size)];
}

/// Words of a list of `size` elements, without what pointers reach.
constexpr std::size_t list_words(ElementSize element, std::size_t size) {
  return (size * element_bits(element) + 63) / 64;
}
/// Words of a list of structs with its tag, without what pointers reach.
constexpr std::size_t list_words(StructSize element, std::size_t size) {
  return 1 + size * element.words();
}

constexpr Word struct_pointer(std::ptrdiff_t offset, StructSize size) {
  return static_cast<Word>(static_cast<std::uint32_t>(offset) << 2) |
         static_cast<Word>(size.data_words) << 32 | static_cast<Word>(size.pointer_count) << 48;
}
constexpr Word list_pointer(std::ptrdiff_t offset, ElementSize element, std::size_t size) {
  return static_cast<Word>(PointerTag::kList) |
         static_cast<Word>(static_cast<std::uint32_t>(offset) << 2) |
         static_cast<Word>(element) << 32 | static_cast<Word>(size) << 35;
}
constexpr Word list_tag(std::size_t elements, StructSize size) {
  return struct_pointer(static_cast<std::ptrdiff_t>(elements), size);
}

}  // namespace troupe::protocols
