// handlers<H>: an actor as a class with one function for each message, for those that answer one
// request after the other.
//
//   class AccountHandlers {
//    public:
//     explicit AccountHandlers(std::int64_t opening) : cents_(opening) {}
//     void on(bank::Account::Balance question) { question.reply(cents_); }
//     Task<> on(bank::Account::Deposit deposit);   // may await
//     …
//   };
//   self.spawn<bank::Account>(options, handlers<AccountHandlers>(), std::int64_t{100});
#pragma once

#include <concepts>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "actor/behavior.h"
#include "actor/message.h"
#include "actor/reentry.h"
#include "actor/self.h"
#include "actor/state/message_access.h"
#include "actor/supervision/handle.h"
#include "base/scope.h"
#include "base/task.h"

namespace troupe {

namespace detail {

template <class H, class View>
concept Handles = requires(H& handlers, View view) { handlers.on(view); };

/// What `visit` has beside the messages of a contract.
template <class View>
concept IsCommon =
    std::same_as<View, Stop> || std::same_as<View, Unknown> || std::same_as<View, Down>;

/// Calls a function that gives nothing or a Task<>: the task, if it is one, is to be awaited.
template <class Function>
std::optional<Task<>> call_now_or_later(Function&& function) {
  using Returned = std::invoke_result_t<Function>;
  static_assert(std::is_void_v<Returned> || std::is_same_v<Returned, Task<>>,
                "a handler or hook returns nothing or a Task<>");
  if constexpr (std::is_void_v<Returned>) {
    function();
    return std::nullopt;
  } else {
    return function();
  }
}

/// For visit(): does not take a message for which H has no on().
template <class H>
class HandlersVisitor {
 public:
  explicit HandlersVisitor(H& handlers) : handlers_(handlers) {}

  template <class View>
    requires(Handles<H, View> || IsCommon<View>)
  std::optional<Task<>> operator()(View view) {
    if constexpr (Handles<H, View>) {
      return call_now_or_later([&] { return handlers_.on(view); });
    } else {
      unhandled_ = true;
      return std::nullopt;
    }
  }
  bool unhandled() const { return unhandled_; }

 private:
  H& handlers_;
  bool unhandled_ = false;
};

template <class H, class SelfOfActor, class... Args>
H make_handlers(const SelfOfActor& self, Args&&... args) {
  if constexpr (std::is_constructible_v<H, SelfOfActor, Args...>) {
    return H(self, std::forward<Args>(args)...);
  } else {
    return H(std::forward<Args>(args)...);
  }
}

/// The hook of a first start, or of one after a failure.
template <class H, class A>
std::optional<Task<>> start_hook(H& handlers, const Self<A>& self) {
  if constexpr (requires(const Failure& failure) { handlers.post_restart(failure); }) {
    if (const Failure* failure = self.last_failure(); self.restarts() > 0 && failure != nullptr) {
      return call_now_or_later([&] { return handlers.post_restart(*failure); });
    }
  }
  if constexpr (requires { handlers.pre_start(self); }) {
    return call_now_or_later([&] { return handlers.pre_start(self); });
  }
  return std::nullopt;
}

template <class H>
std::optional<Task<>> stop_hook(H& handlers) {
  if constexpr (requires { handlers.post_stop(); }) {
    return call_now_or_later([&] { return handlers.post_stop(); });
  }
  return std::nullopt;
}

/// Of an exception that leaves the behaviour: pre_restart() if it is to restart, else post_stop().
template <class H>
std::optional<Task<>> failure_hook(H& handlers, const Cell& cell, const Failure& failure) {
  if constexpr (requires { handlers.pre_restart(failure); }) {
    const Supervised* own = cell.supervised();
    if (own != nullptr && own->can_restart() && own->decider()(failure) == Directive::kRestart) {
      return call_now_or_later([&] { return handlers.pre_restart(failure); });
    }
  }
  return stop_hook(handlers);
}

/// Receives and handles until kStop.
template <class H, class A>
Task<> handle_all(Self<A> self, H* handlers, HandlerDecider decider) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == A::Kind::kStop) co_return;
    std::exception_ptr exception;
    try {
      HandlersVisitor<H> visitor(*handlers);
      std::optional<Task<>> later = msg.visit(visitor);
      if (later) co_await std::move(*later);
      if (visitor.unhandled()) self.unhandled(std::move(msg));
    } catch (...) {
      exception = std::current_exception();
    }
    if (exception) settle_failed(self.cell(), msg, exception, decider);
  }
}

