// Self<A>: what a behaviour knows of itself and can do.
#pragma once

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "actor/actor_report.h"
#include "actor/behavior.h"
#include "actor/cell.h"
#include "actor/cell_inline.h"
#include "actor/core.h"
#include "actor/names/select.h"
#include "actor/ref.h"
#include "actor/spawn.h"
#include "actor/state/unhandled.h"
#include "actor/supervision/handle.h"
#include "actor/supervision/supervised.h"
#include "actor/time/receive.h"
#include "actor/time/timers.h"
#include "base/check.h"
#include "base/promise.h"
#include "base/task.h"
#include "base/time.h"
#include "io/sleep.h"

namespace troupe {

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
  /// that receives again after kStop is ended there. One at a time. In a branch of first_of or
  /// all_of it takes no message once the branch is cancelled, and gives kStop then.
  Receive<A> receive() const { return Receive<A>(*cell_); }
  /// `auto msg = co_await self.receive(within(1s));`: a Result<Message>. Errors: kDeadlineExceeded,
  /// none came in time (never early; one that comes at that moment is taken); kCancelled, it lost a
  /// first_of: then no message was taken. kStop is no error.
  ReceiveWithin<A> receive(Deadline deadline) const { return ReceiveWithin<A>(*cell_, deadline); }

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

  /// Starts a child on this core: it is stopped before this actor's end, and a failure stops it.
  template <class B, NoSpawnOptions F, class... Args>
  Ref<B> spawn(F&& behavior, Args&&... args) const {
    return spawn_on_this_core<B>(cell_, std::forward<F>(behavior), std::forward<Args>(args)...);
  }
  /// The same with a name, a supervision or a scheduling group: SpawnOptions. What is wrong with
  /// them is a warning in the log, and the reference nobody's; try_spawn() gives the error instead.
  template <class B, class F, class... Args>
  Ref<B> spawn(const SpawnOptions& options, F&& behavior, Args&&... args) const {
    return spawn_or_warn<B>(cell_, options, std::forward<F>(behavior), std::forward<Args>(args)...);
  }
  template <class B, class F, class... Args>
  Result<Ref<B>> try_spawn(const SpawnOptions& options, F&& behavior, Args&&... args) const {
    return spawn_with_options<B>(cell_, Guardian::kUser, options, std::forward<F>(behavior),
                                 std::forward<Args>(args)...);
  }
  /// In a scheduling group of its own, which its children inherit.
  template <class B, class F, class... Args>
  Ref<B> spawn_in(Group group, F&& behavior, Args&&... args) const {
    return spawn<B>(SpawnOptions{.group = group}, std::forward<F>(behavior),
                    std::forward<Args>(args)...);
  }

  /// `self.pipe(ref.ask(within(1s)).total(), [](auto total, const Ref<Me>& me) { … });` awaits a
  /// Task or another awaitable beside the behaviour, and calls `map` with what it comes to (its
  /// Result or Status, or a Result of its value) and a reference to this actor: to tell it, in a
  /// message of its own contract. An exception of the work is kFailed; one of `map` is this actor's
  /// failure. The work ends before the actor, which cancels it, and is stopped by a restart as
  /// children are (OnRestart); then `map` is not called. Reports name this actor for it. It
  /// inherits no deadline. Errors: kOverloaded (kPipesMax run), kTooManyActors, kStopping; then
  /// nothing runs.
  template <class Work, class Map>
  Status pipe(Work work, Map map) const;  // delivery/pipe.h
  /// A reference by which others speak protocol B to this actor: `map(B::Message, const Ref<A>&)`
  /// is called with each message, to tell this actor what that means in its own contract (it takes
  /// kUnknown too, but no kStop). It has the mailbox of B's contract, and ends as a child does:
  /// with this actor, or with its restart. An exception of `map` is this actor's failure. Errors:
  /// kTooManyActors, kStopping.
  template <class B, class Map>
  Result<Ref<B>> adapter(Map map) const;  // delivery/pipe.h

  /// `self.subscribe<ActorFailed>([](const ActorFailed& failed, const Ref<Me>& me) { … });` has
  /// `map` called on this core with each event of type E (delivery/event.h) of all cores, to tell
  /// this actor of it in a message of its own contract. Until the actor ends, over restarts; a
  /// second one for the same E replaces the first. `map` must not throw. Events that its own tells
  /// cause are not delivered (EventListener). Errors: kOverloaded (kEventSubscriptionsMax).
  template <class E, class Map>
  Status subscribe(Map map) const;  // delivery/events.h
  template <class E>
  void unsubscribe() const;  // delivery/events.h

