#include "codegen/check_asks.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "codegen/limits.h"
#include "codegen/resolver.h"

namespace troupe::codegen {
namespace {

/// An actor of the file, and an entry of its `asks` that leads to another one.
struct AskStep {
  std::size_t actor;  // index into FileNode::actors
  const AskedNode* entry;
};

/// Whether an ask that comes back to the actor is handled while it waits. A word that is not
/// known counts, and so does what was lost: each has a finding of its own.
bool takes_what_comes_back(const ActorNode& actor) {
  if (!actor.complete) return true;
  return std::ranges::any_of(actor.reentrancies,
                             [](const ReentrancyNode& node) { return node.word.text != "none"; });
}

/// Looks for cycles among the actors of one file. An imported file cannot import it back, so no
/// cycle leaves the file. Depth first with its own stack, so that a long chain of actors cannot
/// exhaust ours.
class AskChecker {
 public:
  AskChecker(const Symbols& symbols, Diagnostics& diagnostics)
      : symbols_(symbols),
        resolver_(symbols, diagnostics),
        diagnostics_(diagnostics),
        actors_(symbols.unit().tree.actors),
        states_(actors_.size(), State::kNew),
        depths_(actors_.size()),
        edges_(actors_.size()) {}

  void run();

 private:
  enum class State { kNew, kOpen, kDone };
  struct Edge {
    std::size_t to;
    const AskedNode* entry;
  };
  struct Step {
    std::size_t actor;
    std::size_t next_edge;
  };

  void check_entries(std::size_t index);
  void open(std::size_t index);
  void visit(std::size_t root);
  void record_cycle(std::size_t back_to);
  void report_cycle(const std::vector<AskStep>& cycle);
  std::string name_of(std::size_t index) const;

  const Symbols& symbols_;
  Resolver resolver_;
  Diagnostics& diagnostics_;
  const std::vector<ActorNode>& actors_;
  std::vector<State> states_;
  /// Of those that are open: how many are below in path_.
  std::vector<std::size_t> depths_;
  /// By actor: whom it may wait for in a circle.
  std::vector<std::vector<Edge>> edges_;
  std::vector<Step> path_;
  std::size_t steps_reported_ = 0;
};

void AskChecker::run() {
  for (std::size_t index = 0; index < actors_.size(); ++index) check_entries(index);
  for (std::size_t index = 0; index < actors_.size(); ++index) {
    if (states_[index] == State::kNew) visit(index);
  }
}

void AskChecker::check_entries(std::size_t index) {
  std::map<std::pair<const Unit*, std::size_t>, Span> seen;
  for (const AsksNode& asks : actors_[index].asks) {
    const AsksNode& first = actors_[index].asks.front();
    if (&asks != &first) {
      diagnostics_.error(asks.keyword, "'asks' is said once")
          .note(first.keyword, "first said here");
    }
    for (const AskedNode& entry : asks.actors) {
      const Symbol* symbol = resolver_.find_actor(entry.actor.parts);
      if (symbol == nullptr) continue;
      const auto [place, is_new] =
          seen.emplace(std::pair(symbol->unit, symbol->index), entry.actor.span);
      if (!is_new) {
        diagnostics_
            .error(entry.actor.span,
                   "actor " + std::string(symbol->name.text) + " is named twice in 'asks'")
            .note(place->second, "first named here");
        continue;
      }
      const bool may_wait = symbol->unit == &symbols_.unit() && !entry.is_acyclic &&
                            !takes_what_comes_back(symbol->actor());
      if (may_wait) edges_[index].push_back({symbol->index, &entry});
    }
  }
}

void AskChecker::open(std::size_t index) {
  states_[index] = State::kOpen;
  depths_[index] = path_.size();
  path_.push_back({index, 0});
}

void AskChecker::visit(std::size_t root) {
  open(root);
  while (!path_.empty()) {
    Step& step = path_.back();
    if (step.next_edge == edges_[step.actor].size()) {
      states_[step.actor] = State::kDone;
      path_.pop_back();
      continue;
    }
    const std::size_t to = edges_[step.actor][step.next_edge++].to;
    if (states_[to] == State::kNew) {
      open(to);
    } else if (states_[to] == State::kOpen) {
      record_cycle(to);
    }
  }
}

void AskChecker::record_cycle(std::size_t back_to) {
  const std::size_t length = path_.size() - depths_[back_to];
  if (steps_reported_ > 0 && steps_reported_ + length > kAskCycleStepsMax) return;
  steps_reported_ += length;
  std::vector<AskStep> cycle;
  for (std::size_t place = depths_[back_to]; place < path_.size(); ++place) {
    const Step& step = path_[place];
    cycle.push_back({step.actor, edges_[step.actor][step.next_edge - 1].entry});
  }
  // From the first in the text, wherever the search came in.
  std::ranges::rotate(cycle, std::ranges::min_element(cycle, {}, &AskStep::actor));
  report_cycle(cycle);
}

void AskChecker::report_cycle(const std::vector<AskStep>& cycle) {
  std::string walk;
  for (const AskStep& step : cycle) walk += name_of(step.actor) + " asks ";
  Diagnostic& finding = diagnostics_.error(
      cycle.back().entry->actor.span,
      "actors that ask each other wait for each other until the deadline: " + walk +
          name_of(cycle.front().actor) +
          "; say 'reentrancy call_chain' in one of them, make one of the asks a tell, or mark the "
          "entry 'acyclic' if no two instances ever ask each other");
  for (std::size_t place = 0; place + 1 < cycle.size(); ++place) {
    finding.note(cycle[place].entry->actor.span,
                 name_of(cycle[place].actor) + " asks " + name_of(cycle[place + 1].actor));
  }
}

std::string AskChecker::name_of(std::size_t index) const {
  const std::string& package = symbols_.unit().package;
  const std::string name(actors_[index].name.text);
  return package.empty() ? name : package + "." + name;
}

}  // namespace

void check_asks(const Symbols& symbols, Diagnostics& diagnostics) {
  AskChecker(symbols, diagnostics).run();
}

}  // namespace troupe::codegen
