// StateMachine: an actor as states, each a type with handlers, for those who prefer it to loops.
//
//   struct Open;
//   struct Closed {
//     Next<Open> on(Door::Unlock unlock);                    // Open{…}, or stay
//     using Ignores = Events<Door::Lock>;
//     using Defers = Events<Door::Enter>;                    // until the state changes
//   };
//   struct Open {
//     void entered();
//     Duration timeout() const { return 30s; }
//     Closed on(StateTimeout);                               // always
//     Task<> on(Door::Enter enter);                          // stays; may await
//     Next<Closed, Done> on(Door::Lock lock);
//     static constexpr Otherwise kOtherwise = Otherwise::kUnhandled;
//   };
//
//   Behavior door(Door::Self self) {
//     StateMachine<Door, Closed, Open> machine(self, Closed{});
//     co_await machine.run();
//   }
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "actor/message.h"
#include "actor/self.h"
#include "actor/state/stash.h"
#include "actor/supervision/handlers.h"
#include "base/check.h"
#include "base/result.h"
#include "base/task.h"
#include "base/time.h"

namespace troupe {

/// Results of a handler beside a state: it stays in the one it is in; the machine has come to its
/// end; the message is kept until the state changes.
struct Stay {};
struct Done {};
struct Defer {};
inline constexpr Stay stay{};
inline constexpr Done done{};
inline constexpr Defer defer{};

/// What a state with timeout() gets once it is over.
struct StateTimeout {};

/// Messages, as a state lists them in Defers, Ignores and Unhandled.
template <class... Views>
struct Events {};

/// What a state does with every message it has no handler for: `kOtherwise` in the state. Without
/// it, a message that is neither handled nor listed does not compile.
enum class Otherwise : std::uint8_t {
  kDefer,      ///< Kept until the state changes.
  kIgnore,     ///< Dropped as handled; an ask is answered no_reply.
  kUnhandled,  ///< Self::unhandled().
};

/// What a handler returns that leads to one of these states (Done and Defer among them, if so), or
/// stays.
template <class... To>
class Next {
 public:
  Next(Stay) {}  // NOLINT(google-explicit-constructor)
  template <class State>
    requires(std::same_as<State, To> || ...)
  Next(State to) : to_(std::move(to)) {}  // NOLINT(google-explicit-constructor)

  std::variant<Stay, To...> take() && { return std::move(to_); }

 private:
  std::variant<Stay, To...> to_;
};

namespace detail {

struct Unhandled {};

template <class View, class List>
inline constexpr bool kListed = false;
template <class View, class... Views>
inline constexpr bool kListed<View, Events<Views...>> = (std::same_as<View, Views> || ...);

template <class View, class State>
constexpr bool listed_as_deferred() {
  if constexpr (requires { typename State::Defers; }) return kListed<View, typename State::Defers>;
  return false;
}
template <class View, class State>
constexpr bool listed_as_ignored() {
  if constexpr (requires { typename State::Ignores; })
    return kListed<View, typename State::Ignores>;
  return false;
}
template <class View, class State>
constexpr bool listed_as_unhandled() {
  if constexpr (requires { typename State::Unhandled; }) {
    return kListed<View, typename State::Unhandled>;
  }
  return false;
}
template <class State>
concept HasOtherwise = requires {
  { State::kOtherwise } -> std::convertible_to<Otherwise>;
};
template <class State>
concept HasTimeout = requires(const State& state) {
  { state.timeout() } -> std::convertible_to<Duration>;
};

/// What the state says of a message, if anything.
template <class State, class View>
constexpr std::optional<Otherwise> policy_of() {
  if (listed_as_deferred<View, State>()) return Otherwise::kDefer;
  if (listed_as_ignored<View, State>()) return Otherwise::kIgnore;
  if (listed_as_unhandled<View, State>()) return Otherwise::kUnhandled;
  if constexpr (HasOtherwise<State> && !IsCommon<View>) return State::kOtherwise;
  if (IsCommon<View>) return Otherwise::kUnhandled;
  return std::nullopt;
}

/// What one message, or a timeout, leads to.
template <class... States>
class StateStep {
 public:
  using Verdict = std::variant<Stay, Done, Defer, Unhandled, States...>;
  using NowOrLater = std::variant<Verdict, Task<Verdict>>;
  static constexpr std::size_t kFirstState = 4;  // among the alternatives of Verdict

