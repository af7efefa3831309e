// What an actor receives: messages, which own their frame, and the views that generated code gives
// them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "actor/actor_type.h"
#include "actor/ask_circle.h"
#include "actor/cell.h"
#include "actor/control_frames.h"
#include "actor/core.h"
#include "actor/reply.h"
#include "base/check.h"
#include "protocols/frame.h"
#include "protocols/struct_reader.h"

namespace troupe {

/// What the code that actorc generates expects of this header.
#define TROUPE_GENERATED_VERSION 3

/// The three alternatives that `visit` has beside those of the contract.
struct Stop {};
struct Unknown {
  std::uint16_t ordinal;  ///< Of a newer version of the contract.
};
/// An actor that this one watched has ended.
class Down {
 public:
  explicit Down(const protocols::Frame& frame)
      : who_(ended_in(frame)), reason_(reason_in(frame)), what_(end_text_in(frame)) {}
  Address who() const { return who_; }
  DownReason reason() const { return reason_; }
  /// What it failed with, cut to 1 KiB; empty unless it failed.
  const std::string& what() const { return what_; }

 private:
  Address who_;
  DownReason reason_;
  std::string what_;
};

/// One received message: move-only. Its views, and the right to answer it, live as long as it does,
/// across awaits too. Destroying it unanswered answers an ask with no_reply: unsupported, if the
/// message is unknown, and failed, if an exception destroys it. Thread: the receiving core.
class ReceivedMessage {
 public:
  ReceivedMessage(const ReceivedMessage&) = delete;
  ReceivedMessage& operator=(const ReceivedMessage&) = delete;

 protected:
  ReceivedMessage(Delivery delivery, bool known)
      : frame_(delivery.frame), kind_(known ? delivery.kind : note_unknown(delivery)) {}
  ReceivedMessage(ReceivedMessage&& other) noexcept
      : frame_(std::exchange(other.frame_, nullptr)),
        kind_(std::exchange(other.kind_, kMovedFrom)) {}
  ~ReceivedMessage() {
    if (frame_ != nullptr) finish();
  }

  std::uint16_t kind_number() const { return kind_; }
  protocols::Frame& frame() const { return *frame_; }
  /// The frame, if the message is of `kind`; otherwise aborts and names both.
  protocols::Frame& frame_of(std::uint16_t kind, const ActorType& type) const {
    if (kind_ != kind) [[unlikely]]
      fail_wrong_kind(kind, type);
    return *frame_;
  }

 private:
  friend struct MessageAccess;
  friend class HandedOn;
  static constexpr std::uint16_t kMovedFrom = 0xfffc;

  [[gnu::always_inline]] void finish() {
    namespace flag = protocols::frame_flag;
    const protocols::FrameHeader& header = frame_->header;
    const bool owes_answer =
        header.type == protocols::FrameType::kAsk && (header.flags & flag::kAnswered) == 0;
    if (owes_answer || (header.flags & (flag::kHandles | flag::kHandedOver)) != 0) [[unlikely]]
      return settle_and_release();
    Core::current().messages.free(frame_, frame_->block_bytes());
  }
  void settle_and_release();
  /// Counts and publishes a message of a newer contract.
  [[gnu::noinline, gnu::cold]] static std::uint16_t note_unknown(Delivery delivery);
  [[noreturn, gnu::cold]] void fail_wrong_kind(std::uint16_t wanted, const ActorType& type) const;

  protocols::Frame* frame_;
  std::uint16_t kind_;
};

/// The fields of a tell. Valid as long as the message it came from.
class TellView {
 public:
  explicit TellView(protocols::Frame& frame)
      : frame_(&frame), fields_(protocols::StructReader::root(frame.payload())) {}

 protected:
  const protocols::StructReader& fields() const { return fields_; }
  protocols::Frame& frame() const { return *frame_; }

 private:
  protocols::Frame* frame_;
  protocols::StructReader fields_;
};

/// The fields of an ask and the right to answer it, once.
class AskView : public TellView {
 public:
  using TellView::TellView;

  /// When the asker stops waiting.
  Deadline deadline() const { return Deadline(Time(Duration(frame().ask().deadline))); }

 protected:
  template <class Write>
  void reply_with(std::size_t payload_words, Write&& write) {
    use();
    send_answer(frame().ask(), frame().header.protocol, frame().header.kind, payload_words,
                std::forward<Write>(write));
  }
  void deny_with(std::uint16_t denial) {
    use();
    Core& core = Core::current();
    core.send_control(frame().ask().core, new_denial(core, frame().ask(), frame().header.protocol,
                                                     frame().header.kind, denial));
  }
  /// The right to answer moves into a handle.
  ReplyHandle take_handle() {
    use();
    forget_call(frame().ask());
    return ReplyHandle(frame().ask(), frame().header.protocol, frame().header.kind);
  }

 private:
  void use() {
    TROUPE_CHECK(!frame().has(protocols::frame_flag::kAnswered),
                 "an ask is answered once; this one was answered, or its handle was taken");
    frame().header.flags |= protocols::frame_flag::kAnswered;
  }
};

/// Lambdas as one visitor: visit(msg, overloaded{[](A) {…}, [](B) {…}}).
template <class... Functions>
struct overloaded : Functions... {  // NOLINT(readability-identifier-naming): the idiom's name
  using Functions::operator()...;
};
template <class... Functions>
overloaded(Functions...) -> overloaded<Functions...>;

/// Calls the visitor with the view of what `message` is. The visitor must take every alternative of
/// the contract, and Stop, Unknown (and Down, if the contract says watches); a missing one does not
/// compile.
template <class Message, class Visitor>
decltype(auto) visit(Message&& message, Visitor&& visitor) {
  return std::forward<Message>(message).visit(std::forward<Visitor>(visitor));
}

}  // namespace troupe
