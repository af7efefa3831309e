// spawn: how a function and its arguments become an actor on the current core.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "actor/behavior.h"
#include "actor/cell.h"
#include "actor/cell_inline.h"
#include "actor/core.h"
#include "actor/ref.h"
#include "actor/spawn_options.h"
#include "actor/supervision/supervised.h"
#include "base/result.h"

namespace troupe {

template <class A>
class Self;

/// Whether an actor may start with these options, and a cell for it. Errors: kTooManyActors,
/// kOutOfMemory, kInvalidArgument (the name).
Result<Cell*> new_cell_for(Core& core, const ActorType& type, Cell* parent, Guardian guardian,
                           const SpawnOptions& options);

/// Whether a behaviour can take a message while it handles another one. A coroutine cannot: it has
/// one place where it is.
template <class F>
inline constexpr bool kCanBeReentered = false;  // supervision/handlers.h

template <class A, class F>
constexpr void check_reentrancy() {
  static_assert(!A::kReentrant || kCanBeReentered<std::decay_t<F>>,
                "the contract lets messages of this actor be handled beside each other, which a "
                "coroutine behaviour cannot do: write a handler class, and give handlers<H>()");
}

/// Starts an actor on the current core; without a group, in that of its parent, or of users.
/// Nobody's reference if the limit of actors is reached or there is no memory for one more.
template <class A, class F, class... Args>
Ref<A> spawn_on_this_core(Cell* parent, F&& behavior, Args&&... args) {
  static_assert(!A::kKeyed, "keyed actors are not spawned: System::serve says how they start");
  static_assert(std::is_invocable_r_v<Behavior, F, Self<A>, Args...>,
                "spawn wants a function (Self, arguments…) -> Behavior");
  check_reentrancy<A, F>();
  Core& core = Core::current();
  Cell* cell = core.new_cell(A::kType, parent);
  if (cell == nullptr) {
    core.note_not_spawned();
    return Ref<A>();
  }
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

/// The same with options. Arguments are copied if the supervision can restart it.
template <class A, class F, class... Args>
Result<Ref<A>> spawn_with_options(Cell* parent, Guardian guardian, const SpawnOptions& options,
                                  F&& behavior, Args&&... args) {
  static_assert(!A::kKeyed, "keyed actors are not spawned: System::serve says how they start");
  static_assert(std::is_invocable_r_v<Behavior, F, Self<A>, Args...>,
                "spawn wants a function (Self, arguments…) -> Behavior");
  check_reentrancy<A, F>();
  constexpr bool kCopyable = (std::is_copy_constructible_v<std::decay_t<Args>> && ...);
  Core& core = Core::current();
  TROUPE_TRY(Cell * cell, new_cell_for(core, A::kType, parent, guardian, options));
  try {
    if (options.supervision) {
      std::unique_ptr<BehaviorFactory> factory;
      if constexpr (kCopyable) {
        if (options.supervision->lifetime != Lifetime::kTemporary) {
          using Stored = StoredBehavior<Self<A>, std::decay_t<F>, std::decay_t<Args>...>;
          factory = std::make_unique<Stored>(behavior, args...);
        }
      } else {
        TROUPE_CHECK(options.supervision->lifetime == Lifetime::kTemporary,
                     "%s: an actor that may restart needs arguments that can be copied; say "
                     "Lifetime::kTemporary",
                     A::kType.name);
      }
      cell->supervise(*options.supervision, std::move(factory));
    }
    cell->start(std::invoke(behavior, Self<A>(*cell), std::forward<Args>(args)...));
  } catch (...) {
    core.discard_cell(*cell);
    throw;
  }
  if (core.stopping()) cell->request_stop();
  return Ref<A>(cell->address());
}

/// As spawn_with_options(); nobody's reference and a warning in the log instead of an error.
template <class A, class F, class... Args>
Ref<A> spawn_or_warn(Cell* parent, const SpawnOptions& options, F&& behavior, Args&&... args) {
  auto spawned = spawn_with_options<A>(parent, Guardian::kUser, options, std::forward<F>(behavior),
                                       std::forward<Args>(args)...);
  if (spawned) return *spawned;
  Core& core = Core::current();
  log_warning(core.node().log(), "%s was not spawned on core %u: %s", A::kType.name, core.index(),
              spawned.error().describe().c_str());
  return Ref<A>();
}

/// The first parameter of a spawn is a behaviour, not options.
template <class F>
concept NoSpawnOptions = !std::is_same_v<std::decay_t<F>, SpawnOptions>;

}  // namespace troupe