  template <class State, class View>
  static NowOrLater handle(State& state, View view) {
    using Returned = decltype(state.on(view));
    static_assert(!listed_as_deferred<View, State>() && !listed_as_ignored<View, State>() &&
                      !listed_as_unhandled<View, State>(),
                  "a state lists a message that it handles");
    if constexpr (std::is_void_v<Returned>) {
      state.on(view);
      return Verdict(Stay{});
    } else if constexpr (kIsTask<Returned>) {
      return later(state.on(view));
    } else {
      return to_verdict(state.on(view));
    }
  }

 private:
  template <class T>
  static constexpr bool kIsTask = false;
  template <class T>
  static constexpr bool kIsTask<Task<T>> = true;

  template <class... To>
  static Verdict to_verdict(Next<To...> next) {
    return std::visit([](auto to) { return to_verdict(std::move(to)); }, std::move(next).take());
  }
  template <class To>
  static Verdict to_verdict(To to) {
    static_assert(std::is_constructible_v<Verdict, To>,
                  "a handler returns one of the machine's states, Next<…>, Stay, Done or Defer");
    return Verdict(std::in_place_type<To>, std::move(to));
  }
  template <class Returned>
  static Task<Verdict> later(Task<Returned> task) {
    if constexpr (std::is_void_v<Returned>) {
      co_await std::move(task);
      co_return Verdict(Stay{});
    } else {
      auto next = co_await std::move(task);
      co_return to_verdict(std::move(next));
    }
  }
};

/// For visit(): does not take a message of which the state says nothing.
template <class Step, class State>
class StateVisitor {
 public:
  using Verdict = typename Step::Verdict;
  explicit StateVisitor(State& state) : state_(state) {}

  template <class View>
    requires(Handles<State, View> || policy_of<State, View>().has_value())
  typename Step::NowOrLater operator()(View view) const {
    if constexpr (Handles<State, View>) {
      return Step::handle(state_, view);
    } else {
      constexpr Otherwise kPolicy = *policy_of<State, View>();
      if constexpr (kPolicy == Otherwise::kDefer) return Verdict(Defer{});
      if constexpr (kPolicy == Otherwise::kIgnore) return Verdict(Stay{});
      return Verdict(Unhandled{});
    }
  }

 private:
  State& state_;
};

}  // namespace detail

/// Messages that a machine may have deferred, unless it says otherwise.
inline constexpr std::size_t kDeferredDefault = 1024;

/// Lives in the behaviour, which awaits run(); data that all states need are its variables, or
/// travel from state to state. A state may have, each returning nothing or a Task<>: entered() and
/// left(), called also when a handler leads to the same state again; on(Stop), before the end; and
/// timeout() with on(StateTimeout), which counts from entered(), is not prolonged by messages,
/// never comes early and comes once. What was deferred is received again, first and in order, after
/// each change; one too many is dropped as stash_full. A Down without on(Down) is a death pact.
/// Thread: the actor's core.
template <class A, class... States>
class StateMachine {
 public:
  template <class Initial>
    requires(std::same_as<Initial, States> || ...)
  StateMachine(Self<A> self, Initial initial, std::size_t deferred_max = kDeferredDefault)
      : self_(self), state_(std::move(initial)), stash_(self.cell(), deferred_max) {}
  StateMachine(const StateMachine&) = delete;
  StateMachine& operator=(const StateMachine&) = delete;

  /// Ends with kStop, with Done, or when it is cancelled. An exception of a handler comes out.
  Task<> run();

  template <class State>
  bool is_in() const {
    return std::holds_alternative<State>(state_);
  }
  std::size_t deferred() const { return stash_.size(); }

 private:
  using Step = detail::StateStep<States...>;
  using Verdict = typename Step::Verdict;
  using NowOrLater = typename Step::NowOrLater;

