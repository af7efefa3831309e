// Self<A>: what a behaviour knows of itself and can do.
#pragma once

#include <coroutine>
#include <cstdint>
#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "actor/actor_report.h"
#include "actor/behavior.h"
#include "actor/cell.h"
#include "actor/cell_inline.h"
#include "actor/core.h"
#include "actor/ref.h"
#include "base/check.h"
#include "base/promise.h"
#include "base/time.h"
#include "io/sleep.h"

namespace troupe {

/// Starts an actor on the current core; without a group, in that of its parent, or of users.
/// Nobody's reference if the limit of actors is reached or there is no memory for one more.
template <class A, class F, class... Args>
Ref<A> spawn_on_this_core(Cell* parent, std::optional<Group> group, F&& behavior, Args&&... args);

/// The wait for the next message.
template <class A>
class [[nodiscard]] Receive {
 public:
  explicit Receive(Cell& cell) : cell_(cell) {}

  void bind(PromiseBase& promise) { promise_ = &promise; }
  bool await_ready() const { return cell_.can_receive(); }
  void await_suspend(std::coroutine_handle<> receiver) { cell_.wait(receiver); }
  [[gnu::always_inline]] typename A::Message await_resume() {
    return typename A::Message(cell_.take(*promise_));
  }

 private:
  Cell& cell_;
  PromiseBase* promise_ = nullptr;
};

/// The change to another behaviour: an await that never resumes.
template <class A, class F, class... Args>
class [[nodiscard("become happens when it is awaited")]] Become {
 public:
  Become(Cell& cell, F next, Args... args)
      : cell_(cell), next_(std::move(next)), args_(std::move(args)...) {}

  bool await_ready() const { return false; }
  // Only a behaviour itself can be replaced: inside a Task this does not compile.
  void await_suspend(Behavior::Handle) {
    std::apply(
        [this](Args&... args) {
          cell_.replace_behavior(next_(typename A::Self(cell_), std::move(args)...));
        },
        args_);
  }
  // Says so to the compiler and to lints: what follows the await in the behaviour is never reached.
  [[noreturn]] void await_resume() const {
    fail_check(__FILE__, __LINE__, "a behaviour was resumed after it became another");
  }

 private:
  Cell& cell_;
  F next_;
  std::tuple<Args...> args_;
};

/// Passed by value as the first parameter of every behaviour. Thread: the actor's core only; valid
/// as long as the actor.
template <class A>
class Self {
 public:
  explicit Self(Cell& cell) : cell_(&cell) {}

  /// The next message: control first, then in order. kStop once the actor is to stop; a behaviour
  /// that receives again after kStop is ended there. One at a time.
  Receive<A> receive() const { return Receive<A>(*cell_); }

  /// Ends this behaviour and starts `next(self, state…)` in its place, with the same mailbox,
  /// references and children. Never resumes. Memory stays flat over any number of changes.
  template <class F, class... Args>
  Become<A, F, std::decay_t<Args>...> become(F next, Args&&... args) const {
    return Become<A, F, std::decay_t<Args>...>(*cell_, next, std::forward<Args>(args)...);
  }

  /// A reference to this actor.
  Ref<A> ref() const {
    if constexpr (A::kKeyed) {
      return Ref<A>(key());
    } else {
      return Ref<A>(cell_->address());
    }
  }
  /// The key of a keyed actor; a text's view lives as long as the actor.
  auto key() const
    requires(A::kKeyed)
  {
    return KeyCodec<typename A::Key>::decode(cell_->key());
  }

  /// Starts a child on this core: it is stopped before this actor's end.
  template <class B, class F, class... Args>
  Ref<B> spawn(F&& behavior, Args&&... args) const {
    return spawn_on_this_core<B>(cell_, std::nullopt, std::forward<F>(behavior),
                                 std::forward<Args>(args)...);
  }
  /// The same in a scheduling group of its own, which its children inherit.
  template <class B, class F, class... Args>
  Ref<B> spawn_in(Group group, F&& behavior, Args&&... args) const {
    return spawn_on_this_core<B>(cell_, group, std::forward<F>(behavior),
                                 std::forward<Args>(args)...);
  }

  /// When `other` ends (or if it is gone), this actor receives kDown, once. Limit: kWatchesMax.
  template <class B>
  void watch(const Ref<B>& other) const {
    static_assert(A::kWatches, "an actor that watches says `watches;` in its contract");
    static_assert(!B::kKeyed, "a keyed actor has no single life to watch");
    cell_->watch(other.address());
  }
  template <class B>
  void unwatch(const Ref<B>& other) const {
    cell_->unwatch(other.address());
  }

  /// As if somebody had called ref().stop().
  void stop() const { cell_->request_stop(); }
  bool stopping() const { return cell_->stopping(); }
  /// Messages that wait in the mailbox: as many receives return at once.
  std::uint32_t queued() const { return cell_->queued(); }

  /// What this actor does, with its chain of awaits: for a log line of its own.
  ActorReport report() const { return cell_->report(); }

  /// Status: ok, or kCancelled or kStopping.
  auto sleep_for(Duration duration) const { return io::sleep_for(duration); }
  /// The core's cached time.
  Time now() const { return cell_->core().now(); }

 private:
  friend class Behavior::promise_type;
  Cell* cell_;
};

template <class A, class F, class... Args>
Ref<A> spawn_on_this_core(Cell* parent, std::optional<Group> group, F&& behavior, Args&&... args) {
  static_assert(!A::kKeyed, "keyed actors are not spawned: System::serve says how they start");
  static_assert(std::is_invocable_r_v<Behavior, F, Self<A>, Args...>,
                "spawn wants a function (Self, arguments…) -> Behavior");
  Core& core = Core::current();
  Cell* cell = core.new_cell(A::kType, parent);
  if (cell == nullptr) {
    core.note_not_spawned();
    return Ref<A>();
  }
  if (group) cell->strand().set_group(*group);
  try {
    cell->start(std::invoke(behavior, Self<A>(*cell), std::forward<Args>(args)...));
  } catch (...) {
    // Copying or moving an argument failed: the caller's exception, and no actor.
    core.discard_cell(*cell);
    throw;
  }
  if (core.stopping()) cell->request_stop();
  return Ref<A>(cell->address());
}

}  // namespace troupe
