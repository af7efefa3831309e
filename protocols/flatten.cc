#include "protocols/flatten.h"

#include "base/capnp_compat.h"  // before any header of the library

#include <capnp/any.h>
#include <capnp/message.h>

#include <cstring>

#include "protocols/validator.h"
#include "protocols/wire_pointer.h"

namespace troupe::protocols {

namespace {

using Segment = kj::ArrayPtr<const capnp::word>;

Error error_of(FlattenFlaw flaw, std::size_t detail) {
  const Code code = flaw == FlattenFlaw::kTooLarge ? Code::kTooLarge : Code::kMalformed;
  return Error(code, detail, to_string(flaw).data());
}

std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t index) {
  std::uint32_t number;
  std::memcpy(&number, bytes.data() + index * sizeof(number), sizeof(number));
  return number;
}

/// The table in front of the segments: their number less one, the words of each, padding to a word.
struct SegmentTable {
  std::vector<std::uint32_t> words;  // of each segment
  std::size_t bytes = 0;             // of the table itself
};

Result<SegmentTable> read_table(std::span<const std::byte> message) {
  constexpr std::size_t kEntryBytes = sizeof(std::uint32_t);
  if (message.size() < kEntryBytes) return error_of(FlattenFlaw::kSegmentTable, message.size());
  const std::size_t segments = std::size_t{number_at(message, 0)} + 1;
  if (segments > kSegmentsMax) return error_of(FlattenFlaw::kTooManySegments, segments);
  SegmentTable table;
  table.bytes = words_for((1 + segments) * kEntryBytes) * sizeof(Word);
  if (table.bytes > message.size()) return error_of(FlattenFlaw::kSegmentTable, message.size());

  std::uint64_t content_bytes = 0;
  for (std::size_t i = 0; i < segments; ++i) {
    table.words.push_back(number_at(message, 1 + i));
    content_bytes += std::uint64_t{table.words.back()} * sizeof(Word);
  }
  const std::size_t present = message.size() - table.bytes;
  if (content_bytes > kFrameBytesMax) return error_of(FlattenFlaw::kTooLarge, content_bytes);
  if (content_bytes > present) return error_of(FlattenFlaw::kCutOff, present);
  if (content_bytes < present)
    return error_of(FlattenFlaw::kTrailingBytes, present - content_bytes);
  return table;
}

/// Has the library copy what the root reaches. One segment of as many words as all of them together
/// is enough for any message whose objects do not overlap; the library refuses to write beyond it.
Result<std::vector<Word>> copy_tree(std::span<const Segment> segments, std::size_t words) {
  capnp::ReaderOptions limits;
  // What the validator lets through passes here too; the library counts the root pointer twice.
  limits.traversalLimitInWords = words + 1 + kZeroSizedElementsMax;
  limits.nestingLimit = static_cast<int>(kNestingMax);
  std::vector<Word> flat(words);
  try {
    capnp::SegmentArrayMessageReader reader(kj::arrayPtr(segments.data(), segments.size()), limits);
    capnp::FlatMessageBuilder builder(
        kj::arrayPtr(reinterpret_cast<capnp::word*>(flat.data()), flat.size()));
    builder.setRoot(reader.getRoot<capnp::AnyPointer>());
    flat.resize(builder.getSegmentsForOutput()[0].size());
  } catch (const kj::Exception&) {
    return error_of(FlattenFlaw::kContent, words);
  }
  return flat;
}

}  // namespace

std::string_view to_string(FlattenFlaw flaw) {
  switch (flaw) {
    case FlattenFlaw::kSegmentTable:
      return "segment_table";
    case FlattenFlaw::kTooManySegments:
      return "too_many_segments";
    case FlattenFlaw::kTooLarge:
      return "segments_too_large";
    case FlattenFlaw::kCutOff:
      return "cut_off";
    case FlattenFlaw::kTrailingBytes:
      return "trailing_bytes";
    case FlattenFlaw::kContent:
      return "content";
  }
  return "unknown_flaw";
}

Result<std::vector<Word>> flatten(std::span<const std::byte> message) {
  TROUPE_TRY(const SegmentTable table, read_table(message));
  // What came from elsewhere lies anywhere; the library wants words.
  const std::span<const std::byte> content = message.subspan(table.bytes);
  std::vector<Word> words(content.size() / sizeof(Word));
  if (!words.empty()) std::memcpy(words.data(), content.data(), content.size());

  std::vector<Segment> segments;
  const auto* next = reinterpret_cast<const capnp::word*>(words.data());
  for (const std::uint32_t size : table.words) {
    segments.push_back(kj::arrayPtr(next, size));
    next += size;
  }
  return copy_tree(segments, words.size());
}

}  // namespace troupe::protocols
