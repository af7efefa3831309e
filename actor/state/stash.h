// Stash: messages that an actor keeps for later, a limited number, in order.
//
//   Stash<Store> stash(self, 100);
//   …
//   Status kept = stash.keep(std::move(msg));   // not yet loaded
//   …
//   stash.replay();                             // loaded: those kept are received next
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "actor/ledger.h"
#include "actor/message.h"
#include "actor/self.h"
#include "base/result.h"
#include "transport/frame_queue.h"

namespace troupe {

/// What a Stash may hold, at most.
inline constexpr std::size_t kStashMessagesMax = 1 << 20;

/// The part that knows no contract.
class MessageStash {
 public:
  MessageStash(Cell& cell, std::size_t capacity);
  MessageStash(MessageStash&& other) noexcept;
  MessageStash& operator=(MessageStash&&) = delete;
  ~MessageStash() { replay(); }

  Status keep(ReceivedMessage& message);
  /// A message that finds no room, say: not handled, but dropped.
  void drop(ReceivedMessage& message, DropReason reason);
  void replay();

  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  bool full() const { return count_ == capacity_; }
  std::size_t capacity() const { return capacity_; }

 private:
  Cell& cell_;
  std::size_t capacity_;
  transport::FrameQueue kept_;
  std::uint32_t count_ = 0;
  std::uint64_t bytes_ = 0;
};

/// Lives in the behaviour, and may be moved to the next one with become(). A message that is kept
/// counts as queued again, in the ledger too, and once as handled, when it is received again. What
/// is left inside at its end is replayed: so after a restart the new behaviour receives it first,
/// the next activation of a keyed actor does, unless this one failed and had handled nothing else
/// (dropped as activation_failed), and for an actor that ends it is dropped as actor_stopped, asks
/// being answered so. Thread: the actor's core. Allocates nothing.
template <class A>
class Stash : private MessageStash {
 public:
  /// Aborts unless `capacity`, in messages, is at least 1 and at most kStashMessagesMax.
  Stash(Self<A> self, std::size_t capacity) : MessageStash(self.cell(), capacity) {}
  Stash(Stash&&) noexcept = default;

  /// Errors, which leave the message with the caller: kOverloaded, it is full; kInvalidArgument,
  /// kStop, a Down, or an ask that was answered.
  Status keep(typename A::Message&& message) { return MessageStash::keep(message); }
  /// Those kept are received next, in the order of keep(), before what is queued. The mailbox may
  /// exceed its limits by them.
  using MessageStash::replay;

  using MessageStash::capacity;
  using MessageStash::empty;
  using MessageStash::full;
  using MessageStash::size;
};

}  // namespace troupe
