// FrameQueue: frames in order, linked through their own `next`.
#pragma once

#include <cstddef>

#include "protocols/frame.h"

namespace troupe::transport {

/// Intrusive first-in first-out queue of frames of one core.
class FrameQueue {
 public:
  bool empty() const { return head_ == nullptr; }
  protocols::Frame* front() const { return head_; }
  void push(protocols::Frame* frame) {
    frame->next = nullptr;
    *tail_ = frame;
    tail_ = &frame->next;
  }
  protocols::Frame* pop() {
    protocols::Frame* first = head_;
    head_ = first->next;
    if (head_ == nullptr) tail_ = &head_;
    return first;
  }
  /// Moves all of `earlier`, in order, before what is here.
  void prepend(FrameQueue& earlier) {
    if (earlier.empty()) return;
    *earlier.tail_ = head_;
    if (head_ == nullptr) tail_ = earlier.tail_;
    head_ = earlier.head_;
    earlier.head_ = nullptr;
    earlier.tail_ = &earlier.head_;
  }
  /// Forgets the first frame, which is gone; `second` was its successor.
  void drop_front(protocols::Frame* second) {
    head_ = second;
    if (head_ == nullptr) tail_ = &head_;
  }

  FrameQueue() = default;
  FrameQueue(const FrameQueue&) = delete;
  FrameQueue& operator=(const FrameQueue&) = delete;

 private:
  protocols::Frame* head_ = nullptr;
  protocols::Frame** tail_ = &head_;
};

}  // namespace troupe::transport
