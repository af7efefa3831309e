// tell, try_tell and tell_or_wait: messages without an answer, at most once.
#pragma once

#include <coroutine>
#include <cstddef>
#include <optional>
#include <utility>

#include "actor/cell_inline.h"
#include "actor/target.h"
#include "base/result.h"
#include "base/strand.h"
#include "transport/room_waiters.h"

namespace troupe {

// Each delivery has one function, send(spec, payload_words, write), that generated code calls;
// write(words) fills the payload where it will stay: in the mailbox's block or in the lane.

[[gnu::always_inline]] inline void deliver_here(Core& core, protocols::Frame* frame,
                                                const Address& target, std::uint32_t protocol) {
  core.deliver_here(frame, target, protocol);
}
inline void deliver_here(Core& core, protocols::Frame* frame, const KeyedTarget&, std::uint32_t) {
  core.deliver(frame);
}

/// tell(): never blocks, never fails; what cannot be sent is dropped, counted and warned about.
template <class Target>
class TellDelivery {
 public:
  using Outcome = void;
  explicit TellDelivery(const Target& target) : target_(target) {}

 protected:
  template <class Write>
  [[gnu::always_inline]] void send(const MessageSpec& spec, std::size_t payload_words,
                                   Write&& write) const {
    Core& core = Core::current();
    ++core.ledger.sent;
    const std::optional<DropReason> refused = try_send(core, spec, payload_words, write);
    if (refused) [[unlikely]]
      drop(core, *refused, spec);
  }

  // Inline down to the mailbox and to the ring, so that arguments stay in registers until they lie
  // in their frame: each message of a contract has one such function. Gives the reason if there is
  // no frame.
  template <class Write>
  [[gnu::always_inline]] std::optional<DropReason> try_send(Core& core, const MessageSpec& spec,
                                                            std::size_t payload_words,
                                                            const Write& write) const {
    const unsigned to = core_of(core, target_);
    if (to != core.index()) return send_across(core, to, spec, payload_words, write);
    protocols::Frame* frame =
        new_frame_for(core, target_, spec, protocols::FrameType::kTell, payload_words);
    if (frame == nullptr) [[unlikely]] {
      const Code why = why_no_frame(core, target_, protocols::FrameType::kTell, payload_words);
      return why == Code::kTooLarge ? DropReason::kTooLarge : DropReason::kOutOfMemory;
    }
    write(frame->words() + part_words(target_, protocols::FrameType::kTell));
    deliver_here(core, frame, target_, spec.protocol);
    return std::nullopt;
  }

