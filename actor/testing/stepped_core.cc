#include "actor/testing/stepped_core.h"

#include <algorithm>

#include "actor/control_frames.h"
#include "actor/leak_report.h"
#include "actor/testing/describe.h"
#include "actor/testing/expectation.h"
#include "io/blocking/pools.h"
#include "io/sim/sim_engine.h"

namespace troupe::testing {

using protocols::Frame;
using protocols::FrameType;

namespace {

// What actors may take to end at the end of a test.
constexpr Duration kGoodbyeMax = std::chrono::seconds(10);

io::SimNetworkOptions network_options() {
  io::SimNetworkOptions options;
  options.delay_min = options.delay_max = Duration(0);
  options.completion_delay_max = options.cancel_delay_max = Duration(0);
  return options;
}

io::SimDiskOptions disk_options() {
  io::SimDiskOptions options;
  options.latency_min = options.latency_max = Duration(0);
  return options;
}

NodeOptions node_options(Interceptor& interceptor) {
  NodeOptions options;
  options.cores = 1;
  options.interceptor = &interceptor;
  return options;
}

/// Ends what the destructor waits for.
class Ended final : public Runnable {
 public:
  void run() override {}
};

}  // namespace

const char* to_string(EffectKind kind) {
  switch (kind) {
    case EffectKind::kTold:
      return "told";
    case EffectKind::kAsked:
      return "asked";
    case EffectKind::kReplied:
      return "replied";
    case EffectKind::kSpawned:
      return "spawned";
    case EffectKind::kWatched:
      return "watched";
    case EffectKind::kUnwatched:
      return "unwatched";
    case EffectKind::kStopped:
      return "stopped";
    case EffectKind::kBecame:
      return "became";
  }
  return "unknown";
}

SteppedCore::SteppedCore()
    : clock_(io::SimEngine::kStart),
      disk_(disk_options()),
      network_(clock_, 1, network_options()),
      backend_(clock_, 1, 0, Duration(0), &network_, &disk_),
      node_(node_options(*this)),
      core_(std::make_unique<Core>(0, backend_, 1, node_)) {
  const auto pools = io::BlockingPools::complete({}, 1);
  TROUPE_CHECK(pools, "the pools that are there by default");
  pools_.emplace(*pools, clock_, 1, Duration(0), Duration(0));
  core_->attach(*pools_);
  bind_.emplace(*core_);
}

SteppedCore::~SteppedCore() {
  followed_ = Address();
  Ended ended;
  core_->stop_actors(ended);
  run();
  if (core_->cells.live() != 0) advance(kGoodbyeMax);
  if (core_->cells.live() != 0) {
    add_failure(std::source_location::current(),
                "actors did not end when they were told to stop; " + leak_report(*core_, 8));
  }
  pools_->stop();
  core_->abandon();
  core_->discard_posted();
  core_.reset();
}

bool SteppedCore::turn() {
  if (backend_.wake_at() <= clock_) backend_.take_wake();
  network_.advance();
  pools_->run_due();
  return core_->heed_requests() && core_->turn();
}

Time SteppedCore::next_event() const {
  return std::min({core_->timers().next_expiry(), backend_.next_event(), network_.next_event(),
                   pools_->next()});
}

void SteppedCore::run() {
  for (unsigned turns = 0; turns < kTurnsMax; ++turns) {
    if (turn()) continue;
    if (next_event() > clock_) return note_become();
  }
  add_failure(std::source_location::current(), "the actors never come to rest");
}

void SteppedCore::advance(Duration duration) {
  const Time until = saturating_add(clock_, duration);
  run();
  for (Time next = next_event(); next <= until; next = next_event()) {
    clock_ = std::max(clock_, next);
    run();
  }
  clock_ = until;
  run();
}

std::optional<Duration> SteppedCore::next_timer() const {
  if (core_->timers().armed() == 0) return std::nullopt;
  return std::max(Duration(0), core_->timers().next_expiry() - clock_);
}

// ---- effects ----

void SteppedCore::follow(Cell* cell) {
  followed_ = cell != nullptr ? cell->address() : Address();
  behavior_ = behavior();
}

Cell* SteppedCore::followed() const {
  return core_->cells.find(followed_.slot, followed_.incarnation);
}

std::string SteppedCore::behavior() const {
  Cell* cell = followed();
  if (cell == nullptr) return {};
  const PromiseBase* first = cell->strand().first();
  return first != nullptr ? first->await_location().function_name() : "";
}

void SteppedCore::note_become() {
  std::string now = behavior();
  if (now.empty() || now == behavior_) return;
  if (!behavior_.empty()) effects_.push_back({EffectKind::kBecame, 0, 0, "became " + now});
  behavior_ = std::move(now);
}

bool SteppedCore::sent_by_followed() const {
  const Strand* running = core_->running();
  const Cell* cell = followed();
  return cell != nullptr && running != nullptr && running->owner() == cell;
}

Frame* SteppedCore::arriving(Core&, Frame* frame) {
  if (!sent_by_followed()) return frame;
  Effect effect{EffectKind::kTold, frame->header.protocol, frame->header.kind, {}};
  switch (frame->header.type) {
    case FrameType::kTell:
      break;
    case FrameType::kAsk:
      effect.kind = EffectKind::kAsked;
      break;
    case FrameType::kReply:
    case FrameType::kDenial:
    case FrameType::kFailure:
      effect.kind = EffectKind::kReplied;
      break;
    case FrameType::kWatch:
    case FrameType::kUnwatch:
      effect.kind =
          frame->header.type == FrameType::kWatch ? EffectKind::kWatched : EffectKind::kUnwatched;
      effect.text = "slot " + std::to_string(frame->header.slot);
      break;
    case FrameType::kStop:
    case FrameType::kStopAfterQueued:
    case FrameType::kKill:
      effect.kind = EffectKind::kStopped;
      effect.text = "slot " + std::to_string(frame->header.slot);
      break;
    case FrameType::kDown:
    case FrameType::kAwaitEnd:
      return frame;
  }
  if (effect.text.empty()) effect.text = describe_message(*frame);
  effect.text = std::string(to_string(effect.kind)) + " " + effect.text;
  effects_.push_back(std::move(effect));
  return frame;
}

bool SteppedCore::spawning(Core&, const ActorType& type, const Cell* parent) {
  if (parent != nullptr && parent == followed()) {
    effects_.push_back(
        {EffectKind::kSpawned, type.protocol(), 0, std::string("spawned ") + type.name});
  }
  return true;
}

}  // namespace troupe::testing
