#include "actor/testing/describe.h"

#include "actor/actor_type.h"
#include "actor/control_frames.h"
#include "protocols/list_reader.h"
#include "protocols/shape.h"
#include "protocols/struct_reader.h"

namespace troupe::testing {

using protocols::Frame;
using protocols::FrameType;
using protocols::ListReader;
using protocols::PointerKind;
using protocols::PointerShape;
using protocols::StructReader;
using protocols::StructShape;

namespace {

// Structs within structs that are shown.
constexpr unsigned kDepthMax = 4;

std::string quoted(std::string_view text) {
  std::string shown = "'" + std::string(text.substr(0, kShownTextBytesMax));
  return shown + (text.size() > kShownTextBytesMax ? "…'" : "'");
}

std::string fields(const StructReader& reader, const StructShape& shape, unsigned depth);

std::string pointer(const StructReader& reader, const PointerShape& shape, unsigned depth) {
  switch (shape.kind) {
    case PointerKind::kText:
      return quoted(reader.text(shape.index));
    case PointerKind::kBytes:
      return std::to_string(reader.bytes(shape.index).size()) + " bytes";
    case PointerKind::kStruct:
      if (depth == kDepthMax) return "{…}";
      return "{" + fields(reader.structure(shape.index), *shape.structure, depth + 1) + "}";
    case PointerKind::kList:
      return "[" + std::to_string(reader.list(shape.index).size()) + " elements]";
  }
  return {};
}

std::string fields(const StructReader& reader, const StructShape& shape, unsigned depth) {
  std::string text;
  for (unsigned word = 0; word < reader.data_words(); ++word) {
    text += (word == 0 ? "data " : " ") + std::to_string(reader.get<std::int64_t>(word));
  }
  const char* separator = text.empty() ? "" : "; ";
  for (const PointerShape& each : shape.pointers) {
    text += separator + pointer(reader, each, depth);
    separator = ", ";
  }
  return text;
}

// ReceivedMessage shows its frame to those that derive from it.
class FrameReader : public ReceivedMessage {
 public:
  static const Frame& of(const ReceivedMessage& message) {
    Frame& (ReceivedMessage::*reader)() const = &FrameReader::frame;
    return (message.*reader)();
  }
};

}  // namespace

const Frame* frame_of(const ReceivedMessage& message, std::uint16_t kind) {
  return kind == kKindStop ? nullptr : &FrameReader::of(message);
}

std::string describe_message(const Frame& frame) {
  if (frame.header.type == FrameType::kDown) {
    const std::string_view what = end_text_in(frame);
    return "down(slot " + std::to_string(ended_in(frame).slot) + ", " +
           to_string(reason_in(frame)) + (what.empty() ? "" : ", " + quoted(what)) + ")";
  }
  const ActorType* type = ActorTypeRegistration::find(frame.header.protocol);
  const char* kind = type != nullptr ? type->kind_name(frame.header.kind) : nullptr;
  std::string text =
      (type != nullptr ? std::string(type->name) : "unknown actor type") + "." +
      (kind != nullptr ? std::string(kind) : "message " + std::to_string(frame.header.kind));
  if (kind == nullptr) return text;
  const bool is_reply = frame.header.type == FrameType::kReply;
  const StructShape* shape = type->shape_of(frame.header.kind, is_reply);
  if (shape == nullptr) return text;
  if (is_reply) text += " reply";
  return text + "(" + fields(StructReader::root(frame.payload()), *shape, 0) + ")";
}

std::string describe_duration(Duration duration) {
  const std::int64_t count = duration.count();
  struct Unit {
    std::int64_t nanoseconds;
    const char* name;
  };
  constexpr Unit kUnits[] = {{1'000'000'000, " s"}, {1'000'000, " ms"}, {1'000, " us"}};
  for (const Unit& unit : kUnits) {
    // Two digits of the unit below, at most: what is finer is noise of the simulation.
    if (count < unit.nanoseconds) continue;
    std::string text = std::to_string(count / unit.nanoseconds);
    const std::int64_t hundredths = count % unit.nanoseconds / (unit.nanoseconds / 100);
    if (hundredths != 0) {
      text += "." + std::to_string(100 + hundredths).substr(1);
      while (text.back() == '0') text.pop_back();
    }
    return text + unit.name;
  }
  return std::to_string(count) + " ns";
}

}  // namespace troupe::testing