  /// When `other` ends (or if it is gone), this actor receives kDown, once. Limit: kWatchesMax.
  template <class B>
  void watch(const Ref<B>& other) const {
    static_assert(A::kWatches, "an actor that watches says `watches;` in its contract");
    static_assert(!B::kKeyed, "a keyed actor has no single life to watch");
    cell_->watch(other.address());
  }
  template <std::same_as<Selected> S>
  void watch(const S&) const {
    static_assert(
        !std::is_same_v<S, Selected>,
        "a selection cannot be watched, since who matches changes: watch each of as<A>()");
  }
  /// Death pact: when `other` ends (or if it is gone), this actor fails (FailureKind::kDeathPact),
  /// and its supervisor decides. Counts as a watch; unwatch() ends it.
  template <class B>
  void link(const Ref<B>& other) const {
    static_assert(!B::kKeyed, "a keyed actor has no single life to be linked to");
    cell_->link(other.address());
  }
  template <class B>
  void unwatch(const Ref<B>& other) const {
    cell_->unwatch(other.address());
  }

  /// As if somebody had called ref().stop().
  void stop() const { cell_->request_stop(); }
  bool stopping() const { return cell_->stopping(); }
  /// How often it was restarted since its spawn; 0 for the first behaviour.
  std::uint64_t restarts() const {
    const Supervised* own = cell_->supervised();
    return own != nullptr ? own->restarts() : 0;
  }
  /// The failure that led to the last restart; null if there was none. Valid until the next one.
  const Failure* last_failure() const {
    const Supervised* own = cell_->supervised();
    return own != nullptr ? own->last_failure() : nullptr;
  }
  /// All is well again: the next restart waits no longer than the first one did (Backoff).
  void reset_backoff() const {
    if (Supervised* own = cell_->supervised(); own != nullptr) own->reset_backoff();
  }

  /// Messages to itself, later: see ActorTimers.
  ActorTimers<A> timers() const { return ActorTimers<A>(cell_->timers()); }

  /// For a message that the present behaviour has no use for: an ask is answered `unsupported`, and
  /// it is counted (Ledger::unhandled), published (UnhandledMessage) and warned about. A Down that
  /// nobody handles is a death pact: this throws DeathPact, the actor's failure (kDeathPact).
  /// kStop: nothing.
  template <class Message>
  void unhandled(Message message) const {
    note_unhandled(*cell_, message);
  }

  /// `auto task = deposit(self, msg.deposit()); co_await self.handle(std::move(msg),
  /// std::move(task));` runs the handler of one message, which lives until then. After an exception
  /// the decider says whether the actor goes on, or the exception comes out of here; an unanswered
  /// ask is answered `failed` in either case.
  template <class Message>
  Task<> handle(Message message, Task<> task, HandlerDecider decider = decide_to_resume) const {
    return handle_message(cell_, std::move(message), std::move(task), std::move(decider));
  }

  /// Messages that wait in the mailbox: as many receives return at once.
  std::uint32_t queued() const { return cell_->queued(); }

  /// Where it lives: the same for every incarnation that is spawned there.
  Path path() const { return path_of(*cell_); }
  /// Its parent; a guardian or a type is one without an address.
  Identity parent() const { return names::parent_of(*cell_); }
  /// Its living children, oldest first.
  std::vector<Identity> children() const { return names::children_below(*cell_); }
  /// The child of that name, or further below: `child<Worker>("pool/worker-1")`. Nobody's if there
  /// is none, or one of another protocol.
  template <class B>
  Ref<B> child(std::string_view name) const {
    return names::ref_below<B>(names::TreeNode(*cell_), name);
  }
  /// `co_await self.select("../*")`: who lives there now; patterns: names::Selection::parse().
  /// Errors: kInvalidArgument, the pattern; kTooLarge; kOverloaded, it finds more than
  /// kSelectedMax; kDeadlineExceeded, kCancelled, kStopping.
  Task<Result<Selected>> select(std::string pattern, Deadline deadline = kNoDeadline) const {
    return names::select_from(path(), std::move(pattern), deadline);
  }

  /// What this actor does, with its chain of awaits: for a log line of its own.
  ActorReport report() const { return cell_->report(); }

  /// Status: ok, or kCancelled or kStopping.
  auto sleep_for(Duration duration) const { return io::sleep_for(duration); }
  /// The core's cached time.
  Time now() const { return cell_->core().now(); }

  /// For the runtime and what extends it.
  Cell& cell() const { return *cell_; }

 private:
  friend class Behavior::promise_type;
  Cell* cell_;
};

}  // namespace troupe
