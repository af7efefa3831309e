#include "actor/interceptor.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "actor/core.h"

namespace troupe {

using protocols::Frame;
using protocols::FrameHeader;
using protocols::FrameType;
using protocols::KeyPart;
using protocols::Word;

namespace {
constexpr std::size_t kTextBytesMax = 256;
}

Frame* failure_frame(Core& core, const Frame& like, std::string_view what) {
  const std::string text(what.substr(0, kTextBytesMax));
  const bool keyed = like.has(protocols::frame_flag::kKeyed);
  const std::size_t part_words =
      keyed ? sizeof(KeyPart) / sizeof(Word) + protocols::words_for(like.key().key_bytes) : 0;
  const std::size_t text_words = protocols::words_for(text.size() + 1);
  const auto bytes =
      static_cast<std::uint32_t>(sizeof(FrameHeader) + (part_words + text_words) * sizeof(Word));
  Frame* frame = core.new_frame(bytes);
  frame->header = like.header;
  frame->header.bytes = bytes;
  frame->header.kind = kKindThrow;
  frame->header.type = FrameType::kStopAfterQueued;
  frame->header.flags = static_cast<std::uint8_t>(protocols::frame_flag::kNative |
                                                  (keyed ? protocols::frame_flag::kKeyed : 0));
  frame->header.part_words = static_cast<std::uint8_t>(part_words);
  if (keyed) std::memcpy(frame->words(), &like.key(), part_words * sizeof(Word));
  std::memcpy(frame->payload(), text.c_str(), text.size() + 1);
  return frame;
}

void throw_failure(Core& core, Frame* frame) {
  const InjectedFailure failure(reinterpret_cast<const char*>(frame->payload()));
  core.release(frame);
  throw failure;  // NOLINT(misc-throw-by-value-catch-by-reference): made before the release
}

}  // namespace troupe
