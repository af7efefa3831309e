#include "actor/supervision/supervised.h"

#include <algorithm>
#include <cmath>

#include "actor/cell.h"
#include "actor/core.h"

namespace troupe {

Supervised::Supervised(Cell& cell, const Supervision& supervision,
                       std::unique_ptr<BehaviorFactory> factory)
    : cell_(cell),
      factory_(std::move(factory)),
      decider_(supervision.decider),
      limit_(supervision.limit),
      backoff_(supervision.backoff),
      siblings_(supervision.siblings),
      lifetime_(supervision.lifetime),
      on_restart_(supervision.children),
      started_(cell.core().now()) {}

Supervised::~Supervised() { cancel_start(); }

Directive Supervised::decide(const Failure& failure, Time now) {
  const Directive directive = decider_(failure);
  if (directive != Directive::kRestart) return directive;
  if (!can_restart()) return Directive::kStop;
  return within_limit(now) ? Directive::kRestart : limit_.beyond;
}

Directive Supervised::decide_at_end(Time now) {
  if (!can_restart()) return Directive::kStop;
  return within_limit(now) ? Directive::kRestart : limit_.beyond;
}

// The window begins with the first restart, and anew with the first after its end.
bool Supervised::within_limit(Time now) {
  if (restarts_in_window_ == 0 || now - window_began_ > limit_.within) {
    window_began_ = now;
    restarts_in_window_ = 0;
  }
  if (restarts_in_window_ >= limit_.restarts) return false;
  ++restarts_in_window_;
  return true;
}

Duration Supervised::plan_restart(std::optional<Failure> after, Time now) {
  last_failure_ = after ? std::make_unique<Failure>(std::move(*after)) : nullptr;
  delay_ = Duration(0);
  if (backoff_.least <= Duration(0)) return delay_;
  if (backoff_.reset_after != Duration::max() && now - started_ >= backoff_.reset_after) {
    failures_in_a_row_ = 0;
  }
  const double least = static_cast<double>(backoff_.least.count());
  const double most = static_cast<double>(backoff_.most.count());
  // Doubles without overflow: 2^1000 is far below what a double holds.
  const double doubled = std::ldexp(least, static_cast<int>(std::min(failures_in_a_row_, 1000u)));
  const double delay = std::min(doubled, most);
  if (failures_in_a_row_ < 1000) ++failures_in_a_row_;
  const double chance = static_cast<double>(CoreContext::current().random.below(1u << 30)) /
                        static_cast<double>(1u << 30);
  const double jittered = delay * (1 + backoff_.jitter * chance);
  delay_ = Duration(static_cast<std::int64_t>(jittered));
  return delay_;
}

void Supervised::start_later(Duration delay) {
  Core& core = Core::current();
  core.timers().arm(*this, saturating_add(core.now(), delay));
}

void Supervised::cancel_start() {
  if (armed()) Core::current().timers().cancel(*this);
  if (round != nullptr) std::exchange(round, nullptr)->leave(cell_);
}

void Supervised::fire() { cell_.ready_to_start(); }

void Supervised::note_start(Time now) {
  ++restarts_;
  started_ = now;
}

// ---- siblings that restart together ----

RestartRound::RestartRound(std::vector<Cell*> newest_first)
    : members_(std::move(newest_first)), waiting_(members_.size()) {
  std::ranges::reverse(members_);
}

void RestartRound::ready() {
  if (--waiting_ == 0) start();
}

void RestartRound::leave(const Cell& member) {
  const auto found = std::ranges::find(members_, &member);
  if (found == members_.end()) return;
  *found = nullptr;
  // One that was ready has been counted.
  if (member.awaits_round()) return;
  if (--waiting_ == 0) start();
}

void RestartRound::start() {
  const std::vector<Cell*> members = std::move(members_);
  members_.clear();
  for (Cell* member : members) {
    if (member != nullptr) member->start_anew();
  }
}

}  // namespace troupe