 private:
  template <class Write>
  [[gnu::always_inline]] std::optional<DropReason> send_across(Core& core, unsigned to,
                                                               const MessageSpec& spec,
                                                               std::size_t payload_words,
                                                               const Write& write) const {
    const std::size_t parts = part_words(target_, protocols::FrameType::kTell);
    const std::size_t bytes =
        sizeof(protocols::FrameHeader) + (parts + payload_words) * sizeof(protocols::Word);
    if (to >= core.node().cores()) [[unlikely]]
      return DropReason::kNoSuchActor;
    if (bytes > core.frame_bytes_max()) [[unlikely]]
      return DropReason::kTooLarge;
    auto place = core.exchange.begin(to, bytes);
    if (place.header == nullptr) [[unlikely]] {
      if (core.exchange.has_room(to, bytes)) return DropReason::kOutOfMemory;
      place = core.exchange.place_in_block(bytes);  // ends as a dead letter, with its content
      if (place.header == nullptr) return DropReason::kLaneFull;
    }
    write_head(place.header, core, target_, spec, protocols::FrameType::kTell, bytes);
    write(place.words() + parts);
    core.exchange.commit(to, place, bytes);
    return std::nullopt;
  }
  [[gnu::noinline]] void drop(Core& core, DropReason reason, MessageSpec spec) const {
    core.drop_unsent(reason, spec.protocol, spec.kind, address_of(core, target_));
  }
  const Target& target_;
};

/// Why a frame would not be taken now, as far as this core can know.
template <class Target>
Status check_room(Core& core, const Target& target, std::size_t bytes) {
  const unsigned to = core_of(core, target);
  if (bytes > core.frame_bytes_max()) return Error(Code::kTooLarge, bytes);
  if (to >= core.node().cores()) return Error(Code::kNoSuchActor);
  if (to != core.index()) {
    return core.exchange.has_room(to, bytes) ? ok() : Status(Error(Code::kLaneFull));
  }
  const Cell* cell = nullptr;
  if constexpr (std::is_same_v<Target, Address>) {
    cell = core.cells.find(target.slot, target.incarnation);
    if (cell == nullptr) return Error(Code::kNoSuchActor);
  } else {
    cell = core.keyed.find(target.type(), target.key());
    if (cell == nullptr) return ok();  // it will be activated
  }
  if (!cell->takes_messages()) return Error(Code::kActorStopped);
  return cell->has_room(bytes) ? ok() : Status(Error(Code::kMailboxFull, cell->queued()));
}

/// try_tell(): as tell, but says why not; then nothing was sent. Across cores a full mailbox is not
/// known here, and the message is dropped there by the overflow policy.
template <class Target>
class TryTellDelivery : private TellDelivery<Target> {
 public:
  using Outcome = Status;
  explicit TryTellDelivery(const Target& target) : TellDelivery<Target>(target), target_(target) {}

 protected:
  template <class Write>
  Status send(const MessageSpec& spec, std::size_t payload_words, Write&& write) const {
    const std::size_t bytes = sizeof(protocols::FrameHeader) +
                              (part_words(target_, protocols::FrameType::kTell) + payload_words) *
                                  sizeof(protocols::Word);
    Core& core = Core::current();
    Status room = check_room(core, target_, bytes);
    if (!room) return room;
    const std::optional<DropReason> refused = this->try_send(core, spec, payload_words, write);
    if (refused) return Error(code_for(*refused));
    ++core.ledger.sent;
    return ok();
  }

 private:
  const Target& target_;
};

/// An awaitable tell: suspends only its coroutine until there is room. Returns Status: an error if
/// the message was not sent (no such actor, too large, cancelled, stopping).
class TellOperation final : public Operation, private transport::RoomWaiter {
 public:
  /// Without a frame, `core` is the Code that says why there is none.
  TellOperation(protocols::Frame* frame, unsigned core) : frame_(frame), core_(core) {}
  ~TellOperation();

  bool await_ready() const { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    return start(handle, handle.promise().context());
  }
  Status await_resume() { return std::move(result_); }

  void cancel(Code reason) override;
  const char* name() const override { return "tell_or_wait"; }

 private:
  bool start(std::coroutine_handle<> handle, const CallContext& context);
  void room_available() override;
  /// Sends, fails or waits; true if it is over.
  bool attempt();
  void abandon(Code code);

  protocols::Frame* frame_;
  unsigned core_;
  Status result_ = ok();
};

/// tell_or_wait(): the frame is written at once and sent when it is awaited.
template <class Target>
class TellOrWaitDelivery {
 public:
  using Outcome = TellOperation;
  explicit TellOrWaitDelivery(const Target& target) : target_(target) {}

 protected:
  template <class Write>
  TellOperation send(const MessageSpec& spec, std::size_t payload_words, Write&& write) const {
    Core& core = Core::current();
    protocols::Frame* frame =
        new_frame_for(core, target_, spec, protocols::FrameType::kTell, payload_words);
    if (frame == nullptr) {
      const Code why = why_no_frame(core, target_, protocols::FrameType::kTell, payload_words);
      return TellOperation(nullptr, static_cast<unsigned>(why));
    }
    write(frame->payload());
    return TellOperation(frame, core_of(core, target_));
  }

 private:
  const Target& target_;
};

}  // namespace troupe
