// Semaphore: at most so many at once. A permit is held by an object and goes back with it.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "base/home_core.h"
#include "base/result.h"
#include "base/time.h"
#include "base/wait_queue.h"

namespace troupe {

class Semaphore;

namespace detail {
class Acquisition;
class AcquireAwaiter;
}  // namespace detail

/// What was acquired from a Semaphore, given back when it is destroyed or release()d. Move-only;
/// empty after a move. Must not outlive its Semaphore. Thread: the Semaphore's core only.
class [[nodiscard]] Permit {
 public:
  Permit() = default;
  Permit(Permit&& other) noexcept
      : semaphore_(std::exchange(other.semaphore_, nullptr)),
        count_(std::exchange(other.count_, 0)) {}
  Permit& operator=(Permit&& other) noexcept {
    if (this != &other) {
      release();
      semaphore_ = std::exchange(other.semaphore_, nullptr);
      count_ = std::exchange(other.count_, 0);
    }
    return *this;
  }
  ~Permit() { release(); }

  /// Gives back what is held, before the end.
  void release();
  /// How many of the semaphore's are held; 0 once given back or moved away.
  std::size_t count() const { return count_; }

 private:
  friend class Semaphore;
  friend class detail::Acquisition;
  Permit(Semaphore& semaphore, std::size_t count) : semaphore_(&semaphore), count_(count) {}

  Semaphore* semaphore_ = nullptr;
  std::size_t count_ = 0;
};

/// An acquire() not yet begun: movable, so that all_of and first_of can take it. Await it once.
class [[nodiscard("a permit is acquired when this is awaited")]] Acquire {
 public:
  Acquire(Semaphore& semaphore, std::size_t count, Deadline deadline)
      : semaphore_(semaphore), count_(count), deadline_(deadline) {}
  detail::AcquireAwaiter operator co_await() const;

 private:
  Semaphore& semaphore_;
  std::size_t count_;
  Deadline deadline_;
};

/// A number of permits that coroutines of one core share: connections, memory, calls to a slow
/// neighbour. First come, first served: who wants many is not overtaken by who wants few, so
/// acquire() may wait while available() is not 0. Allocates nothing.
///
/// Thread: one core only. Lifetime: outlives its permits and whoever waits; aborts otherwise.
class Semaphore {
 public:
  /// `permits`: how many there are, for good.
  explicit Semaphore(std::size_t permits) : total_(permits), available_(permits) {}
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;
  ~Semaphore();

  /// `auto permit = co_await semaphore.acquire(within(50ms));`: a Result<Permit>. Errors:
  /// kDeadlineExceeded, also by the deadline of the call; kCancelled or kStopping. Nothing is held
  /// then. A permit that is there is given even if the deadline has passed.
  Acquire acquire(Deadline deadline = kNoDeadline) { return Acquire(*this, 1, deadline); }
  /// The same for `count` at once. Error: kTooLarge if there are never so many (detail = permits).
  Acquire acquire(std::size_t count, Deadline deadline = kNoDeadline) {
    return Acquire(*this, count, deadline);
  }
  /// None if acquire() would wait. Never overtakes.
  std::optional<Permit> try_acquire(std::size_t count = 1);

  /// Permits that nobody holds.
  std::size_t available() const { return available_; }
  std::size_t permits() const { return total_; }
  /// How many wait. Counts them.
  std::size_t waiting() const { return waiting_.size(); }

 private:
  friend class Permit;
  friend class detail::Acquisition;
  bool take(std::size_t count);
  void give_back(std::size_t count);
  void grant_waiting();

  const std::size_t total_;
  std::size_t available_;
  detail::WaitQueue waiting_;
  detail::HomeCore home_;
};

namespace detail {

/// The wait for permits: of a Semaphore or, one level up, a Mutex.
class Acquisition : public QueuedWait {
 protected:
  Acquisition(Semaphore& semaphore, std::size_t count, Deadline deadline);
  ~Acquisition();
  Result<Permit> take();

 private:
  friend class troupe::Semaphore;
  bool try_now() final;
  void left() final;

  Semaphore& semaphore_;
  const std::size_t count_;
};

class AcquireAwaiter final : public Acquisition {
 public:
  AcquireAwaiter(Semaphore& semaphore, std::size_t count, Deadline deadline)
      : Acquisition(semaphore, count, deadline) {}
  Result<Permit> await_resume() { return take(); }
  const char* name() const override { return "semaphore"; }
};

}  // namespace detail

inline detail::AcquireAwaiter Acquire::operator co_await() const {
  return detail::AcquireAwaiter(semaphore_, count_, deadline_);
}

}  // namespace troupe
