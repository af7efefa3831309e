// Answers to asks: building them, the handle that carries the right to answer, the received reply.
#pragma once

#include <cstdint>
#include <utility>

#include "actor/core.h"
#include "base/check.h"
#include "base/error.h"
#include "protocols/frame.h"
#include "protocols/struct_reader.h"
#include "protocols/struct_writer.h"

namespace troupe {

/// An answer's frame with room for `payload_words`, addressed to the ask.
protocols::Frame* new_answer(Core& core, const protocols::AskPart& ask, std::uint32_t protocol,
                             std::uint16_t kind, protocols::FrameType type,
                             std::size_t payload_words);
/// A whole answer: a runtime error, or a refusal of the contract.
protocols::Frame* new_failure(Core& core, const protocols::AskPart& ask, std::uint32_t protocol,
                              std::uint16_t kind, Code code, std::uint64_t detail = 0);
protocols::Frame* new_denial(Core& core, const protocols::AskPart& ask, std::uint32_t protocol,
                             std::uint16_t kind, std::uint16_t denial);
/// The error that a kDenial or kFailure frame says; `denials` is the id of the ask's denial enum.
/// The context of a failure names the actor type that was asked.
Error error_in(const protocols::Frame& answer, std::uint32_t denials);

/// The same for a reply; null if it exceeds the frame limit, or is not small
/// (Core::small_answer_bytes_max) and there is no memory for it: then the error was sent instead.
protocols::Frame* new_reply(Core& core, const protocols::AskPart& ask, std::uint32_t protocol,
                            std::uint16_t kind, std::size_t payload_words);
/// What an ask is answered with whose right to answer is destroyed unused: kNoReply, or kFailed if
/// an exception is what destroys it.
Code code_for_unanswered();

/// Sends an answer whose payload `write(words)` fills; one that exceeds the frame limit is replaced
/// by the error too_large, a large one for which there is no memory by out_of_memory.
template <class Write>
void send_answer(const protocols::AskPart& ask, std::uint32_t protocol, std::uint16_t kind,
                 std::size_t payload_words, Write&& write) {
  Core& core = Core::current();
  protocols::Frame* frame = new_reply(core, ask, protocol, kind, payload_words);
  if (frame == nullptr) [[unlikely]]
    return;
  write(frame->payload());
  core.send_control(ask.core, frame);
}

/// The right to answer one ask, kept beyond the message: move-only, single use. Dropped unanswered,
/// it answers no_reply, or failed if an exception destroys it. Generated code derives one class per
/// ask. Thread: the core that holds it.
class ReplyHandle {
 public:
  ReplyHandle() = default;
  /// For generated code: the caller gives up its own right.
  ReplyHandle(const protocols::AskPart& ask, std::uint32_t protocol, std::uint16_t kind)
      : ask_(ask), protocol_(protocol), kind_(kind), live_(true) {}
  ReplyHandle(ReplyHandle&& other) noexcept
      : ask_(other.ask_),
        protocol_(other.protocol_),
        kind_(other.kind_),
        live_(std::exchange(other.live_, false)) {}
  ReplyHandle& operator=(ReplyHandle&& other) noexcept {
    if (this == &other) return *this;
    drop();
    ask_ = other.ask_;
    protocol_ = other.protocol_;
    kind_ = other.kind_;
    live_ = std::exchange(other.live_, false);
    return *this;
  }
  ~ReplyHandle() { drop(); }

  /// False once it was used or moved away.
  explicit operator bool() const { return live_; }
  /// After this moment nobody waits for the answer any more.
  Deadline deadline() const { return Deadline(Time(Duration(ask_.deadline))); }

  // For generated code: a handle as a field of a message.
  static constexpr unsigned kDataWords = 3;
  /// Moves the handle into the message under construction.
  void write_to(protocols::StructWriter parent, unsigned index);
  /// Moves the handle out of a received message; what is left there is no longer a right.
  static ReplyHandle take_from(protocols::StructReader field, std::uint32_t protocol,
                               std::uint16_t kind);

 protected:
  template <class Write>
  void reply_with(std::size_t payload_words, Write&& write) {
    use();
    send_answer(ask_, protocol_, kind_, payload_words, std::forward<Write>(write));
  }
  void deny_with(std::uint16_t denial) {
    use();
    Core& core = Core::current();
    core.send_control(ask_.core, new_denial(core, ask_, protocol_, kind_, denial));
  }

 private:
  void use() {
    TROUPE_CHECK(live_, "a reply-to handle answers once; this one was used or moved away");
    live_ = false;
  }
  void drop() {
    if (!live_) return;
    live_ = false;
    Core::current().answer_failure(ask_, protocol_, kind_, code_for_unanswered());
  }

  protocols::AskPart ask_{};
  std::uint32_t protocol_ = 0;
  std::uint16_t kind_ = 0;
  bool live_ = false;
};

/// A received reply: move-only, owns its frame; what its accessors return lives as long as it does.
/// Generated code derives one class per ask. Thread: the core that asked.
class Reply {
 public:
  explicit Reply(protocols::Frame* frame) : frame_(frame) {}
  Reply(Reply&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Reply& operator=(Reply&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~Reply() {
    if (frame_ != nullptr) Core::current().release_answer(frame_);
  }

 protected:
  protocols::StructReader fields() const {
    TROUPE_DCHECK(frame_ != nullptr, "a reply is read after it was moved away");
    return protocols::StructReader::root(frame_->payload());
  }

 private:
  protocols::Frame* frame_;
};

}  // namespace troupe
