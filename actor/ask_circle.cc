#include "actor/ask_circle.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "actor/ask.h"
#include "actor/cell.h"
#include "actor/core.h"
#include "actor/names/core_names.h"
#include "actor/names/errand.h"
#include "base/log.h"
#include "base/promise.h"

namespace troupe {

using protocols::AskPart;

static_assert(offsetof(AskPart, core) == offsetof(CallId, core) &&
              offsetof(AskPart, slot) == offsetof(CallId, slot) &&
              offsetof(AskPart, nonce) == offsetof(CallId, nonce) && sizeof(CallId) == 16);

CallId call_of(const AskPart& ask) {
  CallId call;
  std::memcpy(&call, &ask, sizeof(call));
  return call;
}

namespace {

// Type, key, and of one without a key where it lives.
std::string describe_cell(const Cell& cell) {
  char name[kDescriptionBytesMax];
  cell.describe(name, sizeof name);
  std::string text = name;
  if (cell.key().empty()) text += " in slot " + std::to_string(cell.address().slot);
  return text;
}

}  // namespace

bool may_lead_to(const Strand& strand, Time deadline) {
  const Operation* waiting = strand.waiting();
  if (waiting == nullptr || !waiting->may_need_others()) return false;
  const auto* ask = dynamic_cast<const AskOperation*>(waiting);
  return ask == nullptr || deadline <= ask->deadline().at();
}

protocols::Frame* withdraw_ask_from(transport::FrameQueue& frames, const AskPart& ask) {
  transport::FrameQueue before;
  protocols::Frame* found = nullptr;
  while (found == nullptr && !frames.empty()) {
    protocols::Frame* frame = frames.pop();
    if (frame->header.type == protocols::FrameType::kAsk && call_of(frame->ask()) == call_of(ask)) {
      found = frame;
    } else {
      before.push(frame);
    }
  }
  frames.prepend(before);
  return found;
}

CallerTrail::Found CallerTrail::follow(const Core& here) {
  for (; steps_ < kCallersMax; ++steps_) {
    if (!next_ || next_.node != here.node().number()) return Found::kNothing;
    if (next_.core != here.index()) return Found::kElsewhere;
    const PendingAsk* ask = here.asks.find(next_.slot, next_.nonce);
    if (ask == nullptr) return Found::kNothing;
    // One that is no actor's was made by a task, which nobody asks.
    const auto* asker = dynamic_cast<const Cell*>(ask->asker().owner());
    if (asker == nullptr) return Found::kNothing;
    if (asker->address() == asked_ && asker->waits_for(ask->operation())) return Found::kCircle;
    if (!asker->answers_after(ask->operation())) return Found::kNothing;
    if (steps_ < kNamedMax) named_[steps_] = Step{&asker->type(), asker->address()};
    next_ = ask->context().call;
  }
  return Found::kNothing;
}

std::string CallerTrail::text(const Core& here) const {
  const auto describe = [&](const Step& step) -> std::string {
    const bool is_here = step.address.core == here.index();
    const Cell* cell =
        is_here ? here.cells.find(step.address.slot, step.address.incarnation) : nullptr;
    if (cell == nullptr) {
      return std::string(step.type->name) + " (core " + std::to_string(step.address.core) +
             ", slot " + std::to_string(step.address.slot) + ")";
    }
    return describe_cell(*cell);
  };
  // It was followed from the last ask of the circle to the first.
  const Cell* asked = here.cells.find(asked_.slot, asked_.incarnation);
  const std::string ends = asked != nullptr ? describe(Step{&asked->type(), asked_}) : "an actor";
  std::string text = ends;
  if (steps_ > kNamedMax) text += " -> …";
  for (std::size_t step = std::min<std::size_t>(steps_, kNamedMax); step-- > 0;) {
    text += " -> " + describe(named_[step]);
  }
  return text + " -> " + ends;
}

namespace {

constexpr std::size_t kNamedInCircleMax = 16;

/// Belongs to the core of the asked actor, and comes back there.
class CircleSearch final : public names::Errand {
 public:
  CircleSearch(Address asked, const AskPart& ask, const CallerTrail& trail)
      : asked_(asked), ask_(ask), trail_(trail) {}

 private:
  unsigned visit(Core& here) override {
    const bool home = here.index() == asked_.core;
    if (!given_up_) {
      switch (trail_.follow(here)) {
        case CallerTrail::Found::kElsewhere:
          return trail_.core();
        case CallerTrail::Found::kNothing:
          given_up_ = true;
          break;
        case CallerTrail::Found::kCircle:
          note_circle(here, trail_);
          here.cells.find(asked_.slot, asked_.incarnation)->circle_found(ask_);
          break;
      }
    }
    if (!home) return asked_.core;
    --here.circle_searches;
    return kHome;
  }

  const Address asked_;
  const AskPart ask_;
  CallerTrail trail_;
  bool given_up_ = false;
};

}  // namespace

void search_elsewhere(Core& here, Address asked, const AskPart& ask, const CallerTrail& trail) {
  if (here.circle_searches == kCircleSearchesMax || trail.core() >= here.node().cores()) return;
  ++here.circle_searches;
  here.names->errands.send(here, std::make_unique<CircleSearch>(asked, ask, trail), trail.core());
}

void note_circle(Core& here, const CallerTrail& trail) {
  const std::uint64_t times = ++here.circles_found;
  if ((times & (times - 1)) != 0) return;
  log_warning(here.node().log(),
              "asks wait for each other in a circle: %s (circles on core %u so far: %llu)",
              trail.text(here).c_str(), here.index(), static_cast<unsigned long long>(times));
}

std::string circle_of_waits(const Core& here, const Cell& first) {
  std::array<const Cell*, kNamedInCircleMax> way;
  std::size_t length = 0;
  for (const Cell* cell = &first; cell != nullptr && length < way.size();) {
    const auto end = way.begin() + length;
    if (auto again = std::find(way.begin(), end, cell); again != end) {
      const std::string begin = describe_cell(**again);
      std::string text = begin;
      while (++again != end) text += " -> " + describe_cell(**again);
      return text + " -> " + begin;
    }
    way[length++] = cell;
    const auto* ask = dynamic_cast<const AskOperation*>(cell->waiting());
    cell = ask != nullptr ? ask->asked().find(here) : nullptr;
  }
  return {};
}

void forget_call(const AskPart& ask) {
  const Strand* strand = CoreContext::current().running();
  if (strand == nullptr) return;
  const CallId call = call_of(ask);
  for (const PromiseBase* promise = strand->first(); promise != nullptr;
       promise = promise->awaited()) {
    // Whoever runs in the strand may change it.
    CallContext& context = const_cast<PromiseBase*>(promise)->context();
    if (context.call == call) context.call = CallId();
  }
}

}  // namespace troupe
