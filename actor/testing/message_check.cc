#include "actor/testing/message_check.h"

#include <gtest/gtest.h>

#include <cstring>
#include <span>

#include "actor/actor_type.h"
#include "actor/frame_recorder.h"
#include "protocols/frame_check.h"

namespace troupe::testing {

using protocols::Frame;
using protocols::FrameType;
using protocols::StructShape;
using protocols::Word;
namespace flag = protocols::frame_flag;

namespace {

constexpr unsigned char kPoison = 0xdd;

/// Null if its payload is not to be compared: the type, or the message, is not known here.
const StructShape* shape_for(const Frame& frame) {
  static constexpr StructShape kNothing{};
  if (frame.header.type != FrameType::kTell && frame.header.type != FrameType::kAsk &&
      frame.header.type != FrameType::kReply) {
    return &kNothing;  // frames of the runtime have shapes of their own
  }
  const ActorType* type = ActorTypeRegistration::find(frame.header.protocol);
  if (type == nullptr) return nullptr;
  return type->shape_of(frame.header.kind, frame.header.type == FrameType::kReply);
}

}  // namespace

Frame* check_message(Core& core, Frame* frame) {
  Frame* copy = core.new_frame_like(frame->header.type, frame->header.bytes);
  const auto* source = reinterpret_cast<const char*>(&frame->header);
  std::memcpy(reinterpret_cast<char*>(copy) + sizeof(Frame*), source, frame->header.bytes);
  copy->header.flags &=
      static_cast<std::uint8_t>(~(flag::kNative | flag::kHandedOver | flag::kAnswered));
  if (const StructShape* shape = shape_for(*copy); shape != nullptr) {
    const std::span<const Word> words(reinterpret_cast<const Word*>(&copy->header),
                                      copy->header.bytes / sizeof(Word));
    const Status valid = protocols::validate_frame(words, *shape);
    if (!valid) {
      ADD_FAILURE() << "a message that is no valid encoding: " << valid.error().describe() << "\n"
                    << describe_frame(core.index(), core.now(), *copy);
    }
  }
  copy->header.flags |= static_cast<std::uint8_t>(frame->header.flags & flag::kAnswered);
  std::memset(static_cast<void*>(frame->words()), kPoison,
              frame->header.bytes - sizeof(frame->header));
  core.release(frame);
  return copy;
}

MessageChecker& MessageChecker::instance() {
  static MessageChecker checker;
  return checker;
}

}  // namespace troupe::testing
