// Channel: items from coroutines to coroutines of one core, in order, no more at once than a limit.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/home_core.h"
#include "base/result.h"
#include "base/time.h"
#include "base/wait_queue.h"

namespace troupe {

/// A queue of up to items_max() items of T, between any number of senders and receivers. Items come
/// out in the order they went in; who waits is served in the order it came. Allocates once, when it
/// is made.
///
/// close() says that nothing more will be sent: receivers get what is left, then kClosed. Items
/// that nobody receives are destroyed with the channel; size() counts them until then.
///
/// Thread: one core only (between cores and actors one sends messages). Lifetime: outlives whoever
/// waits; aborts otherwise. T: movable without exceptions.
template <class T>
class Channel {
  static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_destructible_v<T>,
                "a Channel moves its items, and cannot lose one to an exception on the way");

 public:
  class SendAwaiter;
  class ReceiveAwaiter;
  class Send;
  class Receive;

  /// `items_max`: at least 1.
  explicit Channel(std::size_t items_max)
      : slots_(std::make_unique<std::optional<T>[]>(items_max)), items_max_(items_max) {
    TROUPE_CHECK(items_max > 0, "a Channel holds at least one item");
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel() {
    TROUPE_CHECK(senders_.empty() && receivers_.empty() && promised_ == 0,
                 "a Channel is destroyed while %zu send and %zu receive; close it and await them",
                 senders_.size(), receivers_.size() + promised_);
  }

  /// `auto sent = co_await channel.send(item, within(50ms));`: a Status. Awaits room. Ok: a
  /// receiver has it or will find it. Errors: kClosed; kDeadlineExceeded, also by the deadline of
  /// the call; kCancelled or kStopping. The item was not sent then, and is destroyed.
  Send send(T item, Deadline deadline = kNoDeadline) {
    return Send(*this, std::move(item), deadline);
  }
  /// `auto item = co_await channel.receive(within(50ms));`: a Result<T>. Errors: kClosed, once
  /// nothing is left; otherwise as send(). No item is lost to an error.
  Receive receive(Deadline deadline = kNoDeadline) { return Receive(*this, deadline); }

  /// True: `item` was moved in. False: it would have to wait, or the channel is closed; `item` is
  /// as it was.
  [[nodiscard]] bool try_send(T& item) {
    home_.check("a Channel");
    if (closed_ || size_ == items_max_) return false;
    push(std::move(item));
    settle();
    return true;
  }
  [[nodiscard]] bool try_send(T&& item) { return try_send(item); }
  /// None if receive() would wait, or the channel is closed and nothing is left. After close() this
  /// is how to take back what was not received.
  std::optional<T> try_receive() {
    home_.check("a Channel");
    if (size_ == promised_) return std::nullopt;
    std::optional<T> item(pop());
    settle();
    return item;
  }

  /// Nothing more goes in: who waits to send gets kClosed, and who waits to receive, once nothing
  /// is left. Idempotent.
  void close() {
    home_.check("a Channel");
    closed_ = true;
    while (!senders_.empty()) senders_.first()->fail(Error(Code::kClosed));
    settle();
  }
  bool closed() const { return closed_; }

  /// Items inside, those included that receivers were woken for.
  std::size_t size() const { return size_; }
  std::size_t items_max() const { return items_max_; }
  /// How many wait to send, or to receive. Counts them.
  std::size_t sending() const { return senders_.size(); }
  std::size_t receiving() const { return receivers_.size(); }

 private:
  void push(T&& item) {
    slots_[(head_ + size_) % items_max_].emplace(std::move(item));
    ++size_;
  }
  T pop() {
    std::optional<T>& slot = slots_[head_];
    T item(std::move(*slot));
    slot.reset();
    head_ = (head_ + 1) % items_max_;
    --size_;
    return item;
  }

  /// Restores what holds between calls: no sender waits while there is room, and no receiver while
  /// there is an item that is not promised to another, or none will ever come.
  void settle() {
    while (size_ < items_max_ && !senders_.empty()) {
      auto& sender = static_cast<SendAwaiter&>(*senders_.first());
      push(std::move(sender.item_));
      sender.grant();
    }
    while (promised_ < size_ && !receivers_.empty()) {
      ++promised_;
      receivers_.first()->grant();
    }
    if (!closed_ || size_ > 0) return;
    while (!receivers_.empty()) receivers_.first()->fail(Error(Code::kClosed));
  }

  const std::unique_ptr<std::optional<T>[]> slots_;
  const std::size_t items_max_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
  // A woken receiver takes its item when its turn comes, and not before: so one that is cancelled
  // in between takes none, and the order stays.
  std::size_t promised_ = 0;
  bool closed_ = false;
  detail::WaitQueue senders_;
  detail::WaitQueue receivers_;
  detail::HomeCore home_;
};

/// Lives in the sending frame, with the item until there is room.
template <class T>
class Channel<T>::SendAwaiter final : public detail::QueuedWait {
 public:
  SendAwaiter(Channel& channel, T item, Deadline deadline)
      : QueuedWait(channel.senders_, deadline), channel_(channel), item_(std::move(item)) {}

