// Validation of payloads that this process did not write: once, whole, before anybody reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "protocols/frame.h"
#include "protocols/shape.h"
#include "protocols/wire_pointer.h"

namespace troupe::protocols {

/// Levels of structs and lists below each other, the root included; a list of structs is two. Cap'n
/// Proto's own default: what its library reads without being told otherwise passes here.
inline constexpr unsigned kNestingMax = 64;

/// What is wrong with a payload.
enum class Flaw : std::uint8_t {
  kNoRootPointer,      ///< The payload is empty.
  kOutOfBounds,        ///< What a pointer names does not lie within the payload.
  kStructForList,      ///< A pointer to a struct where a list, text or bytes are expected.
  kListForStruct,      ///< The other way round.
  kElementSize,        ///< A list of elements of another size or kind.
  kTextWithoutNul,     ///< A text of no bytes, or whose last one is not NUL.
  kFarPointer,         ///< Into another segment; a payload has one.
  kCapability,         ///< Actors are referred to by value.
  kReservedBits,       ///< A pointer of a kind that Cap'n Proto does not define.
  kNesting,            ///< More than kNestingMax levels.
  kOverlap,            ///< Pointers reach more words than there are: shared or in a circle.
  kZeroSizedElements,  ///< More than kZeroSizedElementsMax elements without content.
  kTagOfNoStruct,      ///< The tag of a list of structs is no struct pointer.
  kTagBeyondList,      ///< The tag names more words of structs than the list has.
};

/// What users see and grep for, e.g. "far_pointer". Never empty, ends with a NUL.
std::string_view to_string(Flaw flaw);

/// A flaw, and the word of the payload that has it: a pointer, or a tag.
struct Malformation {
  Flaw flaw;
  std::size_t word;
};

/// Walks all that the root pointer reaches, also pointers that the shape does not name (of a newer
/// schema), and compares it with the shape. Nothing if StructReader, ListReader and List may read
/// the payload as what the shape describes: they then stay within it. Allocates nothing; takes time
/// in proportion to the payload's words, whatever is in them.
std::optional<Malformation> find_malformation(std::span<const Word> payload,
                                              const StructShape& shape);

/// The same as an Error: malformed, with the word as its detail and the flaw as its context.
Status validate(std::span<const Word> payload, const StructShape& shape);

}  // namespace troupe::protocols
