#include "actor/reply.h"

#include <cstring>
#include <exception>

#include "actor/actor_type.h"

namespace troupe {

using protocols::AskPart;
using protocols::Frame;
using protocols::FrameHeader;
using protocols::FrameType;
using protocols::MessageWriter;
using protocols::StructReader;
using protocols::StructWriter;
using protocols::Word;

namespace {

// Offsets of troupe.capnp, held against the schema compiler's by wire_layout_test.cc.
constexpr unsigned kDenialDataWords = 1;
constexpr unsigned kFailureDataWords = 2;
constexpr unsigned kCodeOffset = 0;
constexpr unsigned kDetailOffset = 1;

constexpr unsigned kHandleNode = 0;
constexpr unsigned kHandleCore = 1;
constexpr unsigned kHandleSlot = 1;
constexpr unsigned kHandleNonce = 1;
constexpr unsigned kHandleDeadline = 2;

}  // namespace

namespace {

constexpr std::uint8_t kPartWords = 1;  // the nonce

std::uint32_t answer_bytes(std::size_t payload_words) {
  return static_cast<std::uint32_t>(sizeof(FrameHeader) +
                                    (kPartWords + payload_words) * sizeof(Word));
}

[[gnu::always_inline]] inline void write_answer_head(Frame* frame, Core& core, const AskPart& ask,
                                                     std::uint32_t protocol, std::uint16_t kind,
                                                     FrameType type, std::uint32_t bytes) {
  frame->header = FrameHeader{bytes,
                              kind,
                              type,
                              protocols::frame_flag::kNative,
                              protocols::kWireVersion,
                              kPartWords,
                              core.index(),
                              protocol,
                              ask.slot,
                              0};
  frame->nonce() = ask.nonce;
}

}  // namespace

Frame* new_answer(Core& core, const AskPart& ask, std::uint32_t protocol, std::uint16_t kind,
                  FrameType type, std::size_t payload_words) {
  const std::uint32_t bytes = answer_bytes(payload_words);
  Frame* frame = core.new_frame(bytes);
  write_answer_head(frame, core, ask, protocol, kind, type, bytes);
  return frame;
}

[[gnu::cold, gnu::noinline]] static Frame* new_large_reply(Core& core, const AskPart& ask,
                                                           std::uint32_t protocol,
                                                           std::uint16_t kind,
                                                           std::size_t payload_words) {
  const std::size_t payload_bytes = payload_words * sizeof(Word);
  if (payload_bytes > core.frame_bytes_max()) {
    core.send_control(ask.core,
                      new_failure(core, ask, protocol, kind, Code::kTooLarge, payload_bytes));
    return nullptr;
  }
  const std::uint32_t bytes = answer_bytes(payload_words);
  // Not from the reserve, which a few of them would use up.
  auto* frame = static_cast<Frame*>(core.blocks.try_allocate(sizeof(Frame*) + bytes));
  if (frame == nullptr) {
    core.send_control(ask.core, new_failure(core, ask, protocol, kind, Code::kOutOfMemory));
    return nullptr;
  }
  write_answer_head(frame, core, ask, protocol, kind, FrameType::kReply, bytes);
  return frame;
}

Frame* new_reply(Core& core, const AskPart& ask, std::uint32_t protocol, std::uint16_t kind,
                 std::size_t payload_words) {
  if (payload_words * sizeof(Word) > core.small_answer_bytes_max()) [[unlikely]]
    return new_large_reply(core, ask, protocol, kind, payload_words);
  const std::uint32_t bytes = answer_bytes(payload_words);
  Frame* frame = core.new_frame(bytes);
  write_answer_head(frame, core, ask, protocol, kind, FrameType::kReply, bytes);
  return frame;
}

Frame* new_failure(Core& core, const AskPart& ask, std::uint32_t protocol, std::uint16_t kind,
                   Code code, std::uint64_t detail) {
  Frame* frame = new_answer(core, ask, protocol, kind, FrameType::kFailure, 1 + kFailureDataWords);
  MessageWriter message(frame->payload());
  StructWriter root = message.root(kFailureDataWords, 0);
  root.set(kCodeOffset, static_cast<std::uint16_t>(code));
  root.set(kDetailOffset, detail);
  return frame;
}

Frame* new_denial(Core& core, const AskPart& ask, std::uint32_t protocol, std::uint16_t kind,
                  std::uint16_t denial) {
  Frame* frame = new_answer(core, ask, protocol, kind, FrameType::kDenial, 1 + kDenialDataWords);
  MessageWriter message(frame->payload());
  StructWriter root = message.root(kDenialDataWords, 0);
  root.set(kCodeOffset, denial);
  return frame;
}

Error error_in(const Frame& answer, std::uint32_t denials) {
  const StructReader root = StructReader::root(answer.payload());
  const auto code = root.get<std::uint16_t>(kCodeOffset);
  if (answer.header.type == FrameType::kDenial) return Error::denied(denials, code);
  const ActorType* type = ActorTypeRegistration::find(answer.header.protocol);
  return Error(static_cast<Code>(code), root.get<std::uint64_t>(kDetailOffset),
               type != nullptr ? type->name : nullptr);
}

Code code_for_unanswered() {
  return std::uncaught_exceptions() > 0 ? Code::kFailed : Code::kNoReply;
}

void ReplyHandle::write_to(StructWriter parent, unsigned index) {
  StructWriter field = parent.structure(index, kDataWords, 0);
  if (!live_) return;  // an empty handle stays empty
  live_ = false;
  field.set(kHandleNode, ask_.node);
  field.set(kHandleCore, ask_.core);
  field.set(kHandleSlot, ask_.slot);
  field.set(kHandleNonce, ask_.nonce);
  field.set(kHandleDeadline, ask_.deadline);
}

ReplyHandle ReplyHandle::take_from(StructReader field, std::uint32_t protocol, std::uint16_t kind) {
  AskPart ask{field.get<std::uint16_t>(kHandleNode), field.get<std::uint16_t>(kHandleCore),
              field.get<std::uint32_t>(kHandleSlot), field.get<std::uint64_t>(kHandleNonce),
              field.get<std::int64_t>(kHandleDeadline)};
  if (ask.nonce == 0) return ReplyHandle();
  // The message owns its words, so the right can be taken out of them in place.
  auto* nonce = const_cast<Word*>(field.data()) + kHandleNonce;
  *nonce = 0;
  return ReplyHandle(ask, protocol, kind);
}

}  // namespace troupe
