// RunQueue: what a core does next, in order.
#pragma once

namespace troupe {

/// Something a core can run once it is at the front of the queue. In one queue at most once.
class Runnable {
 public:
  virtual void run() = 0;

 protected:
  ~Runnable() = default;

 private:
  friend class RunQueue;
  Runnable* next_ = nullptr;
};

/// Intrusive first-in first-out queue. Thread: owner core only.
class RunQueue {
 public:
  bool empty() const { return head_ == nullptr; }

  void push(Runnable& runnable) {
    runnable.next_ = nullptr;
    *tail_ = &runnable;
    tail_ = &runnable.next_;
  }

  /// The queue must not be empty.
  Runnable& pop() {
    Runnable* first = head_;
    head_ = first->next_;
    if (head_ == nullptr) tail_ = &head_;
    return *first;
  }

 private:
  Runnable* head_ = nullptr;
  Runnable** tail_ = &head_;
};

}  // namespace troupe