  // A cancellation after the item went in comes too late: an error would say it was not sent.
  Status await_resume() const { return error() ? Status(*error()) : ok(); }
  const char* name() const override { return "send"; }

 private:
  friend class Channel;
  bool try_now() override {
    channel_.home_.check("a Channel");
    if (channel_.closed_) {
      refuse(Error(Code::kClosed));
      return true;
    }
    return channel_.try_send(item_);
  }

  Channel& channel_;
  T item_;
};

/// Lives in the receiving frame.
template <class T>
class Channel<T>::ReceiveAwaiter final : public detail::QueuedWait {
 public:
  ReceiveAwaiter(Channel& channel, Deadline deadline)
      : QueuedWait(channel.receivers_, deadline), channel_(channel) {}
  ~ReceiveAwaiter() {
    if (!granted()) return;
    --channel_.promised_;
    channel_.settle();
  }

  Result<T> await_resume() {
    if (granted()) {
      const bool late = too_late();
      --channel_.promised_;
      if (!late) item_.emplace(channel_.pop());
      channel_.settle();
    }
    if (error()) return *error();
    return std::move(*item_);
  }
  const char* name() const override { return "receive"; }

 private:
  bool try_now() override {
    if (std::optional<T> item = channel_.try_receive()) {
      item_.emplace(std::move(*item));
      return true;
    }
    // While items are promised, one may come back from a receiver that is cancelled.
    if (!channel_.closed_ || channel_.size_ > 0) return false;
    refuse(Error(Code::kClosed));
    return true;
  }

  Channel& channel_;
  std::optional<T> item_;
};

/// A send() not yet begun: movable, so that all_of and first_of can take it. Await it once.
template <class T>
class [[nodiscard("an item is sent when this is awaited")]] Channel<T>::Send {
 public:
  Send(Channel& channel, T item, Deadline deadline)
      : channel_(channel), item_(std::move(item)), deadline_(deadline) {}
  SendAwaiter operator co_await() && { return SendAwaiter(channel_, std::move(item_), deadline_); }

 private:
  Channel& channel_;
  T item_;
  Deadline deadline_;
};

/// A receive() not yet begun: movable, so that all_of and first_of can take it. Await it once.
template <class T>
class [[nodiscard("an item is received when this is awaited")]] Channel<T>::Receive {
 public:
  Receive(Channel& channel, Deadline deadline) : channel_(channel), deadline_(deadline) {}
  ReceiveAwaiter operator co_await() const { return ReceiveAwaiter(channel_, deadline_); }

 private:
  Channel& channel_;
  Deadline deadline_;
};

}  // namespace troupe
