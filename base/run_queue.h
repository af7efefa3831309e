// RunQueue: what a core does next, in order.
#pragma once

#include <cstddef>

namespace troupe {

class PromiseBase;
class Strand;

/// Something a core can run once it is at the front of the queue. In one queue at most once.
class Runnable {
 public:
  virtual void run() = 0;

  /// The strand that run() goes on with, for reports; null if it is no coroutine.
  const Strand* runs_in() const { return runs_in_; }
  /// Writes who this is ("bank.Account 'alice'") for reports, with a NUL, cut to `bytes`, which is
  /// at least 1. Signal handlers call it: it takes no lock and allocates nothing.
  virtual void describe(char* text, std::size_t) const { *text = 0; }
  /// What `innermost`, a coroutine of a strand of this owner, waits for if that is no Operation;
  /// null if it waits for nothing but its turn.
  virtual const char* awaited_in(const PromiseBase&) const { return nullptr; }

 protected:
  Runnable() = default;
  explicit Runnable(Strand* runs_in) : runs_in_(runs_in) {}
  ~Runnable() = default;

  Strand* runs_in_ = nullptr;

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
