// Mutex: a section of code that awaits, and that one coroutine of the core is in at a time.
#pragma once

#include <optional>
#include <utility>

#include "base/result.h"
#include "base/semaphore.h"
#include "base/time.h"

namespace troupe {

class Mutex;

namespace detail {
class LockAwaiter;
}

/// The right to be in the section, given up when it is destroyed or unlock()ed. Move-only; empty
/// after a move. Must not outlive its Mutex. Thread: the Mutex's core only.
class [[nodiscard]] Lock {
 public:
  Lock() = default;
  Lock(Lock&&) noexcept = default;
  Lock& operator=(Lock&&) noexcept = default;

  void unlock() { permit_.release(); }
  bool locked() const { return permit_.count() != 0; }

 private:
  friend class Mutex;
  friend class detail::LockAwaiter;
  explicit Lock(Permit permit) : permit_(std::move(permit)) {}

  Permit permit_;
};

/// A lock() not yet begun: movable, so that all_of and first_of can take it. Await it once.
class [[nodiscard("a mutex is locked when this is awaited")]] LockRequest {
 public:
  LockRequest(Semaphore& semaphore, Deadline deadline)
      : semaphore_(semaphore), deadline_(deadline) {}
  detail::LockAwaiter operator co_await() const;

 private:
  Semaphore& semaphore_;
  Deadline deadline_;
};

/// What several awaits do must not be mixed with what another coroutine does: read, ask, write
/// back. First come, first served. Between two awaits nothing else runs on a core, so code without
/// a co_await needs no lock; nor does a single actor, which takes one message at a time. Nothing
/// between cores is guarded by this: there one sends a message.
///
/// Not recursive: who holds the lock and awaits it again waits for itself, until the deadline.
/// Thread: one core only. Lifetime: outlives its locks and whoever waits; aborts otherwise.
/// Allocates nothing.
class Mutex {
 public:
  Mutex() : semaphore_(1) {}

  /// `auto lock = co_await mutex.lock(within(50ms));`: a Result<Lock>. Errors: as
  /// Semaphore::acquire.
  LockRequest lock(Deadline deadline = kNoDeadline) { return LockRequest(semaphore_, deadline); }
  /// None if lock() would wait.
  std::optional<Lock> try_lock() {
    std::optional<Permit> permit = semaphore_.try_acquire();
    if (!permit) return std::nullopt;
    return Lock(std::move(*permit));
  }

  bool locked() const { return semaphore_.available() == 0; }
  /// How many wait. Counts them.
  std::size_t waiting() const { return semaphore_.waiting(); }

 private:
  Semaphore semaphore_;
};

namespace detail {

class LockAwaiter final : public Acquisition {
 public:
  LockAwaiter(Semaphore& semaphore, Deadline deadline) : Acquisition(semaphore, 1, deadline) {}
  Result<Lock> await_resume() {
    Result<Permit> permit = take();
    if (!permit) return permit.error();
    return Lock(std::move(*permit));
  }
  const char* name() const override { return "mutex"; }
};

}  // namespace detail

inline detail::LockAwaiter LockRequest::operator co_await() const {
  return detail::LockAwaiter(semaphore_, deadline_);
}

}  // namespace troupe
