// Supervision: what happens to an actor that fails, said where it is spawned.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "actor/address.h"
#include "actor/supervision/failure.h"
#include "base/result.h"
#include "base/task.h"
#include "base/time.h"

namespace troupe {

/// What a supervisor does with an actor that failed. Resuming is not among them: an exception has
/// left the behaviour, whose variables are gone with it. Where the exception leaves a handler and
/// not the body, HandlerDirective has it too (actor/supervision/handle.h).
enum class Directive : std::uint8_t {
  kRestart,   ///< A new behaviour from the same arguments; mailbox and references stay.
  kStop,      ///< It ends, and its watchers are told that it failed.
  kEscalate,  ///< Its parent has failed, for the same reason. It waits for what is decided there.
};
const char* to_string(Directive directive);

/// Chooses from the failure, not from who failed: another strategy is another level of actors.
/// Called on the core of the actor; must not throw.
using Decider = std::function<Directive(const Failure&)>;

/// Exceptions restart; what is not derived from std::exception escalates; an actor that was killed,
/// could not start, or lost whom it was linked to is stopped; one that is not healthy restarts.
Directive decide_by_default(const Failure& failure);
/// Every failure restarts, that of a start too.
Directive decide_to_restart(const Failure& failure);
/// Every failure stops.
Directive decide_to_stop(const Failure& failure);
/// Every failure is the parent's.
Directive decide_to_escalate(const Failure& failure);

namespace detail {
/// The same, of pipes and adapters: by this they are told from children.
Directive decide_for_helper(const Failure& failure);
}  // namespace detail

/// Whom the directive is applied to, beside the one that failed.
enum class Siblings : std::uint8_t {
  kOneForOne,   ///< Nobody.
  kAllForOne,   ///< All children of the same parent.
  kRestForOne,  ///< Those spawned after it.
};

/// Whether an actor that ends is started anew.
enum class Lifetime : std::uint8_t {
  kTransient,  ///< After a failure, if the decider says so. Not when it comes to its end.
  kPermanent,  ///< Also when it comes to its end by itself. Not when it was asked to stop.
  kTemporary,  ///< Never: a directive to restart stops it.
};

/// What becomes of the children of an actor that restarts.
enum class OnRestart : std::uint8_t {
  kStopChildren,     ///< They end before it starts anew, which spawns what it needs.
  kRestartChildren,  ///< They restart too, each as its own supervision can: names and references
                     ///< stay.
  kKeepChildren,     ///< They wait meanwhile, and go on.
};

/// How often an actor may restart: more than `restarts` within `within` stop it, or are its
/// parent's failure.
struct RestartLimit {
  std::uint32_t restarts = 10;
  Duration within = std::chrono::minutes(1);
  Directive beyond = Directive::kStop;  ///< kStop or kEscalate.

  static constexpr RestartLimit none() { return {0xffffffff, Duration::max(), Directive::kStop}; }
};

/// How long a restart waits: 3, 6, 12, 24, 30, 30, … seconds, each up to a fifth longer by chance
/// so that those that failed together do not come back together. Off unless `least` is above 0.
struct Backoff {
  Duration least = Duration(0);
  Duration most = std::chrono::seconds(30);
  double jitter = 0.2;  ///< Of the delay, 0 to 1.
  /// After so long without a failure the next delay is `least` again; Duration::max(): only when
  /// the actor says so with Self::reset_backoff().
  Duration reset_after = std::chrono::seconds(10);

  static constexpr Backoff standard() { return {.least = std::chrono::seconds(3)}; }
  static constexpr Backoff manual_reset() {
    return {.least = std::chrono::seconds(3), .reset_after = Duration::max()};
  }
};

/// A look at the actor from time to time: actor/supervision/health_check.h makes them.
struct HealthCheck {
  Duration every = std::chrono::seconds(5);
  /// How long a check may take; then it has failed.
  Duration within = std::chrono::seconds(1);
  /// So many in a row are a failure of the actor: FailureKind::kUnhealthy.
  std::uint32_t failures = 1;
  /// Called on the actor's core. Empty: the actor is asked nothing (health_by_progress()).
  std::function<Task<Status>(Address)> check = {};
};

/// All of it. Arguments of an actor that can restart are copied at its spawn, once for each start.
struct Supervision {
  Decider decider = decide_by_default;
  Siblings siblings = Siblings::kOneForOne;
  Lifetime lifetime = Lifetime::kTransient;
  OnRestart children = OnRestart::kStopChildren;
  RestartLimit limit = {};
  Backoff backoff = {};
  std::optional<HealthCheck> health = {};
};

}  // namespace troupe
