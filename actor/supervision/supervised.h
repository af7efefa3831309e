// Supervised: what the runtime keeps of an actor that was spawned with a Supervision.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "actor/behavior.h"
#include "actor/supervision/supervision.h"
#include "base/time.h"
#include "base/timer.h"

namespace troupe {

class Cell;
class RestartRound;

/// Calls the behaviour once more. Made at the spawn, lives as long as the actor.
class BehaviorFactory {
 public:
  virtual ~BehaviorFactory() = default;
  virtual Behavior make(Cell& cell) const = 0;
};

/// The function and copies of its arguments.
template <class SelfOfActor, class F, class... Args>
class StoredBehavior final : public BehaviorFactory {
 public:
  StoredBehavior(F behavior, const Args&... args)
      : behavior_(std::move(behavior)), args_(args...) {}

  Behavior make(Cell& cell) const override {
    return std::apply(
        [&](const Args&... args) {
          return std::invoke(behavior_, SelfOfActor(cell), Args(args)...);
        },
        args_);
  }

 private:
  F behavior_;
  std::tuple<Args...> args_;
};

/// Part of a Cell's relations. Thread: the actor's core. Allocates at the spawn, and at a failure.
class Supervised final : private Timer {
 public:
  Supervised(Cell& cell, const Supervision& supervision, std::unique_ptr<BehaviorFactory> factory);
  ~Supervised();

  const Decider& decider() const { return decider_; }
  Siblings siblings() const { return siblings_; }
  Lifetime lifetime() const { return lifetime_; }
  OnRestart on_restart() const { return on_restart_; }
  /// Whether a new behaviour can be made.
  bool can_restart() const { return factory_ != nullptr; }
  Behavior make() const { return factory_->make(cell_); }

  /// What is to be done; a restart is counted and held against the limit.
  Directive decide(const Failure& failure, Time now);
  /// The same for an actor that came to its end by itself.
  Directive decide_at_end(Time now);
  /// Of a restart that was decided, after a failure or none: how long it is to wait.
  Duration plan_restart(std::optional<Failure> after, Time now);
  /// That delay, once.
  Duration take_delay() { return std::exchange(delay_, Duration(0)); }
  void reset_backoff() { failures_in_a_row_ = 0; }

  /// Calls Cell::ready_to_start() after `delay`.
  void start_later(Duration delay);
  /// It ends instead: also leaves its round.
  void cancel_start();

  /// Restarts since the spawn.
  std::uint64_t restarts() const { return restarts_; }
  /// Within the present window of the limit.
  std::uint32_t restarts_in_window() const { return restarts_in_window_; }
  /// A new behaviour begins.
  void note_start(Time now);
  /// What led to the last restart; null if there was none, or no failure.
  const Failure* last_failure() const { return last_failure_.get(); }

  std::shared_ptr<RestartRound> round;  // of siblings that restart together with this one

 private:
  bool within_limit(Time now);
  void fire() override;

  Cell& cell_;
  std::unique_ptr<BehaviorFactory> factory_;
  // The Supervision without its health check, which HealthMonitor has.
  const Decider decider_;
  const RestartLimit limit_;
  const Backoff backoff_;
  const Siblings siblings_;
  const Lifetime lifetime_;
  const OnRestart on_restart_;
  std::unique_ptr<Failure> last_failure_;
  std::uint64_t restarts_ = 0;
  Time window_began_{};
  std::uint32_t restarts_in_window_ = 0;
  std::uint32_t failures_in_a_row_ = 0;
  Duration delay_{};
  Time started_{};
};

/// Siblings that restart together: none starts before all have let go. Shared by its members.
class RestartRound {
 public:
  explicit RestartRound(std::vector<Cell*> newest_first);

  /// One more has no behaviour and no child that must end first. The last one starts all, in the
  /// order they were spawned in.
  void ready();
  /// `member` ends instead.
  void leave(const Cell& member);

 private:
  void start();

  std::vector<Cell*> members_;  // in the order they were spawned in
  std::size_t waiting_;         // that are not ready
};

}  // namespace troupe