/// The rest of a handler that runs beside others, as a child of the scope of all.
template <class A>
Task<> finish_handling(Self<A> self, typename A::Message msg, Task<> rest, Handling handling,
                       const HandlerDecider* decider) {
  handling.begin_in(*Core::current().running());
  std::exception_ptr exception;
  try {
    co_await std::move(rest);
  } catch (...) {
    exception = std::current_exception();
  }
  if (exception) settle_failed(self.cell(), msg, exception, *decider);
}

/// Receives until kStop; handlers that await go on beside this.
template <class H, class A>
Task<> receive_and_start(Scope* scope, Self<A> self, H* handlers, const HandlerDecider* decider) {
  for (;;) {
    auto msg = co_await self.receive();
    if (msg.kind() == A::Kind::kStop) co_return;
    Handling handling = self.cell().begin_handling(*MessageAccess::frame(msg));
    std::optional<Task<>> rest;
    std::exception_ptr exception;
    try {
      HandlersVisitor<H> visitor(*handlers);
      rest = msg.visit(visitor);
      if (visitor.unhandled()) self.unhandled(std::move(msg));
    } catch (...) {
      exception = std::current_exception();
    }
    if (exception) settle_failed(self.cell(), msg, exception, *decider);
    if (!rest) continue;
    co_await scope->start(
        finish_handling<A>(self, std::move(msg), std::move(*rest), std::move(handling), decider));
  }
}

/// As handle_all(), for a contract that lets messages be handled beside each other.
template <class H, class A>
Task<> handle_reentrant(Self<A> self, H* handlers, const HandlerDecider* decider) {
  const ReentryPeriod period(self.cell());
  // Comes to its end with all handlers; one that fails ends the others first, and its exception
  // comes out of here.
  [[maybe_unused]] const ScopeEnd ended =
      co_await in_scope(receive_and_start<H, A>, self, handlers, decider);
  // kStop, which a receive in a child is only lent.
  co_await self.receive();
}

template <class H, class A, class... Args>
Behavior run_handlers(Self<A> self, HandlerDecider decider, Args... args) {
  H handlers = make_handlers<H>(self, std::move(args)...);
  std::optional<Task<>> starting = start_hook(handlers, self);
  if (starting) co_await std::move(*starting);
  std::exception_ptr exception;
  try {
    if constexpr (A::kReentrant) {
      co_await handle_reentrant<H, A>(self, &handlers, &decider);
    } else {
      co_await handle_all<H, A>(self, &handlers, std::move(decider));
    }
  } catch (...) {
    exception = std::current_exception();
  }
  if (!exception) {
    std::optional<Task<>> stopping = stop_hook(handlers);
    if (stopping) co_await std::move(*stopping);
    co_return;
  }
  const Failure failure = Failure::of_exception(exception, true);
  std::optional<Task<>> failing = failure_hook(handlers, self.cell(), failure);
  if (failing) co_await std::move(*failing);
  std::rethrow_exception(exception);
}

}  // namespace detail

/// The behaviour that spawn() is given; see handlers().
template <class H>
class HandlersBehavior {
 public:
  explicit HandlersBehavior(HandlerDecider decider) : decider_(std::move(decider)) {}

  template <class A, class... Args>
    requires(std::is_constructible_v<H, Self<A>, Args...> || std::is_constructible_v<H, Args...>)
  Behavior operator()(Self<A> self, Args... args) const {
    return detail::run_handlers<H, A, Args...>(self, decider_, std::move(args)...);
  }

 private:
  HandlerDecider decider_;
};

template <class H>
inline constexpr bool kCanBeReentered<HandlersBehavior<H>> = true;

/// The behaviour of an actor that makes an H of (self, arguments…) or (arguments…) and has its
/// overloads of `on` handle the messages: each takes a view and returns nothing or a Task<>. One at
/// a time, also while one awaits, except for what the contract says (`reentrancy`, `readonly`,
/// `interleaves`): then handlers take turns at their awaits, and what one finds in the object after
/// an await may have been changed by another. A message of the contract without one does not
/// compile, and is named. Without an `on` for it, Unknown is answered `unsupported`, and a Down is
/// a death pact.
///
/// An exception that leaves an `on` is the decider's: the actor goes on with its state, or fails.
///
/// Hooks, each optional, each returning nothing or a Task<>: pre_start(self); post_stop(), once it
/// was stopped, or before it fails; pre_restart(const Failure&) instead of that if its supervision
/// says restart (also if the limit of restarts then stops it); post_restart(const Failure&), in the
/// new object, instead of pre_start(). Who is killed, or restarts because a sibling failed, gets
/// kStop first, and so post_stop().
template <class H>
HandlersBehavior<H> handlers(HandlerDecider decider = decide_to_resume) {
  return HandlersBehavior<H>(std::move(decider));
}

}  // namespace troupe
