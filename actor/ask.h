// ask: a message and the wait for its answer, no longer than a deadline.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "actor/ask_incident.h"
#include "actor/ask_table.h"
#include "actor/reply.h"
#include "actor/target.h"
#include "base/promise.h"
#include "base/result.h"
#include "base/strand.h"
#include "base/time.h"
#include "io/timer.h"
#include "transport/room_waiters.h"

namespace troupe {

/// The wait for one answer, whatever its type. Lives in the awaiting frame. Allocates nothing.
class AskOperation : public Operation,
                     private PendingAsk,
                     private io::Timer,
                     private transport::RoomWaiter {
 public:
  bool await_ready() const { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    return start(handle, handle.promise().context());
  }

  void cancel(Code reason) final;
  const char* name() const override { return "ask"; }
  bool may_need_others() const final { return true; }
  /// Its own or that of the call it is part of, whichever is earlier. Once it is awaited.
  Deadline deadline() const { return deadline_; }
  const AskedActor& asked() const final { return asked_; }

 protected:
  /// `frame` is owned. Without one, `core` is the Code that says why there is none.
  AskOperation(protocols::Frame* frame, unsigned core, Deadline deadline)
      : frame_(frame), core_(core), deadline_(deadline) {}
  ~AskOperation();

  /// The answer, owned by the caller from here, or null: then error() says why.
  protocols::Frame* take_answer() { return std::exchange(answer_, nullptr); }
  Code error() const { return error_; }
  /// `error`, which is what came of it, with what else is known.
  [[gnu::cold, gnu::noinline]] Error failed(const Error& error) const;

 private:
  bool start(std::coroutine_handle<> handle, const CallContext& context);
  bool fail_now(Code code);
  void transmit();
  void give_up(Code code);
  std::uint32_t note_incident(const Cell* cell) const;
  void abandon();
  void resolve(protocols::Frame* answer) final;
  const Strand& asker() const final { return strand(); }
  const Operation& operation() const final { return *this; }
  const CallContext& context() const final { return *context_; }
  void fire() final;
  void room_available() final;

  protocols::Frame* frame_;             // until it is sent
  protocols::Frame* answer_ = nullptr;  // once it has come
  unsigned core_;                       // where to; without a frame from the start: a Code
  Code error_ = Code::kNoReply;
  Deadline deadline_;
  AskTable::Ticket ticket_{};
  const CallContext* context_ = nullptr;  // of the awaiting coroutine, once there is one
  std::uint32_t incident_ = 0;            // once it came to nothing
  AskedActor asked_;
};

/// Awaiter whose result is a Result<R>, R being the reply class of the ask.
template <class R>
class TypedAskOperation final : public AskOperation {
 public:
  using AskOperation::AskOperation;
  TypedAskOperation(protocols::Frame* frame, unsigned core, Deadline deadline)
      : AskOperation(frame, core, deadline) {}

  Result<R> await_resume() {
    protocols::Frame* answer = take_answer();
    if (answer == nullptr) [[unlikely]]
      return failed(Error(error()));
    if (answer->header.type == protocols::FrameType::kReply) [[likely]]
      return R(answer);
    const Error error = error_in(*answer, R::kDenials);
    Core::current().release_answer(answer);
    return failed(error);
  }
};

/// An ask that is written but not yet sent: `co_await` sends it and waits. Move-only. Dropped
/// without being awaited, nothing was sent.
template <class R>
class [[nodiscard("an ask is sent when it is awaited")]] Ask {
 public:
  /// Without a frame, `core` is the Code that says why there is none.
  Ask(protocols::Frame* frame, unsigned core, Deadline deadline)
      : frame_(frame), core_(core), deadline_(deadline) {}
  Ask(Ask&& other) noexcept
      : frame_(std::exchange(other.frame_, nullptr)),
        core_(other.core_),
        deadline_(other.deadline_) {}
  Ask& operator=(Ask&&) = delete;
  ~Ask() {
    if (frame_ == nullptr) return;
    frame_->header.flags |= protocols::frame_flag::kAnswered;  // nobody waits
    Core::current().settle(frame_, Code::kCancelled);
    Core::current().release(frame_);
  }

  TypedAskOperation<R> operator co_await() && {
    return TypedAskOperation<R>(std::exchange(frame_, nullptr), core_, deadline_);
  }

 private:
  protocols::Frame* frame_;
  unsigned core_;
  Deadline deadline_;
};

/// What generated Asks classes derive from.
template <class Target>
class AskDelivery {
 public:
  AskDelivery(const Target& target, Deadline deadline) : target_(target), deadline_(deadline) {}

 protected:
  template <class R, class Write>
  Ask<R> send(const MessageSpec& spec, std::size_t payload_words, Write&& write) const {
    Core& core = Core::current();
    protocols::Frame* frame =
        new_frame_for(core, target_, spec, protocols::FrameType::kAsk, payload_words);
    if (frame == nullptr) [[unlikely]] {
      const Code why = why_no_frame(core, target_, protocols::FrameType::kAsk, payload_words);
      return Ask<R>(nullptr, static_cast<unsigned>(why), deadline_);
    }
    write(frame->payload());
    return Ask<R>(frame, core_of(core, target_), deadline_);
  }

 private:
  const Target& target_;
  Deadline deadline_;
};

}  // namespace troupe
