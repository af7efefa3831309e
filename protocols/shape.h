// Shapes: what a valid message may point at, as constant tables that actorc emits. validator.h
// holds messages of other origin against them; nobody needs them to read or write.
#pragma once

#include <cstdint>
#include <span>

namespace troupe::protocols {

enum class PointerKind : std::uint8_t { kText, kBytes, kStruct, kList };

enum class ElementKind : std::uint8_t {
  kBit,
  kOneByte,
  kTwoBytes,
  kFourBytes,
  kEightBytes,
  kText,
  kBytes,
  kStruct,
  kList,
};

struct StructShape;

/// A list: what its elements are, and for structs and lists of what shape.
struct ListShape {
  ElementKind element;
  const StructShape* structure = nullptr;  ///< Of elements of kStruct.
  const ListShape* list = nullptr;         ///< Of elements of kList.
};

/// A pointer of a struct: its index in the pointer section, and what it may reach. It may be null.
struct PointerShape {
  std::uint16_t index;
  PointerKind kind;
  const StructShape* structure = nullptr;  ///< Of kStruct.
  const ListShape* list = nullptr;         ///< Of kList.
};

/// A struct: its pointers, by ascending index. Scalars need no shape: every bit pattern is a value,
/// and where the data section ends the reader sees by itself.
struct StructShape {
  std::span<const PointerShape> pointers;
};

}  // namespace troupe::protocols
