#include "actor/state/stash.h"

#include "actor/cell_inline.h"
#include "actor/core.h"
#include "actor/state/message_access.h"
#include "base/check.h"

namespace troupe {

using protocols::Frame;

MessageStash::MessageStash(Cell& cell, std::size_t capacity) : cell_(cell), capacity_(capacity) {
  TROUPE_CHECK(capacity >= 1 && capacity <= kStashMessagesMax,
               "a Stash of %zu messages: 1 to %zu are allowed", capacity, kStashMessagesMax);
}

MessageStash::MessageStash(MessageStash&& other) noexcept
    : cell_(other.cell_),
      capacity_(other.capacity_),
      count_(std::exchange(other.count_, 0)),
      bytes_(std::exchange(other.bytes_, 0)) {
  kept_.prepend(other.kept_);
}

Status MessageStash::keep(ReceivedMessage& message) {
  const Frame* frame = MessageAccess::frame(message);
  if (frame == nullptr || frame->header.type == protocols::FrameType::kDown) {
    return Error(Code::kInvalidArgument, 0, "a Stash keeps messages of the contract");
  }
  if (frame->has(protocols::frame_flag::kAnswered)) {
    return Error(Code::kInvalidArgument, 0, "a Stash keeps no ask that was answered");
  }
  if (full()) return Error(Code::kOverloaded, capacity_, "a Stash");
  --cell_.core().ledger.handled;
  cell_.note_kept();
  ++count_;
  bytes_ += frame->header.bytes;
  Frame* taken = MessageAccess::take(message);
  // It was taken: where it comes next, it is new to a health check.
  taken->header.flags &= static_cast<std::uint8_t>(~protocols::frame_flag::kSeen);
  kept_.push(taken);
  return ok();
}

void MessageStash::drop(ReceivedMessage& message, DropReason reason) {
  --cell_.core().ledger.handled;
  cell_.core().drop(MessageAccess::take(message), reason);
}

void MessageStash::replay() {
  if (count_ == 0) return;
  cell_.put_back(kept_, std::exchange(count_, 0), std::exchange(bytes_, 0));
}

void Cell::put_back(transport::FrameQueue& kept, std::uint32_t count, std::uint64_t bytes) {
  if (reentry() != nullptr) {
    reentry()->put_back(kept, mailbox_);
    offer_held();
  } else {
    mailbox_.prepend(kept);
  }
  queued_ += count;
  queued_bytes_ += bytes;
  if (receiver_) schedule();
}

}  // namespace troupe
