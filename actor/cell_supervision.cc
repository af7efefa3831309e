// What a failure does to an actor, its children and its siblings: restart, stop, escalate.
#include <string>
#include <utility>
#include <vector>

#include "actor/cell_inline.h"
#include "actor/core.h"
#include "actor/relations.h"

namespace troupe {

namespace {

/// Of what an actor failed with, as its watchers are told.
constexpr std::size_t kEndTextBytesMax = 1024;

std::string seconds(Duration duration) {
  const auto milliseconds = duration / std::chrono::milliseconds(1);
  std::string text = std::to_string(milliseconds / 1000);
  if (milliseconds % 1000 != 0) text += "." + std::to_string(milliseconds % 1000 + 1000).substr(1);
  return text + " s";
}

/// A pipe or an adapter: it belongs to its parent, and to no strategy.
bool is_helper(const Cell& cell) {
  const Supervised* own = cell.supervised();
  if (own == nullptr) return false;
  const auto* decider = own->decider().target<Directive (*)(const Failure&)>();
  return decider != nullptr && *decider == detail::decide_for_helper;
}

}  // namespace

Supervised* Cell::supervised() const {
  return relations_ != nullptr ? relations_->supervised.get() : nullptr;
}

void Cell::supervise(const Supervision& supervision, std::unique_ptr<BehaviorFactory> factory) {
  relations().supervised = std::make_unique<Supervised>(*this, supervision, std::move(factory));
  if (supervision.health) {
    relations().health = std::make_unique<HealthMonitor>(*this, *supervision.health);
  }
}

const void* Cell::oldest_message() const {
  if (!mailbox_.empty()) return mailbox_.front();
  return reentry() != nullptr ? reentry()->oldest_held() : nullptr;
}

void Cell::health_check_ended() { schedule(); }

// ---- a behaviour that is to end ----

void Cell::fail(Failure failure) {
  // Who is suspended cannot answer a health check.
  if (failure.kind() == FailureKind::kUnhealthy && (unusual_ & kSuspended) != 0) return;
  if (phase_ != Phase::kLiving || (unusual_ & kAttend) != 0) {
    // There is no behaviour that could fail. Whoever is to be killed ends all the same.
    if (failure.kind() == FailureKind::kKilled) request_stop();
    return;
  }
  Relations& own = relations();
  if (own.failed == nullptr) own.failed = std::make_unique<Failure>(std::move(failure));
  break_off();
}

// A frame is not destroyed under what it awaits, nor under the children of a Scope in it: as at a
// stop, it is given kStop at its next receive(), but what it awaits from here on ends at once. If
// it receives once more, it is destroyed there.
void Cell::break_off() {
  received_ = has_received();
  budget_ = 0;  // its next receive() comes to wait_unusually()
  unusual_ |= kUnwanted;
  std::coroutine_handle<>& parked = relations().parked_receiver;
  if (parked) receiver_ = std::exchange(parked, nullptr);
  if (receiver_) {
    // Scheduled first: in a branch kStop comes before what else ends, and wins a first_of.
    unusual_ &= static_cast<std::uint8_t>(~kSuspended);
    urgent_ = true;
    schedule();
    strand_.cancel(Code::kStopping);
    return;
  }
  strand_.cancel(Code::kStopping);
  if (started_ && !next_behavior_) return;  // it awaits an operation, or runs
  unusual_ |= kAttend;
  schedule();
}

/// Stopped while it has no behaviour.
void Cell::wind_up() {
  if (Supervised* own = supervised(); own != nullptr) own->cancel_start();
  schedule();
}

std::optional<Failure> Cell::take_failure() {
  std::optional<Failure> failure;
  if (relations_ != nullptr && relations_->failed != nullptr) {
    failure = std::move(*std::exchange(relations_->failed, nullptr));
  } else if (has_behavior() && promise().failed()) {
    // suspend() and break_off() have taken the rest of its turn.
    const bool withheld = (unusual_ & (kSuspended | kUnwanted)) != 0;
    failure = Failure::of_exception(promise().failure(), withheld ? received_ : has_received());
  }
  return failure;
}

// ---- the decision ----

void Cell::note_failure(const Failure& failure, const char* consequence) {
  char name[kDescriptionBytesMax];
  describe(name, sizeof name);
  log_warning(core_.node().log(), "actor %s on core %u failed: %s%s", name, core_.index(),
              failure.what().c_str(), consequence);
}

void Cell::decide(const Failure& failure) {
  Supervised* own = supervised();
  const Directive directive = own != nullptr ? own->decide(failure, core_.now()) : Directive::kStop;
  core_.events.actor_failed(*this, failure, directive);
  switch (directive) {
    case Directive::kRestart: {
      const Duration delay = own->plan_restart(failure, core_.now());
      const std::string consequence = "; restart " + std::to_string(own->restarts_in_window()) +
                                      (delay > Duration(0) ? " in " + seconds(delay) : "");
      note_failure(failure, consequence.c_str());
      own->round = restart_siblings();
      return begin_restart();
    }
    case Directive::kStop:
      note_failure(failure, own != nullptr ? "; it stops" : "");
      stop_siblings();
      return end_failed(failure);
    case Directive::kEscalate:
      note_failure(failure, "; its parent is to decide");
      return escalate(failure);
  }
}

void Cell::decide_at_end() {
  Supervised* own = supervised();
  if (own == nullptr || own->lifetime() != Lifetime::kPermanent) {
    return end(DownReason::kNormal);
  }
  const Failure failure(FailureKind::kException,
                        "it came to its end more often than its restart limit allows");
  switch (own->decide_at_end(core_.now())) {
    case Directive::kRestart:
      own->plan_restart(std::nullopt, core_.now());
      own->round = restart_siblings();
      return begin_restart();
    case Directive::kStop:
      stop_siblings();
      return end(DownReason::kNormal);
    case Directive::kEscalate:
      return escalate(failure);
  }
}

void Cell::end_failed(const Failure& failure) {
  const DownReason reason =
      failure.kind() == FailureKind::kKilled ? DownReason::kKilled : DownReason::kFailed;
  relations().end_text = std::make_unique<std::string>(failure.what().substr(0, kEndTextBytesMax));
  end(reason);
}

void Cell::escalate(const Failure& failure) {
  if (parent_ == nullptr) {
    core_.escalate_to_guardian(*this, failure);
    return end_failed(failure);
  }
  if (parent_->phase_ == Phase::kEnding || parent_->stopping_) return end_failed(failure);
  phase_ = Phase::kEscalated;
  unusual_ |= kAttend;
  relations().failed = std::make_unique<Failure>(failure);
  suspend_children();
  // A parent without a behaviour starts anew, or ends, and sees to its children then.
  if (parent_->phase_ == Phase::kLiving && (parent_->unusual_ & kAttend) == 0) {
    parent_->fail(Failure(failure));
  }
  if (stopping_) schedule();
}

// ---- siblings ----

std::shared_ptr<RestartRound> Cell::restart_siblings() {
  const Siblings whom = supervised()->siblings();
  if (whom == Siblings::kOneForOne) return nullptr;
  std::vector<Cell*> members;  // newest first
  std::vector<Cell*> leaving;
  for (Cell* cell = siblings().newest(); cell != nullptr; cell = cell->older_sibling()) {
    if (cell == this) {
      members.push_back(cell);
      if (whom == Siblings::kRestForOne) break;
      continue;
    }
    if (is_helper(*cell)) continue;
    const Supervised* other = cell->supervised();
    if (other == nullptr || !other->can_restart()) {
      leaving.push_back(cell);
    } else if (!cell->stopping_ && cell->phase_ != Phase::kEnding && other->round == nullptr) {
      members.push_back(cell);
    }
  }
  for (Cell* cell : leaving) cell->request_stop();
  if (members.size() == 1) return nullptr;
  auto round = std::make_shared<RestartRound>(members);
  for (Cell* cell : members) {
    if (cell != this) cell->request_restart(round);
  }
  return round;
}

void Cell::stop_siblings() {
  const Supervised* own = supervised();
  if (own == nullptr || own->siblings() == Siblings::kOneForOne) return;
  for (Cell* cell = siblings().newest(); cell != nullptr; cell = cell->older_sibling()) {
    if (cell != this) {
      if (!is_helper(*cell)) cell->request_stop();
    } else if (own->siblings() == Siblings::kRestForOne) {
      break;
    }
  }
}

// ---- restart ----

void Cell::request_restart(std::shared_ptr<RestartRound> round) {
  if (stopping_ || phase_ == Phase::kEnding) return;
  Supervised* own = supervised();
  if (own == nullptr || !own->can_restart()) return request_stop();
  if (round != nullptr) own->round = std::move(round);
  switch (phase_) {
    case Phase::kLiving:
      restart_requested_ = true;
      if ((unusual_ & kAttend) == 0) break_off();
      return;
    case Phase::kEscalated:
      // From the run queue: those below follow one after the other, however deep they are.
      relations_->failed.reset();
      phase_ = Phase::kClearing;
      clear_children();
      return schedule();
    case Phase::kClearing:
    case Phase::kBackingOff:
    case Phase::kAwaitingRound:
    case Phase::kEnding:
      return;  // it starts anew already
  }
}

void Cell::begin_restart() {
  phase_ = Phase::kClearing;
  unusual_ |= kAttend;
  clear_children();
  if (children() == nullptr) return continue_restart();
  if (supervised()->on_restart() != OnRestart::kStopChildren) continue_restart();
}

void Cell::clear_children() {
  if (children() == nullptr) return;
  if (supervised()->on_restart() != OnRestart::kStopChildren) return suspend_children();
  for (Cell* child = children()->newest(); child != nullptr; child = child->older_sibling()) {
    child->request_stop();
  }
}

void Cell::continue_restart() {
  if (stopping_) return schedule();  // while it was decided
  const Duration delay = supervised()->take_delay();
  if (delay <= Duration(0)) return ready_to_start();
  phase_ = Phase::kBackingOff;
  supervised()->start_later(delay);
}

void Cell::ready_to_start() {
  if (stopping_) return schedule();
  if (std::shared_ptr<RestartRound> round = supervised()->round; round != nullptr) {
    phase_ = Phase::kAwaitingRound;
    round->ready();
  } else {
    start_anew();
  }
}

void Cell::start_anew() {
  Supervised& own = *supervised();
  own.round.reset();
  phase_ = Phase::kLiving;
  started_ = false;
  received_ = false;
  stop_delivered_ = false;
  restart_requested_ = false;
  unusual_ &= kSuspended;
  budget_ = kMessagesPerTurn;
  urgent_ = !relations_->downs.empty();
  strand_.clear_cancellation();
  own.note_start(core_.now());
  core_.events.actor_restarted(*this, own.restarts());
  try {
    begin(own.make().release());
  } catch (...) {
    // Copying an argument failed. Decided from the run queue, so that it cannot recurse.
    relations_->failed =
        std::make_unique<Failure>(Failure::of_exception(std::current_exception(), false));
    unusual_ |= kAttend;
  }
  if (own.on_restart() == OnRestart::kRestartChildren && children() != nullptr) {
    for (Cell* child = children()->newest(); child != nullptr; child = child->older_sibling()) {
      child->request_restart(nullptr);
    }
  }
  resume_children();
  schedule();
  // Whoever was killed while its parent is away waits with its siblings.
  const bool parent_away = parent_ != nullptr && (parent_->phase_ != Phase::kLiving ||
                                                  (parent_->unusual_ & kSuspended) != 0);
  if (parent_away) suspend();
}

// ---- suspension ----

void Cell::suspend() {
  // What is about to end goes on to its end.
  if ((unusual_ & kSuspended) != 0 || stopping_) return;
  if ((unusual_ & kUnwanted) != 0 && receiver_) return;
  unusual_ |= kSuspended;
  received_ = has_received();
  budget_ = 0;
  if (receiver_) relations().parked_receiver = std::exchange(receiver_, nullptr);
}

void Cell::resume() {
  const bool was_suspended = (unusual_ & kSuspended) != 0;
  unusual_ &= static_cast<std::uint8_t>(~kSuspended);
  if (phase_ == Phase::kEscalated) return request_restart(nullptr);
  if (!was_suspended || phase_ != Phase::kLiving) return;
  if (!received_) budget_ = kMessagesPerTurn;  // see has_received()
  if (relations_ != nullptr && relations_->parked_receiver) {
    receiver_ = std::exchange(relations_->parked_receiver, nullptr);
  }
  if (!started_ || next_behavior_ || (receiver_ && deliverable())) schedule();
}

// All below, without recursion: a tree may be deeper than a stack.
void Cell::suspend_children() {
  std::vector<Cell*> open{this};
  while (!open.empty()) {
    Cell* cell = open.back();
    open.pop_back();
    if (cell->children() == nullptr) continue;
    Cell* child = cell->children()->newest();
    for (; child != nullptr; child = child->older_sibling()) {
      child->suspend();
      open.push_back(child);
    }
  }
}

void Cell::resume_children() {
  std::vector<Cell*> open{this};
  while (!open.empty()) {
    Cell* cell = open.back();
    open.pop_back();
    // What waits for a start of its own resumes its children then.
    if (cell->children() == nullptr || cell->phase_ != Phase::kLiving) continue;
    Cell* child = cell->children()->newest();
    for (; child != nullptr; child = child->older_sibling()) {
      child->resume();
      open.push_back(child);
    }
  }
}

}  // namespace troupe
