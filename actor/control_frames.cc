#include "actor/control_frames.h"

#include "actor/core.h"
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

// Watch and Down of control.capnp share their first fields. control_frames_test.cc holds these
// offsets against the schema compiler's.
constexpr unsigned kDataWords = 2;
constexpr unsigned kNodeOffset = 0;
constexpr unsigned kCoreOffset = 1;
constexpr unsigned kSlotOffset = 1;
constexpr unsigned kIncarnationOffset = 2;
constexpr unsigned kReasonOffset = 6;

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

void write_address(Frame* frame, Address address, std::uint16_t reason = 0) {
  MessageWriter message(frame->payload());
  StructWriter root = message.root(kDataWords, 0);
  root.set(kNodeOffset, address.node);
  root.set(kCoreOffset, address.core);
  root.set(kSlotOffset, address.slot);
  root.set(kIncarnationOffset, address.incarnation);
  if (reason != 0) root.set(kReasonOffset, reason);
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
  write_address(frame, watcher);
  return frame;
}

Frame* down_frame(Core& core, Address watcher, Address ended, DownReason reason) {
  Frame* frame = control_frame(core, FrameType::kDown, watcher, 1 + kDataWords);
  write_address(frame, ended, static_cast<std::uint16_t>(reason));
  return frame;
}

Address watcher_in(const Frame& frame) { return read_address(frame); }

Address ended_in(const Frame& frame) { return read_address(frame); }

DownReason reason_in(const Frame& frame) {
  return static_cast<DownReason>(
      StructReader::root(frame.payload()).get<std::uint16_t>(kReasonOffset));
}

}  // namespace troupe
