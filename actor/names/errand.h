// Errand: a piece of work that goes from core to core and comes home, and the wait for it.
#pragma once

#include <coroutine>
#include <memory>
#include <utility>

#include "base/core_context.h"
#include "base/result.h"
#include "base/run_queue.h"
#include "base/time.h"
#include "base/wait_queue.h"

namespace troupe {

class Core;

namespace names {

class ErrandWait;

/// Lies on the heap of the process and belongs to its home core, whatever becomes of who waits for
/// it. Only the core where it is touches it. Two errands that go the same way from one core to
/// another arrive in the order in which they left.
class Errand : public Runnable {
 public:
  virtual ~Errand();
  Errand(const Errand&) = delete;
  Errand& operator=(const Errand&) = delete;

  void run() final;

 protected:
  static constexpr unsigned kHome = 0xffffffff;
  Errand() = default;
  /// Does its work on a core. Where it goes next: a core, this one for another turn, or kHome.
  virtual unsigned visit(Core& here) = 0;

 private:
  friend class ErrandWait;
  friend class Errands;
  ErrandWait* waiter_ = nullptr;  // who awaits it, if anybody still does; home core only
  Errand* next_errand_ = nullptr;
  Errand* previous_errand_ = nullptr;
  unsigned home_ = 0;
  bool done_ = false;
};

/// The errands of one home core that are under way. Thread: that core only.
class Errands {
 public:
  Errands() = default;
  Errands(const Errands&) = delete;
  Errands& operator=(const Errands&) = delete;
  /// Cores have taken their last turn: what is under way is nobody's.
  ~Errands();

  /// Sends it off to `core`, which it visits first.
  Errand& send(Core& here, std::unique_ptr<Errand> errand, unsigned core);
  /// It is home.
  std::unique_ptr<Errand> take(Errand& errand);

 private:
  Errand* first_ = nullptr;
};

// The queue of one that QueuedWait wants; it outlives that base.
struct ErrandQueue {
  detail::WaitQueue queue;
};

/// The wait. Lives in the awaiting frame. Ends with the errand, the deadline or a cancellation; the
/// errand is not called back then.
class ErrandWait : private ErrandQueue, public detail::QueuedWait {
 public:
  const char* name() const override { return "names"; }
  /// What is too late already is not sent.
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    const Deadline of_call(handle.promise().context().deadline);
    if (!Deadline::earlier(deadline_, of_call).reached(CoreContext::current().now())) {
      return QueuedWait::await_suspend(handle);
    }
    refuse(Error(Code::kDeadlineExceeded));
    return false;
  }

 protected:
  ErrandWait(std::unique_ptr<Errand> errand, unsigned core, Deadline deadline)
      : QueuedWait(queue, deadline), errand_(std::move(errand)), deadline_(deadline), core_(core) {}
  ~ErrandWait();

  /// The errand once it is home, or null and why.
  Errand* finished(Error& why_not);

 private:
  friend class Errand;
  bool try_now() override;
  void left() override;

  std::unique_ptr<Errand> errand_;  // before it is sent, and once it is home
  Errand* under_way_ = nullptr;
  Deadline deadline_;
  unsigned core_;
};

/// Awaits `E`, whose result() is a Result.
template <class E>
class ErrandAwaiter final : public ErrandWait {
 public:
  ErrandAwaiter(std::unique_ptr<E> errand, unsigned core, Deadline deadline)
      : ErrandWait(std::move(errand), core, deadline) {}

  auto await_resume() -> decltype(std::declval<E&>().result()) {
    Error why_not(Code::kCancelled);
    Errand* errand = finished(why_not);
    if (errand == nullptr) return why_not;
    return static_cast<E*>(errand)->result();
  }
};

/// An errand not yet sent: movable, so that all_of and first_of can take it. Await it once.
template <class E>
class [[nodiscard("an errand is sent when it is awaited")]] ErrandRequest {
 public:
  ErrandRequest(std::unique_ptr<E> errand, unsigned core, Deadline deadline)
      : errand_(std::move(errand)), core_(core), deadline_(deadline) {}
  ErrandAwaiter<E> operator co_await() && {
    return ErrandAwaiter<E>(std::move(errand_), core_, deadline_);
  }

 private:
  std::unique_ptr<E> errand_;
  unsigned core_;
  Deadline deadline_;
};

}  // namespace names

}  // namespace troupe
