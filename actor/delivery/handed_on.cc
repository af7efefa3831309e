#include "actor/delivery/handed_on.h"

#include <cstring>
#include <utility>

#include "actor/cell_inline.h"

namespace troupe {

using protocols::Frame;
using protocols::FrameType;
using protocols::Word;
namespace frame_flag = protocols::frame_flag;

namespace {

std::size_t key_words(const Frame& frame) {
  if (!frame.has(frame_flag::kKeyed)) return 0;
  return sizeof(protocols::KeyPart) / sizeof(Word) + protocols::words_for(frame.key().key_bytes);
}

/// Words of the parts for another target: what is no key stays as it is.
template <class Target>
std::size_t parts_for(const Frame& frame, const Target& target) {
  return frame.header.part_words - key_words(frame) + part_words(target, FrameType::kTell);
}

// The block that the frame lies in, if it can stay: for an actor of this core, or in a lane.
bool can_stay(Core& core, const Frame& frame, unsigned to) {
  return to == core.index() || !frame.has(frame_flag::kHandedOver);
}

template <class Target>
std::size_t bytes_for(const Frame& frame, const Target& target) {
  return sizeof(protocols::FrameHeader) +
         (parts_for(frame, target) + frame.payload_words()) * sizeof(Word);
}

/// Null if a longer key makes it too large, or there is no memory for it.
template <class Target>
Frame* copy_for(Core& core, const Frame& frame, const Target& target) {
  const std::size_t parts = parts_for(frame, target);
  const std::size_t bytes = bytes_for(frame, target);
  if (bytes > core.frame_bytes_max()) return nullptr;
  Frame* copy = core.new_message(bytes);
  if (copy == nullptr) return nullptr;
  const protocols::FrameHeader& from = frame.header;
  write_head(&copy->header, core, target, MessageSpec{from.protocol, from.kind}, from.type, bytes);
  constexpr std::uint8_t kKept = frame_flag::kNative | frame_flag::kHandles | frame_flag::kTraced;
  copy->header.flags =
      static_cast<std::uint8_t>((copy->header.flags & frame_flag::kKeyed) | (from.flags & kKept));
  copy->header.part_words = static_cast<std::uint8_t>(parts);
  if (from.type == FrameType::kAsk) copy->ask() = frame.ask();
  if (frame.has(frame_flag::kTraced)) {
    std::memcpy(copy->payload() - protocols::kTracePartWords,
                frame.payload() - protocols::kTracePartWords,
                protocols::kTracePartWords * sizeof(Word));
  }
  std::memcpy(copy->payload(), frame.payload(), frame.payload_words() * sizeof(Word));
  return copy;
}

/// True if the frame is for `target` now, in the block that it lies in.
bool retarget(Core& core, Frame& frame, const Address& target) {
  if (frame.has(frame_flag::kKeyed)) return false;
  frame.header.slot = target.slot;
  frame.header.incarnation = target.incarnation;
  if (!frame.has(frame_flag::kHandedOver)) frame.header.source_core = core.index();
  return true;
}
bool retarget(Core& core, Frame& frame, const KeyedTarget& target) {
  if (!frame.has(frame_flag::kKeyed) || parts_for(frame, target) != frame.header.part_words) {
    return false;
  }
  frame.key() = protocols::KeyPart{target.type(), core.node().epoch(target.shard()), target.shard(),
                                   static_cast<std::uint16_t>(target.key().size())};
  if (!frame.has(frame_flag::kHandedOver)) frame.header.source_core = core.index();
  if (target.key().empty()) return true;
  auto* text = reinterpret_cast<Word*>(const_cast<char*>(frame.key_text()));
  text[protocols::words_for(target.key().size()) - 1] = 0;
  std::memcpy(text, target.key().data(), target.key().size());
  return true;
}

template <class Target>
void send_to(Frame* frame, const Target& target) {
  Core& core = Core::current();
  ++core.ledger.sent;
  const unsigned to = core_of(core, target);
  if (to >= core.node().cores()) {
    return core.drop_on_the_way(frame, DropReason::kNoSuchActor, 0, to);
  }
  if (!can_stay(core, *frame, to) || !retarget(core, *frame, target)) {
    Frame* copy = copy_for(core, *frame, target);
    if (copy == nullptr) {
      const bool too_large = bytes_for(*frame, target) > core.frame_bytes_max();
      return core.drop_on_the_way(frame,
                                  too_large ? DropReason::kTooLarge : DropReason::kOutOfMemory,
                                  frame->header.bytes, to);
    }
    core.release(std::exchange(frame, copy));
  }
  if (to == core.index()) return core.deliver(frame);
  if (!core.exchange.has_room(to, frame->header.bytes)) return core.refuse_beyond_budget(to, frame);
  core.send(static_cast<std::uint16_t>(to), frame);
}

}  // namespace

Frame* HandedOn::take(ReceivedMessage& message) {
  Frame* const frame = message.frame_;
  TROUPE_CHECK(frame != nullptr && (frame->header.type == FrameType::kTell ||
                                    frame->header.type == FrameType::kAsk),
               "only a tell or an ask can be handed on; look at kind() first");
  TROUPE_CHECK(!frame->has(frame_flag::kAnswered),
               "an ask that was answered, or whose handle was taken, cannot be handed on");
  frame->header.flags &= static_cast<std::uint8_t>(~frame_flag::kSeen);  // new to its next actor
  if (frame->header.type == FrameType::kAsk) forget_call(frame->ask());
  message.frame_ = nullptr;
  message.kind_ = ReceivedMessage::kMovedFrom;
  return frame;
}

void HandedOn::send(Frame* frame, const Address& target) { send_to(frame, target); }
void HandedOn::send(Frame* frame, const KeyedTarget& target) { send_to(frame, target); }

}  // namespace troupe
