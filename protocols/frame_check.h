// Checks of frames that come from outside: a link, a file, a journal. Before anything else is done
// with them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "protocols/frame.h"
#include "protocols/shape.h"

namespace troupe::protocols {

/// What is wrong with a frame's header or parts.
enum class FrameFlaw : std::uint8_t {
  kHeader,        ///< Shorter than a header; detail = the words there are.
  kLength,        ///< Its bytes are no multiple of 8; detail = them.
  kTooLarge,      ///< More bytes than the limit; detail = them.
  kOtherLength,   ///< It says another length than it has; detail = what it says.
  kVersion,       ///< Of another version of the wire; detail = it.
  kType,          ///< Of no known type; detail = it.
  kUnknownFlags,  ///< Flags that nobody knows could announce parts; detail = all flags.
  kLocalFlags,    ///< Flags that mean something only where they were set; detail = all flags.
  kFlagsOfType,   ///< Flags that frames of its type do not have; detail = all flags.
  kParts,         ///< Parts that it announces do not fit; detail = the words they take.
  kPartWords,     ///< Says another length of its parts than they have; detail = what it says.
  kKeyBytes,      ///< A key of more than kKeyBytesMax bytes; detail = them.
  kKeyPadding,    ///< The key's last word is not filled up with zeroes.
  kShard,         ///< Not the shard of its key; detail = it.
  kPayload,       ///< Without a payload where there is one, or the other way; detail = its words.
};

/// What users see and grep for, e.g. "frame_version". Never empty, ends with a NUL.
std::string_view to_string(FrameFlaw flaw);

/// The payload of `frame`, whose header and parts may then be read as frame.h has them. What is in
/// the payload, whether slots, cores and nodes exist, and who may send what is for others to look
/// at. Errors: malformed (too_large beyond `bytes_max`), with the flaw as context. Reads nothing
/// outside of `frame`, allocates nothing.
Result<std::span<const Word>> check_frame(std::span<const Word> frame,
                                          std::uint32_t bytes_max = kFrameBytesMax);

/// check_frame(), and its payload against `shape` (validator.h). Frames of the runtime itself
/// (denials, failures, watches and the like) have shapes of their own, and `shape` is not used.
Status validate_frame(std::span<const Word> frame, const StructShape& shape,
                      std::uint32_t bytes_max = kFrameBytesMax);

}  // namespace troupe::protocols
