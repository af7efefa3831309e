// Messages of several segments, as other programs write them, made into the one that frames hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocols/frame.h"

namespace troupe::protocols {

/// Most segments of one message: what Cap'n Proto's library reads from a stream.
inline constexpr std::size_t kSegmentsMax = 512;

/// Why a message cannot be made flat.
enum class FlattenFlaw : std::uint8_t {
  kSegmentTable,     ///< The table of segments is cut off.
  kTooManySegments,  ///< More than kSegmentsMax.
  kTooLarge,         ///< The segments have more than kFrameBytesMax bytes.
  kCutOff,           ///< The segments that the table announces are not all there.
  kTrailingBytes,    ///< Something follows the last segment.
  kContent,          ///< The library cannot read it: pointers out of bounds, too deep, in a circle.
};

/// What users see and grep for, e.g. "cut_off". Never empty, ends with a NUL.
std::string_view to_string(FlattenFlaw flaw);

/// The payload that `message` holds in Cap'n Proto's stream framing: a table of segments, then the
/// segments. Errors: malformed or too_large, with the flaw's name as context and a number as
/// detail. Allocates no more than twice the bytes that are there, and never what a length merely
/// claims. Knows no schema: what it returns is still to be validated. Not for hot paths. Any
/// thread.
Result<std::vector<Word>> flatten(std::span<const std::byte> message);

}  // namespace troupe::protocols
