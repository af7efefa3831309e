// RunQueue: what a core does next, in order, for each scheduling group.
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe {

class PromiseBase;
class Strand;

/// Who shares a core. Each group has a share of the runnables that a busy core runs
/// (io::GroupShares); what one leaves unused goes to the others.
enum class Group : std::uint8_t {
  kSystem,      ///< What must go on while users' work is plenty: membership, health, the stop.
  kUser,        ///< Everything that says nothing else.
  kBackground,  ///< What may wait: compaction, statistics, repairs.
};
inline constexpr std::size_t kGroups = 3;

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

/// Intrusive first-in first-out queues, one for each group. Thread: owner core only.
class RunQueue {
 public:
  RunQueue() {
    for (std::size_t i = 0; i < kGroups; ++i) tails_[i] = &heads_[i];
  }
  RunQueue(const RunQueue&) = delete;
  RunQueue& operator=(const RunQueue&) = delete;

  bool empty(Group group) const { return heads_[static_cast<std::size_t>(group)] == nullptr; }
  bool empty() const {
    return empty(Group::kUser) && empty(Group::kSystem) && empty(Group::kBackground);
  }

  void push(Runnable& runnable, Group group = Group::kUser) {
    Runnable**& tail = tails_[static_cast<std::size_t>(group)];
    runnable.next_ = nullptr;
    *tail = &runnable;
    tail = &runnable.next_;
  }

  /// The group's queue must not be empty.
  Runnable& pop(Group group) {
    Runnable*& head = heads_[static_cast<std::size_t>(group)];
    Runnable* first = head;
    head = first->next_;
    if (head == nullptr) tails_[static_cast<std::size_t>(group)] = &head;
    return *first;
  }

 private:
  Runnable* heads_[kGroups] = {};
  Runnable** tails_[kGroups];
};

}  // namespace troupe
