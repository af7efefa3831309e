#include "actor/control_frames.h"

#include "actor/core.h"
#include "actor/reply.h"
#include "actor/target.h"
#include "protocols/struct_reader.h"
#include "protocols/struct_writer.h"

namespace troupe {

using protocols::Frame;
using protocols::FrameHeader;
using protocols::FrameType;
using protocols::MessageWriter;
using protocols::StructReader;
using protocols::StructWriter;
using protocols::Word;

namespace {

// Watch and Down of control.capnp share their first fields. wire_layout_test.cc holds these
// offsets against the schema compiler's.
constexpr unsigned kDataWords = 2;
constexpr unsigned kNodeOffset = 0;
constexpr unsigned kCoreOffset = 1;
constexpr unsigned kSlotOffset = 1;
constexpr unsigned kIncarnationOffset = 2;
constexpr unsigned kReasonOffset = 6;
constexpr unsigned kWhatPointer = 0;
constexpr unsigned kDownPointers = 1;

Frame* control_frame(Core& core, FrameType type, Address target, std::size_t payload_words) {
  const auto bytes = static_cast<std::uint32_t>(sizeof(FrameHeader) + payload_words * sizeof(Word));
  Frame* frame = core.new_frame(bytes);
  frame->header = FrameHeader{bytes,
                              0,
                              type,
                              protocols::frame_flag::kNative,
                              protocols::kWireVersion,
                              0,
                              core.index(),
                              0,
                              target.slot,
                              target.incarnation};
  return frame;
}

void write_address(StructWriter root, Address address) {
  root.set(kNodeOffset, address.node);
  root.set(kCoreOffset, address.core);
  root.set(kSlotOffset, address.slot);
  root.set(kIncarnationOffset, address.incarnation);
}

std::size_t down_words(std::string_view what) {
  return 1 + kDataWords + kDownPointers + protocols::text_words(what.size());
}

void write_down(Frame* frame, Address ended, DownReason reason, std::string_view what) {
  MessageWriter message(frame->payload());
  StructWriter root = message.root(kDataWords, kDownPointers);
  write_address(root, ended);
  root.set(kReasonOffset, static_cast<std::uint16_t>(reason));
  root.set_text(kWhatPointer, what);
}

Address read_address(const Frame& frame) {
  const StructReader root = StructReader::root(frame.payload());
  return Address{root.get<std::uint16_t>(kNodeOffset), root.get<std::uint16_t>(kCoreOffset),
                 root.get<std::uint32_t>(kSlotOffset), root.get<std::uint32_t>(kIncarnationOffset)};
}

}  // namespace

Frame* stop_frame(Core& core, FrameType type, Address target) {
  return control_frame(core, type, target, 0);
}

Frame* watch_frame(Core& core, FrameType type, Address target, Address watcher) {
  Frame* frame = control_frame(core, type, target, 1 + kDataWords);
  MessageWriter message(frame->payload());
  write_address(message.root(kDataWords, 0), watcher);
  return frame;
}

Frame* topic_frame(Core& core, FrameType type, const KeyedTarget& topic, Address subscriber) {
  const MessageSpec spec{static_cast<std::uint32_t>(topic.type()), 0};
  Frame* frame = new_frame_for(core, topic, spec, type, 1 + kDataWords);
  frame->header.flags |= protocols::frame_flag::kTopic;
  MessageWriter message(frame->payload());
  write_address(message.root(kDataWords, 0), subscriber);
  return frame;
}

Frame* down_frame(Core& core, Address watcher, Address ended, DownReason reason,
                  std::string_view what) {
  Frame* frame = control_frame(core, FrameType::kDown, watcher, down_words(what));
  write_down(frame, ended, reason, what);
  return frame;
}

Frame* await_end_frame(Core& core, Address target) {
  constexpr std::size_t kPartWords = sizeof(protocols::AskPart) / sizeof(Word);
  Frame* frame = control_frame(core, FrameType::kAwaitEnd, target, kPartWords);
  frame->header.part_words = kPartWords;
  return frame;
}

Frame* end_answer(Core& core, const protocols::AskPart& ask, Address ended, DownReason reason,
                  std::string_view what) {
  Frame* frame = new_answer(core, ask, 0, 0, FrameType::kReply, down_words(what));
  write_down(frame, ended, reason, what);
  return frame;
}

Address watcher_in(const Frame& frame) { return read_address(frame); }

Address ended_in(const Frame& frame) { return read_address(frame); }

std::string_view end_text_in(const Frame& frame) {
  return StructReader::root(frame.payload()).text(kWhatPointer);
}

DownReason reason_in(const Frame& frame) {
  return static_cast<DownReason>(
      StructReader::root(frame.payload()).get<std::uint16_t>(kReasonOffset));
}

}  // namespace troupe
