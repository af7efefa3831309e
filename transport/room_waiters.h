// RoomWaiters: who waits until something full has room again, oldest first.
#pragma once

namespace troupe::transport {

/// In one list at most once. Thread: owner core only.
class RoomWaiter {
 public:
  /// There may be room: look again, and wait anew if others were quicker. No longer listed.
  virtual void room_available() = 0;

 protected:
  ~RoomWaiter() = default;

 private:
  friend class RoomWaiters;
  RoomWaiter* next_ = nullptr;
  RoomWaiter* previous_ = nullptr;
  class RoomWaiters* list_ = nullptr;
};

/// Thread: owner core only.
class RoomWaiters {
 public:
  bool empty() const { return first_ == nullptr; }

  void add(RoomWaiter& waiter) {
    waiter.list_ = this;
    waiter.next_ = nullptr;
    waiter.previous_ = last_;
    (last_ != nullptr ? last_->next_ : first_) = &waiter;
    last_ = &waiter;
  }
  /// Takes `waiter` out of the list it is in, if any.
  static void remove(RoomWaiter& waiter) {
    if (RoomWaiters* list = waiter.list_; list != nullptr) list->unlink(waiter);
  }
  /// Wakes those who are listed now; those who wait anew are not woken again.
  void wake_all() {
    RoomWaiters woken;
    woken.first_ = first_;
    woken.last_ = last_;
    for (RoomWaiter* waiter = first_; waiter != nullptr; waiter = waiter->next_) {
      waiter->list_ = &woken;
    }
    first_ = last_ = nullptr;
    while (RoomWaiter* waiter = woken.first_) {
      woken.unlink(*waiter);
      waiter->room_available();
    }
  }

 private:
  void unlink(RoomWaiter& waiter) {
    (waiter.previous_ != nullptr ? waiter.previous_->next_ : first_) = waiter.next_;
    (waiter.next_ != nullptr ? waiter.next_->previous_ : last_) = waiter.previous_;
    waiter.list_ = nullptr;
  }

  RoomWaiter* first_ = nullptr;
  RoomWaiter* last_ = nullptr;
};

}  // namespace troupe::transport
