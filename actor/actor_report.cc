#include "actor/actor_report.h"

#include <algorithm>

#include "actor/core.h"

namespace troupe {

ActorReport Cell::report() const {
  ActorReport report;
  char name[kDescriptionBytesMax];
  describe(name, sizeof name);
  report.actor = name;
  report.address = address_;
  report.queued = queued_;
  report.queued_bytes = queued_bytes_;
  report.stopping = stopping_;
  // Each receive() gives the behaviour the deadline of the message that it took.
  const PromiseBase* const first = strand_.first();
  if (first != nullptr && !receiver_ && first->context().deadline != Time::max()) {
    report.answer_by = Deadline(first->context().deadline);
  }
  report.taken_at = core_.now();
  report.stack = async_stack(strand_);
  return report;
}

AskIncident::State Cell::state() const {
  AskIncident::State state;
  state.queued = queued_;
  const PromiseBase* innermost = strand_.first();
  if (innermost == nullptr) return state;
  while (innermost->awaited() != nullptr) innermost = innermost->awaited();
  const Operation* waiting = strand_.waiting();
  state.waits_for = waiting != nullptr ? waiting->name() : awaited_in(*innermost);
  state.awaits = innermost->await_location();
  return state;
}

std::string ActorReport::text() const {
  std::string text = actor + " (core " + std::to_string(address.core) + ", slot " +
                     std::to_string(address.slot) + "): " + std::to_string(queued) + " messages, " +
                     std::to_string(queued_bytes) + " bytes queued";
  if (stopping) text += "; stopping";
  if (answer_by) {
    const auto left = answer_by->left(taken_at) / std::chrono::milliseconds(1);
    text += "; answer due in " + std::to_string(left) + " ms";
  }
  for (const char character : "\n" + stack.text()) {
    text += character;
    if (character == '\n') text += "  ";
  }
  return text;
}

std::optional<ActorReport> actor_report(Address address) {
  return Core::current().report_actor(address);
}

std::vector<ActorReport> actor_reports(std::size_t limit) {
  return Core::current().report_actors(limit);
}

}  // namespace troupe