  std::optional<Task<>> enter() {
    return std::visit(
        [this](auto& state) -> std::optional<Task<>> {
          using State = std::remove_cvref_t<decltype(state)>;
          until_ = Deadline(Time::max());
          if constexpr (detail::HasTimeout<State>) {
            static_assert(detail::Handles<State, StateTimeout>,
                          "a state with timeout() has on(StateTimeout)");
            until_ = Deadline(saturating_add(self_.now(), state.timeout()));
          }
          if constexpr (requires { state.entered(); }) {
            return detail::call_now_or_later([&] { return state.entered(); });
          }
          return std::nullopt;
        },
        state_);
  }
  std::optional<Task<>> leave() {
    return std::visit(
        [](auto& state) -> std::optional<Task<>> {
          if constexpr (requires { state.left(); }) {
            return detail::call_now_or_later([&] { return state.left(); });
          }
          return std::nullopt;
        },
        state_);
  }

  NowOrLater time_out() {
    until_ = Deadline(Time::max());
    return std::visit(
        [](auto& state) -> NowOrLater {
          using State = std::remove_cvref_t<decltype(state)>;
          if constexpr (detail::Handles<State, StateTimeout>) {
            return Step::handle(state, StateTimeout{});
          }
          return Verdict(Stay{});
        },
        state_);
  }
  NowOrLater dispatch(const typename A::Message& message) {
    return std::visit(
        [&](auto& state) -> NowOrLater {
          using State = std::remove_cvref_t<decltype(state)>;
          return message.visit(detail::StateVisitor<Step, State>(state));
        },
        state_);
  }
  void set_aside(typename A::Message& message) {
    if (!stash_.keep(message)) stash_.drop(message, DropReason::kStashFull);
  }

  void move_to(Verdict& verdict) {
    std::visit(
        [this](auto& next) {
          using Following = std::remove_cvref_t<decltype(next)>;
          if constexpr ((std::same_as<Following, States> || ...)) {
            state_.template emplace<Following>(std::move(next));
          }
        },
        verdict);
  }
  static bool is_state(const Verdict& verdict) { return verdict.index() >= Step::kFirstState; }

  Task<> change_to(Verdict verdict) {
    std::optional<Task<>> leaving = leave();
    if (leaving) co_await std::move(*leaving);
    move_to(verdict);
    std::optional<Task<>> entering = enter();
    if (entering) co_await std::move(*entering);
    stash_.replay();
  }

  Self<A> self_;
  std::variant<States...> state_;
  MessageStash stash_;
  Deadline until_{Time::max()};
};

template <class A, class... States>
Task<> StateMachine<A, States...>::run() {
  std::optional<Task<>> entering = enter();
  if (entering) co_await std::move(*entering);
  for (bool running = true; running;) {
    std::optional<typename A::Message> message;
    if (!until_.reached(self_.now())) {
      auto received = co_await self_.receive(until_);
      if (received) {
        message.emplace(std::move(*received));
      } else if (!received.error().is(Code::kDeadlineExceeded)) {
        co_return;
      }
    }
    const bool stops = message && message->kind() == A::Kind::kStop;
    NowOrLater step = message ? dispatch(*message) : time_out();
    Verdict verdict(Stay{});
    if (step.index() == 0) {
      verdict = std::move(std::get<0>(step));
    } else {
      auto later = co_await std::move(std::get<1>(step));
      verdict = std::move(later);
    }
    if (stops || std::holds_alternative<Done>(verdict)) {
      running = false;
    } else if (std::holds_alternative<Defer>(verdict)) {
      TROUPE_CHECK(message, "a state defers its timeout: only a message can be deferred");
      set_aside(*message);
    } else if (std::holds_alternative<detail::Unhandled>(verdict)) {
      self_.unhandled(std::move(*message));
    } else if (is_state(verdict)) {
      co_await change_to(std::move(verdict));
    }
  }
  std::optional<Task<>> leaving = leave();
  if (leaving) co_await std::move(*leaving);
}

}  // namespace troupe
